"""Writing results as DICOM objects: Secondary Capture, segmentations, a structured report.

All go into the source's study, each kind as a series of its own, and refer to the source by its SOP Instance UID.
"""

from collections.abc import Mapping
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, Any

from data_cache.errors import InputError
from data_cache.images.quiet import quiet
from explainers.dicom.results import Results

if TYPE_CHECKING:
    from pydicom import Dataset

_PLACES = str.maketrans("@:/+", "----")


def refuse_without_package() -> None:
    """Say what is missing before anything is computed.

    Raises:
        InputError: highdicom is not installed.
    """
    if find_spec("highdicom") is None:
        raise InputError(
            "Expected the package highdicom, which writes DICOM results, found none: pip install -r "
            "requirements-dicom.txt."
        )


def write_results(results: Results, fractional: bool = False) -> dict[str, bytes]:
    """Return the files by name: sc.dcm, seg-MAP.dcm for each map that marks something, and sr.dcm.

    Args:
        results: what is to be written.
        fractional: segmentations hold the maps themselves, for viewers that read FRACTIONAL (Weasis, 3D Slicer);
            else what is marked, which more viewers read.

    Raises:
        InputError: highdicom is not installed.
    """
    refuse_without_package()
    with quiet():  # highdicom warns of what old images lack
        made = _made(results, fractional)
    return {name: _file(dataset) for name, dataset in made.items()}


def _made(results: Results, fractional: bool) -> "Mapping[str, Dataset]":
    from highdicom import UID

    from explainers.dicom.capture import secondary_capture
    from explainers.dicom.report import report
    from explainers.dicom.segmentation import segmentation

    made: dict[str, Any] = {"sc.dcm": secondary_capture(results)}
    series = UID()
    for number, layer in enumerate((layer for layer in results.layers if layer.marked), 1):
        name = f"seg-{layer.name.translate(_PLACES)}.dcm"
        made[name] = segmentation(results, layer, (series, number), fractional)
    return made | {"sr.dcm": report(results)}


def _file(dataset: "Dataset") -> bytes:
    content = BytesIO()
    dataset.save_as(content, enforce_file_format=True)
    return content.getvalue()

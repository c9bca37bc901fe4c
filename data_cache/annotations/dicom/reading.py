"""One DICOM object as a file of annotations, told apart by its SOP class."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from data_cache.annotations.annotation import Canvas
from data_cache.annotations.names import Labels
from data_cache.errors import InputError
from data_cache.guarding import guarded
from data_cache.images.quiet import quiet

if TYPE_CHECKING:
    from pydicom import Dataset

_DEFLATED = b"1.2.840.10008.1.2.1.99"
_SEGMENTATION = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")  # with a map of labels
_REPORT = "1.2.840.10008.5.1.4.1.1.88."
_PRESENTATION = "1.2.840.10008.5.1.4.1.1.11.1"
_IMAGES = "an image, which can be opened by itself"


def read_dicom_object(data: bytes, canvas: Canvas, labels: Labels, chosen: str | None) -> None:
    """Draw the regions of a segmentation (SEG), a structured report (SR) or a presentation state (GSPS) on the canvas.

    It must be of the open image: by its SOP Instance UID where that is known, else by its size where the object says
    one, which is remarked. Labels that mean none of CheXpert's findings are taken for the chosen finding, and that is
    remarked.

    Args:
        data: the file, with its preamble and "DICM".
        canvas: of the open case.
        labels: what words mean.
        chosen: the finding on show; None: such regions are passed over.

    Raises:
        InputError: it is another object, damaged, of another image, or has no regions.
    """
    from data_cache.annotations.dicom.presentation import read_presentation  # pydicom takes its time to import
    from data_cache.annotations.dicom.report import read_report
    from data_cache.annotations.dicom.segmentation import read_segmentation
    from data_cache.images.dicom_header import parse, word

    name = canvas.name
    if _DEFLATED in data:  # pydicom would inflate without a limit
        raise InputError(f"{name}: expected a DICOM object, found one that is deflated as a whole; export it plain.")
    readers: dict[str, Callable[[Dataset, Canvas, Labels, str | None], None]]
    readers = {**dict.fromkeys(_SEGMENTATION, read_segmentation), _PRESENTATION: read_presentation}
    damaged = InputError(f"{name}: expected a whole DICOM object, found one that is cut short or damaged.")
    with quiet(), guarded(damaged):  # what the parser says may quote a tag
        dataset = parse(data)
        kind = word(dataset, "SOPClassUID")
        read = read_report if kind.startswith(_REPORT) else readers.get(kind)
        if read is None:
            found = _IMAGES if "PixelData" in dataset else "another DICOM object"
            raise InputError(
                f"{name}: expected a DICOM segmentation, structured report or presentation state, found {found}."
            )
        read(dataset, canvas, labels, chosen)

"""`python -m explainers dicom`."""

from pathlib import Path
from typing import Annotated

import typer

from data_cache.cli import written
from data_cache.errors import InputError
from data_cache.findings import canonical_finding
from explainers.options import parameters_by_method, parse_methods, parse_settings
from explainers.pairs import parse_pair
from explainers.registry import STANDARD
from models.backends.base import BackendName
from models.choosing import Cnn, MoreModels, PatchNet, chosen_weights, weights_of


def write_dicom(
    file: Annotated[Path, typer.Argument(metavar="FILE.dcm", help="A radiograph as DICOM file.")],
    out: Annotated[Path, typer.Option(file_okay=False, help="Folder of the results.")],
    patchnet: PatchNet = None,
    cnn: Cnn = None,
    model: MoreModels = None,
    methods: Annotated[str, typer.Option(help="Comma-separated METHOD or METHOD@MODEL; `list` shows them.")] = ",".join(
        STANDARD
    ),
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="A parameter of a method: METHOD.NAME=VALUE.")
    ] = None,
    findings: Annotated[
        str | None, typer.Option(help="Comma-separated; by default those that any model holds more probable than not.")
    ] = None,
    threshold: Annotated[float, typer.Option(min=0, max=1, help="Share of a map's own range that is marked.")] = 0.5,
    fractional: Annotated[
        bool, typer.Option("--fractional", help="Segmentations hold the maps themselves (Weasis, 3D Slicer).")
    ] = False,
    backend: Annotated[BackendName, typer.Option(help="What computes; auto takes the fastest exact one.")] = "auto",
) -> None:
    """Write what models say about a DICOM radiograph as DICOM objects that go into its study.

    sc.dcm is a picture, seg-METHOD.dcm what each map marks, sr.dcm a report with probabilities and outlines. They name
    the patient, as the source does. Research use only, not for diagnosis.
    """
    keys = parse_methods(methods)
    parameters = parameters_by_method(keys, {}, parse_settings(settings or ()))
    weights = weights_of([parse_pair(key).model for key in keys], chosen_weights(patchnet, cnn, model), model or ())
    wanted = [_finding(part) for part in findings.split(",") if part.strip()] if findings else None

    from explainers.dicom.writing import refuse_without_package

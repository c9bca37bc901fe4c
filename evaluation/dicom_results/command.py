"""`python -m explainers dicom`: here, since what is written says whether the image can be read at all."""

from pathlib import Path
from typing import Annotated

import typer

from data_cache.bounded_files import read_file
from data_cache.errors import InputError
from data_cache.findings import canonical_finding
from data_cache.images.reading import MAX_BYTES
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
        list[str] | None, typer.Option("--set", help="Any parameter, as `run` takes it: METHOD.NAME=VALUE.")
    ] = None,
    findings: Annotated[
        str | None,
        typer.Option(
            help="Comma-separated; by default those that any model holds more probable than not, and none for models "
            "that cannot assess the image."
        ),
    ] = None,
    threshold: Annotated[float, typer.Option(min=0, max=1, help="Share of a map's own range that is marked.")] = 0.5,
    fractional: Annotated[
        bool, typer.Option("--fractional", help="Segmentations hold the maps themselves (for Weasis, 3D Slicer).")
    ] = False,
    backend: Annotated[BackendName, typer.Option(help="What computes; auto takes the fastest exact one.")] = "auto",
) -> None:
    """Write what models say about a DICOM radiograph as DICOM objects that go into its study. Not for diagnosis.

    sc.dcm is a picture, seg-METHOD.dcm what each map marks, sr.dcm a report with probabilities and outlines. They
    carry the patient's name, as the source does.
    """
    keys = parse_methods(methods)
    parameters = parameters_by_method(keys, {}, parse_settings(settings or ()))
    weights = weights_of([parse_pair(key).model for key in keys], chosen_weights(patchnet, cnn, model), model or ())
    wanted = _findings(findings)

    from data_cache.store import writable_folder, write_bytes
    from evaluation.dicom_results.making import Cut, make_results
    from explainers.dicom.results import without_segmentation
    from explainers.dicom.writing import refuse_without_package, write_results

    refuse_without_package()
    data = read_file(file, "a DICOM image", MAX_BYTES)
    writable_folder(out)
    results = make_results(data, file.name, parameters, weights, wanted, Cut(threshold, fractional), backend)
    made = write_results(results, fractional)
    for name, data in made.items():
        write_bytes(out / name, data)
    for spoken in results.models.values():
        typer.echo(f"{spoken.label}: {spoken.sentences}", err=True)
    for sentence in without_segmentation({}, results.layers):  # what is withheld stands above
        typer.echo(sentence, err=True)
    typer.echo(f"{', '.join(made)} in {out}. Research use only, not for diagnosis.")


def _findings(text: str | None) -> tuple[str, ...]:
    try:
        return tuple(dict.fromkeys(canonical_finding(part.strip()) for part in (text or "").split(",") if part.strip()))
    except InputError as error:
        raise typer.BadParameter(str(error)) from None

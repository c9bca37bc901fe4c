"""The command `python -m models export`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data_cache.errors import InputError
from models.choosing import MoreModels, chosen_weights, default_weights

if TYPE_CHECKING:
    from models.exporting.device_model import Precision

FORMATS = ("onnx",)


def export(
    out: Annotated[Path, typer.Option(help="Folder to write: OUT/KEY/model.onnx and OUT/KEY/model.json.")],
    format: Annotated[str, typer.Option(help="Of the graphs: onnx.")] = "onnx",
    model: MoreModels = None,
    precision: Annotated[
        str,
        typer.Option(help="float32; float16: weights stored so; int8: computed so, in a fourth of the bytes."),
    ] = "float32",
    calibrate: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Images that int8 is calibrated on, instead of phantoms.")
    ] = None,
) -> None:
    """Write models as graphs for other runtimes, such as the visitor's browser, and compare them with PyTorch."""
    stored = _settings(format, precision, calibrate)

    from models.exporting.export import export as export_model  # torch is not loaded for --help
    from models.exporting.export import refuse_what_cannot_be_written
    from models.exporting.listing import line
    from models.predictor import load_predictor

    refuse_what_cannot_be_written(out)
    for key, weights in (chosen_weights(models=model) or default_weights()).items():
        loaded = load_predictor(weights, key, "torch-cpu")
        typer.echo(line(export_model(loaded, out / key.replace(":", "-"), stored, calibrate)))


def _settings(format: str, precision: str, calibrate: Path | None) -> "Precision":
    """The precision that was asked for.

    Raises:
        InputError: there is no such format or precision, or images are given that nothing is calibrated on.
    """
    from models.exporting.device_model import PRECISIONS

    if format not in FORMATS:
        raise InputError(f"Expected --format {' or '.join(FORMATS)}, found {format!r}; name a known one.")
    stored = next((one for one in PRECISIONS if one == precision), None)
    if stored is None:
        raise InputError(f"Expected --precision {' or '.join(PRECISIONS)}, found {precision!r}; name a known one.")
    if calibrate is not None and stored != "int8":
        raise InputError(f"Expected --calibrate with --precision int8, found it with {precision}; leave it out.")
    return stored

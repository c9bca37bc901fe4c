"""The command `python -m models export`."""

from pathlib import Path
from typing import Annotated

import typer

from data_cache.errors import InputError
from models.choosing import MoreModels, chosen_weights, default_weights

FORMATS = ("onnx",)


def export(
    out: Annotated[Path, typer.Option(help="Folder to write: OUT/KEY/model.onnx and OUT/KEY/model.json.")],
    format: Annotated[str, typer.Option(help="Of the graphs: onnx.")] = "onnx",
    model: MoreModels = None,
    precision: Annotated[
        str,
        typer.Option(help="float32, or float16: weights stored so, computed in float32."),
    ] = "float32",
) -> None:
    """Write models as graphs for other runtimes, such as the visitor's browser, and compare them with PyTorch."""
    from models.exporting.device_model import PRECISIONS
    from models.exporting.export import export as export_model
    from models.exporting.export import refuse_file
    from models.exporting.graph import refuse_without_packages
    from models.exporting.listing import line
    from models.predictor import load_predictor

    if format not in FORMATS:
        raise InputError(f"Expected --format {' or '.join(FORMATS)}, found {format!r}.")
    stored = next((one for one in PRECISIONS if one == precision), None)
    if stored is None:
        raise InputError(f"Expected --precision {' or '.join(PRECISIONS)}, found {precision!r}.")
    refuse_without_packages()
    refuse_file(out)
    for key, weights in (chosen_weights(models=model) or default_weights()).items():
        made = export_model(load_predictor(weights, key, "torch-cpu"), out / key.replace(":", "-"), stored)
        typer.echo(line(made))

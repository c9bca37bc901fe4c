"""The command `python -m models convert`."""

from pathlib import Path
from typing import Annotated

import typer

from data_cache.restricted_pickle import shortened


def convert(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A network saved whole with torch.save(model).")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.safetensors", help="Where to write, instead of beside it.")
    ] = None,
) -> None:
    """Make safetensors of a whole pickled network, such as torchxrayvision's releases; nothing in it is executed."""
    from models.converting import convert as convert_file  # torch is not loaded for --help

    made = convert_file(file, out)
    typer.echo(f"{made.tensors} tensors, {made.parameters:,} parameters of {made.source_class}")
    if made.outputs is None:
        typer.echo("outputs: the file does not name them")
    else:
        typer.echo(f"outputs: {', '.join(shortened(name) or '(not trained)' for name in made.outputs)}")
    typer.echo(f"written to {made.path}")

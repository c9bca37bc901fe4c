"""`python -m models`: list, fetch and verify weights, prepare data, train, evaluate, export."""

from pathlib import Path
from typing import Annotated

import typer

from data_cache.cli import run, transfer_bar
from models.choosing import known_or_none
from models.classification.command import evaluate
from models.converting_command import convert
from models.exporting.command import export
from models.training.command import prepare, train

app = typer.Typer(
    help="Models: list, fetch and verify weights; train and evaluate.", no_args_is_help=True, add_completion=False
)


@app.command("list")
def list_models() -> None:
    """Print the kinds of models and which weights of each are on this machine."""
    from models.listing import model_lines

    for line in model_lines():
        typer.echo(line)


@app.command("fetch")
def fetch(
    place: Annotated[
        str | None,
        typer.Option("--from", metavar="DIR_OR_URL", help="Where the two files are instead of the Hugging Face Hub."),
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(help="Hugging Face cache to put them in, instead of the environment's.")
    ] = None,
) -> None:
    """Bring the official weights (two files of 82 MB, MIT licence) into the Hugging Face cache; hashes are checked."""
    from models.fetching import fetch_official

    for path in fetch_official(transfer_bar, place, cache):
        typer.echo(f"{path.name} is in {path.parent}")
    if cache is not None:
        typer.echo(f"The program finds them there with HF_HUB_CACHE={cache}.")


@app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Weights as .safetensors or .pt.")],
    kind: Annotated[
        str | None, typer.Option(help="Which model they are for, where the file does not say.", callback=known_or_none)
    ] = None,
) -> None:
    """Check that a file of weights can be read safely and fits, and say what it is."""
    from models.listing import weight_lines

    for line in weight_lines(file, kind):
        typer.echo(line)


app.command("convert")(convert)
app.command("prepare")(prepare)
app.command("train")(train)
app.command("evaluate")(evaluate)
app.command("export")(export)


if __name__ == "__main__":
    run(app)

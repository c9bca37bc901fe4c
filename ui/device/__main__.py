"""`python -m ui.device fetch`: bring what visitors' devices compute with."""

from pathlib import Path
from typing import Annotated

import typer

from data_cache.cli import run, transfer_bar
from ui.device.runtime import CHARTS, FILES, fetch_runtime
from ui.settings import Settings

app = typer.Typer(
    help="Computing on visitors' own devices: what that needs.", no_args_is_help=True, add_completion=False
)


@app.callback()
def _commands() -> None:
    """Keep the command's name, which a single command would lose."""


@app.command()
def fetch(
    place: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="DIR_OR_URL",
            help="Where the packages are instead of jsDelivr: a node_modules, or an address that serves one.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for them; the app's --device-runtime.")] = Settings.device_runtime,
) -> None:
    """Bring ONNX Runtime Web, readers of DICOM and a site's charts (eight files of 42.8 MB, MIT licence), by hash."""
    for path in fetch_runtime(out, transfer_bar, place, (*FILES, CHARTS)):
        typer.echo(f"{path.name} is in {path.parent}")


if __name__ == "__main__":
    run(app)

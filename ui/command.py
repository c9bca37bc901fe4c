"""The command that starts the app: settings from flags and the environment, then the page."""

from pathlib import Path
from typing import Annotated

import typer

from data_cache.cli import run
from ui.settings import Settings

_WEIGHTS = "auto, official, demo, or a .safetensors or .pt file"
_app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

Root = Annotated[Path | None, typer.Option(envvar="CHEXLOCALIZE_ROOT", help="A copy of CheXlocalize to show.")]
Host = Annotated[str | None, typer.Option(envvar="GRADIO_SERVER_NAME", help="Address to listen on.")]
Port = Annotated[int | None, typer.Option(envvar="GRADIO_SERVER_PORT", help="Port to listen on.", min=1, max=65535)]
PatchNet = Annotated[str, typer.Option(help=f"Weights of MedicalPatchNet: {_WEIGHTS}.")]
Cnn = Annotated[str, typer.Option(help=f"Weights of the baseline CNN: {_WEIGHTS}.")]
Cohort = Annotated[str, typer.Option(metavar="NAME=DIR", help="Outputs to show in the Benchmark tab.")]
CohortMasks = Annotated[Path | None, typer.Option(help="Masks of the cohort: gt_segmentations_*.json.")]
CohortTuneOn = Annotated[Path | None, typer.Option(help="Outputs of the cases to tune the cohort's thresholds on.")]
CohortTuneMasks = Annotated[Path | None, typer.Option(help="Masks of those cases.")]
Backend = Annotated[str, typer.Option(help="What computes the models.")]


@_app.command()
def serve(
    root: Root = None,
    host: Host = None,
    port: Port = None,
    patchnet: PatchNet = "auto",
    cnn: Cnn = "auto",
    backend: Backend = "auto",
    cohort: Cohort = "",
    cohort_masks: CohortMasks = None,
    cohort_tune_on: CohortTuneOn = None,
    cohort_tune_masks: CohortTuneMasks = None,
) -> None:
    """Show in the browser what the models say about chest radiographs, and where they look."""
    from ui.catalogue import Catalogue
    from ui.engine import Engine

    settings = Settings(
        root,
        patchnet,
        cnn,
        backend,
        cohort=cohort,
        cohort_masks=cohort_masks,
        cohort_tune_on=cohort_tune_on,
        cohort_tune_masks=cohort_tune_masks,
    )
    catalogue = Catalogue(settings.root)
    engine = Engine(settings)
    if settings.names_weights:
        engine.models()  # somebody who names weights wants to know at once that they do not fit

    from ui.page import TITLE, build_page, launch  # after the checks: Gradio takes seconds to import

    page = build_page(catalogue, engine, settings)
    typer.echo(f"{TITLE} is at {launch(page, host, port, settings)}")
    engine.start()
    page.block_thread()


def main() -> None:
    """Run the command; a wrong input is one line on stderr and exit code 1."""
    run(_app)

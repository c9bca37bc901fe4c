"""The commands `python -m models train` and `python -m models prepare`."""

import logging
from pathlib import Path
from typing import Annotated

import typer

log = logging.getLogger(__name__)


def train(
    config: Annotated[Path, typer.Option(help="training config (YAML), e.g. models/training/configs/demo-cnn.yaml")],
    out: Annotated[Path | None, typer.Option(help="folder for states and results, instead of the config's")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="go on from the last state in that folder")] = False,
    root: Annotated[Path | None, typer.Option(help="folder of the data set, instead of the config's")] = None,
) -> None:
    """Train a model; to use several processes or accelerators, start it with `accelerate launch -m models`."""
    from models.training.run import train_from_file

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    train_from_file(config, out, resume, root)

"""The commands `python -m models train` and `python -m models prepare`."""

import logging
from pathlib import Path
from typing import Annotated

import typer
from tqdm import tqdm


def train(
    config: Annotated[Path, typer.Option(help="training config (YAML), e.g. models/training/configs/demo-cnn.yaml")],
    out: Annotated[Path | None, typer.Option(help="folder for states and results, instead of the config's")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="go on from the last state in that folder")] = False,
    root: Annotated[Path | None, typer.Option(help="folder of the data set, instead of the config's")] = None,
) -> None:
    """Train a model; several processes: `accelerate launch -m models train …`, on CPUs `torchrun -m models train …`."""
    from models.training.kept_memory import keep_freed_memory
    from models.training.run import train_from_file  # torch is not loaded for --help

    keep_freed_memory()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    train_from_file(config, out, resume, root)


def prepare(
    root: Annotated[Path, typer.Option(help="CheXpert's folder, with its CSV files")],
    out: Annotated[Path, typer.Option(help="folder to write; images that are there already are kept")],
    size: Annotated[int, typer.Option(min=8, max=4096, help="side of the square images in pixels")] = 1024,
    threads: Annotated[int, typer.Option(min=1, max=256, help="images read at once")] = 4,
    on_bad_image: Annotated[str, typer.Option(help="stop or skip")] = "stop",
) -> None:
    """Cut CheXpert's radiographs to squares and resize them (Lanczos), as the published recipe does before training."""
    from data_cache.errors import InputError
    from models.training.prepare import copy_tables, label_files, list_images, prepare_images

    if on_bad_image not in ("stop", "skip"):
        raise InputError(f"Expected --on-bad-image stop or skip, found {on_bad_image!r}.")
    tables = label_files(root)
    paths = list_images(tables)
    bad = []
    for result in tqdm(prepare_images(root, out, paths, size, threads), total=len(paths), unit="image"):
        if result.bad and on_bad_image == "stop":
            raise InputError(f"Expected a readable image, found {result.path}: {result.outcome}")
        if result.bad:
            bad.append(result)
            tqdm.write(f"Skipped {result.path}: {result.outcome}")
    copy_tables(root, out, tables)
    typer.echo(f"Images in {out}: {len(paths) - len(bad)}; skipped: {len(bad)}.")

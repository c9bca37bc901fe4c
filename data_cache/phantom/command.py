"""The `phantom` command. The simulator is imported when it runs, so that other commands start fast."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import cv2
import numpy as np
import typer
from tqdm import tqdm

from data_cache.errors import InputError

if TYPE_CHECKING:
    from data_cache.phantom.cohort import CohortSettings

_SHEET_CASES = 24
_PREVALENCE_HELP = "realistic or balanced; without it, train is balanced, val and test realistic."
_SHORTCUT_HELP = "Planted artefact FINDING:marker|border:STRENGTH (0 to 1), such as Pneumothorax:marker:0.9."


def phantom(
    out: Annotated[Path, typer.Option(help="Folder to write; empty, or one that the same command began.")],
    count: Annotated[int | None, typer.Option(help="Cases in all; see --split.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Everything follows from it.")] = 0,
    split: Annotated[str, typer.Option(help="Where --count goes: all (70/10/20), train, val or test.")] = "all",
    train: Annotated[int, typer.Option(help="Cases in train, instead of --count.")] = 0,
    val: Annotated[int, typer.Option(help="Cases in val, instead of --count.")] = 0,
    test: Annotated[int, typer.Option(help="Cases in test, instead of --count.")] = 0,
    size: Annotated[str, typer.Option(help="512, HEIGHTxWIDTH, a range 320-512, or native (mixed, to 2048).")] = "512",
    prevalence: Annotated[str | None, typer.Option(help=_PREVALENCE_HELP)] = None,
    shortcut: Annotated[str | None, typer.Option(help=_SHORTCUT_HELP)] = None,
    image_format: Annotated[str, typer.Option("--format", help="jpg (quality 95) or png.")] = "jpg",
    train_masks: Annotated[bool, typer.Option("--train-masks", help="Write masks for train too.")] = False,
    jobs: Annotated[int, typer.Option(min=0, help="Processes; 0 = all cores.")] = 0,
    sheet: Annotated[Path | None, typer.Option("--contact-sheet", help="PNG of the first 24 cases.")] = None,
) -> None:
    """Simulate a cohort of chest radiographs with exact masks, in the CheXlocalize layout."""
    from data_cache.phantom.cohort import CohortSettings, write_cohort
    from data_cache.phantom.film import Shortcut
    from data_cache.phantom.plan import SPLITS

    counts = _counts(count, split, {"train": train, "val": val, "test": test})
    if image_format not in ("jpg", "png"):
        raise InputError(f"An image format is jpg or png; found {image_format!r}.")
    tables = {name: prevalence or ("balanced" if name == "train" else "realistic") for name in SPLITS}
    planted = Shortcut.parse(shortcut) if shortcut else None
    settings = CohortSettings(seed, counts, size, tables, planted, image_format, train_masks)
    with tqdm(total=sum(counts.values()), unit="case", desc="PHANTOM") as bar:
        for done in write_cohort(out, settings, jobs or os.cpu_count() or 1):
            bar.update(done - bar.n)
    if sheet is not None:
        _write_contact_sheet(out, settings, sheet)


def _counts(count: int | None, split: str, by_split: dict[str, int]) -> dict[str, int]:
    if any(by_split.values()):
        if count is not None:
            raise InputError(
                "Cases are counted by --count or by --train, --val and --test, found both: use one of them."
            )
        return by_split
    if count is None:
        raise InputError("A cohort needs a number of cases, found none: give --count, or --train, --val and --test.")
    from data_cache.phantom.plan import shares

    return shares(count, split)


def _write_contact_sheet(root: Path, settings: "CohortSettings", target: Path) -> None:
    from data_cache.phantom.contact_sheet import contact_sheet, write_sheet
    from data_cache.phantom.layout import image_path
    from data_cache.phantom.plan import plan
    from data_cache.phantom.simulate import case_id

    shown = plan(settings.seed, settings.counts, settings.size)[:_SHEET_CASES]
    paths = [image_path(root, item.split, item.patient, item.study, settings.suffix) for item in shown]
    images = [np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)) for path in paths]
    write_sheet(target, contact_sheet(images, [case_id(item.patient, item.study) for item in shown]))

"""Choosing the few cases of a cohort that come with the program."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.phantom.cohort import MARKER, read_marker
from data_cache.phantom.layout import image_path, write_json, write_tables


def bundle_cases(cohort: Path, out: Path, count: int, split: str = "test") -> tuple[str, ...]:
    """Copy a selection of a finished cohort that covers every finding, as a small cohort in the same layout.

    Args:
        cohort: folder that `python -m data_cache phantom` finished.
        out: folder to write; its CheXpert/ and CheXlocalize/ are replaced.
        count: how many cases.
        split: which split they come from.

    Returns:
        The ids of the chosen cases, in the cohort's order.

    Raises:
        InputError: the cohort is missing or unfinished, or has too few cases.
    """
    content = _read_marker(cohort)
    records = [record for record in content["cases"] if record["split"] == split]
    if len(records) < count:
        raise InputError(
            f"Expected at least {count} cases in {split} of {cohort.name}, found {len(records)}: simulate more."
        )
    chosen = [records[index] for index in choose([record["labels"] for record in records], count)]
    suffix = content["settings"]["suffix"]
    for folder in (out / "CheXpert", out / "CheXlocalize"):
        shutil.rmtree(folder, ignore_errors=True)
    for record in chosen:
        place = (split, record["patient"], record["study"], suffix)
        target = image_path(out, *place)
        target.parent.mkdir(parents=True)
        shutil.copyfile(image_path(cohort, *place), target)
    write_tables(out, split, _with_drawings(cohort, split, chosen), suffix)
    write_json(out / MARKER, {**content, "cases": chosen})
    return tuple(record["id"] for record in chosen)


def choose(labels: Sequence[dict[str, int]], count: int) -> list[int]:
    """Choose cases so that every finding is there, and rare ones as often as frequent ones where possible.

    Greedy: each next case is the one whose findings were chosen least often so far; the first among equals.

    Returns:
        Ascending indices into `labels`, `count` of them.
    """
    left, chosen = list(range(len(labels))), []
    times = dict.fromkeys(FINDINGS, 0)
    for _ in range(count):
        best = max(left, key=lambda index: sum(0.25 ** times[f] for f in FINDINGS if labels[index][f] == 1))
        left.remove(best)
        chosen.append(best)
        for finding in FINDINGS:
            times[finding] += labels[best][finding]
    return sorted(chosen)


def _read_marker(cohort: Path) -> dict[str, Any]:
    path = cohort / MARKER
    if not path.is_file():
        raise InputError(
            f"Expected a finished phantom cohort at {cohort}, found no {MARKER} there: simulate one first."
        )
    return read_marker(path)


def _with_drawings(cohort: Path, split: str, records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    folder = cohort / "CheXlocalize"
    masks = json.loads((folder / f"gt_segmentations_{split}.json").read_bytes())
    outlines = json.loads((folder / f"gt_annotations_{split}.json").read_bytes())
    return [
        {
            **record,
            "masks": masks[record["id"]],
            "contours": {name: lines for name, lines in outlines.get(record["id"], {}).items() if name != "img_size"},
        }
        for record in records
    ]

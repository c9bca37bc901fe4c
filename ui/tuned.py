"""Thresholds that were best on validation cases, one for each method and finding, for the weights they were tuned with.

`python -m ui.tuned RESULTS` writes them anew from a benchmark's summary.csv; `make tuned` runs that benchmark first.
"""

import csv
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer

from data_cache.archives import unpacked
from data_cache.cli import run
from data_cache.demo import DEMO_ROOT, outputs_of_families
from data_cache.store import read_tensors, write_bytes
from explainers.outputs import file_name
from explainers.pairs import pair_of_name, parse_pair

TUNED = Path(__file__).with_suffix(".json")
_NOTE = "Tuned on {cases} simulated validation radiographs (plain 8×8 grid, published search) for these weights."


@cache
def tuned_thresholds() -> dict[str, Any] | None:
    """Return {weights: {model: sha256}, note, thresholds: {name: {finding: share of the range}}}; None without."""
    return json.loads(TUNED.read_text("utf-8")) if TUNED.is_file() else None


def gather(summary: Path, outputs: Sequence[Path]) -> dict[str, Any]:
    """Return what `tuned_thresholds` reads.

    Args:
        summary: summary.csv of a benchmark that tuned its thresholds.
        outputs: the cached outputs (ZIP archives) that it tuned on; they name their weights.
    """
    thresholds: dict[str, dict[str, float]] = {}
    with summary.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["finding"] != "Mean" and pair_of_name(row["method"]) is not None:
                thresholds.setdefault(row["method"], {})[row["finding"]] = float(row["threshold"])
    folders = [sorted(folder for folder in unpacked(archive).iterdir() if folder.is_dir()) for archive in outputs]
    weights = {}
    for pair in map(parse_pair, thresholds):
        first = next(path for cases in folders if (path := cases[0] / file_name(pair.name)).is_file())
        weights[pair.model] = read_tensors(first)[1]["weights_sha256"]
    return {"weights": weights, "note": _NOTE.format(cases=len(folders[0])), "thresholds": thresholds}


def write(
    results: Annotated[Path, typer.Argument(help="What `python -m evaluation benchmark --tune-on …` wrote.")],
    outputs: Annotated[list[Path] | None, typer.Option(help="The outputs it tuned on; by default the bundled.")] = None,
) -> None:
    """Write the tuned thresholds that the page offers."""
    bundled = [DEMO_ROOT / "outputs-val.zip", *outputs_of_families("val")]
    content = gather(results / "summary.csv", outputs or bundled)
    write_bytes(TUNED, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())
    typer.echo(f"{TUNED.name}: {len(content['thresholds'])} methods")


if __name__ == "__main__":
    app = typer.Typer()
    app.command()(write)
    run(app)

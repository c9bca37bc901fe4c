"""The cohorts that come with the program, and the curves of the first, so that its page opens at once.

`python -m evaluation.bundled_cohort` makes the curves again; `make demo-models` does so after the outputs.
"""

import gzip
import lzma
from functools import cache

import typer

from data_cache.demo import DEMO_ROOT, outputs_of_families
from data_cache.geometry import Alignment
from data_cache.store import write_bytes
from evaluation.ceilings import ALIGNMENTS
from evaluation.cohort.given import CohortFiles
from evaluation.cohort.making import make_cohort
from evaluation.workers import available_cores

CURVES = DEMO_ROOT / "benchmark-test.xz"


def bundled_cohorts() -> tuple[CohortFiles, ...]:
    """The phantom test split, tuned on the validation split, and that split by itself; those that are there."""
    files = {
        split: (DEMO_ROOT / f"outputs-{split}.zip", DEMO_ROOT / f"outputs-{split}-masks.json") for split in _LABELS
    }
    further = {split: outputs_of_families(split) for split in _LABELS}
    cohorts = (
        CohortFiles(
            "phantom-test",
            _LABELS["test"],
            *files["test"],
            *files["val"],
            further_maps=further["test"],
            further_tune_maps=further["val"],
        ),
        CohortFiles("phantom-val", _LABELS["val"], *files["val"], further_maps=further["val"]),
    )
    return tuple(one for one in cohorts if one.maps.is_file() and one.masks is not None and one.masks.is_file())


_LABELS = {"test": "Phantom test", "val": "Phantom val"}


@cache
def bundled_curves(alignment: Alignment) -> bytes | None:
    """The packed curves of the phantom test split that come with the program; None where they do not."""
    if not CURVES.is_file():
        return None
    data = lzma.decompress(CURVES.read_bytes())
    first = int.from_bytes(data[:8], "little")
    part = data[8 : 8 + first] if alignment == ALIGNMENTS[0] else data[8 + first :]
    return gzip.compress(part, 6, mtime=0)


def main() -> None:
    """Make the bundled curves from the bundled outputs; minutes on one core."""
    cohort = bundled_cohorts()[0]
    parts = [gzip.decompress(make_cohort(cohort, alignment, available_cores(), _say)) for alignment in ALIGNMENTS]
    data = len(parts[0]).to_bytes(8, "little") + b"".join(parts)
    write_bytes(CURVES, lzma.compress(data, preset=9 | lzma.PRESET_EXTREME))
    typer.echo(f"{CURVES.name}: {CURVES.stat().st_size:,} bytes")


def _say(stage: str, done: int, total: int) -> None:
    if done == total:
        typer.echo(f"{stage}: {total} cases", err=True)


if __name__ == "__main__":
    main()

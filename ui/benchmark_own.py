"""A visitor's own heat maps: one archive, unpacked where nobody else looks, counted, and deleted."""

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from data_cache.archives import unpack_into
from data_cache.counting import counted
from data_cache.errors import InputError
from evaluation.cases import Setup
from evaluation.cohort.curves import curves_of_cohort
from evaluation.cohort.files import pack
from evaluation.cohort.making import TOLERANCE
from evaluation.problems import Problem
from evaluation.sources.own import OwnMaps, find_own_maps
from evaluation.truth.ground_truth import Masks
from ui.temporary import work_folder

MOST_BYTES = 1_500_000_000  # unpacked
_MOST_SENTENCES = 6
_LONGEST_NAME = 40
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class OwnMethod:
    """What came of an archive.

    Attributes:
        name: what the page calls the method.
        cohort, readers: key of the cohort that it was compared with, and what was true there where several read.
        content: packed curves; the maps cover the whole radiograph, so that the alignment does not matter.
        notes: what could not be used, one sentence each.
    """

    name: str
    cohort: str
    readers: str
    content: bytes
    notes: tuple[str, ...]


def read_own_maps(archive: bytes, name: str, truth: Masks, progress: Progress) -> tuple[bytes, tuple[str, ...]]:
    """Count an archive's maps against the masks of a cohort; nothing of it stays on disk.

    Args:
        archive: a ZIP archive of one .npz, .npy, .png or .safetensors a case and finding, see evaluation.sources.own.
        name: what the visitor calls it.
        truth: the masks of the cohort.
        progress: told how far it is.

    Returns:
        The packed curves, and what could not be used, a sentence each.

    Raises:
        InputError: it is no such archive, or has no usable map of any case of the cohort.
    """
    try:
        with work_folder("own-") as folder:
            progress("Unpacking", 0, 0)
            unpack_into(io.BytesIO(archive), name, Path(folder), MOST_BYTES)
            return _count(_find(name, _root(Path(folder), truth)), name, truth, progress)
    except OSError as error:
        raise InputError(f"{name}: expected room on the server's disk to unpack it, found {error.strerror}.") from error


def method_name(file_name: str, taken: Sequence[str]) -> str:
    """A name for the tables from the name of a file: short, printable, and not taken."""
    stem = re.sub(r"[^\w +.()-]", " ", Path(file_name).stem).strip()[:_LONGEST_NAME].strip() or "own maps"
    names = (stem if n == 1 else f"{stem} ({n})" for n in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def _root(folder: Path, truth: Masks) -> Path:
    """The folder of cases: archives often have one folder around everything."""
    while True:
        inside = [path for path in folder.iterdir() if not path.name.startswith((".", "__MACOSX"))]
        if len(inside) != 1 or not inside[0].is_dir() or inside[0].name in truth.cases:
            return folder
        folder = inside[0]


def _find(name: str, folder: Path) -> OwnMaps:
    source = find_own_maps(name, folder)
    if source is None:
        raise InputError(
            f"{name}: expected one .npz, .npy, .png or .safetensors a case and finding, found no such file."
        )
    if not source.files:
        raise InputError(
            f"{name}: expected files called CASE/FINDING.npy or CASE_FINDING.npy, found none that ends in a finding's "
            "name; rename them."
        )
    return source


def _count(source: OwnMaps, name: str, truth: Masks, progress: Progress) -> tuple[bytes, tuple[str, ...]]:
    known = {case: files for case, files in source.files.items() if case in truth.cases}
    strange = sorted(set(source.files) - set(known))
    if not known:
        raise InputError(
            f"{name}: expected maps of the cohort's {len(truth.cases)} cases, found none, but those of others: "
            "choose the cohort it belongs to."
        )
    setup = Setup((replace(source, files=known),), "paper", TOLERANCE)
    counted = curves_of_cohort(setup, truth, {}, progress=lambda done, total: progress("Counting", done, total))
    if not counted.above.any() and not (counted.states == 1).any():
        first = f" {counted.problems[0].sentence}" if counted.problems else ""
        raise InputError(f"{name}: expected at least one map that marks something, found none.{first}")
    notes = _sentences((*source.problems, *counted.problems), strange, len(known), len(truth.cases))
    return pack(counted, {}), notes


def _sentences(problems: Sequence[Problem], strange: Sequence[str], known: int, cases: int) -> tuple[str, ...]:
    found = [_without_folders(problem.sentence) for problem in dict.fromkeys(problems)]
    if strange:
        found.insert(0, f"{counted(len(strange), 'case')} that the cohort does not have left out.")
    if known < cases:
        partly = f"{known:,} of {counted(cases, 'case')} with maps"
        found.insert(0, f"{partly}; on the others the method counts as marking nothing.")
    if len(found) > _MOST_SENTENCES:
        found = [*found[:_MOST_SENTENCES], f"And {len(found) - _MOST_SENTENCES} more of the kind."]
    return tuple(found)


def _without_folders(sentence: str) -> str:
    return re.sub(r"/\S*/", "", sentence)

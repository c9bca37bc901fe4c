"""Two runs of the benchmark against one another: what they were made of, and how their scores differ, tested."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from data_cache.counting import counted
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from evaluation.floors import is_floor
from evaluation.inference.holm import holm
from evaluation.inference.intervals import Unit
from evaluation.results import Difference, Results
from evaluation.run_folders import RunFolder
from evaluation.scores import METRICS, NAN, Scores
from evaluation.scoring import Row

_COMPARED = ("alignment", "protocol", "threshold", "missing", "tolerance")


@dataclass(frozen=True)
class Comparison:
    """What came out.

    Attributes:
        inputs: a sentence for each input and setting that is not the same.
        fallen: a sentence for each method and score that only one of the runs has of some case and finding.
        differences: first run minus second, of every method that both have; p-values are adjusted over all of them.
    """

    inputs: tuple[str, ...]
    fallen: tuple[str, ...]
    differences: tuple[Difference, ...]


def compare(first: RunFolder, second: RunFolder, resamples: int, seed: int, unit: Unit) -> Comparison:
    """Compare two runs, on the cases and findings that both have scored.

    Args:
        first, second: the runs. A method is compared with the one of its name; where no name is in both and each has
            one method, that one with the other.
        resamples, seed, unit: of the intervals; the test is by patient.

    Raises:
        InputError: they have no method, or no case, in common.
    """
    found: list[Difference] = []
    fallen: list[str] = []
    for mine, theirs in _pairs(first, second):
        found += _differences(first, second, mine, theirs, (resamples, seed, unit))
        fallen += _fallen(first, second, mine, theirs)
    adjusted = holm([one.test.p for one in found])
    tested = (replace(one, p_holm=float(p)) for one, p in zip(found, adjusted, strict=True))
    return Comparison(tuple(_inputs(first, second)), tuple(fallen), tuple(tested))


def _pairs(first: RunFolder, second: RunFolder) -> list[tuple[str, str]]:
    mine, theirs = ([name for name in run.scores if not is_floor(name)] for run in (first, second))
    shared = [(name, name) for name in mine if name in theirs]
    if not shared and len(mine) == len(theirs) == 1:
        return [(mine[0], theirs[0])]
    if not shared:
        raise InputError(
            f"Expected a method in both runs, found {', '.join(mine)} in {first.name} and {', '.join(theirs)} in "
            f"{second.name}; give methods that are to be compared the same NAME."
        )
    return shared


def _differences(
    first: RunFolder, second: RunFolder, mine: str, theirs: str, how: tuple[int, int, Unit]
) -> list[Difference]:
    a, b = first.scores[mine], second.scores[theirs]
    shared = sorted(a.keys() & b.keys())
    if not shared:
        raise InputError(f"Expected cases that both runs scored for {mine}, found none; compare runs on one dataset.")
    names = (f"{mine} ({first.name}, first)", f"{theirs} ({second.name}, second)")
    rows = [*_rows(names[0], a, shared), *_rows(names[1], b, shared)]
    known = {finding for _, finding in shared}
    findings = tuple(finding for finding in FINDINGS if finding in known)
    patient_of = {**second.patient_of, **first.patient_of}
    return Results.of(rows, names, findings, patient_of).differences(*how)


def _fallen(first: RunFolder, second: RunFolder, mine: str, theirs: str) -> Iterator[str]:
    """What the paired differences of two methods leave out, where they do."""
    for k, metric in enumerate(METRICS):
        a, b = (
            {key for key, values in scores.items() if values[k] == values[k]}
            for scores in (first.scores[mine], second.scores[theirs])
        )
        if a != b:
            yield (
                f"{mine}, {metric}: {counted(len(a & b), 'value')} in both runs compared; left out: "
                f"{len(a - b):,} that only {first.name} has and {len(b - a):,} that only {second.name} has."
            )


def _rows(
    name: str, scores: Mapping[tuple[str, str], tuple[float, ...]], keys: Sequence[tuple[str, str]]
) -> Iterator[Row]:
    for case, finding in keys:
        yield Row(name, finding, case, Scores(dict(zip(METRICS, scores[case, finding], strict=True))), NAN)


def _inputs(first: RunFolder, second: RunFolder) -> Iterator[str]:
    mine, theirs = first.checksums, second.checksums
    for role in sorted(mine.keys() | theirs.keys()):
        if role not in mine or role not in theirs:
            yield f"{role}: only in {first.name if role in mine else second.name}."
        elif mine[role] != theirs[role]:
            yield f"{role}: not the same ({mine[role][:8]} and {theirs[role][:8]})."
    for name in _COMPARED:
        one, other = (run.manifest["settings"].get(name) for run in (first, second))
        if one != other:
            yield f"{name}: {one} and {other}."

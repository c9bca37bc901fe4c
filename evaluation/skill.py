"""Where a score lies between not looking and a perfect map: skill = (score − best floor) / (ceiling − best floor).

0 is as good as the best of the floors (`evaluation.floors`), below 0 worse, 1 as good as the ceiling. The scores are
the means of the tables, each over the cases where it is defined, so that skill can be worked out again from these;
where maps are missing, and in the mean over findings, only like is compared with like, see `evaluation.comparable`. The
best floor is chosen anew for every finding and metric, on the scored cases themselves, which is in the floors' favour.

The ceiling of an IoU is one that the maps can reach: of maps of the square that a model sees that of a perfect map of
the finest resolution in the alignment in force, of maps that cover the whole radiograph, and of people, 1. Floors have
that of the models' maps where there are any. The ceiling of a hit is 1: every mask has a pixel to point at. Ceilings of
the IoU over TP, FP and FN are those of the drawn masks, for a perfect map marks nothing else.

Intervals are of the ratio, from the same resamples of patients for score, floor and ceiling; the floor chosen stays.
There is none of fewer than six patients.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from data_cache.geometry import Alignment
from data_cache.marks import Form
from evaluation.box_ceiling import BOX_CEILING
from evaluation.ceilings import RESOLUTIONS, ceiling_name
from evaluation.comparable import Comparable, is_method, left_out_for_all, missing_maps
from evaluation.floors import is_floor
from evaluation.inference.intervals import Interval, Unit, interval_of_patients, mean_over_findings, resampled_means
from evaluation.inference.sign_flip import patient_sums
from evaluation.results import Results, mean_over_cases
from evaluation.scores import METRICS

PERFECT = "1"  # the name of the ceiling that needs no map
_NAN = float("nan")


@dataclass(frozen=True)
class Skill:
    """The skill of one mean.

    Attributes:
        method, finding, metric: which.
        score: the mean, of what is compared.
        floor, best_floor: the name of the best floor and its mean; "" and NaN without one.
        ceiling, perfect: the name of the ceiling and its mean.
        value: NaN where the score is undefined or the floor reaches the ceiling.
        interval: 95 %.
        without: cases (of the mean, cases × findings) without a value because the method has no usable map of them.
        left_out: of the mean, the findings with values that it is not over.
        form: as what the truths were marked; None where no row says so.
    """

    method: str
    finding: str
    metric: str
    score: float
    floor: str
    best_floor: float
    ceiling: str
    perfect: float
    value: float
    interval: Interval
    without: int = 0
    left_out: tuple[str, ...] = ()
    form: Form | None = None

    @property
    def above(self) -> float:
        """How far the score lies above the best floor; negative below it."""
        return self.score - self.best_floor

    @property
    def beats(self) -> bool:
        """Whether the score lies above the best floor at all."""
        return self.above > 1e-12  # a mean of equal numbers may differ in its last digit

    @property
    def clearly(self) -> bool:
        """Whether the whole interval of the skill lies above 0."""
        return self.interval.low > 0


def skills(
    results: Results,
    ceilings: Results | None,
    alignment: Alignment,
    resamples: int,
    seed: int,
    unit: Unit,
    shared: bool = False,
    whole: Collection[str] = (),
) -> list[Skill]:
    """Work out the skill of every row of the tables, floors and ceilings included.

    Args:
        results: of methods and floors; without floors there is no skill.
        ceilings: of the same masks; without, a perfect IoU is 1.
        alignment: of the methods' maps.
        resamples, seed, unit: of the intervals.
        shared: whether to compare all on the cases of which every method has a map or a value, as methods must be with
            each other; else each with floors and ceiling on its own.
        whole: rows of what covers the whole radiograph.
    """
    if not any(map(is_floor, results.methods)):
        return []
    everything = _joined(results, ceilings)
    missing = missing_maps(everything)
    chosen = ceiling_name(max(RESOLUTIONS), alignment)
    found: list[Skill] = []
    for k, metric in enumerate(METRICS):
        for members in _alike(everything):
            names = [everything.methods[m] for m in members]
            values = everything.values[members, k]
            able = Comparable.of(values, missing[members], names, shared, results.comparators)
            cropped = [name for name in names if is_method(name) and name not in whole]
            at = (i for i, name in enumerate(names) if f"{name}, ".startswith(f"{chosen}, "))
            perfect = next(at, None) if cropped else None
            floors = [i for i, name in enumerate(names) if is_floor(name)]
            beside = [*floors, *([] if perfect is None else [perfect])]
            for rows in _of_the_same_cases(able):
                wanted = [*rows, *(i for i in beside if i not in rows)]
                kept = np.where(able.left_out[rows[0]], np.nan, values[wanted])
                means = _Means.of(everything, kept, resamples, seed, unit)
                for i in rows:
                    levels = {row: means.levels(w, names[row], able.of_the_mean(i)) for w, row in enumerate(wanted)}
                    ceiling = None if names[i] in whole else perfect
                    found += _skills_of(levels, i, metric, everything.names, able, floors, ceiling)
    return _in_order((replace(one, form=everything.forms.get(one.method)) for one in found), everything)


@dataclass(frozen=True, eq=False)
class _Level:
    """A method's mean, its mean in each resample (float64 (resamples,), or one value for all), and its patients."""

    name: str
    mean: float
    draws: NDArray[np.float64]
    patients: int = 0


_NOTHING = _Level("", _NAN, np.array(_NAN))
_PERFECT = _Level(PERFECT, 1.0, np.array(1.0))


@dataclass(frozen=True, eq=False)
class _Means:
    """Means of some rows by finding (rows, findings), resampled ones (resamples, rows, findings), and how many values
    each patient has (patients, rows, findings)."""

    means: NDArray[np.float64]
    draws: NDArray[np.float64]
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, results: Results, values: NDArray[np.float64], resamples: int, seed: int, unit: Unit) -> "_Means":
        """Of values (rows, cases, findings)."""
        rows, cases, findings = values.shape
        flat = values.transpose(1, 0, 2).reshape(cases, rows * findings)
        drawn = resampled_means(flat, results.groups(unit), resamples, seed).reshape(-1, rows, findings)
        counts = patient_sums(flat, results.groups("patient"))[1].reshape(-1, rows, findings)
        return cls(mean_over_cases(values), drawn, counts)

    def levels(self, row: int, name: str, of_the_mean: NDArray[np.bool_]) -> list[_Level]:
        """Those of a row: one a finding, and that of the mean over some."""
        patients = np.count_nonzero(self.counts[:, row], axis=0)
        single = [
            _Level(name, float(mean), self.draws[:, row, f], int(patients[f])) for f, mean in enumerate(self.means[row])
        ]
        mean = float(mean_over_findings(self.means[row, of_the_mean]))
        some = np.count_nonzero(self.counts[:, row, of_the_mean].any(axis=1))
        return [*single, _Level(name, mean, mean_over_findings(self.draws[:, row, of_the_mean]), int(some))]


def _of_the_same_cases(able: Comparable) -> Iterable[list[int]]:
    """Rows that are compared on the same cases."""
    found: dict[bytes, list[int]] = {}
    for i, left_out in enumerate(able.left_out):
        found.setdefault(left_out.tobytes(), []).append(i)
    return found.values()


def _skills_of(
    levels: Mapping[int, Sequence[_Level]],
    row: int,
    metric: str,
    names: Sequence[str],
    able: Comparable,
    floors: Sequence[int],
    perfect: int | None,
) -> Iterable[Skill]:
    """The skills of one row, finding by finding and of the mean."""
    without = able.without[row].sum(axis=0)
    for f, finding in enumerate(names):
        last = f == len(names) - 1
        floor = _best([levels[i][f] for i in (able.floors if last else floors)])
        ceiling = _PERFECT if perfect is None or metric == "hit" else levels[perfect][f]
        skill = _skill(levels[row][f], finding, metric, floor, ceiling)
        left_out = able.scored & ~able.of_the_mean(row)
        yield replace(
            skill,
            without=int(without[able.of_the_mean(row)].sum() if last else without[f]),
            left_out=tuple(name for name, out in zip(names, left_out, strict=False) if out) if last else (),
        )


def _best(floors: Iterable[_Level]) -> _Level:
    known = [floor for floor in floors if floor.mean == floor.mean]
    return max(known, key=lambda floor: floor.mean, default=_NOTHING)


def _in_order(found: Iterable[Skill], results: Results) -> list[Skill]:
    """By metric, form of the truths, finding and method, as the tables are."""
    methods = {results.methods[m]: (group, m) for group, members in enumerate(_alike(results)) for m in members}

    def place(one: Skill) -> tuple[int, int, int, int]:
        group, m = methods[one.method]
        return METRICS.index(one.metric), group, results.names.index(one.finding), m

    return sorted(found, key=place)


def _skill(score: _Level, finding: str, metric: str, floor: _Level, ceiling: _Level) -> Skill:
    value = float(_ratio(score.mean, floor.mean, ceiling.mean))
    draws = _ratio(score.draws, floor.draws, ceiling.draws)
    return Skill(
        score.name,
        finding,
        metric,
        float(score.mean),
        floor.name,
        float(floor.mean),
        ceiling.name,
        float(ceiling.mean),
        value,
        interval_of_patients(draws, score.patients) if value == value else Interval(_NAN, _NAN, len(draws)),
    )


def _joined(results: Results, ceilings: Results | None) -> Results:
    """Methods and ceilings as one, over the methods' cases; without outlines in their boxes, which are no maps."""
    if ceilings is None:
        return results
    place = {case: c for c, case in enumerate(ceilings.cases)}
    at = np.array([place.get(case, -1) for case in results.cases])
    known = (at >= 0)[:, None] & ~left_out_for_all(results)
    maps = [m for m, name in enumerate(ceilings.methods) if name != BOX_CEILING]
    values = np.where(known, ceilings.values[maps][:, :, at], np.nan)
    both = np.concatenate([results.values, values])
    forms = {**results.forms, **ceilings.forms}
    return Results(
        (*results.methods, *(ceilings.methods[m] for m in maps)),
        results.cases,
        results.rows,
        both,
        results.findings,
        forms,
        results.patient_of,
        results.comparators,
    )


def _alike(results: Results) -> list[list[int]]:
    """Methods by the form of the truths that they are scored against."""
    forms = [results.forms.get(method) for method in results.methods]
    return [[m for m, one in enumerate(forms) if one == form] for form in dict.fromkeys(forms)]


def _ratio(
    score: NDArray[np.float64] | float, floor: NDArray[np.float64] | float, ceiling: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    room = np.asarray(ceiling - floor, np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(room > 0, (score - floor) / room, np.nan)

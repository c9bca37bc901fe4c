"""Where a score lies between not looking and a perfect map: skill = (score − best floor) / (ceiling − best floor).

0 is as good as the best of the floors (`evaluation.floors`), below 0 worse, 1 as good as the ceiling. The scores are
the means of the tables, each over the cases where it is defined, so that skill can be worked out again from these. The
best floor is chosen anew for every finding and metric, on the scored cases themselves, which is in the floors' favour;
of the mean over findings it is the floor with the best mean, of those that have a value in every finding.

The ceiling of an IoU is that of a perfect map of the finest resolution in the alignment in force, the same for every
method, and of a hit 1: every mask has a pixel to point at. Ceilings of the IoU over TP, FP and FN are those of the
drawn masks, for a perfect map marks nothing else.

Intervals are of the ratio, from the same resamples of patients for score, floor and ceiling; the floor chosen stays.
There is none of fewer than six patients.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data_cache.geometry import Alignment
from evaluation.ceilings import RESOLUTIONS, ceiling_name
from evaluation.floors import is_floor
from evaluation.inference.intervals import Interval, Unit, interval_of_patients, mean_over_findings, resampled_means
from evaluation.results import Results
from evaluation.scores import METRICS

PERFECT = "1"  # the name of the ceiling that needs no map
_NAN = float("nan")


@dataclass(frozen=True)
class Skill:
    """The skill of one mean.

    Attributes:
        method, finding, metric: which.
        score: the mean.
        floor, best_floor: the name of the best floor and its mean; "" and NaN without one.
        ceiling, perfect: the name of the ceiling and its mean.
        value: NaN where the score is undefined or the floor reaches the ceiling.
        interval: 95 %.
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

    @property
    def above(self) -> float:
        """How far the score lies above the best floor; negative below it."""
        return self.score - self.best_floor

    @property
    def beats(self) -> bool:
        """Whether the score lies above the best floor at all."""
        return self.above > 0

    @property
    def clearly(self) -> bool:
        """Whether the whole interval of the skill lies above 0."""
        return self.interval.low > 0


def skills(
    results: Results, ceilings: Results | None, alignment: Alignment, resamples: int, seed: int, unit: Unit
) -> list[Skill]:
    """Work out the skill of every row of the tables, floors and ceilings included.

    Args:
        results: of methods and floors; without floors there is no skill.
        ceilings: of the same masks; without, a perfect IoU is 1.
        alignment: of the methods' maps.
        resamples, seed, unit: of the intervals.
    """
    if not any(map(is_floor, results.methods)):
        return []
    everything = _joined(results, ceilings)
    chosen = ceiling_name(max(RESOLUTIONS), alignment)
    patients = np.array([everything.patients(values) for values in everything.values])
    found = []
    for k, metric in enumerate(METRICS):
        means, draws = _means(everything, k, resamples, seed, unit)
        for members in _alike(everything):
            names = [everything.methods[m] for m in members]
            best = _best(means[members], names)
            perfect = next((i for i, name in enumerate(names) if f"{name}, ".startswith(f"{chosen}, ")), None)
            for f, finding in enumerate(results.names):
                levels = [
                    _Level(name, means[m, f], draws[:, m, f], int(patients[m, k, f]))
                    for m, name in zip(members, names, strict=True)
                ]
                floor = _NOTHING if (place := best[f]) is None else levels[place]
                ceiling = _PERFECT if perfect is None or metric == "hit" else levels[perfect]
                found += [_skill(level, finding, metric, floor, ceiling) for level in levels]
    return found


@dataclass(frozen=True, eq=False)
class _Level:
    """A method's mean, its mean in each resample (float64 (resamples,), or one value for all), and its patients."""

    name: str
    mean: float
    draws: NDArray[np.float64]
    patients: int = 0


_NOTHING = _Level("", _NAN, np.array(_NAN))
_PERFECT = _Level(PERFECT, 1.0, np.array(1.0))


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
    """Methods and ceilings as one, over the methods' cases."""
    if ceilings is None:
        return results
    place = {case: c for c, case in enumerate(ceilings.cases)}
    at = np.array([place.get(case, -1) for case in results.cases])
    values = np.where((at >= 0)[None, None, :, None], ceilings.values[:, :, at], np.nan)
    both = np.concatenate([results.values, values])
    forms = {**results.forms, **ceilings.forms}
    return Results(
        (*results.methods, *ceilings.methods), results.cases, (), both, results.findings, forms, results.patient_of
    )


def _alike(results: Results) -> list[list[int]]:
    """Methods by the form of the truths that they are scored against."""
    forms = [results.forms.get(method) for method in results.methods]
    return [[m for m, one in enumerate(forms) if one == form] for form in dict.fromkeys(forms)]


def _means(
    results: Results, metric: int, resamples: int, seed: int, unit: Unit
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means of a metric (methods, findings + 1), and resampled ones (resamples, methods, findings + 1)."""
    means, _ = results.means()
    methods, _, cases, findings = results.values.shape
    flat = results.values[:, metric].transpose(1, 0, 2).reshape(cases, methods * findings)
    drawn = resampled_means(flat, results.groups(unit), resamples, seed)
    by_method = drawn.reshape(-1, methods, findings)
    return means[:, metric], np.concatenate([by_method, mean_over_findings(by_method)[..., None]], axis=-1)


def _best(means: NDArray[np.float64], names: Sequence[str]) -> list[int | None]:
    """The best floor of each column; of the last, the mean over findings, among those that have all findings."""
    floors = [m for m, name in enumerate(names) if is_floor(name)]
    others = [m for m in range(len(names)) if m not in floors]
    needed = ~np.isnan(means[others, :-1]).all(axis=0)
    places: list[int | None] = []
    for f in range(means.shape[1]):
        last = f == means.shape[1] - 1
        able = [m for m in floors if not (last and np.isnan(means[m, :-1][needed]).any())]
        known = [m for m in able if not np.isnan(means[m, f])]
        places.append(max(known, key=lambda m: float(means[m, f])) if known else None)
    return places


def _ratio(
    score: NDArray[np.float64] | float, floor: NDArray[np.float64] | float, ceiling: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    room = np.asarray(ceiling - floor, np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(room > 0, (score - floor) / room, np.nan)

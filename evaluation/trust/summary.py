"""Tables over a cohort: every case, its summary, the worst cases, verdicts, and localization by size."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluation.inference.intervals import Interval, interval_of_patients, resampled_means
from evaluation.report.csv_files import Cell, write_csv
from evaluation.report.tables import COMPARATORS
from evaluation.trust.base import NAN, Values, Verdict
from evaluation.trust.localizing import SizeRow, by_size
from evaluation.trust.registry import CHECKS
from evaluation.trust.run import Row
from explainers.pairs import pair_of_name, shown_masks

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
WORST = 10
CASES = ("check", "method", "case", "patient", "finding", "metric", "setting", "value", "reason", "assessment")
SUMMARY = (
    *("check", "method", "metric", "setting", "n", "mean", "sd", "low", "high", "minimum"),
    *(f"q{round(100 * q):02d}" for q in QUANTILES),
    *("maximum", "undefined", "reasons"),
)
WORST_HEADER = ("check", "method", "metric", "setting", "rank", "case", "finding", "value")
VERDICTS = ("check", "method", "passed", "words")
SIZES = ("method", "size", "area_low", "area_high", "metric", "n", "undefined", "mean", "low", "high")


@dataclass(frozen=True, eq=False)
class Summary:
    """What one metric of one check says about one method over all cases.

    Attributes:
        n: values that are defined; `undefined` those that are not, `reasons` why, with counts.
        mean, sd: NaN without a value; sd (n − 1) NaN with one.
        interval: 95 % of the mean, patients resampled; none of fewer than six.
        quantiles: float64 (5,), at `QUANTILES`; linear interpolation.
        minimum, maximum: NaN without a value.
        curve: float64 (k,), mean of the curves behind the values; empty where there are none.
    """

    check: str
    method: str
    metric: str
    setting: str
    n: int
    mean: float
    sd: float
    interval: Interval
    quantiles: Values
    minimum: float
    maximum: float
    undefined: int
    reasons: Mapping[str, int]
    curve: Values


def summarise(rows: Iterable[Row], resamples: int = 1000, seed: int = 0) -> list[Summary]:
    """Summaries in the order in which (check, method, metric, setting) first appears."""
    groups: dict[tuple[str, str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.check, row.method, row.measured.metric, row.measured.setting].append(row)
    return [_summary(key, group, resamples, seed) for key, group in groups.items()]


def _summary(key: tuple[str, str, str, str], rows: Sequence[Row], resamples: int, seed: int) -> Summary:
    values = np.array([row.measured.value for row in rows])
    known = values[~np.isnan(values)]
    patients = [row.patient for row in rows]
    means = resampled_means(values[:, None], patients, resamples, seed)[:, 0] if resamples else np.empty(0)
    curves = [row.measured.curve for row in rows if row.measured.curve]
    reasons = Counter(row.measured.reason for row in rows if row.measured.reason)
    some = len(known) > 0
    return Summary(
        *key,
        n=len(known),
        mean=float(known.mean()) if some else NAN,
        sd=float(known.std(ddof=1)) if len(known) > 1 else NAN,
        interval=interval_of_patients(means, len({who for who, v in zip(patients, values, strict=True) if v == v})),
        quantiles=np.quantile(known, QUANTILES) if some else np.full(len(QUANTILES), NAN),
        minimum=float(known.min()) if some else NAN,
        maximum=float(known.max()) if some else NAN,
        undefined=len(values) - len(known),
        reasons=dict(reasons.most_common()),
        curve=np.mean(curves, axis=0) if curves else np.empty(0),
    )


def worst_cases(rows: Iterable[Row], count: int = WORST) -> list[tuple[Row, int]]:
    """The worst values of every metric that has a good end, with their ranks from 1; equals in the order of cases."""
    groups: dict[tuple[str, str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        one = row.measured
        if not np.isnan(one.value) and CHECKS[row.check].metrics[one.metric].better != "neither":
            groups[row.check, row.method, one.metric, one.setting].append(row)
    found = []
    for (check, _, metric, _), group in groups.items():
        sign = 1 if CHECKS[check].metrics[metric].better == "high" else -1
        ranked = sorted(group, key=lambda row, sign=sign: sign * row.measured.value)  # type: ignore[misc]
        found += [(row, rank) for rank, row in enumerate(ranked[:count], 1)]
    return found


def verdicts(rows: Iterable[Row]) -> list[tuple[str, str, Verdict]]:
    """(check, method, verdict) of every check that judges, where it has numbers to judge by."""
    numbers: dict[tuple[str, str], dict[tuple[str, str], list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if not np.isnan(row.measured.value):
            numbers[row.check, row.method][row.measured.metric, row.measured.setting].append(row.measured.value)
    found = []
    for (check, method), values in numbers.items():
        judge = CHECKS[check].verdict
        verdict = judge({key: np.array(part) for key, part in values.items()}) if judge is not None else None
        if verdict is not None:
            found.append((check, method, verdict))
    return found


def sizes(rows: Iterable[Row], resamples: int = 1000, seed: int = 0) -> list[tuple[str, SizeRow]]:
    """Localization by thirds of the findings' areas, by method; findings whose area is known."""
    by_method: dict[str, dict[tuple[str, str], dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    patients: dict[str, str] = {}
    for row in rows:
        if row.check == "localization" and row.finding:
            by_method[row.method][row.case, row.finding][row.measured.metric] = row.measured.value
            patients[row.case] = row.patient
    found = []
    for method, drawn in by_method.items():
        areas = np.array([values["area"] for values in drawn.values()])
        scores = {name: np.array([values[name] for values in drawn.values()]) for name in ("hit", "pointing", "iou")}
        of = [patients[case] for case, _ in drawn]
        found += [(method, row) for row in by_size(areas, scores, of, resamples, seed)]
    return found


def write_tables(
    out: Path,
    rows: Sequence[Row],
    summaries: Sequence[Summary],
    resamples: int,
    seed: int,
    states: Mapping[tuple[str, str], str],
) -> None:
    """Write cases.csv, summary.csv, worst.csv, verdicts.csv and, where something was localized, by_size.csv.

    `states` say whether an image can be read, by the case's id and the model's key.
    """
    write_csv(out / "cases.csv", CASES, (_case_line(row, states) for row in rows))
    write_csv(out / "summary.csv", SUMMARY, map(_summary_line, summaries))
    write_csv(out / "worst.csv", WORST_HEADER, (_worst_line(row, rank) for row, rank in worst_cases(rows)))
    judged = [(check, method, str(v.passed).lower(), v.words) for check, method, v in verdicts(rows)]
    write_csv(out / "verdicts.csv", VERDICTS, judged)
    by_area = sizes(rows, resamples, seed)
    if by_area:
        write_csv(out / "by_size.csv", SIZES, (_size_line(method, row) for method, row in by_area))


def _case_line(row: Row, states: Mapping[tuple[str, str], str]) -> tuple[Cell, ...]:
    one, pair = row.measured, pair_of_name(row.method)
    return (
        *(row.check, row.method, row.case, row.patient, row.finding),
        *(one.metric, one.setting, one.value, one.reason),
        states.get((row.case, pair.model if pair else row.method), ""),
    )


def _summary_line(one: Summary) -> tuple[Cell, ...]:
    reasons = "; ".join(f"{reason}: {count}" for reason, count in one.reasons.items())
    return (
        *(one.check, one.method, one.metric, one.setting, one.n, one.mean, one.sd),
        *(one.interval.low, one.interval.high, one.minimum, *map(float, one.quantiles)),
        *(one.maximum, one.undefined, reasons),
    )


def _worst_line(row: Row, rank: int) -> tuple[Cell, ...]:
    one = row.measured
    return (row.check, row.method, one.metric, one.setting, rank, row.case, row.finding, one.value)


def _size_line(method: str, row: SizeRow) -> tuple[Cell, ...]:
    ends = (row.interval.low, row.interval.high)
    return (method, row.size, row.low, row.high, row.metric, row.n, row.undefined, row.mean, *ends)


def markdown(summaries: Sequence[Summary]) -> str:
    """The headline numbers as a table: one line a check, metric and setting, one column a method.

    What was shown masks has a table of its own, under its own heading.
    """
    apart = [[one for one in summaries if one.n and shown_masks(one.method) == masks] for masks in (False, True)]
    ranked, beside = map(_table, apart)
    return f"{ranked}\n**{COMPARATORS}.**\n\n{beside}" if apart[1] else ranked


def _table(chosen: Sequence[Summary]) -> str:
    methods = list(dict.fromkeys(one.method for one in chosen))
    lines: dict[tuple[str, str, str], dict[str, Summary]] = defaultdict(dict)
    for one in chosen:
        lines[one.check, one.metric, one.setting][one.method] = one
    head = ["check", *(method or "image" for method in methods)]
    table = [f"| {' | '.join(head)} |", f"|---|{'---|' * len(methods)}"]
    for (check, metric, setting), found in lines.items():
        name = f"{CHECKS[check].label}: {CHECKS[check].metrics[metric].label}{', ' + setting if setting else ''}"
        cells = [_cell(found.get(method)) for method in methods]
        table.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(table) + "\n"


def _cell(one: Summary | None) -> str:
    if one is None:
        return ""
    digits = ".1e" if 0 < abs(one.mean) < 1e-3 else ".3f"
    return f"{one.mean:{digits}} ({one.interval.low:{digits}} … {one.interval.high:{digits}}), n {one.n}"

"""The classification report: one row a finding and metric, as CSV, JSON and Markdown."""

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from data_cache.store import write_bytes
from models.classification.metrics import METRICS

MEAN = "Mean (14 findings)"
LOCALIZED_MEAN = "Mean (10 CheXlocalize findings)"

_HEADINGS = {
    "auroc": "AUROC",
    "accuracy": "Accuracy",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "precision": "Precision",
    "f1": "F1",
}


@dataclass(frozen=True)
class Interval:
    """A 95 % percentile interval, and the number of resamples it comes from: those in which the value is defined."""

    low: float
    high: float
    defined: int


@dataclass(frozen=True)
class Row:
    """One metric of one finding, or of a mean over findings.

    `n` images have a label, `n_positive` of them a positive one, and come from `n_patients` patients; `n_unknown`
    images are left out because their label is uncertain or missing. In a row of a mean, `n_findings` says how many
    findings entered it, and the counts by finding are None. `threshold` is None where the metric has none (AUROC,
    means), NaN where validation gave none. `value` is NaN where it is undefined, and `reason` says why.
    """

    finding: str
    metric: str
    value: float
    n: int
    n_positive: int | None
    n_unknown: int | None
    n_patients: int
    n_findings: int
    threshold: float | None
    by_image: Interval
    by_patient: Interval
    reason: str


COLUMNS = (
    "finding",
    "metric",
    "value",
    "low_by_image",
    "high_by_image",
    "defined_by_image",
    "low_by_patient",
    "high_by_patient",
    "defined_by_patient",
    "n",
    "n_positive",
    "n_unknown",
    "n_patients",
    "n_findings",
    "threshold",
    "reason",
)


@dataclass(frozen=True)
class ClassificationReport:
    """All rows, with what they were computed from.

    Attributes:
        rows: by finding in CheXpert's order, then the two means; within each the metrics in the order of METRICS.
        n_resamples: bootstrap resamples drawn for each of the two intervals.
        seed: of the resamples.
        context: further facts worth keeping with the numbers (model, data, versions), JSON values.
    """

    rows: tuple[Row, ...]
    n_resamples: int
    seed: int
    context: Mapping[str, object] = field(default_factory=dict)

    def row(self, finding: str, metric: str) -> Row:
        """Return one row; `finding` may be MEAN or LOCALIZED_MEAN. Raises KeyError if there is none."""
        for row in self.rows:
            if (row.finding, row.metric) == (finding, metric):
                return row
        raise KeyError((finding, metric))

    def with_context(self, context: Mapping[str, object]) -> "ClassificationReport":
        """Return the same report with further facts."""
        return replace(self, context={**self.context, **context})

    def to_csv(self) -> str:
        """Write one line a row, under COLUMNS; undefined numbers are `nan`, numbers that do not apply are empty."""
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(_flat(row) for row in self.rows)
        return text.getvalue()

    def to_json(self) -> str:
        """Write everything; what is undefined, infinite or does not apply is null, as JSON has no word for it."""
        content = {
            "n_resamples": self.n_resamples,
            "seed": self.seed,
            "confidence": 0.95,
            "context": dict(self.context),
            "rows": [{name: _finite(value) for name, value in _flat(row).items()} for row in self.rows],
        }
        return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    def to_markdown(self) -> str:
        """Write the context, a table for each way of resampling, and below them what is undefined and why."""
        return "\n".join(
            [
                *self._context(),
                *self._table("Resampled by patient", [row.by_patient for row in self.rows]),
                "",
                *self._table("Resampled by image", [row.by_image for row in self.rows]),
                "",
                *self._notes(),
                "",
            ]
        )

    def write(self, folder: Path) -> None:
        """Write classification.csv, .json and .md into a folder, each whole or not at all."""
        for suffix, text in (("csv", self.to_csv()), ("json", self.to_json()), ("md", self.to_markdown())):
            write_bytes(folder / f"classification.{suffix}", text.encode())

    def _context(self) -> Iterator[str]:
        for name, value in self.context.items():
            if isinstance(value, Mapping):
                value = ", ".join(f"{key} {entry}" for key, entry in value.items())
            if isinstance(value, list):
                value = "; ".join(map(str, value)) or "none"
            yield f"- {name.replace('_', ' ')}: {value}"
        if self.context:
            yield ""

    def _table(self, title: str, intervals: list[Interval]) -> Iterator[str]:
        yield f"{title} (95 % intervals of {self.n_resamples:,} resamples, seed {self.seed})"
        yield ""
        yield f"| finding | n | positive | unknown | threshold | {' | '.join(_HEADINGS[name] for name in METRICS)} |"
        yield "|---|" + "---:|" * (4 + len(METRICS))
        for start in range(0, len(self.rows), len(METRICS)):
            rows = self.rows[start : start + len(METRICS)]
            cells = [self._cell(row, interval) for row, interval in zip(rows, intervals[start:], strict=False)]
            yield f"| {_row_head(rows)} | {' | '.join(cells)} |"

    def _cell(self, row: Row, interval: Interval) -> str:
        if math.isnan(row.value):
            return "—"
        if interval.defined == 0:
            return _number(row.value)
        partly = "*" if interval.defined < self.n_resamples else ""
        return f"{_number(row.value)} ({_number(interval.low)}–{_number(interval.high)}){partly}"

    def _notes(self) -> Iterable[str]:
        yield (
            "An image is called positive when its score (a probability unless said otherwise) reaches the threshold, "
            "chosen on validation by max(TPR − FPR). n: images with a label; unknown: images left out, because their "
            "label is uncertain or missing."
        )
        undefined = _by_finding((row, row.reason) for row in self.rows)
        if undefined:
            yield from ("", "Undefined (—), or a mean without some of its findings:", "", *undefined)
        partly = _by_finding((row, self._partly_defined(row)) for row in self.rows)
        if partly:
            yield from ("", "Undefined in some resamples (*), which then do not enter the interval:", "", *partly)

    def _partly_defined(self, row: Row) -> str:
        least = min(row.by_image.defined, row.by_patient.defined)
        if math.isnan(row.value) or least == self.n_resamples:
            return ""
        return f"defined in {row.by_patient.defined:,} resamples of patients and {row.by_image.defined:,} of images"


def _by_finding(remarks: Iterable[tuple[Row, str]]) -> list[str]:
    """One list item for each finding and remark, naming the metrics that share it; empty remarks are dropped."""
    metrics: dict[tuple[str, str], list[str]] = {}
    for row, remark in remarks:
        if remark:
            metrics.setdefault((row.finding, remark), []).append(_HEADINGS[row.metric])
    return [f"- {finding}, {', '.join(names)}: {remark}" for (finding, remark), names in metrics.items()]


def _flat(row: Row) -> dict[str, str | float | int | None]:
    return {
        "finding": row.finding,
        "metric": row.metric,
        "value": row.value,
        "low_by_image": row.by_image.low,
        "high_by_image": row.by_image.high,
        "defined_by_image": row.by_image.defined,
        "low_by_patient": row.by_patient.low,
        "high_by_patient": row.by_patient.high,
        "defined_by_patient": row.by_patient.defined,
        "n": row.n,
        "n_positive": row.n_positive,
        "n_unknown": row.n_unknown,
        "n_patients": row.n_patients,
        "n_findings": row.n_findings,
        "threshold": row.threshold,
        "reason": row.reason,
    }


def _finite(value: str | float | int | None) -> str | float | int | None:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _row_head(rows: tuple[Row, ...]) -> str:
    first, last = rows[0], rows[-1]
    counts = ["" if count is None else str(count) for count in (first.n, first.n_positive, first.n_unknown)]
    return " | ".join([first.finding, *counts, "" if last.threshold is None else _number(last.threshold)])


def _number(value: float) -> str:
    if math.isnan(value):
        return "—"
    return "none" if math.isinf(value) else f"{value:.3f}"

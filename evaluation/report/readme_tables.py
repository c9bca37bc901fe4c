"""The tables of the MedicalPatchNet README, rebuilt from cached outputs, beside the published values."""

from collections.abc import Callable, Mapping, Sequence

from data_cache.findings import LOCALIZED_FINDINGS
from evaluation.inference.intervals import BOOTSTRAP, WILSON
from evaluation.report.predictions import MEANS, label_of
from evaluation.report.published import CLASSIFICATION, CLASSIFICATION_METRICS, SOURCE, label, published
from evaluation.report.tables import COMPARATORS, DASH, Estimates
from evaluation.results import MEAN
from explainers.pairs import shown_masks
from models.classification.report import ClassificationReport

Undefined = Mapping[tuple[str, str, str], int]
_MIOU_ROWS = {"iou_all": "TP, FP, FN", "iou_tp": "TP only"}


def readme_tables(
    methods: Sequence[str],
    estimates: Estimates,
    undefined: Undefined,
    reports: Mapping[str, ClassificationReport],
) -> str:
    """Markdown of the three tables.

    Args:
        methods: the columns, METHOD or METHOD@MODEL.
        estimates: by (method, finding or Mean, metric).
        undefined: cases without a value, by (method, finding or Mean, metric).
        reports: classification by section of prediction.json.
    """
    return "\n".join(
        [
            "# The tables of the MedicalPatchNet README, rebuilt",
            "",
            f"Each cell: ours [95 % interval by patient: {WILSON} for one finding's hit rate, else {BOOTSTRAP}], n "
            "cases with a value (cases without one) / published.",
            f"Published: {SOURCE}.",
            "",
            *_classification(reports),
            "## Table 2: hit rate",
            "",
            *_parts(methods, lambda part: [*_head("Pathology", part), *_hits(part, estimates, undefined)]),
            "Some findings have few masks (in the CheXlocalize test set about 10 of Pneumothorax and 14 of Lung "
            "Lesion): read n and the interval beside every mean.",
            "",
            "## Table 3: mIoU",
            "",
            *_parts(methods, lambda part: [*_head("Included cases", part), *_mious(part, estimates, undefined)]),
        ]
    )


def _parts(methods: Sequence[str], table: Callable[[Sequence[str]], list[str]]) -> list[str]:
    """A table, and another under its own heading of what was shown masks."""
    ranked, beside = ([name for name in methods if shown_masks(name) == masks] for masks in (False, True))
    lines = [*table(ranked), ""] if ranked else []
    return [*lines, f"**{COMPARATORS}.**", "", *table(beside), ""] if beside else lines


def _hits(methods: Sequence[str], estimates: Estimates, undefined: Undefined) -> list[str]:
    names = (*LOCALIZED_FINDINGS, MEAN)
    return [_line(finding, methods, estimates, undefined, finding, "hit") for finding in names]


def _mious(methods: Sequence[str], estimates: Estimates, undefined: Undefined) -> list[str]:
    return [_line(words, methods, estimates, undefined, MEAN, metric) for metric, words in _MIOU_ROWS.items()]


def _head(first: str, methods: Sequence[str]) -> list[str]:
    return [f"| {first} | " + " | ".join(label(method) for method in methods) + " |", "|:--|" + ":--|" * len(methods)]


def _line(
    words: str,
    methods: Sequence[str],
    estimates: Estimates,
    undefined: Undefined,
    finding: str,
    metric: str,
) -> str:
    cells = []
    for method in methods:
        one, theirs = estimates[method, finding, metric], published(method, finding, metric)
        ours = f"{_number(one.value)} [{_number(one.interval.low)}, {_number(one.interval.high)}]"
        count = f"{one.n} ({undefined.get((method, finding, metric), 0)})"
        cells.append(f"{ours}, {count} / {DASH if theirs is None else f'{theirs:.3f}'}")
    return "| " + " | ".join([words, *cells]) + " |"


def _classification(reports: Mapping[str, ClassificationReport]) -> list[str]:
    if not reports:
        return []
    titles = [
        f"{metric.upper() if metric == 'auroc' else metric.capitalize()} ({n})"
        for metric in CLASSIFICATION_METRICS
        for n in (10, 14)
    ]
    lines = [
        "## Table 1: classification",
        "",
        "Ours / published; means over the 10 localized findings and over all 14.",
        "",
    ]
    lines += ["| Model | " + " | ".join(titles) + " |", "|:--|" + ":--|" * len(titles)]
    for model, report in reports.items():
        cells = []
        for k, metric in enumerate(CLASSIFICATION_METRICS):
            theirs = CLASSIFICATION[model][k] if model in CLASSIFICATION else (None, None)
            for mean, value in zip(MEANS, theirs, strict=True):
                row = report.row(mean, metric)
                reason = f" ({row.reason})" if row.reason else ""
                cells.append(f"{_number(row.value)}, n {row.n}{reason} / {DASH if value is None else f'{value:.3f}'}")
        lines.append("| " + " | ".join([label_of(model), *cells]) + " |")
    return [*lines, ""]


def _number(value: float) -> str:
    return DASH if value != value else f"{value:.3f}"

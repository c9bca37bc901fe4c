"""Markdown and LaTeX tables of the benchmark: every number with its interval, n, and how many cases have no value."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from evaluation.box_ceiling import BOX_CEILING
from evaluation.results import MEAN, Estimate, Results
from evaluation.truth_forms import note_on_forms

Estimates = Mapping[tuple[str, str, str], Estimate]
TITLES = {"hit": "Hit rate", "iou_tp": "mIoU, TP only", "iou_all": "mIoU, TP + FP + FN"}
DASH = "–"


def markdown(parts: Sequence[Results], estimates: Estimates, unit: str) -> str:
    """One table a metric, and one that says why values are undefined.

    Args:
        parts: results whose methods are the columns.
        estimates: of these methods.
        unit: what the intervals resample, in words.
    """
    lines = [
        "# Localization",
        "",
        f"Each cell: mean [95 % interval, resampling {unit}s], n cases with a value (cases without one). "
        "Mean is the mean over findings; its n is the sum.",
        *_note(parts),
    ]
    for metric, title in TITLES.items():
        lines += ["", f"## {title}", ""]
        for part in parts:
            lines += [*_rows(part.methods, part.names, _cells(part, estimates, metric)), ""]
    return "\n".join([*lines, "## Why values are undefined", "", *_reasons(parts), ""])


def _note(parts: Sequence[Results]) -> list[str]:
    note = note_on_forms(
        {method: form for part in parts for method, form in part.forms.items() if method != BOX_CEILING}
    )
    return ["", note] if note else []


def _rows(methods: Sequence[str], names: Sequence[str], cell: Callable[[str, str], str]) -> list[str]:
    head = ["| Finding | " + " | ".join(methods) + " |", "|:--|" + ":--|" * len(methods)]
    body = ["| " + " | ".join([finding, *(cell(method, finding) for method in methods)]) + " |" for finding in names]
    return head + body


def _cells(part: Results, estimates: Estimates, metric: str) -> Callable[[str, str], str]:
    undefined = _undefined(part, metric)
    return lambda method, finding: _cell(estimates[method, finding, metric], undefined[method, finding])


def _cell(one: Estimate, undefined: int) -> str:
    if one.n == 0:
        return f"{DASH}, 0 ({undefined})"
    return f"{one.value:.3f} [{_number(one.interval.low)}, {_number(one.interval.high)}], {one.n} ({undefined})"


def _number(value: float) -> str:
    return DASH if value != value else f"{value:.3f}"


def _undefined(part: Results, metric: str) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for (method, finding, name, _), cases in part.undefined().items():
        if name == metric:
            found[method, finding] += cases
            found[method, MEAN] += cases
    return found


def _reasons(parts: Sequence[Results]) -> list[str]:
    found: Counter[tuple[str, str, str]] = Counter()
    for part in parts:
        for (method, _, metric, reason), cases in part.undefined().items():
            found[method, metric, reason] += cases
    lines = ["| Method | Metric | Reason | Cases × findings |", "|:--|:--|:--|--:|"]
    return lines + [f"| {m} | {TITLES[k]} | {reason} | {n} |" for (m, k, reason), n in sorted(found.items())]


def latex(results: Results, estimates: Estimates) -> str:
    """The three metrics as one booktabs table: methods as columns, mean and interval."""
    methods = results.methods
    lines = [
        r"\begin{tabular}{l" + "l" * len(methods) + "}",
        r"\toprule",
        " & ".join(["Finding", *map(_escape, methods)]) + r" \\",
    ]
    for metric, title in TITLES.items():
        lines += [r"\midrule", rf"\multicolumn{{{len(methods) + 1}}}{{l}}{{\emph{{{title}}}}} \\"]
        for finding in results.names:
            cells = [_latex_cell(estimates[method, finding, metric]) for method in methods]
            lines.append(" & ".join([finding, *cells]) + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


def _latex_cell(one: Estimate) -> str:
    if one.n == 0:
        return "--"
    low, high = (_number(end).replace(DASH, "--") for end in (one.interval.low, one.interval.high))
    return rf"{one.value:.3f} [{low}, {high}] ($n$ {one.n})"


def _escape(text: str) -> str:
    for character in "\\&%$#_{}":
        text = text.replace(character, "\\" + character if character != "\\" else r"\textbackslash{}")
    return text

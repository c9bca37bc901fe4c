"""Markdown and LaTeX tables of the benchmark: every number with its interval, n, and how many cases have no value."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from evaluation.box_ceiling import BOX_CEILING
from evaluation.inference.intervals import BOOTSTRAP, WILSON
from evaluation.inference.procedures import HOLM, TEST
from evaluation.missing import Lack
from evaluation.results import MEAN, Difference, Estimate, Results
from evaluation.runs import spreads
from evaluation.truth.forms import note_on_forms

Estimates = Mapping[tuple[str, str, str], Estimate]
TITLES = {"hit": "Hit rate", "iou_tp": "mIoU, TP only", "iou_all": "mIoU, TP + FP + FN"}
DASH = "–"
COMPARATORS = "Upper comparators: by networks that were shown masks in training; in no rank, difference or test"


def markdown(
    parts: Sequence[Results],
    estimates: Estimates,
    differences: Sequence[Difference],
    notes: Sequence[str],
    further: Sequence[str] = (),
) -> str:
    """One table a metric, one of the differences of means, one that says why values are undefined, and the notes.

    Args:
        parts: results whose methods are the columns of a table each, comparators apart from the others.
        estimates: of these methods.
        differences: between methods.
        notes: sentences on how the numbers were made.
        further: lines that stand between the tables.
    """
    lines = [
        "# Localization",
        "",
        f"Each cell: mean [95 % interval: {WILSON} for one finding's hit rate, else {BOOTSTRAP}], n cases with a value "
        "(cases without one). Mean is the mean over findings; its n is the sum. Means over fewer findings than those "
        "of another column say so, and are not comparable with them. How they are made stands at the end.",
        *_note(parts),
    ]
    for metric, title in TITLES.items():
        lines += ["", f"## {title}", ""]
        for part in parts:
            lines += [f"**{COMPARATORS}.**", ""] if part.comparators else []
            lines += [*_rows(part.methods, part.names, _cells(part, estimates, metric)), ""]
    if differences:
        lines += ["## Paired differences of the means over findings", "", *difference_rows(differences), ""]
    lines += [*further, "## Why values are undefined", "", *_reasons(parts), ""]
    return "\n".join([*lines, "## How the numbers were made", "", *(f"- {note}" for note in notes), ""])


def difference_rows(differences: Sequence[Difference]) -> list[str]:
    """The differences of the means over findings as a table, with a sentence on the test."""
    lines = [
        f"Method minus other, over the cases where both have a value. p: {TEST}; {HOLM}: over all {len(differences)} "
        "differences, those of single findings among them.",
        "",
        f"| Method | Other | Metric | Difference [95 % interval: {BOOTSTRAP}] | p | p, {HOLM} | Patients |",
        "|:--|:--|:--|:--|--:|--:|--:|",
    ]
    for one in differences:
        if one.finding != MEAN:
            continue
        low, high = one.estimate.interval.low, one.estimate.interval.high
        difference = f"{_number(one.estimate.value)} [{_number(low)}, {_number(high)}]"
        why = f" ({one.estimate.interval.why})" if one.test.p != one.test.p else ""
        cells = (one.method, one.other, TITLES[one.metric], difference, _p(one.test.p) + why, _p(one.p_holm))
        lines.append("| " + " | ".join([*cells, str(one.estimate.patients)]) + " |")
    return lines


def missing_section(lacks: Sequence[Lack]) -> list[str]:
    """The table of the maps that methods lack, with its heading; no lines where none is missing."""
    if not lacks:
        return []
    found: dict[tuple[str, str], list[int]] = {}
    for one in lacks:
        counts = found.setdefault((one.method, one.reason), [0, 0])
        counts[0] += one.drawn
        counts[1] += one.undrawn
    lines = ["| Method | Reason | Drawn masks | Findings without a mask |", "|:--|:--|--:|--:|"]
    lines += [f"| {method} | {reason} | {drawn} | {other} |" for (method, reason), (drawn, other) in found.items()]
    where = "By finding in missing.csv; common.csv has the means over the maps that all methods have."
    return ["## Maps that are missing", "", *lines, "", where, ""]


def runs_section(results: Results) -> list[str]:
    """The table of the spread between runs of a method, with its heading; no lines without runs."""
    found = [one for one in spreads(results) if one.finding == MEAN]
    if not found:
        return []
    lines = [
        "## Spread between runs",
        "",
        "Of the means over findings, on the same patients; a run (NAME#1, NAME#2 …) is a row of its own above. The "
        "spread is of runs, the intervals above are of patients. By finding in runs.csv.",
        "",
        "| Method | Metric | Runs | Mean of runs | Standard deviation | Least | Largest |",
        "|:--|:--|--:|--:|--:|--:|--:|",
    ]
    for one in found:
        numbers = map(_number, (one.mean, one.deviation, one.low, one.high))
        lines.append("| " + " | ".join([one.method, TITLES[one.metric], str(one.runs), *numbers]) + " |")
    return [*lines, ""]


def _p(value: float) -> str:
    return DASH if value != value else f"{value:.5f}" if value < 0.001 else f"{value:.3f}"


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
    known = {
        method: [finding for finding in part.findings if estimates[method, finding, metric].n]
        for method in part.methods
    }
    most = len({finding for findings in known.values() for finding in findings})

    def cell(method: str, finding: str) -> str:
        over = len(known[method])
        fewer = f", over {over} of {most} findings" if finding == MEAN and 0 < over < most else ""
        return _cell(estimates[method, finding, metric], undefined[method, finding]) + fewer

    return cell


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


def latex(results: Results, beside: Results | None, estimates: Estimates, notes: Sequence[str]) -> str:
    """The three metrics as one booktabs table, methods as columns, mean and interval; the notes below it.

    Comparators, where there are any, have a table of their own above the notes' place of that one.
    """
    if beside is not None:
        apart = latex(beside, None, estimates, [f"{COMPARATORS}."])
        return f"{latex(results, None, estimates, notes)}\n{apart}" if results.methods else apart
    methods = results.methods
    columns = len(methods) + 1
    lines = [
        r"\begin{tabular}{l" + "l" * len(methods) + "}",
        r"\toprule",
        " & ".join(["Finding", *map(_escape, methods)]) + r" \\",
    ]
    for metric, title in TITLES.items():
        lines += [r"\midrule", rf"\multicolumn{{{columns}}}{{l}}{{\emph{{{title}}}}} \\"]
        for finding in results.names:
            cells = [_latex_cell(estimates[method, finding, metric]) for method in methods]
            lines.append(" & ".join([finding, *cells]) + r" \\")
    lines += [r"\bottomrule"]
    lines += [rf"\multicolumn{{{columns}}}{{p{{\linewidth}}}}{{\footnotesize {_escape(note)}}} \\" for note in notes]
    return "\n".join([*lines, r"\end{tabular}", ""])


def _latex_cell(one: Estimate) -> str:
    if one.n == 0:
        return "--"
    low, high = (_number(end).replace(DASH, "--") for end in (one.interval.low, one.interval.high))
    return rf"{one.value:.3f} [{low}, {high}] ($n$ {one.n})"


_LATEX = {character: "\\" + character for character in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "≤": r"$\le$",
    "α": r"$\alpha$",
    "…": r"\dots{}",
}


def _escape(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in text)

"""What networks that were shown masks reach, as segmentations are scored: Dice and HD95 beside IoU."""

from evaluation.benchmark import Settings
from evaluation.report.detail_tables import summary_of_details
from evaluation.report.tables import COMPARATORS, DASH
from evaluation.results import Results

_SCORES = {"dice": ("Dice", 3), "hd95": ("HD95, px", 1)}


def comparator_section(results: Results, settings: Settings) -> list[str]:
    """Markdown: a table of both scores by finding, over the drawn cases; with means and intervals of patients.

    Args:
        results: of the comparators alone.
        settings: of the intervals.
    """
    found = {line[:3]: line for line in summary_of_details(results, settings) if line[2] in _SCORES}
    columns = [(method, score) for method in results.methods for score in _SCORES]
    head = " | ".join(f"{method}, {_SCORES[score][0]}" for method, score in columns)
    lines = ["## Segmentation", "", f"{COMPARATORS}. Over drawn masks on which something is marked, at the same"]
    lines[-1] += " thresholds; HD95 is in pixels of the radiograph, and lower is better."
    lines += ["", f"| Finding | {head} |", "|:--|" + ":--|" * len(columns)]
    for finding in results.names:
        cells = [_cell(found.get((method, finding, score)), _SCORES[score][1]) for method, score in columns]
        lines.append("| " + " | ".join([finding, *cells]) + " |")
    return [*lines, ""]


def _cell(line: tuple[object, ...] | None, digits: int) -> str:
    if line is None or not line[4]:
        return f"{DASH}, 0"
    value, low, high = (f"{one:.{digits}f}" if one == one else DASH for one in line[5:8])
    return f"{value} [{low}, {high}], {line[4]}"

"""The benchmark's figures as files."""

from pathlib import Path

from evaluation.charts.sheet import Sheet, write_bundle, write_sheet
from evaluation.report import figures
from evaluation.report.figure_data import FigureData
from evaluation.report.figures import Named
from evaluation.report.tables import TITLES

_COLUMNS = 5


def write_sheets(folder: Path, data: FigureData) -> None:
    """Write iou_by_threshold, by_finding and ranks, each as HTML and PNG, and plotly.min.js beside them once."""
    write_bundle(folder)
    if data.curves:
        write_sheet(folder, "iou_by_threshold", _curves(data))
    write_sheet(folder, "by_finding", _bars(data))
    write_sheet(folder, "ranks", _ranks(data))


def _named(data: FigureData) -> list[Named]:
    return [Named(_label(data, method), look) for look, method in enumerate(data.methods)]


def _label(data: FigureData, method: str) -> str:
    return f"{method} (shown masks)" if method in data.comparators else method


def _curves(data: FigureData) -> Sheet:
    panels = []
    for finding in data.findings:
        shown = [curve for curve in data.curves if curve.finding == finding]
        named = _named(data)
        rows = [(named[data.methods.index(curve.method)], curve) for curve in shown]
        title = f"{finding} ({shown[0].cases} drawn)"
        panels.append(figures.iou_by_threshold(title, data.thresholds, rows))
    return Sheet("Mean IoU by threshold, with 95 % intervals", panels, min(_COLUMNS, len(panels)))


def _bars(data: FigureData) -> Sheet:
    panels = [
        figures.by_finding(
            title,
            [
                (row, [data.estimates[method, name, metric] for name in data.names])
                for row, method in zip(_named(data), data.methods, strict=True)
            ],
            data.names,
        )
        for metric, title in TITLES.items()
    ]
    return Sheet("By finding, with 95 % intervals", panels, 1)


def _ranks(data: FigureData) -> Sheet:
    findings = data.names[:-1]
    panels = [
        figures.ranks(
            title,
            [
                (row, found)
                for row, found, method in zip(_named(data), data.ranks[metric], data.methods, strict=True)
                if method not in data.comparators
            ],
            findings,
        )
        for metric, title in TITLES.items()
    ]
    return Sheet(f"Rank of each method by finding, of {len(findings)}; 1 is best", panels, len(TITLES), 380)

"""The figures as PNG."""

import io
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from data_cache.findings import LOCALIZED_FINDINGS
from data_cache.store import write_bytes
from evaluation.report.figure_data import COLOURS, FigureData
from evaluation.report.tables import TITLES
from evaluation.results import MEAN

_LINES = ("-", "--", ":", "-.")
_MARKS = "osD^xP*"
_COLUMNS = 5
_SLANTED = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"}


def write_pictures(folder: Path, data: FigureData) -> None:
    """Write iou_by_threshold.png, by_finding.png and ranks.png."""
    with mpl.rc_context({"font.size": 8, "axes.spines.top": False, "axes.spines.right": False}):
        if data.curves:
            _save(folder / "iou_by_threshold.png", _curves(data))
        _save(folder / "by_finding.png", _bars(data))
        _save(folder / "ranks.png", _ranks(data))


def _save(path: Path, figure: Figure) -> None:
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=150, metadata={"Software": None})
    write_bytes(path, content.getvalue())


def _curves(data: FigureData) -> Figure:
    findings = data.findings
    columns = min(_COLUMNS, len(findings))
    rows = -(-len(findings) // columns)
    figure = Figure(figsize=(3 * columns, 2.6 * rows + 0.6), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True)
    for axis in axes.flat[len(findings) :]:
        axis.set_axis_off()
    for curve in data.curves:
        axis, k = axes.flat[findings.index(curve.finding)], data.methods.index(curve.method)
        colour, line = COLOURS[k % len(COLOURS)], _LINES[k % len(_LINES)]
        axis.plot(data.thresholds, curve.mean, line, color=colour, label=curve.method)
        axis.fill_between(data.thresholds, curve.low, curve.high, color=colour, alpha=0.15, linewidth=0)
        axis.set_title(f"{curve.finding} ({curve.cases} drawn)")
        axis.set_xlabel("threshold")
        axis.set_ylabel("mean IoU")
    _legend(figure, axes.flat[0])
    return figure


def _bars(data: FigureData) -> Figure:
    figure = Figure(figsize=(11, 8), layout="constrained")
    axes = figure.subplots(len(TITLES), 1, sharex=True)
    names = (*LOCALIZED_FINDINGS, MEAN)
    width = 0.8 / len(data.methods)
    for axis, (metric, title) in zip(axes, TITLES.items(), strict=True):
        for k, method in enumerate(data.methods):
            found = [data.estimates[method, finding, metric] for finding in names]
            values = np.array([one.value for one in found])
            ends = np.array([[one.interval.low, one.interval.high] for one in found]).T
            reach = np.clip(np.stack([values - ends[0], ends[1] - values]), 0, None)
            place = np.arange(len(names)) + (k - (len(data.methods) - 1) / 2) * width
            axis.bar(place, values, width, color=COLOURS[k % len(COLOURS)], label=method)
            axis.errorbar(place, values, np.nan_to_num(reach), fmt="none", ecolor="#444444", elinewidth=0.8)
        axis.set_ylabel(title)
    axes[-1].set_xticks(range(len(names)), names, **_SLANTED)
    _legend(figure, axes[0])
    return figure


def _ranks(data: FigureData) -> Figure:
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    axes = figure.subplots(1, len(TITLES), sharey=True)
    for axis, (metric, title) in zip(axes, TITLES.items(), strict=True):
        for k, ranks in enumerate(data.ranks[metric]):
            mark, colour = _MARKS[k % len(_MARKS)], COLOURS[k % len(COLOURS)]
            axis.plot(np.arange(len(ranks)), ranks, mark, color=colour, label=data.methods[k], alpha=0.8)
            if not np.isnan(ranks).all():
                axis.axhline(float(np.nanmean(ranks)), color=colour, linestyle=_LINES[k % len(_LINES)], linewidth=0.8)
        axis.set_title(title)
        axis.set_xticks(range(len(LOCALIZED_FINDINGS)), LOCALIZED_FINDINGS, **_SLANTED)
    axes[0].set_ylabel("rank, 1 is best; lines: mean rank")
    axes[0].set_ylim(len(data.methods) + 0.5, 0.5)
    _legend(figure, axes[0])
    return figure


def _legend(figure: Figure, axis: Axes) -> None:
    handles, labels = axis.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 6), frameon=False)

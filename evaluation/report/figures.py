"""The benchmark's charts: figures of one panel each, made of parts that the page fills with what moves there.

Everywhere `look` is the number by which a row of results has its colour, dash and mark (`evaluation.charts.looks`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from data_cache.findings import LOCALIZED_FINDINGS
from evaluation.charts.layout import CLEAR, Figure, Part, axis, error_bars, layout, numbers, reach, rule
from evaluation.charts.looks import dressed, plain
from evaluation.charts.rows import row_parts
from evaluation.floors import is_floor
from evaluation.results import MEAN, Estimate

if TYPE_CHECKING:
    from evaluation.report.figure_data import Curve

_SHADES = (0.25, 0.4, 0.55, 0.7, 0.85)  # opacities of floors
BANDS = 0.13  # opacity of intervals
NAMES = (*LOCALIZED_FINDINGS, MEAN)


@dataclass(frozen=True)
class Named:
    """A row of results: its name in figures and the number of its look."""

    label: str
    look: int


def curve_parts() -> Part:
    """The parts of `iou_by_threshold`: layout, band, line, level (a score that has no threshold) with its
    note, and the marks of thresholds: filled ones and open ones.
    """
    return {
        "layout": layout(
            axis(
                "Threshold, share of each map's range",
                range=[0, 1],
                dtick=0.2,
                tickformat=".1f",
                showgrid=False,
                unifiedhovertitle={"text": "Threshold %{x:.3f}"},
                showspikes=True,
                spikemode="across",
                spikesnap="hovered data",
                spikethickness=1,
                spikecolor="@soft",
                spikedash="solid",
            ),
            axis("mean IoU", tickformat=".2f", nticks=6),
            hovermode="x unified",
        ),
        "band": {
            "type": "scatter",
            "mode": "lines",
            "fill": "toself",
            "fillcolor": f"@look/{BANDS}",
            "line": {"width": 0, "color": CLEAR},
            "hoverinfo": "skip",
            "showlegend": False,
        },
        "line": {
            "type": "scatter",
            "mode": "lines",
            "line": {"color": "@look", "dash": "@dash", "width": 2},
            "hovertemplate": "%{fullData.name}: %{y:.3f}<extra></extra>",
        },
        "level": {
            "type": "scatter",
            "mode": "lines",
            "line": {"color": "@soft", "dash": "1px,4px", "width": 1.5},
            "hoverinfo": "skip",
        },
        **_marks(),
        "note": {
            "xref": "paper",
            "x": 1,
            "xanchor": "right",
            "showarrow": False,
            "bgcolor": "@panel",
            "borderpad": 1,
            "font": {"size": 11, "color": "@soft"},
        },
    }


def iou_by_threshold(title: str, thresholds: NDArray[np.float64], curves: Sequence[tuple[Named, "Curve"]]) -> Figure:
    """Mean IoU by threshold: a line a method, its 95 % interval as a band.

    Args:
        title: of the panel.
        thresholds: float64 (n), rising.
        curves: of the methods, n values each.
    """
    parts, x = curve_parts(), numbers(thresholds)
    bands, lines = [], []
    for row, curve in curves:
        known = ~np.isnan(curve.low)
        there, back = thresholds[known], thresholds[known][::-1]
        ends = [*numbers(curve.high[known]), *numbers(curve.low[known][::-1])]
        band = {**parts["band"], "name": plain(row.label), "x": [*numbers(there), *numbers(back)], "y": ends}
        line = {**parts["line"], "name": plain(row.label), "x": x, "y": numbers(curve.mean)}
        bands.append(dressed(band, row.look))
        lines.append(dressed(line, row.look))
    return {"data": bands + lines, "layout": {**parts["layout"], "title": {"text": title}}}


def bar_parts(rows: int = len(NAMES)) -> Part:
    """The parts of `by_finding` with so many names: layout, and a bar for each kind of method.

    Human and perfect scores are outlines, floors are grey.
    """
    bar = {"type": "bar", "hoverinfo": "text", "error_y": error_bars("@text")}
    outline = {"color": CLEAR, "line": {"color": "@soft", "width": 1}}
    return {
        "layout": layout(
            axis(tickvals=list(range(rows)), range=[-0.5, rows - 0.5], showgrid=False),
            axis(tickformat=".2f", nticks=6),
            barmode="group",
            bargap=0.22,
            bargroupgap=0.12,
            barcornerradius=2,
        ),
        "map": {**bar, "marker": {"color": "@look"}},
        "human": {**bar, "marker": outline},
        "floors": [{**bar, "marker": {"color": f"@soft/{shade}"}} for shade in _SHADES],
        "ceiling": {**bar, "marker": {**outline, "pattern": {"shape": "/", "fgcolor": "@line", "size": 5}}},
    }


def by_finding(title: str, methods: Sequence[tuple[Named, Sequence[Estimate]]], names: Sequence[str] = NAMES) -> Figure:
    """Bars by finding, one a method, with 95 % intervals; the last is the mean over findings.

    Args:
        title: of the panel.
        methods: each with estimates of the names.
        names: the findings, and the mean over them.
    """
    parts = bar_parts(len(names))
    bars, floors = [], 0
    for row, found in methods:
        values = [one.value for one in found]
        ends = [one.interval.low for one in found], [one.interval.high for one in found]
        words = [
            f"{plain(row.label)}, {name}: {one.value:.3f}, n {one.n}" for name, one in zip(names, found, strict=True)
        ]
        template = parts["map"]
        if is_floor(row.label):
            template, floors = parts["floors"][floors % len(_SHADES)], floors + 1
        bar: Part = {**template, "name": plain(row.label), "x": list(range(len(names))), "y": numbers(values)}
        bar |= {"hovertext": words, "error_y": reach(values, *ends, template=bar["error_y"])}
        bars.append(dressed(bar, row.look))
    place = parts["layout"]
    xaxis = {**place["xaxis"], "ticktext": [name.replace(" ", "<br>") for name in names]}
    return {"data": bars, "layout": {**place, "xaxis": xaxis, "title": {"text": title}}}


def difference_parts() -> Part:
    """The parts of the paired differences on the page: rows of one dot each, around 0.

    Dots and intervals are shapes; `target` is what the pointer finds at them.
    """
    parts = row_parts() | _marks()
    parts["layout"]["xaxis"]["tickformat"] = "+.2f"
    strong = parts["strong"]
    marker = {**strong["marker"], "opacity": 0, "size": 16}
    parts["target"] = {**strong, "marker": marker, "error_x": {**strong["error_x"], "color": CLEAR}}
    parts["interval"] = {"type": "line", "line": {"color": "@look", "width": 2}}
    return parts


def _marks() -> Part:
    """Marks as shapes around a point, which can be moved without drawing all anew: filled ones and open ones."""
    mark = {"type": "path", "xsizemode": "pixel", "ysizemode": "pixel"}
    return {
        "mark": {**mark, "fillcolor": "@look", "line": {"color": "@panel", "width": 1}},
        "open": {**mark, "line": {"color": "@look", "width": 2.5}},
    }


def ranks(
    title: str,
    methods: Sequence[tuple[Named, NDArray[np.float64]]],
    findings: Sequence[str] = LOCALIZED_FINDINGS,
) -> Figure:
    """Rank of each method by finding, 1 is the best; a line at each method's mean rank.

    Args:
        title: of the panel.
        methods: each with a rank a finding, NaN where it has none.
        findings: those.
    """
    dot = {"type": "scatter", "mode": "markers", "marker": {"color": "@look", "symbol": "@symbol", "size": 9}}
    dots = [dressed({**dot, "name": plain(row.label), "y": numbers(found)}, row.look) for row, found in methods]
    lines = [
        dressed(
            rule(xref="paper", x0=0, x1=1, y0=mean, y1=mean)
            | {"line": {"color": "@look", "dash": "@dash", "width": 1}},
            row.look,
        )
        for row, found in methods
        if not np.isnan(mean := _mean(found))
    ]
    places = list(range(len(findings)))
    for trace in dots:
        trace |= {"x": places, "hovertemplate": "%{fullData.name}, %{x}: %{y}<extra></extra>"}
    names = axis(tickvals=places, ticktext=list(findings), tickangle=-40, showgrid=False, automargin=True)
    place = layout(names, axis("rank, 1 is best; lines: mean", range=[len(methods) + 0.5, 0.5], dtick=1), shapes=lines)
    return {"data": dots, "layout": {**place, "title": {"text": title}}}


def _mean(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def page_parts() -> Part:
    """What the tab Benchmark is sent: the parts of its charts."""
    return {"curves": curve_parts(), "bars": bar_parts(), "differences": difference_parts()}

"""Rows of dots over one axis: many pale ones and one strong one with its interval, the row's name and number above."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, isfinite, isnan, log10

from evaluation.charts.layout import Figure, Part, axis, error_bars, layout, numbers, reach, rule
from evaluation.charts.looks import dressed, plain

STEP = 54  # pixels a row
_SPREAD = 0.022  # between pale dots, so that equal ones do not hide each other; rows are 1 apart


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        label: at its left end.
        look: the number of its look.
        values: of the pale dots.
        mean: of the strong dot; NaN: there is none.
        low: of its interval; NaN: there is none.
        high: of its interval.
        words: at its right end.
    """

    label: str
    look: int
    values: Sequence[float]
    mean: float
    low: float = float("nan")
    high: float = float("nan")
    words: str = ""


def row_parts() -> Part:
    """The parts of `dot_rows`: layout, pale, strong, label, words, zero."""
    written = {"xref": "paper", "yref": "y", "showarrow": False, "yshift": 19, "borderpad": 0}
    return {
        "step": STEP,
        "spread": _SPREAD,
        "layout": layout(
            axis(nticks=6), axis(showgrid=False, showticklabels=False), margin={"l": 10, "r": 10, "t": 4, "b": 44}
        ),
        "pale": {
            "type": "scatter",
            "mode": "markers",
            "marker": {"color": "@look/0.3", "size": 5},
            "hovertemplate": "%{fullData.name}: %{x:.3f}<extra></extra>",
            "showlegend": False,
        },
        "strong": {
            "type": "scatter",
            "mode": "markers",
            "marker": {"color": "@look", "symbol": "@symbol", "size": 10, "line": {"color": "@panel", "width": 1}},
            "error_x": error_bars("@look", 2),
            "hoverinfo": "text",
            "cliponaxis": False,
        },
        "label": {**written, "x": 0, "xanchor": "left", "font": {"size": 12, "color": "@text"}},
        "words": {**written, "x": 1, "xanchor": "right", "font": {"size": 12, "color": "@soft"}},
        "zero": rule(x0=0, x1=0, yref="paper", y0=0, y1=1),
    }


def dot_rows(title: str, x_title: str, rows: Sequence[Row], ends: tuple[float, float], zero: bool = True) -> Figure:
    """Make the figure.

    Args:
        title: of the panel.
        x_title: of the axis.
        rows: from above.
        ends: of the axis.
        zero: whether a line stands at 0.
    """
    parts = row_parts()
    pale, strong, written = [], [], []
    for i, row in enumerate(rows):
        named = {"name": plain(row.label), "meta": i}
        heights = [i + (((k * 7) % 11) - 5) * _SPREAD for k in range(len(row.values))]
        if row.values:
            pale.append(dressed({**parts["pale"], **named, "x": list(row.values), "y": heights}, row.look))
        if not isnan(row.mean):
            bars = reach([row.mean], [row.low], [row.high], parts["strong"]["error_x"])
            dot = {**parts["strong"], **named, "x": [row.mean], "y": [i], "error_x": bars}
            strong.append(dressed({**dot, "hovertext": [f"{plain(row.label)}: {row.mean:.3f}"]}, row.look))
        written += [{**parts["label"], "y": i, "text": plain(row.label)}, {**parts["words"], "y": i, "text": row.words}]
    place = parts["layout"]
    wanted = {
        "xaxis": {**place["xaxis"], "range": list(ends), "title": {**place["xaxis"]["title"], "text": x_title}},
        "yaxis": {**place["yaxis"], "range": [len(rows) - 0.6, -0.75]},
        "annotations": written,
        "shapes": [parts["zero"]] if zero else [],
        "height": len(rows) * STEP + 62,
        "title": {"text": title},
    }
    return {"data": pale + strong, "layout": {**place, **wanted}}


def ends_of(values: Sequence[float]) -> tuple[float, float]:
    """Ends of an axis that holds all values and 0, rounded outwards; [0, 1] for shares."""
    known = [value for value in numbers(values) if value is not None and isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if low >= 0 and 0.2 < high <= 1:
        return 0.0, 1.0
    step = 10.0 ** floor(log10(max(high - low, 1e-9)))
    return min(0.0, floor(low / step) * step), max(0.0, -floor(-high / step) * step) or step

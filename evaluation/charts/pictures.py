"""Sheets as PNG.

Plotly's own pictures need a Chrome (through kaleido), which servers and containers seldom have, and a picture must not
depend on whether there is one. So one small renderer draws what the figures of this project use: lines, bands, markers,
bars, error bars, broken rules and words.
"""

import io
import re
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure as Canvas

from evaluation.charts.layout import Part
from evaluation.charts.looks import LIGHT, themed
from evaluation.charts.sheet import Sheet

_DOTS = 150  # an inch
_PIXELS = 96  # of the figures, an inch
_MARKS = {
    "circle": "o", "square": "s", "diamond": "D", "triangle-up": "^", "x": "X", "triangle-down": "v", "cross": "P",
    "star": "*",
}  # fmt: skip
_STYLE: dict[Any, Any] = {
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": LIGHT["line"],
    "text.color": LIGHT["text"],
    "axes.labelcolor": LIGHT["soft"],
    "xtick.color": LIGHT["soft"],
    "ytick.color": LIGHT["soft"],
    "axes.axisbelow": True,
}


def png(sheet: Sheet, width: int = 330) -> bytes:
    """Draw a sheet; a panel that stands alone in its row is three times as wide.

    Args:
        sheet: what to draw.
        width: of a panel in pixels of the figures.
    """
    across = width * (sheet.columns if sheet.columns > 1 else 3)
    size = across / _PIXELS, (sheet.rows * (sheet.height + 30) + 70) / _PIXELS
    with mpl.rc_context(_STYLE):
        canvas = Canvas(figsize=size, layout="constrained")
        axes = canvas.subplots(sheet.rows, sheet.columns, squeeze=False).flat
        for place, panel in zip(axes, map(themed, sheet.panels), strict=False):
            draw(place, panel["data"], panel["layout"])
        for place in list(canvas.axes)[len(sheet.panels) :]:
            place.set_axis_off()
        _legend(canvas)
        content = io.BytesIO()
        canvas.savefig(content, format="png", dpi=_DOTS, metadata={"Software": None})
    return content.getvalue()


def draw(place: Axes, traces: Sequence[Part], layout: Part) -> None:
    """Draw one panel, with colours filled in."""
    bars = [trace for trace in traces if trace["type"] == "bar"]
    for trace in traces:
        if trace["type"] == "bar":
            _bar(place, trace, bars.index(trace), len(bars))
        elif trace.get("fill") == "toself":
            place.fill(_values(trace["x"]), _values(trace["y"]), color=_colour(trace["fillcolor"]), linewidth=0)
        else:
            _line(place, trace)
    for shape in layout.get("shapes", []):
        _rule(place, shape)
    for words in layout.get("annotations", []):
        _words(place, words)
    _axis(place, "x", layout["xaxis"])
    _axis(place, "y", layout["yaxis"])
    place.set_title(_unescaped(layout["title"]["text"]), loc="left")


def _bar(place: Axes, trace: Part, k: int, count: int) -> None:
    width = 0.78 / count
    middle = np.asarray(trace["x"], float) + (k - (count - 1) / 2) * width
    values, marker = _values(trace["y"]), trace["marker"]
    place.bar(middle, values, 0.88 * width, color=_colour(marker["color"]), label=_unescaped(trace["name"]))
    _errors(place, "yerr", middle, values, trace.get("error_y"))


def _line(place: Axes, trace: Part) -> None:
    x, y = _values(trace["x"]), _values(trace["y"])
    line, marker, mode = trace.get("line", {}), trace.get("marker", {}), trace.get("mode", "lines")
    named = _unescaped(trace["name"]) if trace.get("showlegend", True) else None
    place.plot(
        x,
        y,
        color=_colour(line.get("color", marker.get("color", "#000000"))),
        linestyle=_dashes(line.get("dash", "solid")) if "lines" in mode else "none",
        linewidth=0.75 * line.get("width", 2),
        marker=_MARKS[marker.get("symbol", "circle")] if "markers" in mode else None,
        markersize=0.6 * marker.get("size", 6),
        markeredgewidth=0,
        label=named,
        clip_on=trace.get("cliponaxis", True),
    )
    _errors(place, "yerr", x, y, trace.get("error_y"))
    _errors(place, "xerr", x, y, trace.get("error_x"))


def _errors(place: Axes, which: str, x: Any, y: Any, bars: Part | None) -> None:
    if not bars or "array" not in bars:
        return
    ends = np.nan_to_num(np.array([bars["arrayminus"], bars["array"]], float))
    look: dict[str, Any] = {"ecolor": _colour(bars["color"]), "elinewidth": 0.75 * bars["thickness"], which: ends}
    place.errorbar(x, y, fmt="none", **look)


def _rule(place: Axes, shape: Part) -> None:
    """A straight line; on an axis called "paper", 0 and 1 are the panel's ends."""
    across, up = (shape.get(f"{axis}ref", axis) == "paper" for axis in "xy")
    base = place.get_xaxis_transform() if up else place.get_yaxis_transform() if across else place.transData
    line = shape["line"]
    place.plot(
        [shape["x0"], shape["x1"]],
        [shape["y0"], shape["y1"]],
        transform=base,
        color=_colour(line["color"]),
        linewidth=0.75 * line["width"],
        linestyle=_dashes(line["dash"]),
        zorder=0,
    )


def _words(place: Axes, words: Part) -> None:
    across = words["x"] if words["xref"] == "paper" else None
    base = place.get_yaxis_transform() if across is not None else place.transData
    place.annotate(
        _unescaped(words["text"]),
        (words["x"], words["y"]),
        (0, 0.75 * words.get("yshift", 0)),
        xycoords=base,
        textcoords="offset points",
        ha=words["xanchor"],
        va="center",
        color=_colour(words["font"]["color"]),
    )


def _axis(place: Axes, which: str, axis: Part) -> None:
    of = getattr(place, f"{which}axis")
    if "range" in axis:
        getattr(place, f"set_{which}lim")(axis["range"])
    if "tickvals" in axis:
        slanted = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"} if which == "x" else {}
        of.set_ticks(axis["tickvals"], [_unescaped(text.replace("<br>", " ")) for text in axis["ticktext"]], **slanted)
    elif not axis.get("showticklabels", True):
        of.set_ticks([])
    of.set_label_text(_unescaped(axis["title"]["text"]))
    if axis.get("showgrid", True):
        of.grid(True, color=LIGHT["line"], linewidth=0.6)


def _legend(canvas: Canvas) -> None:
    found: dict[str, Any] = {}
    for place in canvas.axes:
        handles, labels = place.get_legend_handles_labels()
        for handle, label in zip(handles, labels, strict=True):
            found.setdefault(label, handle)
    canvas.legend(found.values(), found, loc="outside lower center", ncols=min(len(found), 6), frameon=False)


def _values(values: Sequence[float | None]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([np.nan if value is None else value for value in values], float)


def _dashes(dash: str) -> str | tuple[int, tuple[float, ...]]:
    """Lengths in pixels as matplotlib has them, in points."""
    return "-" if dash == "solid" else (0, tuple(0.75 * float(part) for part in dash.replace("px", "").split(",")))


def _colour(colour: str) -> tuple[float, float, float, float]:
    found = re.fullmatch(r"rgba\((\d+),(\d+),(\d+),([\d.]+)\)", colour)
    if found is None:
        return to_rgba(colour)
    red, green, blue = (int(part) / 255 for part in found.groups()[:3])
    return red, green, blue, float(found[4])


def _unescaped(words: str) -> str:
    return words.replace("&lt;", "<").replace("&amp;", "&").replace("$", r"\$")

"""Layouts and axes that all charts share."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Part = dict[str, Any]
Figure = dict[str, Any]
CLEAR = "rgba(0,0,0,0)"


def layout(xaxis: Part, yaxis: Part, **further: Any) -> Part:
    """A layout on the page's own ground, in its own letters; nothing in it can be dragged or zoomed."""
    return {
        "font": {"family": "@font", "size": 12, "color": "@soft"},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "margin": {"l": 52, "r": 12, "t": 8, "b": 44, "pad": 2},
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "hoverlabel": {
            "bgcolor": "@panel",
            "bordercolor": "@line",
            "font": {"family": "@font", "size": 12, "color": "@text"},
            "namelength": -1,
            "align": "left",
        },
        "xaxis": xaxis,
        "yaxis": yaxis,
        **further,
    }


def axis(title: str = "", **further: Any) -> Part:
    """An axis with a fine grid and small numbers."""
    return {
        "title": {"text": title, "standoff": 8, "font": {"size": 12, "color": "@soft"}},
        "fixedrange": True,
        "zeroline": False,
        "gridcolor": "@line",
        "linecolor": "@line",
        "tickfont": {"size": 11, "color": "@soft"},
        **further,
    }


def rule(**ends: Any) -> Part:
    """A broken line between (x0, y0) and (x1, y1), above the grid and behind all else."""
    return {"type": "line", "layer": "between", "line": {"color": "@soft", "width": 1, "dash": "3px,3px"}, **ends}


def numbers(values: NDArray[Any] | Sequence[float]) -> list[float | None]:
    """Numbers for JSON: NaN, which it does not know, becomes null."""
    return [None if np.isnan(value) else float(value) for value in values]


def reach(values: Sequence[float], low: Sequence[float], high: Sequence[float], template: Part) -> Part:
    """Error bars of a template from the ends of intervals; none where they are NaN."""
    up = [max(one - value, 0) if one >= value else 0.0 for value, one in zip(values, high, strict=True)]
    down = [max(value - one, 0) if one <= value else 0.0 for value, one in zip(values, low, strict=True)]
    return {**template, "array": up, "arrayminus": down}


def error_bars(colour: str, thickness: float = 1.25) -> Part:
    """The template of error bars."""
    return {"type": "data", "symmetric": False, "color": colour, "thickness": thickness, "width": 0}

"""Sheets of panels, as files: HTML pages that work offline, and PNG."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data_cache.store import write_bytes
from evaluation.charts.layout import Figure, Part
from evaluation.charts.looks import LIGHT, themed

BUNDLE = "plotly.min.js"
_GAP, _HEAD, _FOOT = 56, 96, 96  # pixels between panels; for the title; for the legend


@dataclass(frozen=True)
class Sheet:
    """Panels of one size under a title, with one legend.

    Attributes:
        title: of the whole.
        panels: one figure each, see `evaluation.charts`.
        columns: how many stand beside each other.
        height: of a panel in pixels.
    """

    title: str
    panels: Sequence[Figure]
    columns: int
    height: int = 260

    @property
    def rows(self) -> int:
        """How many stand below each other."""
        return -(-len(self.panels) // self.columns)


def write_sheet(folder: Path, name: str, sheet: Sheet) -> None:
    """Write NAME.html and NAME.png; the page needs plotly.min.js beside it, see `write_bundle`."""
    from plotly.io import to_html  # slow to import, and only needed here

    from evaluation.charts.pictures import png

    page = to_html(composed(sheet), include_plotlyjs=BUNDLE, div_id=name, config={"displaylogo": False})
    write_bytes(folder / f"{name}.html", page.encode())
    write_bytes(folder / f"{name}.png", png(sheet))


def write_bundle(folder: Path) -> None:
    """Write plotly.min.js, once beside all pages of a folder."""
    from plotly.offline import get_plotlyjs

    write_bytes(folder / BUNDLE, get_plotlyjs().encode())


def composed(sheet: Sheet) -> Figure:
    """All panels of a sheet as one figure of plotly's, in the light palette."""
    total = _HEAD + _FOOT + sheet.rows * sheet.height + (sheet.rows - 1) * _GAP
    inside = total - _HEAD - _FOOT
    figure: Figure = {"data": [], "layout": _frame(sheet, total)}
    named: set[str] = set()
    for k, panel in enumerate(map(themed, sheet.panels)):
        suffix = "" if k == 0 else str(k + 1)
        row, column = divmod(k, sheet.columns)
        left, width = column / sheet.columns, (1 - 0.05 * (sheet.columns - 1)) / sheet.columns
        left = column * (width + 0.05)
        top = 1 - row * (sheet.height + _GAP) / inside
        place = [left, left + width], [max(0.0, top - sheet.height / inside), top]
        figure["data"] += [_moved(trace, suffix, named) for trace in panel["data"]]
        figure["layout"] |= _axes(panel["layout"], suffix, place)
        figure["layout"]["annotations"] += _written(panel["layout"], suffix, place)
        figure["layout"]["shapes"] += [_on(shape, suffix) for shape in panel["layout"].get("shapes", [])]
    return figure


def _frame(sheet: Sheet, total: int) -> Part:
    shared = {
        key: value
        for key, value in themed(sheet.panels[0]["layout"]).items()
        if key not in ("xaxis", "yaxis", "shapes", "annotations", "title", "height", "margin")
    }
    return {
        **shared,
        "title": {"text": sheet.title, "font": {"size": 16, "color": LIGHT["text"]}, "x": 0.02, "xanchor": "left"},
        "height": total,
        "margin": {"l": 64, "r": 24, "t": _HEAD, "b": _FOOT},
        "paper_bgcolor": LIGHT["panel"],
        "showlegend": True,
        "legend": {"orientation": "h", "y": -60 / (total - _HEAD - _FOOT), "x": 0, "yanchor": "top"},
        "annotations": [],
        "shapes": [],
    }


def _moved(trace: Part, suffix: str, named: set[str]) -> Part:
    """A trace on its panel's axes; each name stands in the legend once, and switches all traces of it."""
    name = trace.get("name", "")
    shown = trace.get("showlegend", True) and name not in named
    if shown:
        named.add(name)
    moved = {**trace, "xaxis": f"x{suffix}", "yaxis": f"y{suffix}", "legendgroup": name, "showlegend": shown}
    if trace["type"] == "bar":
        moved |= {"offsetgroup": name}
    return moved


def _axes(layout: Part, suffix: str, place: tuple[list[float], list[float]]) -> Part:
    across = {**layout["xaxis"], "domain": place[0], "anchor": f"y{suffix}"}
    up = {**layout["yaxis"], "domain": place[1], "anchor": f"x{suffix}"}
    return {f"xaxis{suffix}": across, f"yaxis{suffix}": up}


def _written(layout: Part, suffix: str, place: tuple[list[float], list[float]]) -> list[Part]:
    """The panel's title above it, and what is written in it."""
    title = {
        "text": layout["title"]["text"],
        "xref": "paper",
        "yref": "paper",
        "x": place[0][0],
        "y": place[1][1],
        "xanchor": "left",
        "yanchor": "bottom",
        "yshift": 6,
        "showarrow": False,
        "font": {"size": 13, "color": LIGHT["text"]},
    }
    return [title, *(_on(one, suffix) for one in layout.get("annotations", []))]


def _on(part: Part, suffix: str) -> Part:
    """A shape or words on its panel's axes; "paper" means the panel."""

    def referred(axis: str) -> str:
        found: Any = part.get(f"{axis}ref", axis)
        return f"{axis}{suffix} domain" if found == "paper" else f"{axis}{suffix}"

    return {**part, "xref": referred("x"), "yref": referred("y")}

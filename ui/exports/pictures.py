"""What the panes of the printed page look like: their pictures, scales and lines."""

from typing import Any, cast

import numpy as np
from contourpy import contour_generator
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from ui.case_view import DISPLAY_SIZE
from ui.content import method_content
from ui.exports.report import Pane, Report
from ui.exports.request import Mask
from ui.rendering import PALETTES, grey_bytes, nice_ceiling, overlay


def palette_kind(pane: Pane) -> str:
    """Whether a map's colours are "diverging", "supporting" or "strength"."""
    return str(method_content(pane.entry)["palette"])


def palette_of(pane: Pane, report: Report) -> str:
    """The palette of a map in the colours that the visitor chose."""
    chosen = f"{palette_kind(pane)}-{report.state.palette}"
    return chosen if chosen in PALETTES else palette_kind(pane)


def scale_limits(panes: list[Pane], given: dict[str, float]) -> dict[str, float]:
    """The end of each pane's colour scale, as the viewer chooses it: one for all maps of a unit, else a map's own."""
    strongest: dict[str, float] = {}
    for pane in panes:
        unit = pane.entry.view.unit
        if unit is not None and not pane.laid.unpredicted:
            strongest[unit] = max(strongest.get(unit, 0.0), float(np.abs(pane.laid.signed).max()))
    return {pane.name: given.get(pane.name, _limit(pane, strongest)) for pane in panes}


def _limit(pane: Pane, strongest: dict[str, float]) -> float:
    unit, signed = pane.entry.view.unit, pane.laid.signed
    if unit is not None:
        return nice_ceiling(strongest.get(unit, 0.0))
    own = float(np.abs(signed).max() if palette_kind(pane) == "diverging" else signed.max())
    return own if own > 0 else 1.0


def picture_of(
    pane: Pane | None, grey: NDArray[np.float32], limits: dict[str, float], report: Report
) -> NDArray[np.uint8]:
    """A pane as shown: uint8 (h, w, 3), RGB; the radiograph alone for None."""
    plain = np.repeat(grey_bytes(grey)[..., None], 3, axis=2)
    if pane is None or pane.laid.unpredicted:
        return plain
    state = report.state
    covered = overlay(grey, pane.laid.signed, limits[pane.name], state.opacity, palette_of(pane, report))
    return np.where(pane.laid.region(pane.level)[..., None], covered, plain) if state.hide else covered


def opposing(pane: Pane) -> Mask:
    """What a pane marks although it opposes the finding; nothing where values below zero do not say that."""
    against = (pane.laid.signed < 0) & (palette_kind(pane) == "diverging")
    return pane.laid.region(pane.level) & against


def hatch(axes: Axes, mask: Mask, pitch: float) -> None:
    """Hatch a mask with lines a distance apart, in pixels of the view."""
    if not mask.any():
        return
    clip = PathPatch(Path.make_compound_path(*(Path(ring) for ring in borders(mask))), transform=axes.transData)
    step = pitch * np.sqrt(2)
    ends = [[(at - DISPLAY_SIZE, 0), (at, DISPLAY_SIZE)] for at in np.arange(step / 2, 2 * DISPLAY_SIZE, step)]
    for colour, width in (("black", 1.2), ("white", 0.5)):
        lines = LineCollection(ends, colors=colour, linewidths=width, alpha=0.8)
        axes.add_collection(lines, autolim=False)
        lines.set_clip_path(clip)


def borders(mask: Mask) -> list[NDArray[np.float64]]:
    """The border of a mask, half-way between its pixels' centres and their neighbours'; (n, 2) each, (x, y)."""
    centres = np.arange(-1, DISPLAY_SIZE + 1) + 0.5
    return cast(list[Any], contour_generator(centres, centres, np.pad(mask, 1).astype(np.float32)).lines(0.5))


def draw_lines(
    axes: Axes, lines: list[NDArray[np.float64]], colour: str, width: float, dashes: Any, alpha: float = 1.0
) -> None:
    """Draw lines over a picture."""
    style: dict[str, Any] = {
        "colors": colour,
        "linewidths": width,
        "linestyles": [dashes],
        "alpha": alpha,
        "capstyle": "butt",
    }
    axes.add_collection(LineCollection(lines, **style), autolim=False)

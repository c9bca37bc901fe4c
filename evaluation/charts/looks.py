"""What tells rows of results apart, and the colours of charts; the page has the same (charts.css, js/looks.js)."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

COLOURS = 8
# Okabe and Ito's colours, safe for the colour-blind, darkened until each can be read on white; then two more.
LIGHT: Mapping[str, str] = {
    "text": "#14181d",
    "soft": "#545d68",
    "line": "#d9dee4",
    "panel": "#ffffff",
    "accent": "#0b6e7f",
    "series-0": "#0072b2",
    "series-1": "#c24a00",
    "series-2": "#00795a",
    "series-3": "#a34d88",
    "series-4": "#8a6100",
    "series-5": "#14181d",
    "series-6": "#5b5bd6",
    "series-7": "#7a2f2f",
    "font": "system-ui, -apple-system, Segoe UI, Roboto, Noto Sans, DejaVu Sans, sans-serif",
}
DASHES = (
    "solid",
    "7px,3px",
    "2px,3px",
    "8px,3px,2px,3px",
    "12px,4px",
    "4px,2px",
    "1px,2px",
    "10px,2px,2px,2px,2px,2px",
)
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "triangle-down", "cross", "star")
_WORDS = frozenset({"name", "text"})  # whoever brings a method names it: never a colour


def turned(look: int, options: Sequence[T]) -> T:
    """One of the options: after the last colour they come again, each with the next of the others."""
    return options[(look + look // COLOURS) % len(options)]


def dressed(template: Any, look: int) -> Any:
    """A copy of a template in which the names @look, @dash and @symbol stand for those of a row's look, from 0 on."""
    return filled(
        template,
        {"look": f"@series-{look % COLOURS}", "dash": turned(look, DASHES), "symbol": turned(look, SYMBOLS)},
    )


def themed(figure: Any, palette: Mapping[str, str] = LIGHT) -> Any:
    """A copy of a figure with the colours of a palette."""
    return filled(figure, palette)


def filled(part: Any, known: Mapping[str, str]) -> Any:
    """A copy of a part of a figure with values for the names that are known; texts and lists of values stay."""
    if isinstance(part, dict):
        return {
            key: value if key in _WORDS and isinstance(value, str) else filled(value, known)
            for key, value in part.items()
        }
    if isinstance(part, list):
        return [filled(one, known) for one in part] if part and isinstance(part[0], dict) else list(part)
    if not isinstance(part, str) or not part.startswith("@"):
        return part
    name, _, opacity = part[1:].partition("/")
    if name not in known:
        return part
    return _faded(known[name], opacity) if opacity else known[name]


def _faded(colour: str, opacity: str) -> str:
    if colour.startswith("@"):
        return f"{colour}/{opacity}"
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def plain(words: str) -> str:
    """Words for a figure, in which plotly would read tags otherwise."""
    return words.replace("&", "&amp;").replace("<", "&lt;")

"""The readers' layers on the page of a report: each shape as what it is, as the viewer draws it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from ui.case_view import DISPLAY_SIZE
from ui.exports.pictures import draw_lines
from ui.exports.report import Report
from ui.marks_view import UNION
from ui.rendering import READER_LOOKS

_STEP = re.compile(r"([MLHVAZ])([^MLHVAZ]*)")
_ARC = np.linspace(0, np.pi, 33)  # half an ellipse
_ROOM = 24.0  # view pixels between the numbers of two readers
_SIZE = 6.0  # of the numbers, in points

Line = NDArray[np.float64]


@dataclass(frozen=True)
class Layer:
    """One reader's shapes of the finding.

    Attributes:
        number: of the reader, from 1.
        name: of the reader.
        marks: shapes as `ui.marks_view.mark_content` gives them.
    """

    number: int
    name: str
    marks: Sequence[Mapping[str, Any]]

    @property
    def look(self) -> tuple[str, tuple[float, ...]]:
        """Colour and dashes, in widths of the line."""
        return READER_LOOKS[(self.number - 1) % len(READER_LOOKS)]

    @property
    def words(self) -> str:
        """What the key says."""
        return f"{self.number} {self.name}" + ("" if self.marks else ": nothing")


def layers_of(report: Report) -> list[Layer]:
    """The layers that are on in the viewer; none where there are not several readers."""
    off, finding = set(report.state.hidden_readers), report.state.finding
    readers = report.view.facts["readers"]
    return [Layer(i + 1, one["name"], one["marks"].get(finding, [])) for i, one in enumerate(readers) if i not in off]


def tells_truth(report: Report, layers: Sequence[Layer]) -> bool:
    """Whether the layers are what is scored against, so that it needs no line of its own; as js/readers.js."""
    key = report.truth.key
    if not layers:
        return False
    if key == UNION:
        return len(layers) == len(report.view.facts["readers"])
    return key.isdigit() and any(layer.number == int(key) + 1 for layer in layers)


def draw_layers(axes: Axes, layers: Sequence[Layer]) -> None:
    """Draw them over a picture, with the reader's number at each shape."""
    taken: list[tuple[float, float]] = []
    for layer in layers:
        colour, dashes = layer.look
        for mark in layer.marks:
            lines = list(path_lines(mark["path"]))
            draw_lines(axes, lines, "black", 1.7, "-", alpha=0.6)
            draw_lines(axes, lines, colour, 0.9, (0, dashes) if dashes else "-")
            x, y = _free(mark["at"], taken)
            effects = [withStroke(linewidth=1.2, foreground="black")]
            axes.text(x, y, str(layer.number), fontsize=_SIZE, color=colour, weight="bold", path_effects=effects)


def _free(at: Sequence[float], taken: list[tuple[float, float]]) -> tuple[float, float]:
    """A place for a number near a corner, in the picture and beside those that stand there."""
    start = x = min(max(at[0], 2.0), DISPLAY_SIZE - _ROOM)
    y = at[1] - 6.0 if at[1] > _ROOM + 6 else at[1] + _ROOM
    while any(abs(x - left) < _ROOM and abs(y - top) < _ROOM for left, top in taken):
        x += _ROOM / 4
        if x > DISPLAY_SIZE - _ROOM:
            x, y = start, y + _ROOM
    taken.append((x, y))
    return x, y


def path_lines(path: str) -> Iterator[Line]:
    """The lines of a path that `ui.marks_view.shape_path` wrote; (n, 2) each, (x, y), closed.

    Of arcs there are halves of ellipses alone, drawn clockwise.
    """
    points: list[tuple[float, float]] = []
    for code, text in _STEP.findall(path):
        numbers = [float(number) for number in text.split()]
        if code == "M":
            points = [(numbers[0], numbers[1])]
        elif code == "L":
            points += zip(numbers[::2], numbers[1::2], strict=True)
        elif code == "H":
            points.append((numbers[0], points[-1][1]))
        elif code == "V":
            points.append((points[-1][0], numbers[0]))
        elif code == "A":
            points += _half(points[-1], numbers)
        else:
            yield np.array([*points, points[0]])


def _half(start: tuple[float, float], arc: Sequence[float]) -> list[tuple[float, float]]:
    across, down, *_, end, middle = arc
    side = np.sign(end - start[0]) or 1.0  # clockwise: over the top to the right, below to the left
    x = (start[0] + end) / 2 - side * across * np.cos(_ARC)
    return list(zip(x.tolist(), (middle - side * down * np.sin(_ARC)).tolist(), strict=True))

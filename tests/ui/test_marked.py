"""The border of what a threshold marks, in the page's own module: its rings against the pixels that they enclose."""

import json
from typing import Any

import numpy as np
import pytest
from matplotlib.path import Path
from numpy.typing import NDArray

from tests.ui.test_hands import in_node
from tests.ui.test_javascript import NODE

pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node, which tests/requirements.txt installs")
SIZE = 40  # tiles do not divide it
UNITS = 16
SCRIPT = """
const { borderPath, framed } = await import("JS/marked/border.js");
const { levelOfZero } = await import("JS/maps.js");
const given = GIVEN;
const levels = Uint16Array.from(given.levels);
const maps = [0, given.cell].map((cell) => framed(levels, given.size, cell));
console.log(JSON.stringify({
  paths: given.cuts.map((cut) => maps.map((map) => borderPath(map, cut))),
  zeros: [[-1, 3], [0, 1], [-2, -1], [1, 1], [-1e-7, 1]].map(([low, high]) => levelOfZero(low, high)),
}));
"""


def said(levels: NDArray[np.int64], cuts: list[int], cell: int = 1) -> Any:
    given = {"cell": cell, "levels": levels.ravel().tolist(), "size": len(levels), "cuts": cuts}
    return in_node(SCRIPT.replace("GIVEN", json.dumps(given)))


def rings(path: str) -> list[NDArray[np.float64]]:
    """The rings of path data in pixels, (n, 2) each, (x, y): a start, and steps from point to point."""
    found = []
    for ring in path.split("z")[:-1]:
        start, steps = ring.removeprefix("M").split("l")
        numbers = np.array([*start.split(), *steps.split()], float).reshape(-1, 2)
        found.append(np.cumsum(numbers, axis=0) / UNITS)
    return found


def enclosed(path: str, size: int = SIZE) -> NDArray[np.bool_]:
    """The pixels whose centres are inside an odd number of rings."""
    centres = np.stack(np.meshgrid(np.arange(size), np.arange(size)), axis=-1).reshape(-1, 2) + 0.5
    inside = np.zeros(size * size, bool)
    for ring in rings(path):
        inside ^= Path(ring).contains_points(centres)
    return inside.reshape(size, size)


def test_rings_enclose_exactly_what_is_above_the_threshold() -> None:
    rng = np.random.default_rng(4)
    blocks = rng.integers(0, 5, size=(5, 5)).repeat(8, axis=0).repeat(8, axis=1) * 100
    levels = np.where(rng.random((SIZE, SIZE)) < 0.03, 250, blocks)  # corners, holes, islands of a pixel
    cuts = [-1, 0, 50, 150, 220, 249, 250, 350, 399, 400]
    answer = said(levels, cuts)
    for cut, (edges, smooth) in zip(cuts, answer["paths"], strict=True):
        np.testing.assert_array_equal(enclosed(edges), levels > cut)
        if not np.isin([cut, cut + 1], levels).any():  # else the line runs through the pixels' centres themselves
            np.testing.assert_array_equal(enclosed(smooth), levels > cut)
        assert all((ring % 1 == 0).all() for ring in rings(edges))
    assert answer["paths"][0][0].count("M") == 1 and answer["paths"][-1] == ["", ""]
    assert answer["zeros"] == [16249, -1, 65000, -1, 0]


@pytest.mark.parametrize("cell", [pytest.param(1, marks=pytest.mark.thorough), 40, 80])
def test_a_smooth_border_lies_on_the_level_itself(cell: int) -> None:
    rows, columns = np.mgrid[:SIZE, :SIZE] + 0.5
    distance = np.hypot(columns - 21.3, rows - 18.7)
    levels = np.ceil(65000 * (1 - distance / 40)).clip(0).astype(int)
    ((edges, smooth),) = said(levels, [45500], cell)["paths"]  # a circle of radius 12
    (ring,) = rings(smooth)
    radius = np.hypot(*(ring - [21.3, 18.7]).T)
    assert abs(radius - 12).max() < 0.25  # a sixteenth of a pixel, and the curve between two or four pixels
    (blocky,) = rings(edges)
    assert abs(np.hypot(*(blocky - [21.3, 18.7]).T) - 12).max() > 0.5
    assert len(ring) < 80
    ((_, whole),) = said(levels, [-1], cell)["paths"]  # all is marked
    (ring,) = rings(whole)
    assert {*ring[:, 0], *ring[:, 1]} >= {0, SIZE} and ring.min() == 0 and ring.max() == SIZE

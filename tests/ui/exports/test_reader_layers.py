"""Readers' layers in a report: the lines of every shape, against the shapes themselves, and the looks of the page."""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from data_cache.geometry import Geometry
from data_cache.marks import Box, Disc, Ellipse, Polygon, Shape
from ui.exports.reader_layers import Layer, draw_layers, path_lines
from ui.marks_view import shape_path
from ui.rendering import READER_LOOKS

STYLES = Path(__file__).parents[3] / "ui" / "readers.css"
GEOMETRY = Geometry(512, 512, 512)
TRIANGLE = np.array([(10.0, 20.0), (200.0, 40.0), (60.0, 180.0)])


@pytest.mark.parametrize(
    ("shape", "area", "ends"),
    [
        (Box(10, 20, 110, 70), 5000, ((10, 20), (110, 70))),
        (Ellipse(10, 20, 110, 70), np.pi * 50 * 25, ((10, 20), (110, 70))),
        (Disc(100, 90, 40), np.pi * 40**2, ((60, 50), (140, 130))),
        (Polygon(TRIANGLE), 14700, (tuple(TRIANGLE.min(0)), tuple(TRIANGLE.max(0)))),
    ],
)
def test_a_path_s_line_is_the_shape_s_border(shape: Shape, area: float, ends: tuple) -> None:
    (line,) = path_lines(shape_path(shape, GEOMETRY))
    (x, y), (next_x, next_y) = line[:-1].T, line[1:].T
    assert abs((x * next_y - next_x * y).sum()) / 2 == pytest.approx(area, rel=0.002)
    np.testing.assert_allclose([line.min(0), line.max(0)], ends, atol=0.1)
    np.testing.assert_array_equal(line[0], line[-1])


def test_numbers_stay_in_the_picture_and_beside_each_other() -> None:
    axes = Figure().add_axes((0, 0, 1, 1))
    draw_layers(axes, [Layer(i + 1, "", [{"path": "", "at": [500.0, 1.0]}]) for i in range(4)])
    places = [text.get_position() for text in axes.texts]
    assert all(0 <= x <= 490 and 10 <= y <= 512 for x, y in places)
    assert all(max(abs(x - u), abs(y - v)) >= 20 for (x, y), (u, v) in combinations(places, 2))


def test_looks_are_those_of_the_page() -> None:
    text = STYLES.read_text()
    colours = re.findall(r"--reader-\d: (#\w+);", text)
    dashes = [
        () if said == "none" else tuple(float(n) / 2 for n in said.split())
        for said in re.findall(r"--dash: ([^;]+);", text)
    ]
    assert tuple(zip(colours, dashes, strict=True)) == READER_LOOKS

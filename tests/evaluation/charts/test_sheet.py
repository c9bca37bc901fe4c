"""Sheets as pages and pictures: what plotly itself accepts, what stands where, and pixels that must be there."""

import io
import re
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
from PIL import Image

from evaluation.charts.layout import Figure
from evaluation.charts.pictures import png
from evaluation.charts.rows import Row, dot_rows, ends_of
from evaluation.charts.sheet import Sheet, composed, write_bundle, write_sheet
from tests.evaluation.report.test_figures import bars, curves

RED, BLUE = (0xC2, 0x4A, 0x00), (0x00, 0x72, 0xB2)  # of the second look, and of the first


def dots() -> Figure:
    rows = [Row("a<b", 0, [0.1, 0.2], 0.15, 0.1, 0.3, "0.150"), Row("c", 1, [], float("nan"))]
    return dot_rows("Dots", "value", rows, (0.0, 1.0))


def pixels(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).reshape(-1, 3)


def test_all_panels_become_one_figure_that_plotly_accepts() -> None:
    sheet = Sheet("All", [curves(), bars(), dots()], 2)
    figure = go.Figure(composed(sheet))  # raises on any attribute or value that plotly does not know
    assert [trace.xaxis for trace in figure.data] == ["x"] * 4 + ["x2"] * 2 + ["x3"] * 2
    assert figure.layout.xaxis.domain[1] < figure.layout.xaxis2.domain[0]  # beside each other
    assert figure.layout.yaxis3.domain[1] < figure.layout.yaxis.domain[0]  # below
    assert [trace.name for trace in figure.data if trace.showlegend] == ["raw", "cam", "a&lt;b"]
    assert figure.layout.shapes[0].yref == "y3 domain"
    text = str(figure.to_dict())
    assert "@" not in re.sub("@unknown", "", text)  # every colour has been filled in


def test_rows_hold_dots_and_intervals_where_they_belong() -> None:
    pale, strong = dots()["data"]
    assert pale["x"] == [0.1, 0.2] and strong["x"] == [0.15] and strong["y"] == [0]
    np.testing.assert_allclose([strong["error_x"]["array"], strong["error_x"]["arrayminus"]], [[0.15], [0.05]])
    written = [one["text"] for one in dots()["layout"]["annotations"]]
    assert written == ["a&lt;b", "0.150", "c", ""]


def test_axes_end_at_round_values_outside_of_all() -> None:
    assert ends_of([0.3, 0.9]) == (0.0, 1.0)
    assert ends_of([0.01, 0.04]) == (0.0, 0.04)
    np.testing.assert_allclose(ends_of([-0.31, 0.62]), (-0.4, 0.7))
    assert ends_of([float("nan")]) == (0.0, 1.0)


def test_pictures_have_each_series_in_its_colour() -> None:
    found = pixels(png(Sheet("Bars", [bars()], 1)))
    for colour in (RED, BLUE):
        assert (np.abs(found.astype(int) - colour).max(axis=1) <= 1).sum() > 500
    lone = pixels(png(Sheet("Dots", [dots()], 1)))
    assert (np.abs(lone.astype(int) - RED).max(axis=1) <= 1).sum() == 0  # the second row has no dot


def test_the_taller_bar_has_more_pixels() -> None:
    found = pixels(png(Sheet("Bars", [bars(0.8, 0.2)], 1))).astype(int)
    blue, red = ((np.abs(found - colour).max(axis=1) <= 1).sum() for colour in (BLUE, RED))
    assert 3.5 < blue / red < 4.5  # 4 by the values; intervals lie over both


def test_pages_work_without_a_network(tmp_path: Path) -> None:
    write_bundle(tmp_path)
    write_sheet(tmp_path, "curves", Sheet("Curves", [curves()], 1))
    page = (tmp_path / "curves.html").read_text()
    assert re.findall(r"<script[^>]*src=\"([^\"]*)\"", page) == ["plotly.min.js"]
    assert not re.search(r"(src|href)=\"https?:", page)
    assert (tmp_path / "plotly.min.js").stat().st_size > 1_000_000
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")

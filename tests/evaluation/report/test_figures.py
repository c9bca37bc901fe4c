"""The benchmark's figures: what stands in them against numbers by hand."""

import numpy as np
import plotly.graph_objects as go
import pytest

from evaluation.charts.layout import Figure
from evaluation.charts.looks import themed
from evaluation.inference.intervals import Interval
from evaluation.report import figures
from evaluation.report.figure_data import Curve
from evaluation.report.figures import NAMES, Named
from evaluation.results import Estimate

NAN = float("nan")


def curve(method: str, level: float) -> Curve:
    mean = np.array([level, level / 2, 0.0])
    return Curve(method, "Edema", 7, mean, np.array([level - 0.1, NAN, 0.0]), mean + 0.1)


def curves() -> Figure:
    rows = [(Named(name, look), curve(name, 0.4 - look / 10)) for look, name in enumerate(("raw", "cam"))]
    return figures.iou_by_threshold("Edema", np.array([0.0, 0.5, 1.0]), rows)


def estimate(value: float) -> Estimate:
    return Estimate(value, 12, Interval(value - 0.05, value + 0.1, 0))


def bars(first: float = 0.5, second: float = 0.5) -> Figure:
    found = [[estimate(value)] * len(NAMES) for value in (first, second)]
    return figures.by_finding("Hit rate", [(Named("raw", 0), found[0]), (Named("cam", 1), found[1])])


def test_curves_have_a_line_a_method_and_the_interval_as_a_band_behind() -> None:
    low, _, line, other = curves()["data"]
    assert low["fill"] == "toself" and low["fillcolor"] == "@series-0/0.13"
    assert low["x"] == [0.0, 1.0, 1.0, 0.0]  # along the upper end and back, without the place that has no interval
    np.testing.assert_allclose(low["y"], [0.5, 0.1, 0.0, 0.3])
    assert line["x"] == [0.0, 0.5, 1.0] and line["y"] == [0.4, 0.2, 0.0] and line["line"]["color"] == "@series-0"
    assert other["name"] == "cam" and other["line"]["dash"] == "7px,3px"
    assert curves()["layout"]["hovermode"] == "x unified"  # all methods at one threshold


def test_bars_have_the_ends_of_intervals_as_distances() -> None:
    bar = bars()["data"][0]
    assert bar["y"] == [0.5] * 11
    np.testing.assert_allclose(bar["error_y"]["array"], 0.1)
    np.testing.assert_allclose(bar["error_y"]["arrayminus"], 0.05)
    assert bar["hovertext"][4] == "raw, Edema: 0.500, n 12"
    assert bars()["layout"]["xaxis"]["ticktext"][0] == "Enlarged<br>Cardiomediastinum"


def test_ranks_leave_out_what_has_none_and_lines_stand_at_the_mean() -> None:
    found = np.array([1.0, 2.0] + [NAN] * 8)
    figure = figures.ranks("Hit rate", [(Named("raw", 0), found), (Named("cam", 1), np.full(10, NAN))])
    assert figure["data"][0]["y"] == [1.0, 2.0] + [None] * 8
    assert [(line["y0"], line["y1"]) for line in figure["layout"]["shapes"]] == [(1.5, 1.5)]


@pytest.mark.parametrize("figure", [curves(), bars()])
def test_plotly_knows_every_attribute(figure: Figure) -> None:
    go.Figure(themed(figure))


def test_plotly_knows_every_attribute_of_the_parts_that_the_page_is_sent() -> None:
    for parts in figures.page_parts().values():
        shapes = [part for part in parts.values() if isinstance(part, dict) and part.get("type") in ("path", "line")]
        traces = [part for part in parts.values() if isinstance(part, dict) and part.get("type") in ("scatter", "bar")]
        drawn = [{**trace, "x": [0], "y": [0]} for trace in traces]
        go.Figure(themed(figures.dressed({"data": drawn, "layout": {**parts["layout"], "shapes": shapes}}, 3)))

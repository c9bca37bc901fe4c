"""The figures of trust checks: what stands in them against numbers by hand."""

import numpy as np
import plotly.graph_objects as go

from evaluation.charts.looks import themed
from evaluation.inference.intervals import Interval
from evaluation.trust import figures
from evaluation.trust.summary import Summary

NAN = float("nan")


def test_distributions_have_a_dot_a_case_and_the_mean() -> None:
    figure = figures.distribution("Attended", {"raw": [0.1, 0.3], "cam": [-0.2, 0.0]})
    first, second, mean, other = figure["data"]
    assert first["x"] == [0.1, 0.3] and second["x"] == [-0.2, 0.0]
    np.testing.assert_allclose([mean["x"], other["x"]], [[0.2], [-0.1]])
    assert [one["text"] for one in figure["layout"]["annotations"]] == ["raw", "0.200, n 2", "cam", "−0.100, n 2"]
    assert len(figure["layout"]["shapes"]) == 1  # 0 stands in it, since some values lie below
    go.Figure(themed(figure))


def summary(method: str, setting: str, mean: float, low: float, high: float, curve: list[float]) -> Summary:
    values = {"method": method, "setting": setting, "mean": mean, "interval": Interval(low, high, 0)}
    made = object.__new__(Summary)
    for name, value in {**values, "curve": np.array(curve)}.items():
        object.__setattr__(made, name, value)
    return made


def test_settings_have_a_place_each_and_intervals_as_distances() -> None:
    found = {"raw": [summary("raw", "3 %", 0.5, 0.4, 0.8, []), summary("raw", "9 %", 0.2, NAN, NAN, [])]}
    figure = figures.settings("Stability", ["1 %", "3 %", "9 %"], found)
    (line,) = figure["data"]
    assert line["x"] == [1, 2] and line["y"] == [0.5, 0.2]
    np.testing.assert_allclose(line["error_y"]["array"], [0.3, 0])
    np.testing.assert_allclose(line["error_y"]["arrayminus"], [0.1, 0])
    go.Figure(themed(figure))


def test_curves_run_over_equal_shares() -> None:
    figure = figures.curves("deletion", [summary("raw", "", 0, NAN, NAN, [1.0, 0.5, 0.0])])
    (line,) = figure["data"]
    assert line["x"] == [0.0, 0.5, 1.0] and line["y"] == [1.0, 0.5, 0.0]
    assert figure["layout"]["xaxis"]["title"]["text"] == "replaced, most important first"
    go.Figure(themed(figure))


def test_plotly_knows_every_attribute_of_the_parts_that_the_page_is_sent() -> None:
    parts = figures.page_parts()
    for name, traces, shape in (("lines", ("line", "dots"), "diagonal"), ("rows", ("pale", "strong"), "zero")):
        drawn = [{**parts[name][trace], "x": [0], "y": [0]} for trace in traces]
        layout = {**parts[name]["layout"], "shapes": [parts[name][shape]]}
        go.Figure(themed(figures.dressed({"data": drawn, "layout": layout}, 0)))

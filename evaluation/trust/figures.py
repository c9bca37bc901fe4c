"""The charts of trust checks: figures of one panel each, made of parts that the page fills with what it asked."""

from collections.abc import Mapping, Sequence

import numpy as np

from evaluation.charts.layout import Figure, Part, axis, error_bars, layout, numbers, reach, rule
from evaluation.charts.looks import dressed, plain
from evaluation.charts.rows import Row, dot_rows, ends_of, row_parts
from evaluation.trust.summary import Summary

SHARES = {"deletion": "replaced, most important first", "insertion": "put back, most important first"}


def line_parts() -> Part:
    """The parts of all curves over shares: layout, line, dots (a line with its points), diagonal."""
    line = {
        "type": "scatter",
        "mode": "lines",
        "line": {"color": "@look", "dash": "@dash", "width": 2},
        "cliponaxis": False,
        "hovertemplate": "%{fullData.name}: %{y:.3f}<extra></extra>",
    }
    marker = {"color": "@look", "symbol": "@symbol", "size": 6}
    return {
        "layout": layout(
            axis(range=[0, 1], dtick=0.25, tickformat=".0%", showgrid=False, unifiedhovertitle={"text": "%{x:.1%}"}),
            axis(range=[0, 1], nticks=6, tickformat=".2f"),
            hovermode="x unified",
            margin={"l": 52, "r": 16, "t": 8, "b": 44, "pad": 2},
        ),
        "line": line,
        "dots": {**line, "mode": "lines+markers", "marker": marker, "error_y": error_bars("@look")},
        "diagonal": rule(x0=0, y0=0, x1=1, y1=1),
    }


def curves(metric: str, summaries: Sequence[Summary]) -> Figure:
    """Mean deletion or insertion curves: the probability while what a map points at is removed or put in.

    Args:
        metric: "deletion" or "insertion".
        summaries: of the methods, each with a curve over equal shares from 0 to 1.
    """
    parts = line_parts()
    lines = []
    for look, one in enumerate(summaries):
        x = numbers(np.linspace(0, 1, len(one.curve)))
        line = {**parts["line"], "name": plain(one.method), "x": x, "y": numbers(one.curve)}
        lines.append(dressed(line, look))
    return _titled(lines, parts["layout"], f"Mean {metric} curve", SHARES[metric], "probability")


def settings(title: str, names: Sequence[str], methods: Mapping[str, Sequence[Summary]]) -> Figure:
    """Means of a metric by setting, a line a method, with 95 % intervals.

    Args:
        title: of the panel.
        names: of the settings, in their order.
        methods: summaries by method, each of one of the settings.
    """
    parts = line_parts()
    lines = []
    for look, (method, found) in enumerate(methods.items()):
        means = [one.mean for one in found]
        ends = [one.interval.low for one in found], [one.interval.high for one in found]
        places = [names.index(one.setting) for one in found]
        bars = reach(means, *ends, template=parts["dots"]["error_y"])
        line = {**parts["dots"], "name": plain(method), "x": places, "y": numbers(means), "error_y": bars}
        lines.append(dressed(line, look))
    xaxis = axis(tickvals=list(range(len(names))), ticktext=[plain(name) for name in names], showgrid=False)
    place = {**parts["layout"], "xaxis": xaxis, "yaxis": axis(nticks=6, tickformat=".2f"), "hovermode": "closest"}
    return {"data": lines, "layout": {**place, "title": {"text": title}}}


def distribution(title: str, values: Mapping[str, Sequence[float]]) -> Figure:
    """Every case's value as a pale dot and the mean as a strong one, a row a method."""
    rows = [
        Row(method, look, found, mean := float(np.mean(found)), words=f"{mean:.3f}, n {len(found)}".replace("-", "−"))
        for look, (method, found) in enumerate(values.items())
    ]
    ends = ends_of([value for found in values.values() for value in found])
    return dot_rows(title, "", rows, ends, zero=ends[0] < 0)


def page_parts() -> Part:
    """What the tab Trust is sent: the parts of its charts."""
    return {"lines": line_parts(), "rows": row_parts(), "shares": SHARES}


def _titled(traces: list[Part], place: Part, title: str, x_title: str, y_title: str) -> Figure:
    wanted = {
        key: {**place[key], "title": {**place[key]["title"], "text": words}}
        for key, words in (("xaxis", x_title), ("yaxis", y_title))
    }
    return {"data": traces, "layout": {**place, **wanted, "title": {"text": title}}}

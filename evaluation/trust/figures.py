"""The figures of a run, as PNG and as interactive pages."""

import io
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import plotly.graph_objects as go
from matplotlib.figure import Figure
from plotly.offline import get_plotlyjs
from plotly.subplots import make_subplots

from data_cache.store import write_bytes
from evaluation.report.figure_data import COLOURS, DASHES
from evaluation.trust.registry import CHECKS
from evaluation.trust.run import Row
from evaluation.trust.summary import Summary
from explainers.pairs import parse_pair
from models.registry import find_model

_LINES = ("-", "--", ":", "-.")
_CURVES = ("deletion", "insertion")
Series = dict[str, tuple[list[str], dict[str, list[Summary]]]]


def write_figures(folder: Path, rows: Sequence[Row], summaries: Sequence[Summary]) -> None:
    """Write curves (deletion and insertion), settings (stability and sanity by strength and layer) and distributions.

    Each as NAME.png and NAME.html; what has no data is left out. plotly.min.js is written beside them once.
    """
    write_bytes(folder / "plotly.min.js", get_plotlyjs().encode())
    curves = [one for one in summaries if len(one.curve) and one.metric in _CURVES]
    series = _series(summaries)
    values = _values(rows)
    with mpl.rc_context({"font.size": 8, "axes.spines.top": False, "axes.spines.right": False}):
        if curves:
            _picture(folder / "curves.png", _curves(curves))
            _page(folder / "curves.html", _curves_page(curves))
        if series:
            _picture(folder / "settings.png", _settings(series))
            _page(folder / "settings.html", _settings_page(series))
        if values:
            _picture(folder / "distributions.png", _boxes(values))
            _page(folder / "distributions.html", _boxes_page(values))


def _series(summaries: Sequence[Summary]) -> Series:
    """By title, of metrics with several settings: the settings, and each method's summaries in their order."""
    found: dict[str, dict[str, list[Summary]]] = defaultdict(lambda: defaultdict(list))
    for one in summaries:
        if one.n and one.setting and one.check in ("stability", "sanity"):
            title = f"{CHECKS[one.check].label}: {CHECKS[one.check].metrics[one.metric].label}"
            model = f", {_model(one.method)}" if one.check == "sanity" else ""  # each has layers of its own
            found[title + model][one.method].append(one)
    return {
        title: (list(dict.fromkeys(one.setting for part in methods.values() for one in part)), dict(methods))
        for title, methods in found.items()
    }


def _model(name: str) -> str:
    """The short label of the model that a method explains."""
    return find_model(parse_pair(name).model).short


def _values(rows: Sequence[Row]) -> dict[str, dict[str, list[float]]]:
    """By title, of headline metrics without settings: each method's defined values."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        one, check = row.measured, CHECKS[row.check]
        wanted = one.metric == next(iter(check.metrics)) and check.key not in ("stability", "sanity")
        if wanted and not np.isnan(one.value):
            setting = f", {one.setting}" if one.setting else ""
            found[f"{check.label}: {check.metrics[one.metric].label}{setting}"][row.method or "image"].append(one.value)
    return {title: dict(methods) for title, methods in found.items()}


def _picture(path: Path, figure: Figure) -> None:
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=150, metadata={"Software": None})
    write_bytes(path, content.getvalue())


def _page(path: Path, figure: go.Figure) -> None:
    write_bytes(path, figure.to_html(include_plotlyjs="plotly.min.js", div_id=path.stem).encode())


def _curves(curves: Sequence[Summary]) -> Figure:
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    for axis, metric in zip(figure.subplots(1, 2, sharey=True), _CURVES, strict=True):
        for k, one in enumerate(part for part in curves if part.metric == metric):
            label = f"{one.method} ({one.mean:.3f}, n {one.n})"
            shares = np.linspace(0, 1, len(one.curve))
            axis.plot(shares, one.curve, _LINES[k % 4], color=COLOURS[k % len(COLOURS)], label=label)
        axis.set_title(f"Mean {metric} curve (area)")
        axis.set_xlabel("share replaced" if metric == "deletion" else "share put in")
        axis.legend(frameon=False)
        axis.set_ylim(0, 1)
    figure.axes[0].set_ylabel("probability")
    return figure


def _curves_page(curves: Sequence[Summary]) -> go.Figure:
    figure = make_subplots(1, 2, subplot_titles=[f"Mean {metric} curve" for metric in _CURVES], shared_yaxes=True)
    for column, metric in enumerate(_CURVES, 1):
        for k, one in enumerate(part for part in curves if part.metric == metric):
            line = {"color": COLOURS[k % len(COLOURS)], "dash": DASHES[k % len(DASHES)]}
            shares = np.linspace(0, 1, len(one.curve)).tolist()
            trace = go.Scatter(x=shares, y=one.curve.tolist(), line=line, name=one.method, legendgroup=one.method)
            trace.update(showlegend=column == 1, hovertemplate=one.method + "<br>%{x:.2f}: %{y:.3f}<extra></extra>")
            figure.add_trace(trace, row=1, col=column)
    return figure.update_layout(title="Probability while the map's top is removed or put in", height=480)


def _settings(series: Series) -> Figure:
    figure = Figure(figsize=(9, 3.2 * len(series)), layout="constrained")
    for axis, (title, (settings, methods)) in zip(
        figure.subplots(len(series), 1, squeeze=False).flat, series.items(), strict=True
    ):
        for k, (method, found) in enumerate(methods.items()):
            places = [settings.index(one.setting) for one in found]
            means = np.array([one.mean for one in found])
            ends = np.array([[one.interval.low, one.interval.high] for one in found]).T
            reach = np.nan_to_num(np.clip(np.stack([means - ends[0], ends[1] - means]), 0, None))
            colour = COLOURS[k % len(COLOURS)]
            axis.errorbar(places, means, reach, fmt="o" + _LINES[k % 4], color=colour, ms=3, label=method, capsize=2)
        axis.set_xticks(range(len(settings)), settings, rotation=30, ha="right", rotation_mode="anchor")
        axis.set_title(title)
        axis.legend(frameon=False, ncols=5)
    return figure


def _settings_page(series: Series) -> go.Figure:
    figure = make_subplots(len(series), 1, subplot_titles=list(series))
    for row, (_, methods) in enumerate(series.values(), 1):
        for k, (method, found) in enumerate(methods.items()):
            line = {"color": COLOURS[k % len(COLOURS)], "dash": DASHES[k % len(DASHES)]}
            above = [max(one.interval.high - one.mean, 0) for one in found]
            below = [max(one.mean - one.interval.low, 0) for one in found]
            bars = {"type": "data", "array": np.nan_to_num(above).tolist(), "arrayminus": np.nan_to_num(below).tolist()}
            trace = go.Scatter(x=[one.setting for one in found], y=[one.mean for one in found], line=line, error_y=bars)
            trace.update(name=method, legendgroup=method, showlegend=row == 1, mode="lines+markers")
            figure.add_trace(trace, row=row, col=1)
    return figure.update_layout(title="Means with 95 % intervals", height=360 * len(series) + 100)


def _boxes(values: dict[str, dict[str, list[float]]]) -> Figure:
    columns = min(3, len(values))
    rows = -(-len(values) // columns)
    figure = Figure(figsize=(4 * columns, 2.8 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).flat
    for axis, (title, methods) in zip(axes, values.items(), strict=False):
        axis.boxplot(list(methods.values()), tick_labels=list(methods), flierprops={"markersize": 2})
        axis.axhline(0, color="#999999", linewidth=0.6)
        axis.set_title(title)
    for axis in list(figure.axes)[len(values) :]:
        axis.set_axis_off()
    return figure


def _boxes_page(values: dict[str, dict[str, list[float]]]) -> go.Figure:
    figure = make_subplots(len(values), 1, subplot_titles=list(values))
    for row, methods in enumerate(values.values(), 1):
        for k, (method, found) in enumerate(methods.items()):
            box = go.Box(y=found, name=method, marker_color=COLOURS[k % len(COLOURS)], boxpoints="outliers")
            figure.add_trace(box.update(showlegend=False), row=row, col=1)
    return figure.update_layout(title="Distributions over cases", height=320 * len(values) + 100)

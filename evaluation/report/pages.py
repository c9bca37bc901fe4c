"""The figures as interactive pages; plotly.min.js is written beside them once, so that they work offline."""

from pathlib import Path

import numpy as np
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs
from plotly.subplots import make_subplots

from data_cache.findings import LOCALIZED_FINDINGS
from data_cache.store import write_bytes
from evaluation.report.figure_data import COLOURS, DASHES, MARKERS, FigureData
from evaluation.report.tables import TITLES
from evaluation.results import MEAN

_COLUMNS = 5


def write_pages(folder: Path, data: FigureData) -> None:
    """Write iou_by_threshold.html, by_finding.html and ranks.html."""
    write_bytes(folder / "plotly.min.js", get_plotlyjs().encode())
    if data.curves:
        _save(folder / "iou_by_threshold.html", _curves(data))
    _save(folder / "by_finding.html", _bars(data))
    _save(folder / "ranks.html", _ranks(data))


def _save(path: Path, figure: go.Figure) -> None:
    page = figure.to_html(include_plotlyjs="plotly.min.js", div_id=path.stem)
    write_bytes(path, page.encode())


def _curves(data: FigureData) -> go.Figure:
    findings = data.findings
    columns = min(_COLUMNS, len(findings))
    rows = -(-len(findings) // columns)
    figure = make_subplots(rows, columns, subplot_titles=findings, shared_xaxes=True)
    named: set[str] = set()
    for curve in data.curves:
        place, k = findings.index(curve.finding), data.methods.index(curve.method)
        where = {"row": place // columns + 1, "col": place % columns + 1}
        colour = COLOURS[k % len(COLOURS)]
        line = {"color": colour, "dash": DASHES[k % len(DASHES)]}
        x = data.thresholds.tolist()
        band = go.Scatter(
            x=x + x[::-1],
            y=[*_list(curve.high), *_list(curve.low)[::-1]],
            fill="toself",
            opacity=0.15,
            line={"width": 0, "color": colour},
            hoverinfo="skip",
            legendgroup=curve.method,
            showlegend=False,
        )
        figure.add_trace(band, **where)
        hover = f"{curve.method}, {curve.cases} drawn<br>threshold %{{x:.3f}}<br>mean IoU %{{y:.3f}}<extra></extra>"
        mean = go.Scatter(x=x, y=_list(curve.mean), line=line, name=curve.method, legendgroup=curve.method)
        mean.update(showlegend=curve.method not in named, hovertemplate=hover)
        figure.add_trace(mean, **where)
        named.add(curve.method)
    return figure.update_layout(title="Mean IoU by threshold, with 95 % intervals", height=300 * rows + 120)


def _bars(data: FigureData) -> go.Figure:
    names = [*LOCALIZED_FINDINGS, MEAN]
    figure = make_subplots(len(TITLES), 1, shared_xaxes=True, subplot_titles=tuple(TITLES.values()))
    for row, metric in enumerate(TITLES, 1):
        for k, method in enumerate(data.methods):
            found = [data.estimates[method, finding, metric] for finding in names]
            bar = go.Bar(
                x=names,
                y=_list(np.array([one.value for one in found])),
                name=method,
                legendgroup=method,
                showlegend=row == 1,
                marker_color=COLOURS[k % len(COLOURS)],
                customdata=[one.n for one in found],
                hovertemplate="%{x}, " + method + "<br>%{y:.3f}, n %{customdata}<extra></extra>",
                error_y={
                    "type": "data",
                    "array": _list(np.array([max(one.interval.high - one.value, 0) for one in found])),
                    "arrayminus": _list(np.array([max(one.value - one.interval.low, 0) for one in found])),
                },
            )
            figure.add_trace(bar, row=row, col=1)
    return figure.update_layout(title="By finding, with 95 % intervals", height=900, barmode="group")


def _ranks(data: FigureData) -> go.Figure:
    figure = make_subplots(1, len(TITLES), shared_yaxes=True, subplot_titles=tuple(TITLES.values()))
    for column, metric in enumerate(TITLES, 1):
        for k, ranks in enumerate(data.ranks[metric]):
            marker = {"color": COLOURS[k % len(COLOURS)], "symbol": MARKERS[k % len(MARKERS)], "size": 9}
            dots = go.Scatter(x=list(LOCALIZED_FINDINGS), y=_list(ranks), mode="markers", marker=marker)
            dots.update(name=data.methods[k], legendgroup=data.methods[k], showlegend=column == 1)
            figure.add_trace(dots, row=1, col=column)
    figure.update_yaxes(range=[len(data.methods) + 0.5, 0.5], dtick=1)
    return figure.update_layout(title="Rank of each method by finding (1 is best)", height=520)


def _list(values: np.ndarray) -> list[float | None]:
    """Numbers for JSON: NaN, which it does not know, becomes null."""
    return [None if np.isnan(value) else float(value) for value in values]

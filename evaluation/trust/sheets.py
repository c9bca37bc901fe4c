"""The figures of a run of the trust checks as files."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from evaluation.charts.sheet import Sheet, write_bundle, write_sheet
from evaluation.trust import figures
from evaluation.trust.registry import CHECKS
from evaluation.trust.run import Row
from evaluation.trust.summary import Summary
from explainers.pairs import parse_pair
from models.registry import find_model

_BY_SETTING = ("stability", "sanity")
Series = dict[str, tuple[list[str], dict[str, list[Summary]]]]


def write_sheets(folder: Path, rows: Sequence[Row], summaries: Sequence[Summary]) -> None:
    """Write curves (deletion and insertion), settings (stability and sanity by strength and layer) and distributions.

    Each as NAME.png and NAME.html; what has no data is left out. plotly.min.js is written beside them once.
    """
    write_bundle(folder)
    curves = [one for one in summaries if len(one.curve) and one.metric in figures.SHARES]
    series, values = _series(summaries), _values(rows)
    if curves:
        panels = [figures.curves(metric, [one for one in curves if one.metric == metric]) for metric in figures.SHARES]
        title = "Probability while the map's top is removed or put in"
        write_sheet(folder, "curves", Sheet(title, panels, 2, 380))
    if series:
        panels = [figures.settings(title, names, methods) for title, (names, methods) in series.items()]
        write_sheet(folder, "settings", Sheet("Means with 95 % intervals", panels, 1))
    if values:
        panels = [figures.distribution(title, methods) for title, methods in values.items()]
        height = max(panel["layout"]["height"] for panel in panels)
        write_sheet(folder, "distributions", Sheet("Distributions over cases", panels, min(2, len(panels)), height))


def _series(summaries: Sequence[Summary]) -> Series:
    """By title, of metrics with several settings: the settings, and each method's summaries in their order."""
    found: dict[str, dict[str, list[Summary]]] = defaultdict(lambda: defaultdict(list))
    for one in summaries:
        if one.n and one.setting and one.check in _BY_SETTING:
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
        wanted = one.metric == next(iter(check.metrics)) and check.key not in _BY_SETTING
        if wanted and not np.isnan(one.value):
            setting = f", {one.setting}" if one.setting else ""
            found[f"{check.label}: {check.metrics[one.metric].label}{setting}"][row.method or "image"].append(one.value)
    return {title: dict(methods) for title, methods in found.items()}

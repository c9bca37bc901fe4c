"""What the page is told of charts: the parts that it makes plotly's figures of, see `evaluation.charts`."""

from typing import Any

from ui.protocol.part import Part

# Plotly's own words, which js/charts/types.d.ts declares as far as the page reads them.
ChartParts = dict[str, Any]


class BenchmarkCharts(Part):
    """The parts of the tab Benchmark's charts: see evaluation/report/figures.py."""

    curves: ChartParts
    bars: ChartParts
    differences: ChartParts


class Shares(Part):
    """What the axes of the perturbation's curves say."""

    deletion: str
    insertion: str


class TrustCharts(Part):
    """The parts of the tab Trust's charts: see evaluation/trust/figures.py."""

    lines: ChartParts
    rows: ChartParts
    shares: Shares

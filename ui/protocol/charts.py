"""What the page is told of charts: the parts that it makes plotly's figures of, see `evaluation.charts`."""

from pydantic import Field

from ui.protocol.part import Open, Part


class ChartPart(Open):
    """A trace, shape or note as plotly has it, to which the page adds what it shows."""


class ErrorsUp(ChartPart):
    """A trace with intervals along y."""

    error_y: ChartPart


class ErrorsAcross(ChartPart):
    """A trace with intervals along x."""

    error_x: ChartPart


class ChartTitle(Open):
    """An axis's title."""

    text: str


class ChartAxis(Open):
    """An axis."""

    title: ChartTitle
    range: list[float] = Field(default_factory=list)


class ChartLayout(Open):
    """All around the traces; the page sets what depends on them."""

    xaxis: ChartAxis
    yaxis: ChartAxis
    hovermode: str
    height: float = 0
    margin: dict[str, float]
    shapes: list[ChartPart] = Field(default_factory=list)
    annotations: list[ChartPart] = Field(default_factory=list)


class BarParts(Part):
    """Bars of maps, of the human benchmark, of floors, each with its own shading, and of ceilings."""

    layout: ChartLayout
    map: ErrorsUp
    human: ErrorsUp
    floors: list[ErrorsUp]
    ceiling: ErrorsUp


class MarkParts(Part):
    """Marks as shapes: filled ones and open ones."""

    mark: ChartPart
    open: ChartPart


class CurveParts(MarkParts):
    """Curves with their bands, a level across them, and the mark that moves along."""

    layout: ChartLayout
    band: ChartPart
    line: ChartPart
    level: ChartPart
    note: ChartPart


class RowParts(Part):
    """Rows of dots, with words at both ends; `step` is a row's height, `spread` how far its dots lie apart."""

    layout: ChartLayout
    pale: ChartPart
    strong: ErrorsAcross
    label: ChartPart
    words: ChartPart
    zero: ChartPart
    step: float
    spread: float


class DifferenceParts(RowParts, MarkParts):
    """Rows of differences with their intervals as shapes, and what the pointer finds there."""

    target: ErrorsAcross
    interval: ChartPart


class LineParts(Part):
    """Lines, with marked points or without."""

    layout: ChartLayout
    line: ChartPart
    dots: ErrorsUp
    diagonal: ChartPart


class BenchmarkCharts(Part):
    """The parts of the tab Benchmark's charts: see evaluation/report/figures.py."""

    curves: CurveParts
    bars: BarParts
    differences: DifferenceParts


class Shares(Part):
    """What the axes of the perturbation's curves say."""

    deletion: str
    insertion: str


class TrustCharts(Part):
    """The parts of the tab Trust's charts: see evaluation/trust/figures.py."""

    lines: LineParts
    rows: RowParts
    shares: Shares

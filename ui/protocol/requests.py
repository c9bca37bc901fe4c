"""What the page asks of the server. Handlers check what they take, and pass over what they do not know."""

from typing import Literal

from pydantic import Field

from ui.protocol.part import Part
from ui.protocol.viewer import Parameters, Point


class PanesOnShow(Part):
    """The panes on show, told with each question about maps; see ui/panes.py."""

    names: list[str]
    floors: list[str]
    """Panes of no model: maps that never look at the image."""
    parameters: dict[str, Parameters]
    """Of maps that shall not have those that they have, or else their defaults."""


class Opening(PanesOnShow):
    """A case that is to be shown."""

    orientation: str = ""
    """How it is to be laid before anything looks at it: see data_cache/orientation.py; empty: as it lies."""


class OpenRequest(Opening):
    """Open a case of the list by its id, or an upload of the visit again by its key."""

    case: str


class ReadRequest(Opening):
    """Read an upload."""

    path: str
    name: str


class GlanceRequest(Part):
    """Say what the list of the visit shows of an upload."""

    path: str
    name: str


class DiscardRequest(Part):
    """Let go of an upload of the visit, by its key."""

    case: str


class ExplainRequest(PanesOnShow):
    """Make the maps on show that are missing."""

    start: list[str]
    """Those that are made whatever they cost; of others that take many passes the price is said."""


class RefineRequest(ExplainRequest):
    """Make the maps on show finer, or coarse again."""

    steps: int


class AnnotateRequest(Part):
    """Read an annotation file for the open case."""

    path: str
    name: str
    finding: str | None
    """Of a file that does not name it; null: it must."""


class NearestRequest(Part):
    """Find the patches that are nearest to one of the open case for a model."""

    model: str
    patch: int


class FilmRequest(Part):
    """Send tiles, by column and row, of the film of a case that was opened lately."""

    case: str
    level: int
    tiles: list[tuple[int, int]]


class WindowState(Part):
    """Window and level in the film's values."""

    level: float
    width: float
    invert: bool
    offer: int | None
    """Place among the windows of the film; null: chosen by hand."""


class DrawingState(Part):
    """A region in view coordinates."""

    name: str
    finding: str
    polygons: list[list[Point]]
    bits: str
    """Packed pixels, base64."""


class GazeState(Part):
    """What is seen of the gaze: whose and when; see ui/gaze/chosen.py."""

    reader: int | None
    """Null: all."""
    start: float | None
    end: float | None
    part: str


class ViewerState(Part):
    """The viewer as it is shown; see ui/exports/request.py, which sets its limits."""

    finding: str
    methods: list[str] = Field(default_factory=list)
    threshold: float
    threshold_mode: str
    levels: dict[str, int]
    limits: dict[str, float]
    opacity: float
    hide: bool
    palette: str
    window: WindowState
    annotations: list[DrawingState]
    switched_off: list[int]
    patch_model: str
    floors: dict[str, int]
    """Floors on show, and the level at which each is cut."""
    truth: str
    """What is scored against where several readers marked the radiograph: see js/truth.js."""
    hidden_readers: list[int]
    shown_anyway: bool
    """Places of readers whose layers are off."""
    gaze: GazeState
    statement: str
    """What the page says of the finding."""
    settings: dict[str, bool | float | str]


class ExportRequest(Part):
    """Make a file of what is shown."""

    what: Literal["pdf", "json", "csv", "npz", "coco", "chexlocalize", "dicom", "dicom-fractional"]
    state: ViewerState


class CheckRequest(Part):
    """Run the checks of some maps of the open case for one finding."""

    finding: str
    pairs: list[str]


class SentFile(Part):
    """A file that was sent; its path is empty where it did not arrive."""

    index: int
    name: str
    path: str


class Turned(Part):
    """A question of the tab Benchmark; its number comes back in the answers."""

    turn: int


class CohortRequest(Turned):
    """Show a cohort."""

    key: str
    alignment: str
    readers: str


class OwnRequest(Turned):
    """Take an archive of own heat maps."""

    path: str
    name: str


class ForgetRequest(Turned):
    """Leave one of the own methods out again."""

    name: str

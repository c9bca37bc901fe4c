"""What the tab Explore tells its viewer, once (`ViewerConfig`) and with each message (`ViewerMessage`)."""

from typing import Literal

from pydantic import Field

from ui.protocol.comparing import Compared
from ui.protocol.part import Assessment, FileAddress, Part, StoredArray, Value

Parameters = dict[str, Value]
Point = tuple[float, float]
Form = Literal["mask", "polygon", "box", "ellipse", "disc"]


class Needs(Part):
    """What a method needs of a model."""

    key: str
    words: str


class ParameterField(Part):
    """One parameter of a method; see ui/fields.py."""

    name: str
    title: str
    words: str
    default: Value
    optional: bool
    """Whether it may be left empty."""
    kind: Literal["number", "choice", "switch", "text"]
    whole: bool = False
    least: float = 0
    """Left out, as all limits, where there is none."""
    most: float = 0
    """The largest number, or the most characters of a text."""
    above: float = 0
    """A limit that is not allowed itself; so is `below`."""
    below: float = 0
    options: list[Value] = Field(default_factory=list)
    empty: str = "none"
    """What an option without a name stands for, in words."""


class Method(Part):
    """A method of the registry: how its maps are drawn and scored, and what can be chosen of it."""

    key: str
    label: str
    model: str | None
    """Key of its default model."""
    needs: Needs
    unit: str | None
    interpolation: Literal["nearest", "bilinear"]
    sign: Literal["signed", "positive"]
    floor: Literal["minimum", "zero"]
    palette: Literal["diverging", "supporting", "strength"]
    kind: str
    """What its maps come from, in words."""
    words: str
    equals: list[str]
    """Names of published methods that give this very map under a linear head."""
    parameters: list[ParameterField]
    refines: str | None
    """The parameter that makes its maps finer."""
    cost: str


class Model(Part):
    """What is known of a model before it is loaded."""

    key: str
    label: str
    short: str
    shown_masks: bool
    """Whether the network is shown masks in training: such models stand apart."""
    capabilities: list[str]


class Teacher(Part):
    """A model whose probabilities another one learned."""

    key: str
    label: str
    weights: str
    """Their sha256."""


class Speaker(Model):
    """A model that speaks: with whose weights, and what its probabilities are of."""

    origin: Literal["official", "demo", "own"]
    note: str
    facts: str
    weights: str
    """Their sha256."""
    provenance: dict[str, str]
    """Words by heading; empty where nobody said it."""
    head: str
    teacher: Teacher | None
    """Who taught it, as its weights say."""


class Palette(Part):
    """A colour scale: RGB row by row, and the exponent of the opacity of each row."""

    colours: list[int]
    exponents: list[float]


class Scheme(Part):
    """A choice of colours with its words."""

    key: str
    label: str
    supports: str
    opposes: str
    neutral: str


class Tuned(Part):
    """Thresholds that were best on validation cases, for the weights that they were tuned with."""

    weights: dict[str, str]
    """sha256 by model."""
    note: str
    thresholds: dict[str, dict[str, float]]
    """Share of the range, by name of a pane and finding."""


class ViewerConfig(Part):
    """What the viewer is told once, when it starts."""

    protocol: str
    findings: list[str]
    finding_names: list[str]
    """All names of findings that files may use."""
    models: list[Model]
    methods: list[Method]
    shown: list[str]
    most_panes: int
    palettes: dict[str, Palette]
    schemes: list[Scheme]
    agreement: list[list[int]]
    """For each number of maps, the RGB colours of 0, 1, … agreeing ones."""
    tuned: Tuned | None
    steps: list[int]
    accept: str
    max_file_size: str
    without_image: int
    """Cases of the dataset that have annotations alone and are not in the list."""
    phantom_first: bool
    """Whether the page opens with a phantom, where there is one: the weights can read nothing else."""
    device: Literal["off", "offer", "default"]
    """Whether visitors may compute on their own device, and whether they do where they choose nothing."""


class CaseRow(Part):
    """What the list of cases shows of one."""

    id: str
    short: str
    source: str
    source_label: str
    phantom: bool
    positives: list[str]
    readers: int
    """How many people marked it, where the dataset names them."""


class Crop(Part):
    """The square of the radiograph that the models see."""

    top: int
    left: int
    side: int


class Geometry(Part):
    """How the view lies in the radiograph."""

    height: int
    width: int
    input_size: int
    crop: Crop


class MarkedShape(Part):
    """One shape that a reader marked: its line in view coordinates, and the corner where its number stands."""

    form: Form
    path: str
    at: Point
    label: str
    """The dataset's own word, where that is another one."""
    relation: Literal["exact", "narrower", "near"]
    certainty: float | None


class Reader(Part):
    """One of several readers of a radiograph, and the shapes by finding; none where nothing was marked."""

    name: str
    marks: dict[str, list[MarkedShape]]


class CaseFacts(Part):
    """A case in words and lines; outlines are SVG paths in view coordinates, by finding."""

    key: str
    """Changes whenever another case is shown, also when its id is the same."""
    id: str | None
    """None for an upload."""
    orientation: str
    """Code of how it was laid before anything looked at it, as requests to open a case take it; empty: as it lies."""
    laid: str
    """The same in words."""
    title: str
    source_label: str
    phantom: bool
    facts: str
    warnings: list[str]
    labels: dict[str, int | None]
    drawn: list[str]
    readers: list[Reader]
    """All who looked at the radiograph, where these are several."""
    forms: dict[str, Form]
    """As what a finding was marked, where the dataset says so; of several forms the loosest."""
    outlines: dict[str, str]
    human_outlines: dict[str, str]
    human_points: dict[str, list[Point]]
    outline_is: str
    mask_notes: dict[str, str]
    crop: str
    size: tuple[int, int]
    """Height and width of the radiograph."""
    geometry: Geometry
    computed_on: Literal["host", "device"]
    """Whose processor reads it and asks the models."""
    dicom_results: bool
    """Whether results can be had as DICOM objects: of a DICOM upload, where the host allowed it."""


class FilmWindow(Part):
    """A way to show the film's values that the file offers."""

    name: str
    level: float | None
    """In the film's values, as the width; null: a table."""
    width: float | None
    function: Literal["LINEAR", "LINEAR_EXACT", "SIGMOID", "LUT"]
    """As DICOM names them."""
    shades: StoredArray | None
    """The table: uint8 greys by code."""


class FilmSpacing(Part):
    """Millimetres between pixels, and what they were measured on."""

    row: float
    column: float
    words: str


class FilmFacts(Part):
    """The original film: see ui/film.py and data_cache/images/stored.py."""

    size: tuple[int, int]
    """Height and width."""
    depth: Literal[8, 16]
    """Bits of a code."""
    tile: int
    levels: list[tuple[int, int]]
    """Height and width of each, the original first."""
    overview: int
    """The level that `packed` holds."""
    packed: StoredArray
    """As `ui.film` packs tiles; of two dimensions, its codes."""
    first: float
    """A stored value is first + step · code."""
    step: float
    values: StoredArray | None
    """float32 by code, what windows are in; null: the stored values."""
    unit: str
    """What these values are called."""
    limits: tuple[float, float] | None
    """The least and the greatest that there can be; null: whatever codes can be."""
    windows: list[FilmWindow]
    """The one that is shown at first leads."""
    inverted: bool
    photometric: str
    spacing: FilmSpacing | None
    unscaled: str
    """Why there is no spacing, where there is none."""
    edges: tuple[str, str, str, str]
    """Letters of the left, right, upper and lower edge."""
    view: str


class FilmTiles(Part):
    """Tiles of the open case's film, in the order in which they were asked for."""

    case: str
    """Its key."""
    level: int
    tiles: list[tuple[int, int]]
    packed: StoredArray | None
    problem: str
    """Why there are none."""


class PackedMasks(StoredArray):
    """Masks one after the other, packed bit by bit."""

    findings: list[str]


class PackedLayers(PackedMasks):
    """The same of several readers: whose each is, "0", "1" … by their places, or "majority"."""

    keys: list[str]


class MapSource(StoredArray):
    """A method's maps of all findings, at its own resolution."""

    note: str
    parameters: Parameters


class FloorSource(StoredArray):
    """A map of all findings that never looks at the image; NaN for findings that nobody drew."""

    note: str
    thresholds: dict[str, float]
    """Share of its range that was best for the masks that it is made of."""
    counts: dict[str, int]
    """Of those masks."""


class Waiting(Part):
    """Who waits for the models."""

    before: int
    seconds: int | None
    words: str


class Offer(Part):
    """How fine maps can be made, and what that costs; `seconds` are those for passes that are left."""

    steps: int
    passes: int
    seconds: float


class Progress(Part):
    """How far the maps on show that can be made finer have come."""

    wanted: int
    share: float
    words: str
    offered: list[Offer]


class Price(Part):
    """What a map of many passes costs that is not there, or not whole, or how far it is."""

    state: Literal["offered", "making", "refused"]
    words: str
    share: float
    """How much of it is done."""
    parameters: Parameters
    """With which it is wanted."""


class RegionBox(Part):
    """Where one block of a model looks: x0, y0, x1, y1."""

    block: str
    box: tuple[float, float, float, float]
    """In view coordinates."""
    pixels: tuple[int, int, int, int]
    """In pixels of the radiograph."""


class GazePhrase(Part):
    """What was said, and when, in seconds."""

    text: str
    start: float
    end: float


class GazeSource(StoredArray):
    """One reading: fixations, float64 (n, 10), or finished maps, float32 (n, side, side); see ui/gaze/viewed.py."""

    name: str
    origin: str
    """The dataset; empty for a file."""
    weigh: Literal["duration", "count"] | None
    """How fixations are weighted; null: finished maps."""
    side: int
    """Of the square in whose pixels the fixations are."""
    phrases: list[GazePhrase]
    parts: list[str]
    """What each finished map is of."""
    problems: list[str]
    """Rows that are left out, the first of them."""
    left_out: int
    """Of how many there is something to say."""


class CaseMessage(Part):
    """All that is known of the open case, sent again whenever something is added."""

    protocol: str
    serial: str
    turn: int
    busy: bool
    case: CaseFacts
    film: FilmFacts
    image: StoredArray
    masks: PackedMasks | None
    human: PackedMasks | None
    layers: PackedLayers | None
    waiting: Waiting | None
    long: bool
    """Whether what is being made takes long, so that it can be stopped."""
    models: list[Speaker]
    """Empty until the models are loaded."""
    assessments: dict[str, Assessment]
    """Whether what a model says of this image can be read, by model; empty until the models are loaded."""
    maps: dict[str, MapSource]
    """By name of a pane."""
    floors: dict[str, FloorSource]
    """Those on show, by name."""
    gaze: list[GazeSource]
    """Of datasets first, then of files."""
    patches: dict[str, StoredArray]
    """Patch logits of the plain grid, by model."""
    probabilities: dict[str, list[float | None]]
    """By model; null for findings that it does not predict."""
    calibrated: dict[str, list[float | None]]
    """The same by the profiles of those models that have one; null for findings that it does not calibrate."""
    progress: Progress | None
    regions: dict[str, list[RegionBox]]
    """Of models whose blocks look into regions, in the order of the blocks; by model."""
    prices: dict[str, Price]
    """Of maps on show that somebody must start, by name of the pane."""


class LoadedAnnotation(Part):
    """A region of an annotation file, in view coordinates."""

    name: str
    finding: str
    polygons: list[list[Point]]
    mask: StoredArray
    area: int
    note: str


class Download(Part):
    """A file that was made."""

    file: FileAddress
    name: str


class NearPatch(Part):
    """A patch of the index; logits, labels and marks are of all findings."""

    case: str
    short: str
    source_label: str
    phantom: bool
    listed: bool
    """Whether the page can open its radiograph."""
    patch: int
    """Row by row, from the upper left."""
    distance: float
    logits: list[float | None]
    """Of the patch; null for findings that the model does not predict."""
    labels: list[int | None]
    """Of the radiograph; null where nobody knows."""
    marked: list[float | None]
    """Share of the patch within what was marked; null where nobody drew."""
    picture: str
    """The patch with half a patch of its surroundings on each side, as a data URL."""


class NearestFacts(Part):
    """What was searched."""

    grid: int
    """Patches along a side."""
    patches: int
    cases: int
    left_out: int
    """Radiographs of the open one's own patient."""
    channels: int
    """How many numbers the model's last layer is given."""
    typical: float
    """Median distance between patches of different patients."""
    notice: str
    """What the distances do not mean."""


class Nearest(Part):
    """The patches of other patients that are nearest to one for the model, the nearest first."""

    case: str
    """Key of the open case."""
    model: str
    patch: int
    problem: str
    """Why there are none."""
    near: list[NearPatch]
    facts: NearestFacts | None


class Glance(Part):
    """What the list of the visit shows of an upload, by the name that it was sent under."""

    name: str
    thumbnail: str
    """A data URL; empty where there is an error."""
    assessments: dict[str, Assessment]
    """By model."""
    error: str


class Answer(Part):
    """The answer to one question; everything else on the page stays as it is."""

    protocol: str
    serial: str
    turn: int
    busy: bool
    error: str = ""
    at: str = ""
    """Name of the pane whose parameters the error is about."""
    annotations: list[LoadedAnnotation] = Field(default_factory=list)
    gaze: list[GazeSource] = Field(default_factory=list)
    """All that is known of the open case now, after a file of it was loaded."""
    loaded: int = 0
    """Place of the reading that the file was about."""
    nearest: Nearest | None = None
    film: FilmTiles | None = None
    note: str = ""
    glance: Glance | None = None
    gone: str = ""
    """Key of an upload that is not kept any more: it must be sent again."""
    download: Download | None = None
    compared: Compared | None = None
    waiting: Waiting | None = None
    """What is waited for before an image is read; null when that was given up."""

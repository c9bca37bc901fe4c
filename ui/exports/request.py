"""What the browser says about the state of the viewer when it asks for an export; strict limits on everything."""

import base64
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from data_cache.annotations import Annotation
from data_cache.annotations.annotation import fill
from data_cache.errors import InputError
from data_cache.findings import canonical_finding
from data_cache.geometry import Geometry
from data_cache.masks import Rle
from explainers.pairs import parse_pair
from models.registry import DEFAULT_MODELS
from ui.case_view import DISPLAY_SIZE
from ui.gaze.chosen import GazeChoice
from ui.marks_view import UNION
from ui.measures import LEVELS, threshold_level
from ui.panes import MOST_PANES, quick_names

Kind = Literal["coco", "chexlocalize", "pdf", "json", "csv", "npz", "dicom", "dicom-fractional"]
_PACKED = DISPLAY_SIZE**2 // 8
_MOST_POINTS = 20_000
_ALIKE = 0.98  # IoU from which polygons count as the outlines of the region that came with them
Mask = NDArray[np.bool_]

Finding = Annotated[str, Field(max_length=100), AfterValidator(canonical_finding)]
Method = Annotated[str, Field(max_length=200), AfterValidator(lambda name: parse_pair(name).name)]
Coordinate = Annotated[FiniteFloat, Field(ge=-4 * DISPLAY_SIZE, le=5 * DISPLAY_SIZE)]
Share = Annotated[FiniteFloat, Field(ge=0, le=1)]
Short = Annotated[str, Field(max_length=100)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Window(_Part):
    """Window and level in the film's values, as the browser applies them; `offer` is the place among the film's own."""

    level: Annotated[FiniteFloat, Field(ge=-1e12, le=1e12)] = 127.5
    width: Annotated[FiniteFloat, Field(gt=0, le=1e12)] = 255.0
    invert: bool = False
    offer: Annotated[int, Field(ge=0, le=100)] | None = None

    def apply(self, grey: NDArray[np.uint8], inverted: bool | None = None) -> NDArray[np.float32]:
        """Return grey bytes as shown, float32 in [0, 1]; `inverted`: as the window says, unless it is given."""
        shown = np.clip((grey.astype(np.float32) - self.level) / self.width + 0.5, 0, 1).astype(np.float32)
        return 1 - shown if (self.invert if inverted is None else inverted) else shown


class Drawing(_Part):
    """A visitor's region in view coordinates; the bits, where given, are the region, the polygons its outlines."""

    name: Short = "drawing"
    finding: Finding
    polygons: Annotated[
        list[Annotated[list[tuple[Coordinate, Coordinate]], Field(max_length=_MOST_POINTS)]], Field(max_length=500)
    ] = Field(default_factory=list)
    bits: Annotated[str, Field(max_length=4 * (_PACKED // 3 + 1))] | None = None

    def mask(self) -> Mask:
        """Return the region in the view, bool (DISPLAY_SIZE, DISPLAY_SIZE)."""
        if self.bits is None:
            return fill(self._usable(), (DISPLAY_SIZE, DISPLAY_SIZE), self.name)
        try:
            packed = np.frombuffer(base64.b64decode(self.bits, validate=True), np.uint8)
        except ValueError:  # binascii.Error too; text that is not ASCII is none
            packed = np.zeros(0, np.uint8)
        if packed.size != _PACKED:
            raise InputError(f"Expected {_PACKED:,} bytes of pixels of {self.name}, found {packed.size:,}.")
        return np.unpackbits(packed).astype(bool).reshape(DISPLAY_SIZE, DISPLAY_SIZE)

    def annotation(self, geometry: Geometry) -> Annotation:
        """Return the region on the original: by its outlines where they fit it, else by its pixels in the view."""
        return Annotation(self.name, self.finding, Rle.encode(self._original(geometry)), ())

    def _original(self, geometry: Geometry) -> Mask:
        seen, polygons = self.mask(), self._usable()
        size = geometry.height, geometry.width
        corner = geometry.width, geometry.height
        for even_odd in (False, True) if polygons else ():
            if _alike(seen, fill(polygons, seen.shape, self.name, even_odd)):
                points = [np.clip(geometry.points_to_original(polygon), 0, corner) for polygon in polygons]
                return fill(points, size, self.name, even_odd)
        return geometry.mask_to_original(seen)

    def _usable(self) -> list[list[tuple[float, float]]]:
        return [polygon for polygon in self.polygons if len(polygon) > 2]


def _alike(one: Mask, other: Mask) -> bool:
    return bool((one & other).sum() >= _ALIKE * (one | other).sum())


class Gaze(_Part):
    """What is seen of the gaze; as `ui.gaze.chosen.GazeChoice`."""

    reader: Annotated[int, Field(ge=0, lt=100)] | None = None
    start: FiniteFloat | None = None
    end: FiniteFloat | None = None
    part: Annotated[str, Field(max_length=300)] = ""

    @property
    def choice(self) -> GazeChoice:
        """The same for `seen`."""
        return GazeChoice(self.reader, self.start, self.end, self.part)


class State(_Part):
    """The viewer as it is shown.

    `methods` are the panes' maps, METHOD or METHOD@MODEL. `levels` are the thresholds really applied, -1 below all
    values; `threshold` is what the slider says. `switched_off` are patches of `patch_model`, of the first patch model
    that spoke where it is empty. `floors` are the levels of maps that never look at the image, by name.

    `truth` is what is scored against where several readers marked the radiograph: the
    union of their marks, their majority, or one of them by place. `hidden_readers` are those, by place, whose layers
    are off.

    `shown_anyway`: the visitor asked to see what models say of this case although they cannot assess it.

    `statement` is what the page says of the finding in words; it is printed as text and nothing else.
    """

    finding: Finding
    methods: Annotated[list[Method], Field(max_length=MOST_PANES)] = Field(
        default_factory=lambda: [*quick_names(DEFAULT_MODELS)]
    )
    threshold: Share = 0.5
    threshold_mode: Short = "range"
    levels: dict[Method, Annotated[int, Field(ge=-1, le=LEVELS)]] = Field(default_factory=dict)
    limits: dict[Method, Annotated[FiniteFloat, Field(gt=0)]] = Field(default_factory=dict)
    opacity: Share = 0.6
    hide: bool = False
    window: Window = Field(default_factory=Window)
    palette: Short = ""
    annotations: Annotated[list[Drawing], Field(max_length=20)] = Field(default_factory=list)
    switched_off: Annotated[list[Annotated[int, Field(ge=0, lt=4096)]], Field(max_length=4096)] = Field(
        default_factory=list
    )
    patch_model: Annotated[str, Field(max_length=200)] = ""
    floors: Annotated[dict[Short, Annotated[int, Field(ge=-1, le=LEVELS)]], Field(max_length=MOST_PANES)] = Field(
        default_factory=dict
    )
    truth: Annotated[str, Field(pattern=r"^(union|majority|\d{1,3})$")] = UNION
    hidden_readers: Annotated[list[Annotated[int, Field(ge=0, lt=1000)]], Field(max_length=1000)] = Field(
        default_factory=list
    )
    gaze: Gaze = Field(default_factory=Gaze)
    shown_anyway: bool = False
    statement: Annotated[str, Field(max_length=4000)] = ""
    settings: Annotated[dict[Short, bool | FiniteFloat | Short | None], Field(max_length=40)] = Field(
        default_factory=dict
    )

    @classmethod
    def of(cls, content: Any) -> "State":
        """Check what the browser sent.

        Raises:
            InputError: a field is missing, of another kind or beyond its limits.
        """
        try:
            state = cls.model_validate(content)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(step) for step in first["loc"])[:60] or "its top"
            raise InputError(
                f"Expected the viewer's settings, found something else at {place} ({first['msg'][:120]}); "
                "reload the page."
            ) from None
        points = sum(len(polygon) for drawing in state.annotations for polygon in drawing.polygons)
        if points > _MOST_POINTS:
            raise InputError(f"Expected at most {_MOST_POINTS:,} points in all drawings, found {points:,}.")
        return state

    def level(self, method: str) -> int:
        """The level that a method's map is cut at."""
        return self.levels.get(method, threshold_level(self.threshold))

    def annotated(self, geometry: Geometry) -> list[Annotation]:
        """The drawings on the original.

        Raises:
            InputError: there are none.
        """
        if not self.annotations:
            raise InputError("Expected a region that you drew or loaded, found none; draw one first.")
        return [drawing.annotation(geometry) for drawing in self.annotations]

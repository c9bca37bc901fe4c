"""What somebody marked on a radiograph, kept as what it is: a box, an ellipse, a disc, a polygon, or a mask.

Coordinates are (x, y) in pixels of the radiograph, at the pixels' edges: a box from 0 to 1 is the first pixel, whose
centre lies at 0.5. As run lengths a shape holds the pixels whose centres lie inside it; what leaves the radiograph is
cut off at its border.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from data_cache.annotations.annotation import encode as fill_polygons
from data_cache.annotations.annotation import merged
from data_cache.annotations.clipping import clip
from data_cache.masks import Rle

Form = Literal["mask", "polygon", "box", "ellipse", "disc"]
Relation = Literal["exact", "narrower", "near"]
Size = tuple[int, int]  # (height, width)
LOOSEST: tuple[Form, ...] = ("box", "ellipse", "disc", "polygon", "mask")  # what says least about the border first


@dataclass(frozen=True)
class Box:
    """An upright rectangle.

    Attributes:
        x0, y0, x1, y1: its edges, x0 < x1 and y0 < y1.
    """

    x0: float
    y0: float
    x1: float
    y1: float
    form: ClassVar[Form] = "box"

    def encode(self, size: Size) -> Rle:
        """Return the pixels inside; an edge at a pixel's centre takes the pixel in on the left and above alone."""
        columns = _within(self.x0, self.x1, size[1])
        rows = _within(self.y0, self.y1, size[0])
        count = max(columns[1] - columns[0], 0)
        return _columns(columns[0], np.full(count, rows[0]), np.full(count, rows[1]), size)

    def scaled(self, x: float, y: float) -> "Box":
        """Return it on a radiograph that is x times as wide and y times as high."""
        return Box(self.x0 * x, self.y0 * y, self.x1 * x, self.y1 * y)


@dataclass(frozen=True)
class Ellipse:
    """An upright ellipse.

    Attributes:
        x0, y0, x1, y1: edges of the box that it touches, x0 < x1 and y0 < y1.
    """

    x0: float
    y0: float
    x1: float
    y1: float
    form: ClassVar[Form] = "ellipse"

    def encode(self, size: Size) -> Rle:
        """Return the pixels inside or on its border."""
        first, last = max(int(np.ceil(self.x0 - 0.5)), 0), min(int(np.floor(self.x1 - 0.5)) + 1, size[1])
        middle, half = (self.x0 + self.x1) / 2, (self.x1 - self.x0) / 2
        across = (np.arange(first, last) + 0.5 - middle) / half
        reach = (self.y1 - self.y0) / 2 * np.sqrt(np.maximum(1 - across**2, 0))
        centre = (self.y0 + self.y1) / 2
        upper = np.ceil(centre - reach - 0.5).astype(np.int64)
        lower = np.floor(centre + reach - 0.5).astype(np.int64) + 1
        return _columns(first, upper, lower, size)

    def scaled(self, x: float, y: float) -> "Ellipse":
        """Return it on a radiograph that is x times as wide and y times as high."""
        return Ellipse(self.x0 * x, self.y0 * y, self.x1 * x, self.y1 * y)


@dataclass(frozen=True)
class Disc:
    """A place and how large what lies there is.

    Attributes:
        x, y: its centre.
        radius: in pixels, positive.
    """

    x: float
    y: float
    radius: float
    form: ClassVar[Form] = "disc"

    def encode(self, size: Size) -> Rle:
        """Return the pixels inside or on its border."""
        return self._ellipse().encode(size)

    def scaled(self, x: float, y: float) -> "Disc | Ellipse":
        """Return it on a radiograph that is x times as wide and y times as high; an ellipse where they differ."""
        return Disc(self.x * x, self.y * y, self.radius * x) if x == y else self._ellipse().scaled(x, y)

    def _ellipse(self) -> Ellipse:
        return Ellipse(self.x - self.radius, self.y - self.radius, self.x + self.radius, self.y + self.radius)


@dataclass(frozen=True, eq=False)
class Polygon:
    """An outline.

    Attributes:
        points: float64 (n, 2), (x, y), n at least 3; it closes by itself, and is even-odd where it crosses itself.
    """

    points: NDArray[np.float64]
    form: ClassVar[Form] = "polygon"

    def encode(self, size: Size) -> Rle:
        """Return the pixels inside as COCO's own code does: by their centres to a fifth of a pixel.

        Raises:
            InputError: it has fewer than three points, or is endlessly long.
        """
        height, width = size
        points = np.asarray(self.points, np.float64)
        inside = clip(points, (-width, -height), (2 * width, 2 * height))
        if len(points) >= 3 and len(inside) < 3:  # far outside
            return nothing(size)
        return fill_polygons([inside], size, "a polygon")[0]

    def scaled(self, x: float, y: float) -> "Polygon":
        """Return it on a radiograph that is x times as wide and y times as high."""
        return Polygon(self.points * (x, y))


@dataclass(frozen=True)
class Runs:
    """A mask.

    Attributes:
        mask: at the radiograph's size.
    """

    mask: Rle
    form: ClassVar[Form] = "mask"

    def encode(self, size: Size) -> Rle:
        """Return the mask.

        Raises:
            ValueError: the radiograph has another size.
        """
        if self.mask.size != size:
            raise ValueError(f"Expected a mask of (height, width) {size}, found {self.mask.size}.")
        return self.mask

    def scaled(self, x: float, y: float) -> "Runs":
        """Return it on a radiograph that is x times as wide and y times as high: each pixel as the nearest one.

        Raises:
            InputError: the run lengths are none of a mask.
        """
        height, width = self.mask.size
        size = (max(round(width * x), 1), max(round(height * y), 1))
        nearest = cv2.resize(self.mask.decode().astype(np.uint8), size, interpolation=cv2.INTER_NEAREST_EXACT)
        return Runs(Rle.encode(nearest > 0))


Shape = Box | Ellipse | Disc | Polygon | Runs


@dataclass(frozen=True)
class Mark:
    """One shape that somebody marked for one finding.

    Attributes:
        finding: CheXpert's name of the finding.
        shape: where.
        reader: who marked it; "" where the dataset does not say.
        label: the dataset's own word.
        relation: how the dataset's word stands to the finding: the same, a part of it, or something near it.
        certainty: how sure the reader was, in the dataset's own measure; None where it does not say.
    """

    finding: str
    shape: Shape
    reader: str = ""
    label: str = ""
    relation: Relation = "exact"
    certainty: float | None = None


def loosest(forms: Iterable[Form]) -> Form:
    """Return the form that says least about where the border is: a box, wherever there is one; a mask for none."""
    return min(forms, key=LOOSEST.index, default="mask")


def union(shapes: Sequence[Shape], size: Size) -> Rle:
    """Return the pixels inside any of the shapes; of none, an empty mask.

    Raises:
        InputError, ValueError: as the shapes' `encode`.
    """
    return merged([shape.encode(size) for shape in shapes]) if shapes else nothing(size)


@lru_cache(maxsize=256)
def nothing(size: Size) -> Rle:
    """Return an empty mask of (height, width)."""
    return Rle.from_runs([size[0] * size[1]], size)


class Unions(Mapping[str, Rle]):
    """Marks as masks, by finding: the union of a finding's shapes, filled when it is first asked for.

    Args:
        marks: of one radiograph.
        absent: findings that were looked for; an empty mask each that nothing is marked for.
        size: gives the (height, width) of the radiograph.
    """

    def __init__(self, marks: Iterable[Mark], absent: Iterable[str], size: Callable[[], Size]) -> None:
        self._shapes: dict[str, list[Shape]] = {finding: [] for finding in absent}
        for mark in marks:
            self._shapes.setdefault(mark.finding, []).append(mark.shape)
        self._size = size
        self._filled: dict[str, Rle] = {}

    def __getitem__(self, finding: str) -> Rle:
        if finding not in self._filled:
            self._filled[finding] = union(self._shapes[finding], self._size())
        return self._filled[finding]

    def __iter__(self) -> Iterator[str]:
        return iter(self._shapes)

    def __len__(self) -> int:
        return len(self._shapes)


def _within(low: float, high: float, most: int) -> tuple[int, int]:
    """Indices [first, last) of the pixels of a line whose centres lie in [low, high)."""
    return max(int(np.ceil(low - 0.5)), 0), min(int(np.ceil(high - 0.5)), most)


def _columns(first: int, upper: NDArray[np.int64], lower: NDArray[np.int64], size: Size) -> Rle:
    """A mask of one run [upper, lower) in each column from `first` on; runs may be empty or leave the image."""
    height, width = size
    starts = (first + np.arange(len(upper))) * height
    borders = np.stack([starts + np.clip(upper, 0, height), starts + np.clip(np.maximum(lower, upper), 0, height)])
    places, count = np.unique(borders, return_counts=True)
    runs = np.diff(places[count % 2 == 1], prepend=0, append=height * width)
    if len(runs) > 1 and not runs[-1]:
        runs = runs[:-1]
    return Rle.from_runs(runs.tolist(), size)

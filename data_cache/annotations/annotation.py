"""One region for one finding, and the canvas on which a file's shapes become such regions."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pycocotools import mask as coco

from data_cache.annotations.tracing import trace
from data_cache.errors import InputError
from data_cache.masks import Rle, run_lengths

Mask = NDArray[np.bool_]
Polygon = NDArray[np.float64]
MOST_POINTS = 200_000  # of one file's shapes for one case
_LONGEST = 1_000_000  # pixels along all outlines of a region; pycocotools takes memory for each of them
_RIM = 1.0  # pixels by which rounding may push a point over the image's border


@dataclass(frozen=True)
class Place:
    """What an annotation is for.

    Attributes:
        case_id: the case's id.
        size: (height, width) of its radiograph in pixels.
    """

    case_id: str
    size: tuple[int, int]

    def check(self, height: int, width: int, name: str) -> None:
        """Refuse annotations of an image of another size.

        Raises:
            InputError: the sizes differ.
        """
        if (height, width) != self.size:
            raise InputError(
                f"{name}: expected annotations of a radiograph of {self.size[1]}×{self.size[0]} pixels, found "
                f"{width}×{height}; open the case that they belong to."
            )


@dataclass(frozen=True, eq=False)
class Annotation:
    """A region that somebody drew.

    Attributes:
        name: who drew it, or the file that it came in.
        finding: CheXpert's name of the finding.
        mask: the region at the radiograph's size.
        polygons: its outlines, float64 (n, 2), (x, y) in original coordinates: as drawn, or along the pixels' edges
            (the outlines of holes are among them) where a mask was given.
    """

    name: str
    finding: str
    mask: Rle
    polygons: tuple[Polygon, ...]


def fill(polygons: Iterable[ArrayLike], size: tuple[int, int], name: str, even_odd: bool = False) -> Mask:
    """Return the union of polygons, (n, 2) each, as a mask, bool size; a polygon that crosses itself is even-odd.

    With `even_odd` all are taken together: a polygon inside another is a hole.
    As COCO's own code does it: exact for polygons along pixel edges, else by the pixels' centres to a fifth of a pixel.

    Raises:
        InputError: fewer than three points, or outlines that are endlessly long.
    """
    flat, length = [], 0.0
    for polygon in polygons:
        points = np.asarray(polygon, np.float64)
        if len(points) < 3:
            raise InputError(f"{name}: expected polygons of at least three points, found {len(points)}; draw it again.")
        length += np.abs(points - np.roll(points, 1, axis=0)).max(axis=1).sum()
        flat.append(points.ravel().tolist())
    if length > _LONGEST:
        raise InputError(f"{name}: expected outlines of at most {_LONGEST:,} pixels, found {length:,.0f}.")
    if not flat:
        return np.zeros(size, bool)
    encoded = coco.frPyObjects(flat, *size)
    if even_odd:
        return _parity([run_lengths(one["counts"].decode("ascii")) for one in encoded], size)
    merged = coco.merge(encoded)
    return Rle(size, merged["counts"].decode("ascii")).decode()


def _parity(runs: list[NDArray[np.int64]], size: tuple[int, int]) -> Mask:
    """Pixels inside an odd number of masks: a border that an even number of them share is none."""
    height, width = size
    borders, count = np.unique(np.concatenate([np.cumsum(one)[:-1] for one in runs]), return_counts=True)
    lengths = np.diff(borders[count % 2 == 1], prepend=0, append=height * width)
    return np.repeat(np.arange(len(lengths)) % 2 == 1, lengths).reshape(width, height).T


@dataclass
class _Region:
    polygons: list[Polygon] = field(default_factory=list)
    mask: Mask | None = None


class Canvas:
    """Gathers the shapes of a file by reader and finding.

    Args:
        place: the case and its size.
        name: what to call the file in messages.
    """

    def __init__(self, place: Place, name: str) -> None:
        self.place, self.name = place, name
        self._regions: dict[tuple[str, str], _Region] = {}
        self._points = 0

    def add_polygon(self, reader: str, finding: str, points: ArrayLike) -> None:
        """Add a polygon (n, 2), (x, y) in original coordinates.

        Raises:
            InputError: it has fewer than three points, leaves the image, or is one too many.
        """
        polygon = np.asarray(points, np.float64).reshape(-1, 2)
        self._points += len(polygon)
        if self._points > MOST_POINTS:
            raise InputError(
                f"{self.name}: expected at most {MOST_POINTS:,} points, found more; simplify the outlines."
            )
        height, width = self.place.size
        outside = (polygon < -_RIM) | (polygon > (width + _RIM, height + _RIM))
        if outside.any():
            x, y = polygon[np.flatnonzero(outside.any(axis=1))[0]]
            raise InputError(
                f"{self.name}: expected outlines inside the radiograph of {width}×{height} pixels, found the point "
                f"({x:g}, {y:g}) of {finding}; is it of another image?"
            )
        clipped = np.clip(polygon, 0, (width, height))
        if len(clipped) > 3 and np.array_equal(clipped[0], clipped[-1]):
            clipped = clipped[:-1]  # closed already
        self._region(reader, finding).polygons.append(clipped)

    def add_mask(self, reader: str, finding: str, mask: Mask) -> None:
        """Add a mask, bool of the image's size."""
        region = self._region(reader, finding)
        region.mask = mask if region.mask is None else region.mask | mask

    def _region(self, reader: str, finding: str) -> _Region:
        return self._regions.setdefault((reader, finding), _Region())

    def annotations(self) -> tuple[Annotation, ...]:
        """Return one annotation for each reader and finding that something was drawn for; empty regions are left out.

        Raises:
            InputError: nothing at all was drawn.
        """
        made = [self._annotation(*key, region) for key, region in self._regions.items()]
        drawn = tuple(annotation for annotation in made if annotation.mask.area)
        if not drawn:
            raise InputError(
                f"{self.name}: expected a region drawn on {self.place.case_id}, found nothing but empty ones."
            )
        return drawn

    def _annotation(self, reader: str, finding: str, region: _Region) -> Annotation:
        mask, polygons = fill(region.polygons, self.place.size, self.name), list(region.polygons)
        if region.mask is not None:
            polygons += [outline.points for outline in trace(region.mask)]
            mask |= region.mask
        return Annotation(reader, finding, Rle.encode(mask), tuple(polygons))

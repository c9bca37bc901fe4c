"""One region for one finding, and the canvas on which a file's shapes become such regions."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pycocotools import mask as coco

from data_cache.annotations.clipping import clip
from data_cache.annotations.tracing import trace_runs
from data_cache.errors import InputError
from data_cache.masks import Rle, run_lengths

Mask = NDArray[np.bool_]
Polygon = NDArray[np.float64]
MOST_POINTS = 200_000  # of one file's shapes for one case
_LONGEST = 1_000_000  # pixels along all outlines of a region; pycocotools takes memory for each of them
SAID_BEYOND = 2.0  # pixels by which rounding may push a point over the image's border
_FARTHEST = 1e9
_MOST_RUNS, _MOST_REGIONS = 400_000, 200
_GROUP = 16
_IN_LINE = 1e-9


@dataclass(frozen=True)
class Place:
    """What an annotation is for.

    Attributes:
        case_id: the case's id.
        size: (height, width) of its radiograph in pixels.
        uid: the radiograph's SOP Instance UID, where it is a DICOM image of which that is known.
    """

    case_id: str
    size: tuple[int, int]
    uid: str = ""

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
    filled = encode(polygons, size, name)
    if not filled:
        return np.zeros(size, bool)
    return _parity([run_lengths(one.counts) for one in filled], size) if even_odd else merged(filled).decode()


def encode(polygons: Iterable[ArrayLike], size: tuple[int, int], name: str) -> list[Rle]:
    """Fill polygons one by one; see `fill`."""
    flat, length = [], 0.0
    for polygon in polygons:
        points = np.asarray(polygon, np.float64)
        if len(points) < 3:
            raise InputError(f"{name}: expected polygons of at least three points, found {len(points)}; draw it again.")
        length += np.abs(points - np.roll(points, 1, axis=0)).max(axis=1).sum()
        flat.append(points.ravel().tolist())
    if length > _LONGEST:
        raise InputError(f"{name}: expected outlines of at most {_LONGEST:,} pixels, found {length:,.0f}.")
    encoded = coco.frPyObjects(flat, *size) if flat else []
    return [Rle(size, one["counts"].decode("ascii")) for one in encoded]


def merged(masks: Sequence[Rle]) -> Rle:
    """The union of masks of one size, at least one; in small groups, so that the work grows little with their number.

    Args:
        masks: that have been checked.
    """
    while len(masks) > 1:
        masks = [_merged(masks[start : start + _GROUP]) for start in range(0, len(masks), _GROUP)]
    return masks[0]


def _merged(masks: Sequence[Rle]) -> Rle:
    found = coco.merge([{"size": list(mask.size), "counts": mask.counts.encode("ascii")} for mask in masks])
    return Rle(masks[0].size, found["counts"].decode("ascii"))


def _parity(runs: list[NDArray[np.int64]], size: tuple[int, int]) -> Mask:
    """Pixels inside an odd number of masks: a border that an even number of them share is none."""
    height, width = size
    borders, count = np.unique(np.concatenate([np.cumsum(one)[:-1] for one in runs]), return_counts=True)
    lengths = np.diff(borders[count % 2 == 1], prepend=0, append=height * width)
    return np.repeat(np.arange(len(lengths)) % 2 == 1, lengths).reshape(width, height).T


@dataclass
class _Region:
    polygons: list[Polygon] = field(default_factory=list)
    filled: list[Polygon] = field(default_factory=list)
    masks: list[Rle] = field(default_factory=list)


class TooMuch(InputError):  # noqa: N818  the name says what is there
    """A file holds endlessly much; nothing of it is used."""


class Canvas:
    """Gathers the shapes of a file by reader and finding, and what is to be said about them.

    What encloses nothing is passed over and said, what leaves the radiograph is cut off at its border and said.

    Args:
        place: the case and its size.
        name: what to call the file in messages.
    """

    def __init__(self, place: Place, name: str) -> None:
        self.place, self.name = place, name
        self._regions: dict[tuple[str, str], _Region] = {}
        self._points = self._runs = 0
        self._passed_over: list[str] = []
        self._remarks: dict[str, None] = {}

    @contextmanager
    def sparing(self) -> Iterator[None]:
        """Pass over the one shape that cannot be used, and go on with the others."""
        try:
            yield
        except TooMuch:
            raise
        except InputError as error:
            self._passed_over.append(str(error))

    def remark(self, sentence: str) -> None:
        """Note something about the file that whoever gave it should know."""
        self._remarks[sentence] = None

    def add_polygon(self, reader: str, finding: str, points: ArrayLike) -> None:
        """Add a polygon (n, 2), (x, y) in original coordinates.

        Raises:
            InputError: it has fewer than three points, is not finite, or encloses nothing of the radiograph.
            TooMuch: it is one too many.
        """
        polygon = self._checked(points, finding)
        height, width = self.place.size
        beyond = float(np.maximum(-polygon, polygon - (width, height)).max())
        drawn, filled = polygon, polygon
        if beyond > 0:
            drawn = clip(polygon, (0, 0), (width, height))
            filled = clip(polygon, (-width, -height), (2 * width, 2 * height))  # pixels are filled as if it were whole
        if not _encloses(drawn):
            where = "outside the radiograph" if _encloses(polygon) else f"as {len(polygon)} points in a line"
            raise InputError(
                f"{self.name}: expected shapes that enclose a part of the radiograph, found one of {finding} {where}."
            )
        if beyond > SAID_BEYOND:
            self.remark(
                f"{self.name}: a shape of {finding} reaches {beyond:,.0f} pixels beyond the border of the "
                f"{width}×{height} pixels, where it was cut off; is it of another image?"
            )
        region = self._region(reader, finding)
        region.polygons.append(drawn)
        region.filled.append(filled)

    def _checked(self, points: ArrayLike, finding: str) -> Polygon:
        polygon = np.asarray(points, np.float64).reshape(-1, 2)
        self._points += len(polygon)
        if self._points > MOST_POINTS:
            raise TooMuch(f"{self.name}: expected at most {MOST_POINTS:,} points, found more; simplify the outlines.")
        if len(polygon) > 3 and np.array_equal(polygon[0], polygon[-1]):
            polygon = polygon[:-1]  # closed already
        if len(polygon) < 3:
            raise InputError(
                f"{self.name}: expected polygons of at least three points, found {len(polygon)} for {finding}, which "
                "enclose nothing."
            )
        if not (np.abs(polygon) < _FARTHEST).all():  # nor where it is no number
            raise InputError(f"{self.name}: expected points of a radiograph, found none such for {finding}.")
        return polygon

    def add_mask(self, reader: str, finding: str, mask: Mask) -> None:
        """Add a mask, bool of the image's size.

        Raises:
            TooMuch: it has endlessly many borders.
        """
        self._count_runs(1 + int(np.count_nonzero(mask[1:] != mask[:-1])))
        self._region(reader, finding).masks.append(Rle.encode(mask))

    def add_runs(self, reader: str, finding: str, counts: str | Sequence[int]) -> None:
        """Add a mask in run lengths of the image's size: compressed text, or numbers.

        Raises:
            InputError: they are none of a mask of this size.
            TooMuch: they have endlessly many borders.
        """
        self._count_runs(len(counts))
        mask = Rle(self.place.size, counts) if isinstance(counts, str) else Rle.from_runs(counts, self.place.size)
        try:
            mask.check()
        except InputError as error:
            raise InputError(f"{self.name}: {error}") from None
        self._region(reader, finding).masks.append(mask)

    def _count_runs(self, count: int) -> None:
        self._runs += count
        if self._runs > _MOST_RUNS:
            raise TooMuch(f"{self.name}: expected masks of a few regions, found endlessly many pieces; are they noise?")

    def _region(self, reader: str, finding: str) -> _Region:
        if (reader, finding) not in self._regions and len(self._regions) >= _MOST_REGIONS:
            raise TooMuch(f"{self.name}: expected at most {_MOST_REGIONS} regions, found more; export one reader's.")
        return self._regions.setdefault((reader, finding), _Region())

    def annotations(self) -> tuple[Annotation, ...]:
        """Return one annotation for each reader and finding that something was drawn for; empty masks are left out.

        Raises:
            InputError: nothing at all was drawn.
        """
        made = [self._annotation(*key, region) for key, region in self._regions.items()]
        drawn = tuple(annotation for annotation in made if annotation.mask.area)
        for annotation in made:
            if annotation.polygons and not annotation.mask.area:
                self._passed_over.append(
                    f"{self.name}: expected shapes that enclose a part of the radiograph, found that of "
                    f"{annotation.finding} to cover no pixel."
                )
        if not drawn:
            raise InputError(
                self._passed_over[0]
                if self._passed_over
                else f"{self.name}: expected a region drawn on {self.place.case_id}, found nothing but empty ones."
            )
        return drawn

    def notes(self) -> tuple[str, ...]:
        """Return what is to be said, a sentence each; complete after `annotations`."""
        if not self._passed_over:
            return tuple(self._remarks)
        count, first = len(self._passed_over), self._passed_over[0].removeprefix(f"{self.name}: ").rstrip(".")
        passed = f"{self.name}: passed over {count} that cannot be used ({first})."
        return (passed, *self._remarks)

    def _annotation(self, reader: str, finding: str, region: _Region) -> Annotation:
        polygons = list(region.polygons)
        outlined = encode(region.filled, self.place.size, self.name)
        if region.masks:
            mask = merged(region.masks)
            polygons += [outline.points for outline in trace_runs(run_lengths(mask.counts), mask.size)]
            outlined = [mask, *outlined]
        return Annotation(reader, finding, merged(outlined), tuple(polygons))


def _encloses(polygon: Polygon) -> bool:
    """Whether a polygon's points are not all in one line."""
    if len(polygon) < 3:
        return False
    x, y = (polygon - polygon[0]).T
    return bool((np.abs(x * np.roll(y, -1) - np.roll(x, -1) * y) > _IN_LINE).any())

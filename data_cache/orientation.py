"""How a radiograph is laid before anything looks at it: turned, mirrored, black and white swapped.

Everything that belongs to a case moves with its image: masks, outlines, marks, points and sizes. What comes after sees
an ordinary case. Coordinates are (x, y) at the pixels' edges, as in `data_cache.marks`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data_cache.annotations import Annotation
from data_cache.case import Case, Contours
from data_cache.errors import InputError
from data_cache.images import Radiograph
from data_cache.images.stored import Stored
from data_cache.marks import Box, Disc, Ellipse, Polygon, Runs, Shape, Size
from data_cache.masks import Rle
from data_cache.simulated import is_simulated

_CODE = re.compile(r"([0-3])(f?)(i?)")
_TURNS = {1: "rotated 90° clockwise", 2: "rotated by 180°", 3: "rotated 90° counter-clockwise"}


@dataclass(frozen=True)
class Orientation:
    """What is done to an image: mirrored first, then turned; by default nothing.

    Attributes:
        quarters: quarter turns clockwise, 0 to 3.
        flipped: whether left and right are swapped.
        inverted: whether black and white are swapped.
    """

    quarters: int = 0
    flipped: bool = False
    inverted: bool = False

    def __post_init__(self) -> None:
        if self.quarters not in range(4):
            raise ValueError(f"Expected 0 to 3 quarter turns, found {self.quarters}.")

    @classmethod
    def parse(cls, code: str) -> "Orientation":
        """Read what `code` wrote; "" is nothing.

        Raises:
            InputError: it is something else.
        """
        found = _CODE.fullmatch(code or "0")
        if found is None:
            raise InputError(f"Expected an orientation such as 1f or 2i, found {code[:20]!r}.")
        return cls(int(found[1]), bool(found[2]), bool(found[3]))

    def __bool__(self) -> bool:
        """Whether anything is done."""
        return self != Orientation()

    @property
    def code(self) -> str:
        """A short text that `parse` reads; "" for nothing."""
        return f"{self.quarters}{'f' * self.flipped}{'i' * self.inverted}" if self else ""

    @property
    def words(self) -> str:
        """What was done, for people; "" for nothing."""
        said = ["flipped left to right"] * self.flipped
        said += [_TURNS[self.quarters]] if self.quarters else []
        said += ["black and white swapped"] * self.inverted
        return f"{', '.join(said)} for the models" if said else ""

    @property
    def back(self) -> "Orientation":
        """What undoes it."""
        quarters = self.quarters if self.flipped else -self.quarters % 4
        return replace(self, quarters=quarters)

    def rotated(self) -> "Orientation":
        """The same and a quarter turn clockwise more."""
        return replace(self, quarters=(self.quarters + 1) % 4)

    def mirrored(self) -> "Orientation":
        """The same, and left and right swapped of what is seen then."""
        return replace(self, quarters=-self.quarters % 4, flipped=not self.flipped)

    def size(self, size: Size) -> Size:
        """The (height, width) of an image of this size afterwards."""
        return size[::-1] if self.quarters % 2 else size

    def array(self, values: NDArray) -> NDArray:
        """Lay an array (h, w, …) down; what its values mean is left alone."""
        laid = values[:, ::-1] if self.flipped else values
        return np.ascontiguousarray(np.rot90(laid, -self.quarters))

    def points(self, points: ArrayLike, size: Size) -> NDArray[np.float64]:
        """Where points (n, 2) of an image of this (height, width) are afterwards."""
        moved = np.array(points, np.float64).reshape(-1, 2)
        height, width = size
        if self.flipped:
            moved[:, 0] = width - moved[:, 0]
        for _ in range(self.quarters):
            moved = np.stack([height - moved[:, 1], moved[:, 0]], axis=1)
            height, width = width, height
        return moved

    def mask(self, mask: Rle) -> Rle:
        """A mask afterwards."""
        return Rle.encode(self.array(mask.decode()))

    def shape(self, shape: Shape, size: Size) -> Shape:
        """A shape on an image of this size afterwards."""
        if isinstance(shape, Runs):
            return Runs(self.mask(shape.mask))
        if isinstance(shape, Polygon):
            return Polygon(self.points(shape.points, size))
        if isinstance(shape, Disc):
            ((x, y),) = self.points([(shape.x, shape.y)], size).tolist()
            return Disc(x, y, shape.radius)
        ends = np.sort(self.points([(shape.x0, shape.y0), (shape.x1, shape.y1)], size), axis=0)
        return (Box if isinstance(shape, Box) else Ellipse)(*ends.ravel().tolist())

    def annotation(self, annotation: Annotation) -> Annotation:
        """A region afterwards."""
        if self.code in ("", "0i"):
            return annotation
        polygons = tuple(self.points(one, annotation.mask.size) for one in annotation.polygons)
        return replace(annotation, mask=self.mask(annotation.mask), polygons=polygons)

    def radiograph(self, radiograph: Radiograph) -> Radiograph:
        """An image afterwards."""
        pixels = self.array(radiograph.pixels)
        stored = self.stored(radiograph.film) if radiograph.stored or self.inverted else None
        return replace(radiograph, pixels=np.float32(1) - pixels if self.inverted else pixels, stored=stored)

    def stored(self, stored: Stored) -> Stored:
        """Stored values afterwards, with the marks and the spacing that belong to their edges."""
        left, right, up, down = stored.edges
        if self.flipped:
            left, right = right, left
        for _ in range(self.quarters):
            left, right, up, down = down, up, left, right
        spacing = stored.spacing
        if spacing is not None and self.quarters % 2:
            spacing = replace(spacing, row=spacing.column, column=spacing.row)
        return replace(
            stored,
            codes=self.array(stored.codes),
            inverted=stored.inverted != self.inverted,
            spacing=spacing,
            edges=(left, right, up, down),
        )

    def case(self, case: Case, radiograph: Radiograph) -> Case:
        """A case afterwards.

        Args:
            case: whose masks and marks fit its image.
            radiograph: its image as `radiograph` gave it.
        """
        if not self:
            return case
        before = self.back.size(radiograph.pixels.shape)
        marks = tuple(replace(mark, shape=self.shape(mark.shape, before)) for mark in case.marks)
        return replace(
            case,
            image_path=None,
            pixels=radiograph.pixels,
            stored=radiograph.stored,
            coloured=radiograph.coloured,
            stated=radiograph.stated,
            bundled=is_simulated(case),
            masks={} if marks else self._masks(case.masks),
            contours=self._contours(case.contours, before),
            human_masks=self._masks(case.human_masks),
            human_contours=self._contours(case.human_contours, before),
            human_points={
                finding: tuple((x, y) for x, y in self.points(points, before).tolist())
                for finding, points in case.human_points.items()
            },
            marks=marks,
            annotated_size=case.annotated_size and self.size(case.annotated_size),
            provenance=" · ".join(filter(None, (case.provenance, self.words))),
        )

    def _masks(self, masks: Mapping[str, Rle]) -> dict[str, Rle]:
        return {finding: self.mask(mask) for finding, mask in masks.items()}

    def _contours(self, contours: Contours, size: Size) -> Contours:
        return {
            finding: tuple(self.points(one, size).astype(np.float32) for one in polygons)
            for finding, polygons in contours.items()
        }


AS_IT_IS = Orientation()

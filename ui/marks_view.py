"""What readers marked, as it is shown: every shape as what it is, in view coordinates, and what each reader's cover."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_cache.case import Case
from data_cache.findings import FINDINGS
from data_cache.geometry import Geometry
from data_cache.marks import Box, Disc, Ellipse, Form, Mark, Polygon, Shape, Size, loosest
from data_cache.masks import outline
from evaluation.readers.consensus import majority
from ui.rendering import outline_path

UNION, MAJORITY = "union", "majority"
UNNAMED = "not named"


@dataclass(frozen=True, eq=False)
class ReaderView:
    """One reader's marks.

    Attributes:
        name: who it is.
        marks: JSON values of the shapes by finding, see `mark_content`.
        regions: bool (side, side) of the view by finding; only those that reach into it.
    """

    name: str
    marks: Mapping[str, list[dict[str, Any]]]
    regions: Mapping[str, NDArray[np.bool_]]

    @classmethod
    def of(cls, case: Case, reader: str, geometry: Geometry) -> "ReaderView":
        """Lay one reader's marks over the view."""
        mine = [mark for mark in case.marks if mark.reader == reader]
        seen = {f: geometry.mask_to_input(mask.decode()) for f, mask in case.masks_of(reader).items() if mask.area}
        return cls(
            reader or UNNAMED, marks_by_finding(mine, geometry), {f: mask for f, mask in seen.items() if mask.any()}
        )

    @property
    def facts(self) -> dict[str, Any]:
        """What the browser is told besides the regions."""
        return {"name": self.name, "marks": dict(self.marks)}


def readers_of(case: Case, geometry: Geometry) -> tuple[ReaderView, ...]:
    """Every reader of a case that several people looked at; none where there was one, or nobody says who."""
    return tuple(ReaderView.of(case, name, geometry) for name in case.readers) if len(case.readers) > 1 else ()


def majority_of(case: Case, geometry: Geometry) -> dict[str, NDArray[np.bool_]]:
    """What more than half of the readers marked, in the view; those who looked and marked nothing count too.

    It is counted on the radiograph; bool (side, side) by finding, only where it reaches into the view.
    """
    readers = case.readers
    if len(readers) < 2:
        return {}
    masks = [case.masks_of(reader) for reader in readers]
    agreed = {finding: majority([mask[finding] for mask in masks]) for finding in masks[0]}
    seen = {finding: geometry.mask_to_input(mask.decode()) for finding, mask in agreed.items() if mask.area}
    return {finding: mask for finding, mask in seen.items() if mask.any()}


def forms_of(case: Case) -> dict[str, Form]:
    """As what each finding was marked; see `Case.form_of`."""
    return {finding: case.form_of(finding) for finding in FINDINGS if any(m.finding == finding for m in case.marks)}


def form_of_marks(marks: Sequence[Mapping[str, Any]]) -> Form:
    """The form that says least about the border, of shapes as `mark_content` gives them."""
    return loosest(mark["form"] for mark in marks)


def marks_by_finding(marks: Sequence[Mark], geometry: Geometry) -> dict[str, list[dict[str, Any]]]:
    """Shapes as JSON values, by finding in CheXpert's order."""
    return {
        finding: [mark_content(mark, geometry) for mark in marks if mark.finding == finding]
        for finding in FINDINGS
        if any(mark.finding == finding for mark in marks)
    }


def mark_content(mark: Mark, geometry: Geometry) -> dict[str, Any]:
    """Return a shape as the browser draws it: its form, its line in view coordinates, and the dataset's own word."""
    path = shape_path(mark.shape, geometry)
    return {
        "form": mark.shape.form,
        "path": path,
        "at": _corner(mark.shape, geometry),
        "label": "" if mark.label.casefold() == mark.finding.casefold() else mark.label,
        "relation": mark.relation,
        "certainty": mark.certainty,
    }


def shape_path(shape: Shape, geometry: Geometry) -> str:
    """Return a shape as the data of an SVG path in view coordinates."""
    if isinstance(shape, Polygon):
        return outline_path([geometry.points_to_input(shape.points)])
    if isinstance(shape, Box | Ellipse | Disc):
        (x0, y0), (x1, y1) = geometry.points_to_input(_ends(shape))
        if isinstance(shape, Box):
            return f"M{x0:.1f} {y0:.1f}H{x1:.1f}V{y1:.1f}H{x0:.1f}Z"
        across, down, middle = (x1 - x0) / 2, (y1 - y0) / 2, (y0 + y1) / 2
        arc = f"A{across:.1f} {down:.1f} 0 0 1"
        return f"M{x0:.1f} {middle:.1f}{arc} {x1:.1f} {middle:.1f}{arc} {x0:.1f} {middle:.1f}Z"
    return outline_path(geometry.points_to_input(ring) for ring in outline(shape.mask.decode()))


def _ends(shape: Box | Ellipse | Disc) -> list[tuple[float, float]]:
    if isinstance(shape, Disc):
        x, y, radius = shape.x, shape.y, shape.radius
        return [(x - radius, y - radius), (x + radius, y + radius)]
    return [(shape.x0, shape.y0), (shape.x1, shape.y1)]


def _corner(shape: Shape, geometry: Geometry) -> list[float]:
    """The upper left corner of the rectangle around a shape, in view coordinates."""
    if isinstance(shape, Polygon):
        points = geometry.points_to_input(shape.points)
    elif isinstance(shape, Box | Ellipse | Disc):
        points = geometry.points_to_input(_ends(shape))
    else:
        size: Size = shape.mask.size
        rows, columns = np.nonzero(shape.mask.decode())
        points = geometry.points_to_input([(columns.min(), rows.min())] if len(rows) else [(size[1] / 2, size[0] / 2)])
    return [float(value) for value in points.min(axis=0).round(1)]

"""DICOM structured reports: regions as spatial coordinates of an image (SCOORD), as in TID 1500 (PS3.16, TID 1410)."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydicom import Dataset

from data_cache.annotations.annotation import MOST_POINTS, Canvas
from data_cache.annotations.dicom.parts import check_image, code_words, enclosed, finding_of, points_of
from data_cache.annotations.names import Labels
from data_cache.errors import InputError
from data_cache.images.dicom_header import items, numbers, text, word

_DEEPEST, _MOST, _MOST_REGIONS = 12, 2_000, 500
_LONGEST = 1 << 16  # bytes of one outline
_FINDING, _TRACKING, _ALGORITHM = "121071", "112039", "111001"


@dataclass(frozen=True)
class _Region:
    """Where coordinates stand, the groups around them, the nearest first, and the images that they are of."""

    item: Dataset
    groups: tuple[Dataset, ...]

    @property
    def images(self) -> list[str]:
        selected = (one for one in items(self.item, "ContentSequence", 100) if word(one, "ValueType") == "IMAGE")
        named = (sop for one in selected for sop in items(one, "ReferencedSOPSequence"))
        return [text(sop, "ReferencedSOPInstanceUID") for sop in named]


def read_report(dataset: Dataset, canvas: Canvas, labels: Labels, chosen: str | None) -> None:
    """Draw a report's regions; those of other images are passed over.

    Raises:
        InputError: it has no regions, or those of other images alone.
    """
    found = list(_regions(dataset, (), [_MOST * 10]))[:_MOST_REGIONS]
    if not found:
        raise InputError(
            f"{canvas.name}: expected a report with regions in pixels of an image (SCOORD), found one without; export "
            "the regions themselves."
        )
    known = check_image((uid for region in found for uid in region.images), canvas)
    for region in found:
        if known and canvas.place.uid not in region.images:
            continue
        with canvas.sparing():
            _draw(region, canvas, labels, chosen)


def _regions(item: Dataset, above: tuple[Dataset, ...], left: list[int]) -> Iterator[_Region]:
    """Coordinates below an item; `left` counts down the items that may still be looked at."""
    for one in items(item, "ContentSequence", _MOST):
        left[0] -= 1
        if left[0] < 0:
            return
        if word(one, "ValueType") == "SCOORD":
            yield _Region(one, (item, *above))
        elif len(above) < _DEEPEST:
            yield from _regions(one, (item, *above), left)


def _draw(region: _Region, canvas: Canvas, labels: Labels, chosen: str | None) -> None:
    group = next((one for one in region.groups if word(one, "ValueType") == "CONTAINER"), region.groups[0])
    finding = finding_of(_words(region.item, group), canvas, labels, chosen)
    if finding is None:
        return
    values = numbers(region.item, "GraphicData", min(_LONGEST, 8 * MOST_POINTS))
    reader = next((one for one in _texts(group, _ALGORITHM) if one), labels.reader)[:100]
    for polygon in enclosed(word(region.item, "GraphicType"), points_of(values, canvas), canvas):
        canvas.add_polygon(reader, finding, polygon)


def _words(item: Dataset, group: Dataset) -> list[str]:
    """What a region is called: its group's finding, its tracking identifier, then what it and its group are."""
    coded = [one for one in items(group, "ContentSequence", 100) if word(one, "ValueType") == "CODE"]
    named = [one for one in coded if _code(one) == _FINDING]
    meanings = [meaning for one in (*named, *coded) for meaning in code_words(one, "ConceptCodeSequence")]
    tracked = [part for one in _texts(group, _TRACKING) for part in (one, *one.split(","))]
    own = [meaning for one in (item, group) for meaning in code_words(one, "ConceptNameCodeSequence")]
    return [*meanings[: len(named)], *tracked, *meanings, *own]


def _texts(group: Dataset, code: str) -> list[str]:
    return [text(one, "TextValue") for one in items(group, "ContentSequence", 100) if _code(one) == code]


def _code(item: Dataset) -> str:
    return next((text(one, "CodeValue") for one in items(item, "ConceptNameCodeSequence")), "")

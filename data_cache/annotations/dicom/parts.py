"""What the readers of DICOM objects have in common: whose image it is, which finding, what a shape encloses."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from data_cache.annotations.annotation import MOST_POINTS, Canvas
from data_cache.annotations.names import Labels, finding_in_name
from data_cache.errors import InputError
from data_cache.images.dicom_header import items, text
from data_cache.label_mapping import COMMON

Polygon = NDArray[np.float64]
_LONGEST = 100  # letters of a label
_ROUND = 180  # points of a circle or an ellipse
_DOT = 0.01  # radius of a point's disc, of the radiograph's shorter side


def check_image(uids: Iterable[str], canvas: Canvas) -> bool:
    """Check that an object refers to the open image, where it can be known; whether it could.

    Args:
        uids: SOP Instance UIDs of the images that it refers to.

    Raises:
        InputError: it refers to others alone.
    """
    named = {uid for uid in uids if uid}
    if canvas.place.uid:
        if named and canvas.place.uid not in named:
            raise InputError(
                f"{canvas.name}: expected regions of the open image, found those of another one; open the DICOM file "
                "that they were drawn on."
            )
        return bool(named)
    canvas.remark(
        f"{canvas.name}: names its image by a DICOM identifier, which is not known of {canvas.place.case_id}, and was "
        "read all the same; was it drawn on this radiograph?"
    )
    return False


def finding_of(words: Iterable[str], canvas: Canvas, labels: Labels, chosen: str | None) -> str | None:
    """Return the finding that the first of some words means that means any; else the chosen one, with a remark.

    Args:
        words: from the most to the least telling.
    """
    known = [word for word in words if word]
    for word in known:
        finding = _meant(word)
        if finding is not None:
            return labels.finding(finding)
    said = known[0][:60] if known else "no label"
    if chosen is None:
        return labels.finding(said)
    canvas.remark(f"{canvas.name}: {said!r} is none of CheXpert's findings and was taken for {chosen}.")
    return labels.finding(chosen)


def _meant(words: str) -> str | None:
    """The finding that words of another system mean, as datasets' labels do, or end with."""
    meaning = COMMON.meaning(words[:_LONGEST])
    if meaning is not None and meaning.relation != "near":
        return meaning.finding
    return finding_in_name(words[:_LONGEST])


def code_words(dataset: Dataset, keyword: str) -> list[str]:
    """Meanings of the codes of a sequence."""
    return [text(item, "CodeMeaning") for item in items(dataset, keyword)]


def points_of(values: list[float], canvas: Canvas) -> Polygon:
    """Return numbers in turn x and y as points (n, 2).

    Raises:
        InputError: an odd number of them, endlessly many, or some that are no numbers.
    """
    if len(values) > 2 * MOST_POINTS or len(values) % 2 or not np.isfinite(values).all():
        raise InputError(f"{canvas.name}: expected points as x, y pairs, found {len(values):,} values that are none.")
    return np.reshape(np.asarray(values, np.float64), (-1, 2))


def enclosed(kind: str, points: Polygon, canvas: Canvas) -> list[Polygon]:
    """Return the polygons that a DICOM shape encloses, in pixels of the image.

    An open line is closed and a point becomes a small disc, both with a remark.

    Args:
        kind: POINT, MULTIPOINT, POLYLINE, INTERPOLATED, CIRCLE or ELLIPSE.
        points: (n, 2), (x, y), of the image.

    Raises:
        InputError: another kind, or too few points for it.
    """
    wanted = {"CIRCLE": 2, "ELLIPSE": 4}.get(kind)
    if wanted is not None and len(points) != wanted:
        raise InputError(f"{canvas.name}: expected {wanted} points of a {kind.lower()}, found {len(points)}.")
    if kind == "CIRCLE":  # its middle, and a point on it
        radius = float(np.hypot(*(points[1] - points[0])))
        return [_ellipse(points[0], np.array([radius, 0.0]), np.array([0.0, radius]))]
    if kind == "ELLIPSE":  # the ends of its longer axis, and of its shorter one
        middle = points.mean(axis=0)
        return [_ellipse(middle, (points[1] - points[0]) / 2, (points[3] - points[2]) / 2)]
    if kind in ("POINT", "MULTIPOINT") and len(points):
        radius = max(1.0, _DOT * min(canvas.place.size))
        canvas.remark(f"{canvas.name}: points were drawn as discs of {radius:.0f} pixels around them.")
        across, down = np.array([radius, 0.0]), np.array([0.0, radius])
        return [_ellipse(point, across, down) for point in points]
    if kind in ("POLYLINE", "INTERPOLATED", "POLYGON"):
        if len(points) > 2 and not np.array_equal(points[0], points[-1]):
            canvas.remark(f"{canvas.name}: lines whose ends are apart were closed.")
        return [points]
    raise InputError(f"{canvas.name}: expected outlines, circles, ellipses or points, found a {kind[:20].lower()!r}.")


def _ellipse(middle: Polygon, one: Polygon, other: Polygon) -> Polygon:
    angles = np.linspace(0, 2 * np.pi, _ROUND, endpoint=False)[:, None]
    return np.asarray(middle + np.cos(angles) * one + np.sin(angles) * other, np.float64)

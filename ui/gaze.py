"""Where somebody looked, from a file of fixations for the open case: an annotation that is a map and has no border."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_cache.errors import InputError
from data_cache.gaze.egd_cxr import fixations_of
from data_cache.gaze.fixations import Fixations, Weighing, fixation_map
from data_cache.geometry import Geometry
from data_cache.sources.tables import Row, read_rows
from ui.case_view import CaseView
from ui.content import Store

SIDE = 256  # cells of the view that a map is made of
SHARE = 0.2  # of the mass of two maps whose regions are compared
_TIMES = ("timestamp_start_fixation", "timestamp_end_fixation")
_REFLACX = (
    "x_position", "y_position", *_TIMES,
    "angular_resolution_x_pixels_per_degree", "angular_resolution_y_pixels_per_degree",
    "xmin_shown_from_image", "ymin_shown_from_image", "xmax_shown_from_image", "ymax_shown_from_image",
)  # fmt: skip
_EGD = ("DICOM_ID", "Time (in secs)", "X_ORIGINAL", "Y_ORIGINAL")


@dataclass(frozen=True, eq=False)
class ViewedGaze:
    """Somebody's gaze in the view.

    Attributes:
        name: of the file.
        values: float32 (SIDE, SIDE), the share of the time that was spent in the view; sum 1.
        points: float64 (n, 2), (x, y) of the fixations inside the view, in its own pixels.
        window: which part of the reading it is.
    """

    name: str
    values: NDArray[np.float32]
    points: NDArray[np.float64]
    window: str

    def content(self, store: Store) -> dict[str, Any]:
        """As the browser takes it."""
        return {**store(self.values), "name": self.name, "window": self.window, "points": self.points.tolist()}

    def scores(self, values: NDArray[np.float32], side: int) -> dict[str, float]:
        """A map of the view, float32 (side, side), against the gaze, by `evaluation.gaze.scores.SCORES`."""
        from evaluation.gaze.scores import SCORES, scores  # takes SciPy's statistics, and the page opens without

        steps = ((np.arange(SIDE) + 0.5) * side / SIDE).astype(int)
        found, _ = scores(values[np.ix_(steps, steps)], self.values, self.points, (side, side), SHARE)
        return {name: found[name] for name in SCORES}


def read_gaze(data: bytes, name: str, view: CaseView) -> ViewedGaze:
    """Read a file of fixations, as REFLACX or EGD-CXR lay them out, for the open case.

    Raises:
        InputError: it is neither, is about another radiograph, or nobody looked at what is in the view.
    """
    header = data[:10_000].decode("utf-8", "replace").partition("\n")[0].casefold()
    if "x_original" in header:
        fixations, weigh = _egd(data, name, view)
    elif "x_position" in header:
        fixations, weigh = _reflacx(data, name)
    else:
        raise InputError(
            f"Expected the fixations of REFLACX (x_position …) or EGD-CXR (X_ORIGINAL …) in {name}, found "
            f"{header[:60] or 'nothing'!r}; choose the file as it was published."
        )
    return _seen(fixations, weigh, name, view.geometry)


def _rows(data: bytes, name: str, columns: tuple[str, ...]) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fixations.csv"
        path.write_bytes(data)
        try:
            return list(read_rows(path, columns))
        except InputError as error:
            raise InputError(str(error).replace(path.name, name)) from None


def _reflacx(data: bytes, name: str) -> tuple[Fixations, Weighing]:
    numbers = np.array([_numbers(row, name) for row in _rows(data, name, _REFLACX)], np.float64).reshape(-1, 10)
    return Fixations(numbers[:, :2] + 0.5, numbers[:, 2:4], numbers[:, 4:6], numbers[:, 6:]), "duration"


def _numbers(row: Row, name: str) -> list[float]:
    try:
        return row.numbers(*_REFLACX)
    except InputError as error:
        raise InputError(f"Line {row.line} of {name}: {error}") from None


def _egd(data: bytes, name: str, view: CaseView) -> tuple[Fixations, Weighing]:
    rows = _rows(data, name, _EGD)
    mine = [row for row in rows if row.get("DICOM_ID") == view.case_id]
    about = {row.get("DICOM_ID") for row in rows}
    if not mine and len(about) != 1:
        raise InputError(f"Expected fixations on {view.case_id} in {name}, found {len(about)} other radiographs.")
    return fixations_of(mine or rows, (view.geometry.height, view.geometry.width)), "count"


def _seen(fixations: Fixations, weigh: Weighing, name: str, geometry: Geometry) -> ViewedGaze:
    """Move fixations into the square that the models see, and make their map."""
    corner, size = np.array([geometry.left, geometry.top]), (geometry.side, geometry.side)
    shown = fixations.shown - np.tile(corner, 2)
    moved = Fixations(fixations.points - corner, fixations.times, fixations.deviation, shown)
    values = fixation_map(moved, size, weigh, name, (SIDE, SIDE))
    times = fixations.times
    first, last = float(times[:, 0].min()), float(times[:, 1].max())
    inside = moved.inside(size)
    window = f"whole reading, {len(times)} fixations in {last - first:.1f} s"
    if len(inside) < len(times):
        window += f", {len(times) - len(inside)} of them outside the view"
    return ViewedGaze(name, values, geometry.points_to_input(inside + corner), window)

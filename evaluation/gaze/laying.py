"""Maps on the grid of a gaze map."""

import numpy as np

from data_cache.geometry import Alignment, Geometry
from evaluation.localization import Map
from evaluation.pixels.mask_runs import Region


def lay(values: Map, size: tuple[int, int], grid: tuple[int, int], geometry: Geometry | None, how: Alignment) -> Map:
    """Lay a method's map over a radiograph, and read it at the centres of a coarser grid's pixels.

    Bilinear, pixel centres at +0.5, no antialiasing, as the benchmark lays maps at the radiograph's own size.

    Args:
        values: float32 (m, n).
        size: (height, width) of the radiograph.
        grid: (rows, columns) of the result.
        geometry: where the model's input lay; None for a map of the whole radiograph.
        how: `aligned`: where the crop was taken, with the map's least value outside of it; `paper`: over everything.

    Returns:
        float32 of shape `grid`.
    """
    region = Region.of_map(size, geometry, how)
    rows, above, inside_rows = _steps(grid[0], size[0], region.top, region.rows, values.shape[0])
    columns, beside, inside_columns = _steps(grid[1], size[1], region.left, region.columns, values.shape[1])
    upper, lower = values[rows[0]], values[rows[1]]
    tall = upper + (lower - upper) * above[:, None]
    left, right = tall[:, columns[0]], tall[:, columns[1]]
    found = left + (right - left) * beside
    inside = inside_rows[:, None] & inside_columns
    return np.where(inside, found, values.min()).astype(np.float32)


def _steps(
    cells: int, length: int, start: int, extent: int, steps: int
) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray, np.ndarray]:
    """For each cell's centre along an axis: the two values beside it, the second one's weight, and whether it is in."""
    place = (np.arange(cells) + 0.5) * (length / cells) - start
    position = np.clip(place * (steps / extent) - 0.5, 0, steps - 1)
    low = position.astype(np.int64)
    return (low, np.minimum(low + 1, steps - 1)), position - low, (place >= 0) & (place < extent)

"""The picture of several maps."""

import numpy as np

from explainers.dicom.picture import Tile, compose, outlined


def test_tiles_are_made_to_fit_side_by_side_and_none_is_cut_off() -> None:
    wide = Tile(np.full((300, 900, 3), (200, 0, 0), np.uint8), ("a", "b"))
    picture = compose([wide] * 3, "title", ["Not for diagnosis.", "word " * 200])
    reds = (picture == (200, 0, 0)).all(axis=2)
    starts = np.flatnonzero(np.diff(reds.any(axis=0).astype(int), prepend=0, append=0))
    assert list(starts) == [24, 472, 496, 944, 968, 1416]  # 448 wide, 24 apart
    assert reds.any(axis=1).sum() == 149  # 300 × 448 / 900, and the foot below them
    assert picture.shape[0] > reds.any(axis=1).nonzero()[0].max() + 3 * 26


def test_a_regions_border_is_drawn_where_it_lies() -> None:
    mask = np.zeros((100, 80), bool)
    mask[20:60, 30:50] = True
    picture = outlined(np.zeros((100, 80), np.float32), mask)
    rows, columns = np.nonzero(picture.any(axis=2))
    assert picture.shape == (100, 80, 3)
    assert max(abs(rows.min() - 20), abs(rows.max() - 59), abs(columns.min() - 30), abs(columns.max() - 49)) <= 1
    assert not picture[30:50, 35:45].any()

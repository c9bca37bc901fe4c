"""Maps of fixations against SciPy's densities, and by hand."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from data_cache.errors import InputError
from data_cache.gaze.fixations import Fixations, fixation_map, grid_of


def fixations(rows) -> Fixations:
    """Rows: x, y, start, end, deviation x, deviation y, shown (4)."""
    numbers = np.asarray(rows, np.float64)
    return Fixations(numbers[:, :2], numbers[:, 2:4], numbers[:, 4:6], numbers[:, 6:])


def drawn(rng, count, height, width) -> Fixations:
    return fixations(
        [
            [
                *(rng.integers(-5, (width + 5, height + 5)) + 0.5),
                start,
                start + rng.uniform(0.1, 1),
                *rng.uniform(3, 9, 2),
                *(rng.integers(0, 10), rng.integers(0, 10), width - rng.integers(0, 10), height - rng.integers(0, 10)),
            ]
            for start in range(count)
        ]
    )


def test_a_map_is_a_sum_of_normal_densities_cut_off_at_what_was_shown():
    """As the dataset's authors do it: pixels are numbers, and the density is taken at them."""
    rng, (height, width) = np.random.default_rng(3), (40, 60)
    all_of_them = drawn(rng, 12, height, width)
    expected = np.zeros((height, width))
    for point, (start, end), deviation, (x0, y0, x1, y1) in zip(
        all_of_them.points, all_of_them.times, all_of_them.deviation, all_of_them.shown.astype(int), strict=True
    ):
        rows, columns = np.mgrid[y0:y1, x0:x1]
        x, y = point - 0.5
        density = multivariate_normal([y, x], [deviation[1] ** 2, deviation[0] ** 2]).pdf(np.dstack([rows, columns]))
        expected[y0:y1, x0:x1] += (end - start) * density
    found = fixation_map(all_of_them, (height, width), "duration", "a test")
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected / expected.sum(), rtol=1e-5, atol=1e-9)


def test_each_counts_once_where_that_is_wanted():
    """Two of equal shape: by count equal peaks, by duration three to one."""
    two = fixations([[10.5, 10.5, 0, 3, 2, 2, 0, 0, 40, 20], [30.5, 10.5, 5, 6, 2, 2, 0, 0, 40, 20]])
    equal, longer = (fixation_map(two, (20, 40), weigh, "a test") for weigh in ("count", "duration"))
    assert equal[10, 10] == pytest.approx(equal[10, 30], rel=1e-6)
    assert longer[10, 10] == pytest.approx(3 * longer[10, 30], rel=1e-6)


def test_a_coarser_map_is_the_same_density_at_fewer_places():
    all_of_them = drawn(np.random.default_rng(0), 5, 64, 96)
    whole = Fixations(
        all_of_them.points, all_of_them.times, all_of_them.deviation + 6, np.tile([0.0, 0, 96, 64], (5, 1))
    )
    fine, coarse = (fixation_map(whole, (64, 96), "count", "a test", grid) for grid in ((64, 96), (16, 24)))
    np.testing.assert_allclose(coarse, fine.reshape(16, 4, 24, 4).sum(axis=(1, 3)), rtol=0.05, atol=5e-5)


def test_a_window_keeps_what_reaches_into_it_and_cuts_it_off():
    three = fixations([[x, 1, t, t + 2, 1, 1, 0, 0, 9, 9] for x, t in ((1, 0), (2, 2), (3, 5))])
    found = three.during(1, 3)
    assert found.points[:, 0].tolist() == [1, 2]
    assert found.times.tolist() == [[1, 2], [2, 3]]
    assert len(three.during(2, 2)) == len(three.during(7, 9)) == 0


def test_points_inside_leave_out_those_beside_the_radiograph():
    points = fixations([[x, y, 0, 1, 1, 1, 0, 0, 9, 9] for x, y in ((0, 0), (9.5, 4), (10, 4), (3, -0.5), (3, 5))])
    assert points.inside((5, 10)).tolist() == [[0, 0], [9.5, 4]]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (np.zeros((0, 10)), "found none"),
        ([[5, 5, 1, 1, 2, 2, 0, 0, 9, 9]], "last some time"),
        ([[5, 5, 2, 1, 2, 2, 0, 0, 9, 9]], "last some time"),
        ([[5, 5, 0, 1, 0, 2, 0, 0, 9, 9]], "have a width"),
        ([[5, 5, 0, 1, 2, 2, 20, 20, 30, 30]], "nothing but zeros"),
    ],
)
def test_what_gives_no_map_is_named(rows, words):
    with pytest.raises(InputError, match=words):
        fixation_map(fixations(rows), (10, 10), "duration", "reading 7")


def test_a_grid_keeps_the_shape():
    assert grid_of((3000, 2500)) == (512, 427)
    assert grid_of((100, 200)) == (100, 200)
    assert grid_of((10_000, 3)) == (512, 1)

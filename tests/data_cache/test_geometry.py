"""Original image ↔ model input: conventions by pencil, the rest by properties on wide, tall and tiny images."""

import json

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_cache.chexlocalize import CheXlocalize
from data_cache.errors import InputError
from data_cache.geometry import Geometry

sides = st.integers(1, 300)
geometries = st.builds(Geometry, sides, sides, st.integers(1, 160))
coordinates = st.floats(-1000, 1000)


@st.composite
def planted_squares(draw):
    """A geometry whose crop holds a square of at least four pixels, in original and input, and the square's box."""
    height, width = draw(st.sampled_from([(300, 90), (90, 300), (128, 128), (33, 257), (40, 31), (24, 24)]))
    geometry = Geometry(height, width, draw(st.sampled_from([32, 64, 100])))
    smallest = int(np.ceil(4 * max(1, geometry.side / geometry.input_size)))
    size = draw(st.integers(smallest, geometry.side))
    top = geometry.top + draw(st.integers(0, geometry.side - size))
    left = geometry.left + draw(st.integers(0, geometry.side - size))
    return geometry, top, left, size


@pytest.mark.parametrize(
    ("height", "width", "side", "top", "left"),
    [
        (10, 16, 10, 0, 3),
        (16, 10, 10, 3, 0),
        (10, 13, 10, 0, 1),
        (13, 10, 10, 1, 0),
        (10, 11, 10, 0, 0),
        (1, 5, 1, 0, 2),
        (7, 7, 7, 0, 0),
    ],
)
def test_crop_is_the_largest_centred_square_with_the_odd_pixel_right_and_below(height, width, side, top, left):
    geometry = Geometry(height, width, 4)
    assert (geometry.side, geometry.top, geometry.left) == (side, top, left)


def test_points_by_pencil():
    geometry = Geometry(height=100, width=300, input_size=50)  # crop: columns 100 to 200, two pixels become one
    np.testing.assert_array_equal(
        geometry.points_to_input([(100, 0), (200, 100), (150, 50)]), [(0, 0), (50, 50), (25, 25)]
    )
    np.testing.assert_array_equal(geometry.points_to_original([(0.5, 0.5)]), [(101, 1)])
    assert geometry.points_to_input([]).shape == (0, 2)


def test_points_must_be_pairs():
    with pytest.raises(ValueError, match=r"\(n, 2\)"):
        Geometry(10, 10, 5).points_to_input([1.0, 2.0])


@given(geometries, st.lists(st.tuples(coordinates, coordinates), max_size=5))
def test_points_come_back(geometry, points):
    there = geometry.points_to_input(points)
    np.testing.assert_allclose(geometry.points_to_original(there), np.reshape(points, (-1, 2)), atol=1e-9)
    np.testing.assert_allclose(
        geometry.points_to_input(geometry.points_to_original(points)), np.reshape(points, (-1, 2)), atol=1e-6
    )


@given(geometries)
def test_the_crop_s_corners_are_the_input_s_corners(geometry):
    size = geometry.input_size
    corners = geometry.points_to_original([(0, 0), (size, size)])
    expected = [(geometry.left, geometry.top), (geometry.left + geometry.side, geometry.top + geometry.side)]
    np.testing.assert_allclose(corners, expected, atol=1e-9)


@given(planted_squares())
def test_a_planted_square_comes_back_where_it_was(planted):
    geometry, top, left, size = planted
    mask = np.zeros((geometry.height, geometry.width), dtype=bool)
    mask[top : top + size, left : left + size] = True

    there = geometry.mask_to_input(mask)
    box = geometry.points_to_input([(left, top), (left + size, top + size)])
    rows, columns = np.nonzero(there)
    found = [(columns.min(), rows.min()), (columns.max() + 1, rows.max() + 1)]
    np.testing.assert_allclose(found, box, atol=0.5 + 1e-6)  # at least half of a pixel counts, so edges move by half

    rows, columns = np.nonzero(geometry.mask_to_original(there))
    found = [(columns.min(), rows.min()), (columns.max() + 1, rows.max() + 1)]
    coarser = max(1.0, geometry.side / geometry.input_size)
    np.testing.assert_allclose(found, [(left, top), (left + size, top + size)], atol=0.5 * coarser + 0.5 + 1e-6)


@given(st.integers(1, 40), st.integers(0, 30), st.booleans(), st.integers(2, 5), st.integers(0, 2**32 - 1))
def test_masks_come_back_exactly_when_pixels_divide_evenly(side, margin, wide, factor, seed):
    """Enlarged by a whole factor nothing is lost; a mask of whole blocks survives shrinking by that factor."""
    shape = (side, side + margin) if wide else (side + margin, side)
    mask = np.random.default_rng(seed).random(shape) < 0.5
    enlarging = Geometry(*shape, side * factor)
    outside = np.ones(shape, dtype=bool)
    outside[enlarging.top : enlarging.top + side, enlarging.left : enlarging.left + side] = False
    np.testing.assert_array_equal(enlarging.mask_to_original(enlarging.mask_to_input(mask)), mask & ~outside)

    shrinking = Geometry(side * factor, side * factor, side)
    square = mask[enlarging.top : enlarging.top + side, enlarging.left : enlarging.left + side]
    blocks = np.kron(square, np.ones((factor, factor), dtype=bool))
    np.testing.assert_array_equal(shrinking.mask_to_input(blocks), square)
    np.testing.assert_array_equal(shrinking.mask_to_original(square), blocks)


@pytest.mark.parametrize("pixels", [8, 7])
def test_a_pixel_belongs_to_a_mask_that_covers_half_of_it(pixels):
    mask = np.zeros((4, 4), dtype=bool)
    mask.flat[:pixels] = True  # one input pixel: 8 of 16 are half, 7 are not
    assert Geometry(4, 4, 1).mask_to_input(mask).item() is (pixels == 8)


def test_masks_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"\(10, 20\)"):
        Geometry(10, 20, 5).mask_to_input(np.zeros((20, 10), dtype=bool))
    with pytest.raises(ValueError, match=r"\(5, 5\)"):
        Geometry(10, 20, 5).mask_to_original(np.zeros((10, 20), dtype=bool))


def test_map_values_by_pencil():
    values = np.array([[0, 4], [8, 12]], dtype=np.float32)
    row = np.array(
        [0, 1, 3, 4], dtype=np.float32
    )  # centres at ¼ and ¾ of each pixel; clamped outside the outer centres
    expected = row[None, :] + 2 * row[:, None]
    np.testing.assert_allclose(Geometry(4, 4, 2).map_to_original(values, "aligned"), expected, atol=1e-6)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_paper_alignment_equals_opencv_over_the_whole_image(height, width, side, seed):
    values = np.random.default_rng(seed).standard_normal((side, side)).astype(np.float32)
    stretched = Geometry(height, width, 512).map_to_original(values, "paper")
    expected = cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(stretched, expected, atol=2e-5)  # OpenCV rounds its weights in float32
    assert stretched.dtype == np.float32


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_aligned_is_the_square_put_back_with_nan_around(height, width, side, seed):
    values = np.random.default_rng(seed).standard_normal((3, side, side)).astype(np.float32)
    geometry = Geometry(height, width, 512)
    whole = geometry.map_to_original(values, "aligned")
    square = Geometry(geometry.side, geometry.side, 512).map_to_original(values, "paper")
    inside = whole[:, geometry.top : geometry.top + geometry.side, geometry.left : geometry.left + geometry.side]
    np.testing.assert_array_equal(inside, square)
    assert np.isnan(whole).sum() == 3 * (height * width - geometry.side**2)


@given(st.integers(20, 200), st.integers(20, 200), st.integers(2, 64))
def test_maps_and_points_share_one_convention(height, width, side):
    """A map whose value is its own x coordinate must read, at each original pixel centre, where that point goes."""
    geometry = Geometry(height, width, side)
    ramp = np.tile(np.arange(side, dtype=np.float32) + 0.5, (side, 1))
    whole = geometry.map_to_original(ramp, "aligned")
    centres = np.stack([np.arange(width) + 0.5, np.full(width, height / 2)], axis=1)
    expected = np.clip(geometry.points_to_input(centres)[:, 0], 0.5, side - 0.5)  # clamped beyond the outer centres
    found = whole[height // 2]
    inside = ~np.isnan(found)
    assert inside.sum() == geometry.side
    np.testing.assert_allclose(found[inside], expected[inside], atol=1e-4)  # float32 weights on values up to 64


def test_an_unknown_alignment_is_a_bug():
    with pytest.raises(ValueError, match="stretched"):
        Geometry(4, 4, 2).map_to_original(np.zeros((2, 2), np.float32), "stretched")


@given(geometries)
def test_json_round_trip(geometry):
    assert Geometry.from_json(geometry.to_json()) == geometry
    stored = json.loads(geometry.to_json())
    assert stored["crop"] == {"top": geometry.top, "left": geometry.left, "side": geometry.side}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"height": 0, "width": 4, "input_size": 2}',
        '{"height": "a"}',
        "[" * 100_000,
        '{"height": 1e999}',
    ],
)
def test_json_of_something_else_is_refused(text):
    with pytest.raises(InputError, match="Expected"):
        Geometry.from_json(text)


def test_what_a_perfect_map_scores_on_the_real_radiograph(sample_root):
    """FACTS: a perfect 512² map scores IoU 0.80, 0.81 and 0.46 in paper alignment and 0.998 or more in aligned."""
    case = CheXlocalize(sample_root).case("patient64541_study1_view1_frontal")
    scores = {"paper": {}, "aligned": {}}
    for finding in case.drawn:
        mask = case.masks[finding].decode()
        geometry = Geometry(*mask.shape, 512)
        square = mask[:, geometry.left : geometry.left + geometry.side].astype(np.float32)
        perfect = cv2.resize(square, (512, 512), interpolation=cv2.INTER_AREA)
        for alignment, of_finding in scores.items():
            drawn = np.nan_to_num(geometry.map_to_original(perfect, alignment)) > 0.5
            of_finding[finding] = (drawn & mask).sum() / (drawn | mask).sum()
    assert [round(score, 2) for score in scores["paper"].values()] == [0.80, 0.81, 0.46]
    assert min(scores["aligned"].values()) >= 0.998

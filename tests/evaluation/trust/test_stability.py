"""Stability: S by pencil, and maps that move with the image."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.trust.stability import BLANK, DISTURBANCES, NOT_FINITE, Disturbance, similarity, stability
from tests.evaluation.trust.toys import phantom, random_map


def _image() -> np.ndarray:
    return phantom(1).pixels.astype(np.float32) / 255


def test_s_by_pencil() -> None:
    a = np.array([[1.0, -1.0], [2.0, 0.0]], np.float32)
    assert similarity(a, a) == pytest.approx(1, abs=1e-12)
    assert similarity(a, np.zeros_like(a)) == pytest.approx(0, abs=1e-7)
    assert similarity(a, -a) == pytest.approx(-1, abs=1e-7)
    assert similarity(a, a + np.float32(1)) == pytest.approx(1 - 4 / 4, abs=1e-7)
    assert similarity(a, -a, np.array([[True, False], [False, True]])) == pytest.approx(-1, abs=1e-7)
    assert np.isnan(similarity(np.zeros_like(a), a))
    assert np.isnan(similarity(a, np.full_like(a, np.nan)))
    with pytest.raises(ValueError, match="one shape"):
        similarity(a, a[:1])


@given(st.integers(0, 50))
def test_a_map_is_as_stable_as_can_be_against_itself(seed) -> None:
    values = random_map(seed, 32)
    assert similarity(values, values) == pytest.approx(1, abs=1e-12)


def test_no_strength_changes_nothing() -> None:
    image = _image()
    for kind in ("contrast", "noise", "shift", "resize", "occlusion"):
        one = Disturbance(kind, 0.0)
        np.testing.assert_allclose(one.apply(image), image, atol=1e-6)
        back, shown = one.undo(image)
        assert shown.all()
        np.testing.assert_allclose(back, image, atol=1e-6)


def test_what_moves_with_the_image_is_stable_once_the_move_is_undone() -> None:
    """A blurred image as map: it follows every shift exactly and every resize up to interpolation."""
    image = _image()

    def blurred(disturbed: np.ndarray, _: Disturbance | None = None) -> np.ndarray:
        return cv2.GaussianBlur(disturbed, (0, 0), 2, borderType=cv2.BORDER_REPLICATE)

    moves = [one for one in DISTURBANCES if one.kind in ("shift", "resize")]
    for one, disturbance in zip(stability(image, blurred(image), blurred, moves), moves, strict=True):
        assert one.score > 0.97  # the border that is repeated shines in; resizing interpolates twice
        assert one.shown.mean() > 0.8
        assert similarity(blurred(image), blurred(one.image)) < one.score - 0.01, disturbance.label


def test_a_shift_is_undone_exactly_by_pencil() -> None:
    values = np.arange(64, dtype=np.float32).reshape(8, 8)
    one = Disturbance("shift", 1 / 4)
    moved = one.apply(values)
    np.testing.assert_array_equal(moved[2:, 2:], values[:-2, :-2])
    back, shown = one.undo(moved)
    assert shown.sum() == 36
    np.testing.assert_array_equal(back[shown], values[shown])


@pytest.mark.parametrize(
    ("strength", "first", "last"),
    [
        (-1 / 8, 0, 8),  # (9 x − 3.5) / 8: the outermost centres come to −0.4375 and 7.4375
        (-1 / 4, 1, 7),  # (5 x − 3.5) / 4: to −0.875 and 7.875; the next ones to 0.375 and 6.625
    ],
)
def test_a_pixel_is_shown_as_far_as_half_a_pixel_beyond_the_last_centre(strength, first, last) -> None:
    """A resize that enlarges, by pencil; none of the disturbances in use comes that close to the border."""
    _, shown = Disturbance("resize", strength).undo(np.zeros((8, 8), np.float32))
    expected = np.zeros((8, 8), bool)
    expected[first:last, first:last] = True
    np.testing.assert_array_equal(shown, expected)


def test_it_falls_with_strength() -> None:
    image = _image()

    def edges(disturbed: np.ndarray, _: Disturbance | None = None) -> np.ndarray:
        return cv2.GaussianBlur(cv2.Laplacian(disturbed, cv2.CV_32F), (0, 0), 1)

    found = stability(image, edges(image), edges)
    for kind in ("contrast", "noise"):
        scores = [one.score for one in found if one.disturbance.kind == kind]
        assert scores == sorted(scores, reverse=True)
        assert scores[0] - scores[-1] > 0.2


def test_an_occlusion_counts_outside_its_square_only() -> None:
    image = _image()
    (one,) = stability(image, image, lambda disturbed, _: disturbed, [Disturbance("occlusion", 0.25)])
    assert one.score == pytest.approx(1, abs=1e-9)
    assert (~one.shown).sum() == 32 * 32
    assert not np.array_equal(one.image, image)


def test_blank_and_broken_maps_are_undefined() -> None:
    image = _image()
    for values, reason in ((np.zeros_like(image), BLANK), (np.full_like(image, np.inf), NOT_FINITE)):
        (one,) = stability(image, values, lambda disturbed, _: disturbed, [Disturbance("noise", 0.1)])
        assert np.isnan(one.score)
        assert one.reason == reason

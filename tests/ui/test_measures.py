"""The panes' scores in Python, against evaluation.localization, OpenCV and pencil."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import center_of_mass
from sklearn.metrics import cohen_kappa_score, f1_score, jaccard_score

from evaluation import localization
from evaluation.localization import Overlap
from tests.browser.stage import make_explanation, side_of
from ui.measures import COMPARED, LEVELS, METRICS, ViewMap, centre_hit, compare, kappa, threshold_level

ROWS, COLUMNS = np.mgrid[:512, :512]
DISC = (ROWS - 200) ** 2 + (COLUMNS - 300) ** 2 < 120**2


def noise(key: str, seed: int = 0) -> ViewMap:
    side = side_of(key)
    maps = np.random.default_rng(seed).normal(size=(14, side, side)).astype(np.float32)
    return ViewMap.of(make_explanation(key, maps), "Edema")


@given(key=st.sampled_from(["raw", "gradcam"]), threshold=st.integers(0, 1000), seed=st.integers(0, 50))
def test_region_and_scores_are_the_localization_room_s(key: str, threshold: int, seed: int) -> None:
    laid, level = noise(key, seed), threshold_level(threshold / 1000)
    scaled = (laid.scored.astype(np.float64) - laid.least) / (laid.most - laid.least)
    marked = scaled * LEVELS > level
    assert np.array_equal(laid.region(level), marked)
    overlap, found = Overlap.count(marked, DISC), laid.scores(level, DISC)
    for name, function in (("iou", "iou_all"), ("dice", "dice"), ("precision", "precision"), ("recall", "recall")):
        assert found[name] == pytest.approx(float(getattr(localization, function)(overlap)), nan_ok=True)
    assert found["hit"] == localization.hit(laid.scored, DISC)


@pytest.mark.parametrize("side", [1, 7, 16, 32])
def test_maps_are_enlarged_as_opencv_does(side: int) -> None:
    maps = np.random.default_rng(side).normal(size=(14, side, side)).astype(np.float32)
    found = ViewMap.of(make_explanation("gradcam", maps), "No Finding")
    np.testing.assert_allclose(found.signed, cv2.resize(maps[0], (512, 512)), atol=2e-6)
    patches = np.random.default_rng(side).normal(size=(14, 8, 8)).astype(np.float32)
    expected = patches[0].repeat(64, axis=0).repeat(64, axis=1)
    assert np.array_equal(ViewMap.of(make_explanation("raw", patches), "No Finding").signed, expected)


def test_shares_of_attention_that_hardly_differ_are_cut_where_they_do() -> None:
    shares = np.full((14, 4, 4), 0.06, np.float32)
    shares[:, 1, 2] = 0.061
    laid = ViewMap.of(make_explanation("rollout@timm:vit_tiny_patch16_224", shares), "Edema")
    assert 0 < laid.region(threshold_level(0.5)).mean() < 1 / 8  # not the whole square


def test_by_pencil() -> None:
    patches = np.zeros((14, 8, 8), np.float32)
    patches[:, 0, 0], patches[:, 0, 1], patches[:, 7, 7] = 3, 2, -1
    laid, mask = ViewMap.of(make_explanation("raw", patches), "Edema"), np.zeros((512, 512), bool)
    mask[:64, 64:192] = True  # half of what is marked, and as much again
    level = threshold_level(0.5)
    assert laid.cut(level) == 1 and laid.region(level).sum() == 2 * 64 * 64
    assert list(laid.scores(level, mask).values()) == pytest.approx([1 / 3, 1 / 2, 1 / 2, 1 / 2, 0])
    assert laid.why_undefined(level, mask) == "" and laid.why_undefined(LEVELS, mask) == "nothing above the threshold"
    assert laid.scores(LEVELS, mask) == pytest.approx(
        {"iou": 0, "dice": 0, "precision": math.nan, "recall": 0, "hit": 0}, nan_ok=True
    )


def test_below_all_values_everything_is_marked() -> None:
    assert noise("raw").region(-1).all() and not noise("raw").region(LEVELS).any()


def test_blank_maps_and_missing_masks_are_undefined_with_a_reason() -> None:
    flat = ViewMap.of(make_explanation("raw", np.ones((14, 8, 8), np.float32)), "Edema")
    negative = ViewMap.of(make_explanation("gradcam", np.full((14, 16, 16), -1, np.float32)), "Edema")
    for laid, words in ((flat, "same value everywhere"), (negative, "no positive evidence")):
        assert laid.blank and not laid.region(-1).any() and laid.why_undefined(0, DISC) == words
        assert all(math.isnan(laid.scores(0, DISC)[name]) for name in METRICS)
    nothing = ViewMap.of(make_explanation("gradcam", np.full((14, 16, 16), np.nan, np.float32)), "Edema")
    assert nothing.unpredicted and nothing.blank and nothing.why_undefined(0, DISC) == "not predicted"
    assert not nothing.region(-1).any() and all(math.isnan(value) for value in nothing.scores(0, DISC).values())
    assert noise("raw").why_undefined(0, None) == "no mask"
    assert noise("raw").why_undefined(0, np.zeros((512, 512), bool)) == "empty mask"


def blobs(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return cv2.GaussianBlur(rng.normal(size=(96, 96)).astype(np.float32), (0, 0), 7) > 0.03


@pytest.mark.parametrize("seed", range(0, 32, 4))
def test_two_annotations_are_compared_as_scikit_learn_does(seed: int) -> None:
    first, second = blobs(seed), blobs(seed + 1)
    flat = first.ravel(), second.ravel()
    assert kappa(first, second) == pytest.approx(cohen_kappa_score(*flat), abs=1e-12)
    found = compare(first, second, 2.0)
    assert found["iou"] == pytest.approx(jaccard_score(*flat)) and found["dice"] == pytest.approx(f1_score(*flat))


@given(one=st.integers(0, 200), other=st.integers(0, 200))
def test_centres_of_two_annotations_are_scipy_s_and_distances_those_of_either_side(one: int, other: int) -> None:
    first, second = blobs(one), blobs(other)
    found = compare(first, second, 2.0)
    assert list(found) == list(COMPARED)
    row, column = (math.floor(at + 0.5) for at in center_of_mass(first))
    assert found["centre_of_one_in_other"] == second[row, column]
    assert found["centre_of_other_in_one"] == compare(second, first, 2.0)["centre_of_one_in_other"]
    back = compare(second, first, 1.0)["hausdorff_px"] * 2  # OpenCV's distances are float32
    assert found["hausdorff_px"] == pytest.approx(back, rel=1e-6)


def test_comparisons_with_nothing_are_undefined_and_centres_are_those_of_the_mass() -> None:
    nothing, all_of_it = np.zeros((4, 6), bool), np.ones((4, 6), bool)
    assert math.isnan(kappa(nothing, nothing)) and math.isnan(kappa(all_of_it, all_of_it))
    assert kappa(nothing, all_of_it) == 0
    assert math.isnan(centre_hit(nothing, all_of_it)) and math.isnan(centre_hit(all_of_it, nothing))
    two = np.zeros((4, 6), bool)
    two[1, [0, 4]] = True  # whose centre lies between them, outside
    assert centre_hit(two, two) == 0 and centre_hit(two, ~two) == 1
    half = np.zeros((4, 6), bool)
    half[0, :2] = True  # whose centre lies on the edge of two pixels: the right one is meant
    right = np.zeros((4, 6), bool)
    right[0, 1] = True
    assert centre_hit(half, right) == 1

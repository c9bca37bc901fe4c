"""Deletion and insertion, on models whose truth is known, against loops and scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import auc

from evaluation.trust.masking import baseline_image
from evaluation.trust.perturbation import CurveSettings, perturb
from evaluation.trust.ranking import CONSTANT, NOT_FINITE, removal_steps, top
from tests.evaluation.trust.toys import FINDING, SIDE, Looks, Patches, drawn_phantoms, random_map


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.asarray(x, np.float64)))


def test_order_by_pencil() -> None:
    values = np.array([[3, 1], [3, 2]], np.float32)
    assert removal_steps(values, 4).tolist() == [[1, 4], [2, 3]]  # equals in reading order
    assert removal_steps(values, 2).tolist() == [[1, 2], [1, 2]]
    assert top(values, 0.5).tolist() == [[True, False], [True, False]]
    patches = removal_steps(np.kron(values, np.ones((2, 2), np.float32)), 4, "patches", 2)
    assert patches.tolist() == np.kron([[1, 4], [2, 3]], np.ones((2, 2), int)).tolist()


@given(st.integers(1, 80), st.integers(0, 5))
def test_every_step_takes_its_share(steps: int, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, 4, (8, 8)).astype(np.float32)
    found = removal_steps(values, steps)
    gone = [(found <= k).sum() for k in range(steps + 1)]
    assert gone == [k * 64 // steps for k in range(steps + 1)]
    for k in range(1, steps):  # nothing that stays is larger than what goes
        if 0 < gone[k] < 64:
            assert values[found <= k].min() >= values[found > k].max()


@pytest.mark.parametrize("baseline", ["blur", "mean", "black"])
@pytest.mark.parametrize("pieces", ["pixels", "patches"])
def test_curves_are_those_of_a_plain_loop(baseline, pieces) -> None:
    model, rng = Patches(), np.random.default_rng(5)
    image, values = rng.random((64, 64)).astype(np.float32), rng.normal(size=(64, 64)).astype(np.float32)
    found = perturb(model, image, values, 4, CurveSettings(baseline, 16, pieces))
    base = baseline_image(image, baseline)
    removal = removal_steps(values, 16, pieces, 16)
    for k in range(17):
        deleted, inserted = image.copy(), base.copy()
        deleted[removal <= k] = base[removal <= k]
        inserted[removal <= k] = image[removal <= k]
        wanted = _sigmoid(model.logits(np.stack([deleted, inserted]))[:, 4])
        np.testing.assert_allclose(found.deletion.probabilities[k], wanted[0], atol=1e-6)
        np.testing.assert_allclose(found.insertion.probabilities[k], wanted[1], atol=1e-6)
        np.testing.assert_array_equal(found.picture("deletion", k), deleted)
        np.testing.assert_array_equal(found.picture("insertion", k), inserted)
    for curve in (found.deletion, found.insertion):
        assert curve.area == pytest.approx(auc(curve.shares, curve.probabilities), abs=1e-12)


def test_the_ends_are_exactly_the_image_and_the_baseline() -> None:
    for model in (Patches(), Looks(np.eye(64) > 0)):
        image = np.random.default_rng(1).random((64, 64)).astype(np.float32)
        found = perturb(model, image, random_map(1, 64), FINDING)
        ends = _sigmoid(model.logits(np.stack([image, baseline_image(image)]))[:, FINDING])
        assert found.deletion.probabilities[[0, -1]] == pytest.approx(ends, abs=1e-15)
        assert found.insertion.probabilities[[-1, 0]] == pytest.approx(ends, abs=1e-15)


def test_on_phantoms_the_true_mask_beats_its_inverse_and_random_maps() -> None:
    for image, mask in drawn_phantoms(4):
        model, settings = Looks(mask), CurveSettings("black", 32)
        truth = mask.astype(np.float32)
        maps = [truth, 1 - truth, *(random_map(seed) for seed in range(3))]
        first, *others = (perturb(model, image, values, FINDING, settings) for values in maps)
        assert all(first.deletion.area < other.deletion.area - 0.1 for other in others)
        assert all(first.insertion.area > other.insertion.area + 0.1 for other in others)


def test_maps_that_order_alike_cost_nothing_twice() -> None:
    model, image, values = Looks(np.eye(SIDE) > 0), np.random.default_rng(0).random((SIDE, SIDE)), random_map(0)
    known: dict = {}
    first = perturb(model, image.astype(np.float32), values, FINDING, known=known)
    asked = model.images
    second = perturb(model, image.astype(np.float32), 0.25 * values, FINDING, known=known)
    assert model.images == asked
    assert second.deletion.area == first.deletion.area


def test_maps_that_order_nothing_are_undefined() -> None:
    image = np.zeros((64, 64), np.float32)
    for values, reason in ((image, CONSTANT), (np.full_like(image, np.nan), NOT_FINITE)):
        found = perturb(Patches(), image, values, 0)
        assert np.isnan([found.deletion.area, found.insertion.area]).all()
        assert found.reason == reason


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="one step"):
        removal_steps(np.zeros((4, 4), np.float32), 0)
    with pytest.raises(ValueError, match="divides 4"):
        removal_steps(np.zeros((4, 4), np.float32), 2, "patches", 3)
    with pytest.raises(ValueError, match="share"):
        top(np.zeros((4, 4), np.float32), 0)

"""RISE: its expectation on a model that is linear in the pixels, in closed form; its sum by hand."""

from itertools import product

import numpy as np
import pytest
from scipy.special import expit, logit

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.geometry import Geometry
from explainers.model_run import ModelRun
from explainers.perturbation.rise import Masks
from explainers.run import explain, explain_all
from models.predictions import Prediction
from tests.explainers.perturbation.conftest import info_of

SIZE, CELLS, P = 8, 2, 0.3


class Linear:
    """Probabilities that are linear in the pixels, another function for each finding."""

    def __init__(self):
        self.input_size, self.info = SIZE, info_of(SIZE)
        self.weights = np.random.default_rng(0).random((len(FINDINGS), SIZE * SIZE))
        self.weights *= 0.8 / self.weights.sum(axis=1, keepdims=True)

    def logits(self, images):
        return logit(0.1 + images.reshape(len(images), -1) @ self.weights.T).astype(np.float32)

    def predict(self, image):
        return Prediction(self.logits(image[None])[0])


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(1).random((SIZE, SIZE), np.float32)


def run_on(image):
    return ModelRun(image, Geometry(SIZE, SIZE, SIZE), Linear())


def rise(image, **values):
    values = {"cells": CELLS, "probability": P, "baseline": "black", "formula": "paper", **values}
    return explain_all({"cnn": run_on(image)}, ["rise@cnn"], {"rise@cnn": values})["rise@cnn"].maps


def second_moments():
    """E[M(λ) · M(μ)] for all pixels λ and μ: over all places that a mask can be cut out at, by the cells' shares."""
    cell = SIZE // CELLS
    side = (CELLS + 1) * cell
    at = ((np.arange(side) + 0.5) * CELLS / side - 0.5).clip(0, CELLS - 1)
    share = np.maximum(0, 1 - np.abs(at[:, None] - np.arange(CELLS)))  # of each cell in each pixel, along one side
    moments = np.zeros((SIZE * SIZE, SIZE * SIZE))
    for row, column in product(range(cell), repeat=2):
        rows, columns = share[row : row + SIZE], share[column : column + SIZE]
        both = np.einsum("ri,cj->rcij", rows, columns).reshape(SIZE * SIZE, -1)
        moments += (P**2 + P * (1 - P) * both @ both.T) / cell**2
    return moments


def test_the_expectation_is_the_closed_form(image):
    """Of a linear model y = 0.1 + Σ a_μ x_μ it is 0.1 + Σ a_μ x_μ E[M(λ) M(μ)] / p."""
    model, masks = Linear(), 1500
    expected = 0.1 + (model.weights * image.ravel()) @ second_moments() / P
    found = rise(image, masks=masks).reshape(len(FINDINGS), -1)
    drawn = Masks(SIZE, CELLS, P, 0).draw(range(1000)).reshape(1000, -1).astype(float)
    each = expit(model.logits(drawn * image.ravel()).astype(float))
    error = np.array([(y[:, None] * drawn / P).std(axis=0) for y in each.T]) / masks**0.5
    distance = (found - expected) / error
    assert np.abs(distance).max() < 5 and np.abs(distance.mean()) < 4
    assert error.max() < 0.3 * (expected.max() - expected.min())  # sharp enough to tell a wrong form


def test_masks_let_the_image_through_as_often_as_said():
    for probability in (0.1, 0.8):
        drawn = Masks(20, 3, probability, 4).draw(range(1000))
        assert drawn.min() >= 0 and drawn.max() <= 1
        assert np.abs(drawn.mean(axis=0) - probability).max() < 5 * 0.5 / 1000**0.5


def test_the_sums_are_those_that_are_said(image):
    masks, model = Masks(SIZE, CELLS, P, 7).draw(range(9)), Linear()
    grey = image.mean(dtype=np.float64)
    total, centred, said = 0, 0, []
    for mask in masks:
        seen = (image * mask + grey * (1 - mask)).astype(np.float32)
        said.append(expit(model.logits(seen[None])[0].astype(float))[:, None, None])
        total += said[-1] * mask
    for mask, probability in zip(masks, said, strict=True):
        centred += (probability - np.mean(said, axis=0)) * mask
    values = {"masks": 9, "seed": 7, "baseline": "mean"}
    np.testing.assert_allclose(rise(image, **values), total / (9 * P), atol=1e-6)
    np.testing.assert_allclose(rise(image, formula="centred", **values), centred / (9 * P), atol=1e-6)


def test_a_coarse_map_is_that_of_the_first_masks(image):
    values = {"cells": CELLS, "masks": 210}
    coarse, fine = explain({"cnn": run_on(image)}, ["rise@cnn"], {"rise@cnn": values})
    assert coarse.parameters["masks"] == 52 and not coarse.final and fine.final
    again = explain_all({"cnn": run_on(image)}, ["rise@cnn"], {"rise@cnn": {**values, "masks": 52}})["rise@cnn"]
    np.testing.assert_array_equal(coarse.maps, again.maps)
    assert np.abs(rise(image, masks=52, seed=1) - rise(image, masks=52)).max() > 0


@pytest.mark.parametrize("values", [{"masks": 0}, {"cells": 0}, {"probability": 1.0}, {"seed": -1}])
def test_what_cannot_be_is_refused(image, values):
    with pytest.raises(InputError, match=f"Wrong parameter '{next(iter(values))}' of rise"):
        rise(image, **values)

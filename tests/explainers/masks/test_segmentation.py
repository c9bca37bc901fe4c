"""A segmentation as a method: what is stored, what is drawn, and that it is told apart from what saw no masks."""

import numpy as np
import pytest

from data_cache.geometry import Geometry
from explainers.entry import KINDS
from explainers.masks.segmentation import as_probabilities
from explainers.model_run import ModelRun
from explainers.pairs import parse_pair, shown_masks
from explainers.registry import EXPLAINERS
from explainers.run import explain_all
from models.registry import MODELS
from tests.explainers.conftest import SEGMENTING


def test_the_map_is_the_mean_probability_of_each_cell(small_models):
    model = small_models[SEGMENTING]
    image = np.random.default_rng(5).random((64, 64), np.float32)
    passes = []
    run = ModelRun(image, Geometry(64, 64, 64), model, passes.append)
    pixels = model.segments(image)
    fine = explain_all({SEGMENTING: run}, ["segmentation"])["segmentation"]
    np.testing.assert_allclose(fine.maps, pixels, atol=0.5 / 256 + 1e-7)
    np.testing.assert_array_equal(fine.maps * 256, np.rint(fine.maps * 256))
    coarse = explain_all({SEGMENTING: run}, ["segmentation"], {"segmentation": {"side": 8}})["segmentation"]
    cells = pixels.reshape(14, 8, 8, 8, 8).mean(axis=(2, 4))
    np.testing.assert_allclose(coarse.maps, cells, atol=0.5 / 256 + 1e-6)
    assert passes == [SEGMENTING]  # one pass gives the logits and both
    assert "shown masks" in EXPLAINERS["segmentation"].view.remark(fine)


def test_it_is_scored_as_the_probability_that_it_is():
    maps = np.array([[[0.0, 0.25], [0.5, 0.125]]], np.float32)
    scored = as_probabilities(maps, 64)
    assert (float(scored.min()), float(scored.max())) == (0, 0.5)  # not stretched to its own extremes
    assert not as_probabilities(np.zeros((1, 4, 4), np.float32), 8).any()


@pytest.mark.parametrize(
    ("name", "masks"),
    [
        ("segmentation", True),
        (f"segmentation@{SEGMENTING}", True),
        (f"occlusion@{SEGMENTING}", True),
        ("segmentation@unknown", True),
        ("gradcam", False),
        ("gradcam@mednext_xue", False),
        ("Floor: prior", False),
        ("my own", False),
    ],
)
def test_what_was_shown_masks_is_known_by_name(name, masks):
    assert shown_masks(name) is masks


def test_no_other_method_or_model_says_that_it_was_shown_masks():
    assert [key for key, entry in EXPLAINERS.items() if entry.supervision == "masks"] == ["segmentation"]
    assert [key for key, entry in MODELS.items() if entry.supervision == "masks"] == [SEGMENTING]
    assert parse_pair("segmentation").model == SEGMENTING
    assert not EXPLAINERS["segmentation"].standard
    assert KINDS[EXPLAINERS["segmentation"].kind] == "By a network that was shown masks"

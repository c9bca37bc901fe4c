"""Score-CAM against pytorch-grad-cam on a small random network, flat channels, and by hand."""

import numpy as np
import pytest
import torch
from pytorch_grad_cam import ScoreCAM

from explainers.perturbation.scorecam import by_variance, interpolation, masks_of, score_maps
from explainers.published import cam_picture
from explainers.run import explain, explain_all
from tests.explainers.test_cams import library


def ours(run, **values):
    return explain_all({"cnn": run}, ["scorecam"], {"scorecam": values})["scorecam"].maps


def test_pictures_equal_the_library(small):
    network, image, run = small
    theirs = library(ScoreCAM, network, network.late, image)
    np.testing.assert_allclose(cam_picture(ours(run, enlarging="corners"), len(image)), theirs, atol=3e-6)
    assert len(run.heard) == 1 + network.linear.in_features  # once for all 14 findings


def test_flat_channels_are_left_out(small, run_of):
    network, image, _ = small
    with torch.no_grad():
        for part in (network.late[0].weight, network.late[0].bias):
            part[3] = 0
    heard = []
    flat = run_of(network, image, heard)
    maps = ours(flat)
    features = flat.prediction.features
    assert (features[3] == 0).all() and 3 not in by_variance(features) and len(heard) == len(features)
    others = [k for k in range(len(features)) if k != 3]
    masks = masks_of(features[others], len(image), "centres")
    np.testing.assert_allclose(maps, score_maps(flat.model.logits(image * masks), features[others]), atol=1e-5)


def test_a_network_of_flat_channels_gives_a_blank_map(small, run_of):
    network, image, _ = small
    with torch.no_grad():
        network.late[0].weight.zero_()
    (only,) = explain({"cnn": run_of(network, image)}, ["scorecam"])
    assert only.final and not only.maps.any() and "All feature maps are flat" in only.note


def test_a_coarse_map_is_that_of_the_channels_that_vary_most(small, run_of):
    network, image, _ = small
    features = run_of(network, image).prediction.features
    order = np.argsort(-features.var(axis=(1, 2)))[:10]
    masks = masks_of(features[order], len(image), "centres")
    direct = score_maps(run_of(network, image).model.logits(image * masks), features[order])
    np.testing.assert_allclose(ours(run_of(network, image), channels=10), direct, atol=1e-5)


def test_by_hand():
    """Logits 0 and ln 3 make weights ¼ and ¾; where a logit is NaN, so is its map."""
    logits = np.array([[0, np.nan], [np.log(3), np.nan]], np.float32)
    maps = score_maps(logits, np.array([[[4, 0]], [[0, -4]]], np.float32))
    np.testing.assert_allclose(maps, [[[1, -3]], [[np.nan, np.nan]]], atol=1e-6)


@pytest.mark.parametrize("cells", [1, 3, 8])
def test_masks_are_enlarged_as_pytorch_does(cells):
    values = np.random.default_rng(0).random((2, cells, cells), np.float32)
    for enlarging, corners in (("centres", False), ("corners", True)):
        weights = interpolation(8, cells, enlarging)
        theirs = torch.nn.functional.interpolate(
            torch.from_numpy(values)[None], size=(8, 8), mode="bilinear", align_corners=corners
        )[0].numpy()
        np.testing.assert_allclose(weights @ values @ weights.T, theirs, atol=1e-6)

"""The class activation formulas, by hand and against pytorch-grad-cam on small random networks."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pytorch_grad_cam import EigenCAM, GradCAM, GradCAMPlusPlus
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import nn

from data_cache.findings import FINDINGS
from explainers.cam import LayerParameters
from explainers.eigencam import EigenCam, EigenParameters, first_component
from explainers.gradcam import GradCam, GradCamParameters
from explainers.gradcam_plus_plus import GradCamPlusPlus
from explainers.layers import evidence_by_autograd
from explainers.published import cam_picture
from explainers.types import Evidence, never

CAMS = {
    "gradcam": (GradCam(GradCamParameters()), GradCAM),
    "gradcam++": (GradCamPlusPlus(LayerParameters()), GradCAMPlusPlus),
    "eigencam": (EigenCam(EigenParameters()), EigenCAM),
}


class PooledNetwork(nn.Module):
    """Convolutions, average pooling and one linear layer: the shape of the baseline CNN, small."""

    def __init__(self, channels, stride):
        super().__init__()
        self.early = nn.Sequential(nn.Conv2d(1, 6, 3, stride, 1), nn.SiLU(inplace=True))
        self.late = nn.Sequential(nn.Conv2d(6, channels, 3, 2, 1), nn.SiLU(inplace=True))
        self.linear = nn.Linear(channels, len(FINDINGS))

    def forward(self, x):
        return self.linear(self.late(self.early(x)).mean((2, 3)))


def network_and_image(seed, channels=40, stride=2, size=32):
    generator = torch.Generator().manual_seed(seed)
    network = PooledNetwork(channels, stride).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    return network, torch.rand((size, size), generator=generator).numpy()


def closed_form(network, image):
    with torch.no_grad():
        features = network.late(network.early(torch.from_numpy(image)[None, None]))[0].numpy()
    weight = network.linear.weight.detach().numpy() / features[0].size
    return Evidence(features, *[lambda: iter([weight[:, :, None, None]])] * 2, linear=True)


def library(cam_class, network, layer, image):
    """pytorch-grad-cam as the official code calls it: once a finding."""
    with cam_class(model=network, target_layers=[layer]) as cam:
        batch = torch.from_numpy(image)[None, None]
        return np.concatenate([cam(batch, [ClassifierOutputTarget(i)]) for i in range(len(FINDINGS))])


@pytest.mark.parametrize("name", CAMS)
@pytest.mark.parametrize("seed", range(4))
def test_closed_form_equals_the_library(name, seed):
    network, image = network_and_image(seed)
    ours, theirs = CAMS[name]
    picture = cam_picture(ours.maps(closed_form(network, image)), len(image))
    np.testing.assert_allclose(picture, library(theirs, network, network.late, image), atol=2e-6)


@pytest.mark.parametrize("name", CAMS)
@pytest.mark.parametrize("layer", ["early", "early.0", "late", "late.0"])
def test_autograd_equals_the_library_at_every_layer(name, layer):
    network, image = network_and_image(seed=7, channels=20)
    ours, theirs = CAMS[name]
    picture = cam_picture(
        ours.maps(evidence_by_autograd(network, layer, image, range(len(FINDINGS)), never)), len(image)
    )
    for part in network.modules():  # in place, the library would see the activations after the next layer
        part.inplace = False
    expected = library(theirs, network, network.get_submodule(layer), image)
    np.testing.assert_allclose(picture, expected, atol=2e-6)


@pytest.mark.parametrize("name", CAMS)
def test_autograd_at_the_last_features_equals_the_closed_form(name):
    network, image = network_and_image(seed=1)
    ours, _ = CAMS[name]
    by_autograd = ours.maps(evidence_by_autograd(network, "late", image, range(len(FINDINGS)), never))
    np.testing.assert_allclose(by_autograd, ours.maps(closed_form(network, image)), rtol=1e-5, atol=1e-6)


def hand_made(features, weights):
    features = np.array(features, np.float32)
    gradients = np.array(weights, np.float32)[:, :, None, None] / features[0].size
    return Evidence(features, *[lambda: iter([gradients])] * 2, linear=True)


def test_gradcam_by_hand():
    """Two channels on 1×2 cells, W = (4, −2): map = 2·A₁ − 1·A₂, signed."""
    evidence = hand_made([[[1, 0]], [[0, 3]]], [[4, -2]])
    np.testing.assert_allclose(GradCam(GradCamParameters()).maps(evidence), [[[2, -3]]])


def test_gradcam_plus_plus_by_hand():
    """g = (2, −1), ΣA = (1, 3): α₁ = 4/(8 + 1·8 + 10⁻⁶), weight₁ = 2 cells·α₁·2 ≈ 1; the negative channel counts 0."""
    evidence = hand_made([[[1, 0]], [[0, 3]]], [[4, -2]])
    np.testing.assert_allclose(GradCamPlusPlus(LayerParameters()).maps(evidence), [[[1, 0]]], rtol=1e-6)


def test_the_cells_of_gradcam_add_up_to_the_logit():
    network, image = network_and_image(seed=2)
    maps = CAMS["gradcam"][0].maps(closed_form(network, image))
    with torch.no_grad():
        logits = network(torch.from_numpy(image)[None, None])[0] - network.linear.bias
    np.testing.assert_allclose(maps.sum(axis=(1, 2)), logits, rtol=1e-4, atol=1e-4)


@settings(max_examples=60)
@given(st.integers(1, 40), st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_first_component_is_numpys_with_numpys_sign(channels, height, width, seed):
    """On both sides of the channel count from which only the triangle of an LQ factorisation is decomposed."""
    features = np.random.default_rng(seed).normal(0, 3, (channels, height, width)).astype(np.float32)
    rows = features.reshape(channels, -1).T
    centred = rows - rows.mean(axis=0)
    _, s, vt = np.linalg.svd(centred, full_matrices=True)
    if len(s) > 1 and s[1] > 0.97 * s[0]:
        return  # two equal components: any mixture of them is right
    expected = (centred @ vt[0]).reshape(height, width)
    np.testing.assert_allclose(first_component(features, "svd"), expected, atol=2e-4 * max(float(s[0]), 1e-3))


@pytest.mark.parametrize(("height", "width"), [(2, 3), (3, 3), (3, 4), (5, 5)])
@pytest.mark.parametrize("beside", [-2, -1, 0, 1])
def test_first_component_has_numpys_sign_at_the_bound_of_the_shortcut(height, width, beside):
    """Below it gesdd decomposes the matrix as it is, and the triangle of an LQ factorisation has other signs."""
    channels = height * width * 11 // 6 + beside
    for seed in range(12):
        features = np.random.default_rng(seed).normal(0, 3, (channels, height, width)).astype(np.float32)
        rows = features.reshape(channels, -1).T
        centred = rows - rows.mean(axis=0)
        _, s, vt = np.linalg.svd(centred, full_matrices=True)
        expected = (centred @ vt[0]).reshape(height, width)
        if s[1] <= 0.97 * s[0]:
            np.testing.assert_allclose(first_component(features, "svd"), expected, atol=2e-4 * float(s[0]))


def test_defined_sign_points_to_larger_activation():
    rng = np.random.default_rng(0)
    for _ in range(8):
        bump = np.zeros((6, 6), np.float32)
        bump[tuple(rng.integers(0, 6, 2))] = 5
        features = rng.random((30, 1, 1), np.float32) * bump + 0.01 * rng.random((30, 6, 6), np.float32)
        component = first_component(features, "activation")
        assert component.flat[np.argmax(bump)] == component.max() > 0


def test_first_component_of_nothing_is_zero():
    assert not first_component(np.full((5, 4, 4), 2.0, np.float32), "svd").any()
    assert not first_component(np.full((5, 4, 4), np.nan, np.float32), "activation").any()

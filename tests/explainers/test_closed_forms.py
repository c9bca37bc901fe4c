"""LayerCAM and its kin: by hand, and against pytorch-grad-cam on small random networks."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pytorch_grad_cam import (
    EigenGradCAM,
    FinerCAM,
    GradCAM,
    GradCAMElementWise,
    HiResCAM,
    LayerCAM,
    ShapleyCAM,
    XGradCAM,
)
from pytorch_grad_cam.utils.model_targets import FinerWeightedTarget
from torch import nn

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.geometry import Geometry
from explainers.ablationcam import AblationCam, AblationParameters
from explainers.cam import LayerParameters
from explainers.eigengradcam import EigenGradCam, EigenGradParameters
from explainers.finercam import FinerCam, FinerParameters, nearest
from explainers.gradcam import GradCam, GradCamParameters
from explainers.layercam import ElementWiseGradCam, LayerCam
from explainers.layers import evidence_by_autograd
from explainers.model_run import ModelRun
from explainers.published import cam_picture
from explainers.registry import find_method
from explainers.types import never
from models.predictor import load_predictor
from tests.explainers.test_cams import closed_form, hand_made, library, network_and_image

FORMULAS = {"gradcam": GradCAM, "hirescam": HiResCAM, "xgradcam": XGradCAM, "shapleycam": ShapleyCAM}
OURS = {
    **{key: (GradCam(GradCamParameters(formula=key)), theirs) for key, theirs in FORMULAS.items()},
    "layercam": (LayerCam(LayerParameters()), LayerCAM),
    "gradcam-elementwise": (ElementWiseGradCam(LayerParameters()), GradCAMElementWise),
    "eigengradcam": (EigenGradCam(EigenGradParameters(sign="svd")), EigenGradCAM),
}


def as_the_library(network, layer, image, theirs):
    for part in network.modules():  # in place, the library would see the activations after the next layer
        part.inplace = False
    return library(theirs, network, network.get_submodule(layer), image)


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.thorough) for seed in (1, 2))])
def test_closed_forms_equal_the_library(name, seed):
    network, image = network_and_image(seed)
    ours, theirs = OURS[name]
    picture = cam_picture(ours.maps(closed_form(network, image)), len(image))
    atol = 2e-5 if name == "xgradcam" else 3e-6  # the library adds 10⁻⁷ to sums that can be close to 0
    np.testing.assert_allclose(picture, as_the_library(network, "late", image, theirs), atol=atol)


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("layer", ["early", "early.0"])
def test_earlier_layers_equal_the_library(name, layer):
    network, image = network_and_image(seed=7, channels=20)
    ours, theirs = OURS[name]
    maps = ours.maps(evidence_by_autograd(network, layer, image, range(len(FINDINGS)), never))
    np.testing.assert_allclose(cam_picture(maps, len(image)), as_the_library(network, layer, image, theirs), atol=3e-6)


@pytest.mark.parametrize("name", ["hirescam", "xgradcam", "shapleycam"])
def test_three_formulas_are_gradcam_under_a_linear_head_and_differ_before(name):
    network, image = network_and_image(seed=3)
    ours, gradcam = OURS[name][0], OURS["gradcam"][0]
    last = [one.maps(evidence_by_autograd(network, "late", image, range(14), never)) for one in (ours, gradcam)]
    np.testing.assert_allclose(*last, atol=2e-6 * np.abs(last).max())
    early = [one.maps(evidence_by_autograd(network, "early.0", image, range(14), never)) for one in (ours, gradcam)]
    assert np.abs(early[0] - early[1]).max() > 0.01 * np.abs(early[1]).max()


def test_shapleycam_by_hand():
    """y = a² of one cell: gradient 2a, second derivative 2, so that 2a − ½·2·a = a, times a."""

    class Square(nn.Module):
        def __init__(self):
            super().__init__()
            self.early = nn.Conv2d(1, 1, 1, bias=False)

        def forward(self, x):
            return (self.early(x) ** 2).sum((2, 3))

    network = Square().eval()
    with torch.no_grad():
        network.early.weight.fill_(3.0)
    evidence = evidence_by_autograd(network, "early", np.ones((1, 1), np.float32), [0], never)
    assert GradCam(GradCamParameters(formula="shapleycam")).maps(evidence).item() == pytest.approx(9)


def test_layercam_by_hand():
    """W = (4, −2) on 1×2 cells, so g = (2, −1): the negative channel counts nothing, a negative feature shows."""
    evidence = hand_made([[[1, -1]], [[0, 3]]], [[4, -2]])
    np.testing.assert_allclose(LayerCam(LayerParameters()).maps(evidence), [[[2, -2]]])


def test_element_wise_by_hand():
    """2·(1, −1) and −1·(−2, 3): of the products (2, −2) and (2, −3) the positive ones count."""
    evidence = hand_made([[[1, -1]], [[-2, 3]]], [[4, -2]])
    np.testing.assert_allclose(ElementWiseGradCam(LayerParameters()).maps(evidence), [[[4, 0]]])


@settings(max_examples=40)
@given(st.integers(1, 30), st.integers(1, 6), st.integers(2, 6), st.integers(0, 2**32 - 1))
def test_eigengradcam_is_numpys_component_with_the_sign_of_the_sum(channels, height, width, seed):
    """Whether there are more channels or more cells."""
    generator = np.random.default_rng(seed)
    features = generator.normal(0, 2, (channels, height, width)).astype(np.float32)
    weights = generator.normal(0, 2, (1, channels)).astype(np.float32)
    maps = EigenGradCam(EigenGradParameters()).maps(hand_made(features, weights))
    products = (weights.T * features.reshape(channels, -1) / (height * width)).astype(float)
    centred = products - products.mean(axis=1, keepdims=True)
    _, s, vt = np.linalg.svd(centred)
    if len(s) > 1 and s[1] > 0.97 * s[0]:
        return  # two equal components: any mixture of them is right
    expected, total = vt[0] * s[0], centred.sum(axis=0)
    if abs(expected @ total) < 1e-6 * max(s[0], 1e-9) ** 2:
        return  # neither side is larger
    expected = expected * np.sign(expected @ total)
    np.testing.assert_allclose(maps[0].ravel(), expected, atol=1e-4 * max(s[0], 1e-6))


def test_eigengradcam_of_features_that_are_the_same_everywhere_is_0():
    evidence = hand_made(np.full((3, 2, 2), 5.0), [[1, 2, 3]])
    np.testing.assert_array_equal(EigenGradCam(EigenGradParameters()).maps(evidence), np.zeros((1, 2, 2)))


@pytest.fixture
def run(small_weights):
    model = load_predictor(small_weights["cnn"], "cnn", "torch-cpu")
    size = model.input_size
    image = np.random.default_rng(5).random((size, size), np.float32)
    return ModelRun(image, Geometry(size, size, size), model)


def maps_of(explainer, run):
    (stage,) = explainer.stages(run, never)
    return stage.maps


def test_ablationcam_equals_passes_with_each_channel_at_0(run):
    """The paper's formula by its definition: one pass of the head a channel."""
    features, head = run.prediction.features, run.model
    logits = run.logits.astype(float)
    expected = np.zeros((len(FINDINGS), *features.shape[1:]))
    for channel in range(len(features)):
        without = features.astype(float)
        without[channel] = 0
        left = head.classifier_weight @ without.mean(axis=(1, 2)) + head.classifier_bias
        expected += ((logits - left) / logits)[:, None, None] * features[channel]
    found = maps_of(AblationCam(AblationParameters()), run)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


def test_ablationcam_of_a_logit_of_0_is_0(run):
    run.prediction.logits.flags.writeable = True
    run.prediction.logits[4] = 0
    maps = maps_of(AblationCam(AblationParameters()), run)
    assert not maps[4].any() and maps[5].any() and np.isfinite(maps).all()


def test_finercam_equals_the_library():
    """Against the finding of the largest logit: the library weighs by a softmax, with 10⁻⁹ below, of the others."""
    network, image = network_and_image(seed=2)
    evidence = closed_form(network, image)
    with torch.no_grad():
        partner = int(network(torch.from_numpy(image)[None, None]).argmax())
    finer = FinerCam(FinerParameters(against=FINDINGS[partner], strength=0.6))
    ours = finer.maps(evidence, np.zeros(len(FINDINGS), np.float32))
    for finding in range(len(FINDINGS)):
        with FinerCAM(network, [network.late], base_method=GradCAM) as cam:
            theirs = cam(torch.from_numpy(image)[None, None], [FinerWeightedTarget(finding, [partner], 0.6)])
        np.testing.assert_allclose(cam_picture(ours[[finding]], len(image)), theirs, atol=1e-4)


def test_finercam_is_the_difference_of_two_gradcams(run):
    gradcam = maps_of(GradCam(GradCamParameters()), run)
    found = maps_of(FinerCam(FinerParameters(against="Edema", strength=0.5)), run)
    edema = gradcam[FINDINGS.index("Edema")]
    np.testing.assert_allclose(found, gradcam - 0.5 * edema, rtol=1e-3, atol=1e-5 * np.abs(gradcam).max())
    near = maps_of(FinerCam(FinerParameters()), run)
    for place in range(len(FINDINGS)):
        others = [other for other in range(len(FINDINGS)) if other != place]
        partner = min(others, key=lambda other: abs(run.logits[other] - run.logits[place]))
        np.testing.assert_allclose(
            near[place], gradcam[place] - gradcam[partner], rtol=1e-3, atol=1e-5 * np.abs(gradcam).max()
        )


def test_the_nearest_logit_passes_over_what_is_not_predicted():
    assert nearest(np.array([1.0, np.nan, 1.1, 4.0]), 0) == 2
    assert nearest(np.array([1.0, np.nan]), 0) == 0


def test_finercam_refuses_what_is_no_finding_and_what_is_not_predicted(small_models):
    with pytest.raises(InputError) as caught:
        find_method("finercam").parse({"against": "Oedem"})
    assert str(caught.value) == (
        f"Wrong parameter 'against' of finercam: unknown finding 'Oedem': expected one of {', '.join(FINDINGS)} (or "
        "Airspace Opacity for Lung Opacity)."
    )
    model = small_models["timm:test_resnet"]
    size = model.input_size
    run = ModelRun(np.zeros((size, size), np.float32), Geometry(size, size, size), model)
    with pytest.raises(InputError, match=r"found Fracture, which it does not; name another"):
        FinerCam(FinerParameters(against="Fracture")).check(run)


@pytest.mark.parametrize("name", ["hirescam", "HiResCAM", "xgrad-cam", "shapley_cam"])
def test_a_method_that_equals_another_says_so(name):
    with pytest.raises(InputError, match=r"on the last block is gradcam; take gradcam, on an earlier layer with"):
        find_method(name)

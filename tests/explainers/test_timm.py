"""Class activation maps of timm's backbones against pytorch-grad-cam, and patch maps of one used on patches."""

import numpy as np
import pytest
import torch
from pytorch_grad_cam import EigenCAM, GradCAM, GradCAMPlusPlus
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import nn

from data_cache.findings import FINDINGS
from data_cache.geometry import Geometry
from explainers.model_run import ModelRun
from explainers.registry import EXPLAINERS
from explainers.run import explain_all
from models.capabilities import POOLED_FEATURES
from models.predictor import load_predictor
from tests.explainers import naive
from tests.models import narrow_timm
from tests.models.networks import write_timm

assert narrow_timm.default_cfgs  # imported for its names

LIBRARY = {"gradcam": GradCAM, "gradcam++": GradCAMPlusPlus, "eigencam": EigenCAM}
OUTPUTS = ["Fracture", "", "Edema", "No Finding"]
SIZE = 96
LAST = {"narrow_resnet": "backbone.layer4", "narrow_convnext": "backbone.stages.3", "test_efficientnet": "backbone.bn2"}
EARLIER = {
    "narrow_resnet": "backbone.layer2",
    "narrow_convnext": "backbone.stages.1.blocks.0",
    "test_efficientnet": "backbone.blocks.2",
}


class LogitsOnly(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, images):
        return self.module(images)[0]


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("timm")
    settings = {"input_size": SIZE, "findings": OUTPUTS, "mean": 0.4, "std": 0.3}
    return {name: load_predictor(write_timm(folder, name, **settings), f"timm:{name}", "torch-cpu") for name in LAST}


@pytest.fixture
def image():
    return np.random.default_rng(8).random((SIZE, SIZE), np.float32)


def explained(model, image, method, layer=""):
    key = model.info.key
    run = ModelRun(image, Geometry(SIZE, SIZE, SIZE), model)
    return explain_all({key: run}, [f"{method}@{key}"], {f"{method}@{key}": {"layer": layer}})[f"{method}@{key}"]


def library(method, model, layer, image, output):
    for part in model.module.modules():  # in place, the library would see the activations after the next layer
        part.inplace = False
    target = model.module.get_submodule(layer)
    with LIBRARY[method](model=LogitsOnly(model.module), target_layers=[target]) as cam:
        return cam(torch.from_numpy(image)[None, None], [ClassifierOutputTarget(output)])[0]


@pytest.mark.parametrize(
    ("method", "name"),
    [
        pytest.param(method, name, marks=() if method == "gradcam" else pytest.mark.thorough)
        for method in LIBRARY
        for name in LAST
    ],
)
@pytest.mark.parametrize("where", [dict.fromkeys(LAST, ""), EARLIER], ids=["last", "earlier"])
def test_maps_are_pytorch_grad_cams_at_their_findings(method, name, where, models, image):
    model = models[name]
    explanation = explained(model, image, method, where[name])
    assert explanation.maps[0].shape[0] > 1
    pictures = EXPLAINERS[method].view.published(explanation.maps[model.info.architecture.predicted], SIZE)
    predicted, strongest = [finding for finding in FINDINGS if finding in OUTPUTS], []
    for finding, picture in zip(predicted, pictures, strict=True):
        expected = library(method, model, where[name] or LAST[name], image, OUTPUTS.index(finding))
        strongest.append(expected.max())
        np.testing.assert_allclose(picture, expected, atol=5e-6, err_msg=finding)
    assert max(strongest) > 0.9  # not all of them are blank
    for finding in set(FINDINGS) - set(OUTPUTS):
        assert np.isnan(explanation.map_of(finding)).all()


def test_what_is_measured_of_the_head_is_said(models, image):
    assert POOLED_FEATURES.of(models["narrow_resnet"]) and not POOLED_FEATURES.of(models["narrow_convnext"])
    assert explained(models["narrow_resnet"], image, "gradcam").note == models["narrow_resnet"].info.head == ""
    said = explained(models["narrow_convnext"], image, "gradcam").note
    assert said == models["narrow_convnext"].info.head and "autograd" in said and said.endswith(".")


def test_the_last_block_by_name_gives_the_same_maps_as_in_closed_form(models, image):
    for name, model in models.items():
        closed = explained(model, image, "gradcam").maps
        by_autograd = explained(model, image, "gradcam", LAST[name]).maps
        np.testing.assert_allclose(closed, by_autograd, rtol=1e-4, atol=1e-5 * np.nanmax(np.abs(closed)))


@pytest.mark.parametrize("steps", [pytest.param(1, marks=pytest.mark.thorough), 4])
def test_patch_maps_are_those_of_the_slow_way(steps, tmp_path, image):
    settings = {"input_size": SIZE, "findings": OUTPUTS, "as": "patches", "patch_size": 32, "channels": 1, "mean": 0.5}
    model = load_predictor(write_timm(tmp_path, "test_resnet", **settings), "timm:test_resnet", "torch-cpu")
    run = ModelRun(image, Geometry(SIZE, SIZE, SIZE), model)
    name = "raw@timm:test_resnet"
    explanation = explain_all({"timm:test_resnet": run}, [name], {name: {"shift_steps": steps}})[name]
    pairs = [(row, column) for row in naive.shifts(32, steps) for column in naive.shifts(32, steps)]
    with torch.no_grad():
        patches = np.stack([naive.cut(image, 32, pair) for pair in pairs]).reshape(-1, 1, 32, 32)
        outputs = model.module.backbone(torch.from_numpy(patches)).numpy().reshape(len(pairs), -1, len(OUTPUTS))
    expected = naive.shifted_map(outputs, 32, SIZE, steps, "paper")
    for finding in FINDINGS:
        found = explanation.at_input_size()[FINDINGS.index(finding)]
        if finding in OUTPUTS:
            np.testing.assert_allclose(found, expected[OUTPUTS.index(finding)], rtol=0, atol=1e-5)
        else:
            assert np.isnan(found).all()
    if steps == 1:
        predicted = model.info.architecture.predicted
        means = explanation.maps.mean(axis=(1, 2))
        np.testing.assert_allclose(means[predicted], run.logits[predicted], rtol=0, atol=1e-5)

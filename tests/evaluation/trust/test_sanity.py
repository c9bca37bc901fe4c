"""Sanity: an edge detector posing as an explanation must fail, and maps that depend on the weights must pass."""

from itertools import product

import cv2
import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from skimage.metrics import structural_similarity
from torch import nn

from data_cache.findings import FINDINGS
from data_cache.geometry import Geometry
from evaluation.trust.evaluate_check import evaluate_sanity
from evaluation.trust.ranking import CONSTANT
from evaluation.trust.sanity import cascade, edge_map, layers, rank_correlation, sanity, structure
from explainers.model_run import ModelRun
from explainers.run import explain_all
from models.capabilities import capabilities_of
from models.checkpoints import load_checkpoint, save_checkpoint
from models.families.mxa_efficientvit import ENTRY as MXA
from models.families.timm_backbones import TimmArchitecture
from models.families.timm_backbones import build as timm_build
from models.predictor import load_predictor
from tests.evaluation.trust.toys import phantom, random_map
from tests.explainers.conftest import save_small

_DENSE = [f"features.{part}{k}" for k in (3, 2, 1) for part in ("transition", "denseblock")]
SIDE = 64
CUT: dict[str, dict[str, int]] = {"image": {}, "patches": {"patch_size": 32}}


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    return cv2.resize(phantom(1).pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


@pytest.fixture(scope="module", params=[pytest.param("medicalpatchnet", marks=pytest.mark.thorough), "cnn"])
def random_networks(request, tmp_path_factory, image):
    """A network, the same with more and more random layers, and what it says about an image."""
    kind = request.param
    path = save_small(kind, tmp_path_factory.mktemp("weights"), input_size=SIDE)
    model, checkpoint = load_predictor(path, kind, "torch-cpu"), load_checkpoint(path, kind)
    before = {name: tensor.clone() for name, tensor in checkpoint.state_dict.items()}
    stages = list(cascade(checkpoint, model, np.stack([image, image[::-1]]), seed=1))
    assert all(torch.equal(tensor, before[name]) for name, tensor in checkpoint.state_dict.items())
    return kind, model, stages, ModelRun(image, Geometry(SIDE, SIDE, SIDE), model)


def test_similarities_are_those_of_the_libraries() -> None:
    a, b = random_map(0, 16), np.round(random_map(1, 16) * 20)
    assert rank_correlation(a, b) == pytest.approx(spearmanr(a.ravel(), b.ravel()).statistic, abs=1e-12)
    assert rank_correlation(a, a) == pytest.approx(1)
    assert rank_correlation(a, -a) == pytest.approx(-1)
    big, other = random_map(0, 64), random_map(1, 64)
    scaled = [(one - one.min()) / (one.max() - one.min()) for one in (big, other)]
    assert structure(big, other) == pytest.approx(structural_similarity(*scaled, data_range=1), abs=1e-6)
    assert structure(big, 3 * big - 1) == pytest.approx(1, abs=1e-5)
    assert np.isnan(rank_correlation(a, np.zeros_like(a)))
    assert np.isnan(structure(np.full_like(a, np.nan), a))


def test_an_edge_detector_fails(image) -> None:
    """It never sees the model, so it says the same whatever the weights are."""
    others = np.stack([edge_map(image)] * 3)
    found = sanity(edge_map(image), others, ["classifier", "blocks", "stem"])
    assert not found.passed
    np.testing.assert_allclose(found.rank, 1)
    np.testing.assert_allclose(found.ssim, 1, atol=1e-6)


def test_edges_under_a_little_of_the_model_still_fail(image) -> None:
    edges = cv2.resize(edge_map(image), (16, 16), interpolation=cv2.INTER_AREA)
    others = np.stack([edges + edges.std() * random_map(seed, 16) for seed in range(2)])
    assert not sanity(edges, others, ["a", "b"]).passed


def test_unrelated_maps_pass_and_constant_ones_are_undefined() -> None:
    maps = [random_map(seed, 32) for seed in range(4)]
    assert sanity(maps[0], np.stack(maps[1:]), "abc").passed
    assert sanity(maps[0], np.zeros((1, 32, 32), np.float32), "a").passed  # a network without knowledge shows nothing
    found = sanity(np.zeros((32, 32), np.float32), np.stack(maps[1:]), "abc")
    assert found.reason == CONSTANT
    assert not found.passed
    with pytest.raises(ValueError, match="Expected 2 maps"):
        sanity(maps[0], np.stack(maps[1:]), "ab")


def test_layers_become_random_from_the_output_down(random_networks) -> None:
    kind, model, stages, _ = random_networks
    names = [name for name, _ in stages]
    assert {capabilities_of(other) for _, other in (stages[0], stages[-1])} == {capabilities_of(model)}
    assert names[0] == "classifier"
    assert names[-1] == "conv_stem"
    assert len(set(names)) == len(names)
    blocks = [name for name in names if name.startswith("blocks")]
    assert blocks == sorted(blocks, reverse=True)
    image = np.random.default_rng(0).random((1, SIDE, SIDE)).astype(np.float32)
    logits = np.stack([predictor.logits(image)[0] for _, predictor in stages])
    assert np.isfinite(logits).all()
    assert (np.abs(logits - model.logits(image)).max(axis=1) > 1e-3).all()
    if kind == "cnn":  # only the classifier changed first: the features are those of the trained network
        trained, first = model.predict(image[0]), stages[0][1].predict(image[0])
        np.testing.assert_array_equal(first.features, trained.features)


def test_every_parameter_becomes_random(tmp_path) -> None:
    path = save_small("cnn", tmp_path, input_size=SIDE)
    module = load_checkpoint(path, "cnn").build()
    named = [id(parameter) for layer in layers(module) for parameter in layer.parameters()]
    assert sorted(named) == sorted(id(parameter) for parameter in module.parameters())


_LAYERS = {
    "resnet18": ["fc", *(f"layer{k}.{b}" for k in (4, 3, 2, 1) for b in (1, 0)), "conv1"],
    "convnext_atto": ["head", *(f"stages.{k}" for k in (3, 2, 1, 0)), "stem.0"],
    "vit_tiny_patch16_224": ["head", *(f"blocks.{k}" for k in range(11, -1, -1)), "patch_embed"],
    "densenet121": ["classifier", "features.denseblock4", *_DENSE, "features.conv0"],
}
_ALWAYS = (("resnet18", "patches"), ("vit_tiny_patch16_224", "image"))


@pytest.mark.parametrize(
    ("name", "use"),
    [
        pytest.param(*one, marks=() if one in _ALWAYS else pytest.mark.thorough)
        for one in product(_LAYERS, ("image", "patches"))
    ],
)
def test_any_network_falls_into_layers(name, use) -> None:
    shape = TimmArchitecture.model_validate(
        {"kind": f"timm:{name}", "input_size": 64, "findings": FINDINGS, "as": use, **CUT[use]}
    )
    with torch.device("meta"):
        module = timm_build(shape)
    found = layers(module)
    assert [layer.name for layer in found] == _LAYERS[name]
    named = [id(parameter) for layer in found for parameter in layer.parameters()]
    assert len(set(named)) == len(named)
    assert set(named) == {id(parameter) for parameter in module.parameters()}
    norms = {id(part) for layer in found for part in layer.modules() if isinstance(part, nn.BatchNorm2d)}
    assert norms == {id(part) for part in module.modules() if isinstance(part, nn.BatchNorm2d)}


def test_a_second_head_does_not_make_the_rest_one_layer() -> None:
    with torch.device("meta"):
        module = MXA.build(MXA.architecture.model_validate({"kind": MXA.key, "distilled_head": True}))
    found = layers(module)
    below = [f"stages.{k}" for k in (2, 1, 0)] + [f"patch_embed.conv{k}" for k in (4, 3, 2, 1)]
    assert [layer.name for layer in found] == [
        "distilled_head.linear",
        *(f"backbone.{name}" for name in ("head.linear", *below)),
    ]
    assert {id(weight) for layer in found for weight in layer.parameters()} == {*map(id, module.parameters())}


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("name", "use"), [("test_resnet", "image"), ("test_convnext", "image"), ("test_resnet", "patches")]
)
def test_networks_from_outside_become_random(name, use, tmp_path, image) -> None:
    shape = TimmArchitecture.model_validate(
        {"kind": f"timm:{name}", "input_size": 64, "findings": FINDINGS[::-1][:6], "as": use, **CUT[use]}
    )
    path = tmp_path / "outside.safetensors"
    torch.manual_seed(0)
    save_checkpoint(path, timm_build(shape), shape)
    model, checkpoint = load_predictor(path, shape.kind, "torch-cpu"), load_checkpoint(path, shape.kind)
    stages = list(cascade(checkpoint, model, np.stack([image, image[::-1]]), seed=1))
    assert {capabilities_of(other) for _, other in (stages[0], stages[-1])} == {capabilities_of(model)}
    logits = np.stack([other.logits(image[None])[0] for _, other in stages])
    assert (np.isfinite(logits) == shape.predicted).all()
    assert (np.abs(logits - model.logits(image[None]))[:, shape.predicted].max(axis=1) > 0).all()
    run = ModelRun(image, Geometry(SIDE, SIDE, SIDE), model)
    name = f"{'raw' if use == 'patches' else 'gradcam'}@{shape.kind}"
    explanation = explain_all({run.key: run}, [name])[name]
    found = evaluate_sanity(run, explanation, FINDINGS.index("Support Devices"), stages)
    assert len(found.rank) == len(stages)


def test_the_check_asks_every_stage(random_networks) -> None:
    kind, _, stages, run = random_networks
    method = "raw" if kind == "medicalpatchnet" else "gradcam"
    explanation = explain_all({kind: run}, [method])[method]
    shared: dict = {}
    found = evaluate_sanity(run, explanation, 2, stages, shared)
    assert found.stages == tuple(name for name, _ in stages)
    kept = dict(shared)
    again = evaluate_sanity(run, explanation, 2, stages, shared)
    assert shared == kept
    np.testing.assert_array_equal(found.rank, again.rank)
    assert found.maps.shape == (len(stages), *explanation.maps.shape[1:])


def test_training_on_shuffled_labels_changes_a_map_that_explains(image) -> None:
    """A small network learns which of 64 cells is bright; trained on shuffled labels it cannot, and its map shows it.

    The map is the network's own sum of contributions; the edge map of the same picture stays.
    """
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(0, 2, (256,), generator=generator).float()
    pictures = 0.3 * torch.rand(256, 1, 16, 16, generator=generator)
    pictures[labels == 1, :, 4:8, 8:12] += 0.7
    maps = []
    for target in (labels, labels[torch.randperm(256, generator=generator)]):
        torch.manual_seed(3)
        network = nn.Sequential(nn.Conv2d(1, 8, 4, 4), nn.ReLU(), nn.Conv2d(8, 1, 1))
        optimizer = torch.optim.Adam(network.parameters(), 0.05)
        for _ in range(60):
            optimizer.zero_grad()
            loss = nn.functional.binary_cross_entropy_with_logits(network(pictures).sum(dim=(1, 2, 3)), target)
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            maps.append(network(pictures[labels == 1][:1])[0, 0].numpy())
    found = sanity(maps[0], maps[1][None], ["shuffled labels"])
    picture = pictures[labels == 1][0, 0].numpy()
    assert np.unravel_index(maps[0].argmax(), (4, 4)) == (1, 2)
    assert found.passed
    assert not sanity(edge_map(picture), edge_map(picture)[None], ["shuffled labels"]).passed

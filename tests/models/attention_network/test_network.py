"""The network and its baselines: what they give, what they learn by, and what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError

import models.training
from data_cache.errors import InputError
from data_cache.geometry import Geometry
from explainers.model_run import ModelRun
from explainers.registry import find_method
from models.attention_network.network import AttentionNetwork
from models.backends.probes import probe_image
from models.capabilities import ATTENTION, FEATURES, LOGITS, MODULE, POOLED_FEATURES, capabilities_of
from models.empty_networks import empty_network
from models.entry import ModelEntry
from models.predictor import load_predictor
from models.registry import find_model
from models.training.config import load_config
from models.training_outputs import TrainingOutputs
from tests.models.attention_network.networks import SIDE, attention_network, attention_shape, write_attention

WAYS: dict[str, dict[str, Any]] = {
    "none": {"attention": "none"},
    "se": {"attention": "se"},
    "cbam": {"attention": "cbam"},
    "single": {"attention": "single"},
    "multi": {},
    "bottleneck": {"bottleneck": 4, "width": None},
    "findings": {"maps": "findings"},
}
ATTENDING = {"cbam": 1, "single": 1, "multi": 1, "bottleneck": 1, "findings": 14}


@pytest.mark.parametrize("way", WAYS)
def test_every_parameter_learns(way: str) -> None:
    torch.manual_seed(0)
    module = AttentionNetwork(attention_shape(**WAYS[way]))
    images = torch.rand(4, 1, SIDE, SIDE)
    for _ in range(2):  # zero-initialised last norms pass a gradient on after one step
        outputs = module(images)
        assert isinstance(outputs, TrainingOutputs)
        assert outputs.logits.shape == (4, 14)
        assert (outputs.attention is None) == (way not in ATTENDING)
        loss = outputs.logits.square().mean()
        if outputs.attention is not None:
            assert outputs.attention.shape[:2] == (4, ATTENDING[way])
            assert 0 <= outputs.attention.min() <= outputs.attention.max() <= 1
            loss = loss + outputs.attention.square().mean()
        module.zero_grad()
        loss.backward()
        with torch.no_grad():
            for parameter in module.parameters():
                parameter -= 0.1 * parameter.grad
    silent = [name for name, one in module.named_parameters() if not one.grad.abs().max() > 0]
    assert silent == []


@pytest.mark.parametrize(  # of the others, which learn above, each is another way to one map or to none
    "way",
    [way if way in ("none", "findings") else pytest.param(way, marks=pytest.mark.thorough) for way in WAYS],
)
def test_what_it_gives_is_found_by_looking(way: str, tmp_path: Path) -> None:
    model = load_predictor(write_attention(tmp_path, **WAYS[way]), "attention-network", "torch-cpu")
    expected = {LOGITS, MODULE}
    expected |= {ATTENTION} if way in ATTENDING else set()
    expected |= {FEATURES, POOLED_FEATURES} if way != "findings" else set()
    assert set(capabilities_of(model)) == expected
    image = probe_image(SIDE)
    np.testing.assert_allclose(model.predict(image).logits, model.logits(image[None])[0], atol=1e-5)
    run = ModelRun(image, Geometry(SIDE, SIDE, SIDE), model)
    if way != "findings":
        entry = find_method("gradcam")
        *_, stage = entry.factory(entry.parse(None)).stages(run, lambda: False)
        bias = model.classifier_bias  # type: ignore[attr-defined]
        np.testing.assert_allclose(stage.maps.sum(axis=(1, 2)) + bias, run.logits, atol=1e-5)
    if way in ATTENDING:
        maps = model.attention(image)  # type: ignore[attr-defined]
        assert maps.dtype == np.float32
        assert len(maps) == 14
        assert len(np.unique(maps.reshape(14, -1), axis=0)) == ATTENDING[way]
        with torch.no_grad():
            *_, own = model.module(torch.from_numpy(image)[None, None])  # type: ignore[attr-defined]
        np.testing.assert_allclose(maps, np.broadcast_to(own[0].numpy(), maps.shape), atol=1e-6)
        entry = find_method("attention")
        *_, stage = entry.factory(entry.parse(None)).stages(run, lambda: False)
        np.testing.assert_array_equal(stage.maps, maps)


def test_each_finding_is_pooled_by_its_own_map() -> None:
    module = attention_network(attention_shape(maps="findings"))
    image = torch.rand(1, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        logits, attention = module(image)
        features = module.top(module.backbone(image)[-1])
        for finding in range(14):
            weights = torch.nn.functional.adaptive_avg_pool2d(attention[:, finding : finding + 1], features.shape[-2:])
            pooled = (features * weights).sum(dim=(2, 3)) / weights.sum()
            torch.testing.assert_close(logits[:, finding], module.classifier(pooled)[:, finding], rtol=0, atol=1e-5)


def test_findings_that_are_not_predicted_have_no_attention(tmp_path: Path) -> None:
    path = write_attention(tmp_path, findings=("Edema", "", "Cardiomegaly"), maps="findings")
    model = load_predictor(path, "attention-network", "torch-cpu")
    maps = model.attention(probe_image(SIDE))  # type: ignore[attr-defined]
    np.testing.assert_array_equal(np.isfinite(maps).all(axis=(1, 2)), model.info.architecture.predicted)
    np.testing.assert_array_equal(np.isnan(model.predict(probe_image(SIDE)).logits), np.isnan(maps[:, 0, 0]))


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"stages": [3, 2]}, "Expected stages that ascend"),
    ({"stages": [4]}, "Expected two stages or more"),
    ({"attention": "se", "maps": "findings"}, "Expected a map for each finding only with attention"),
    ({"attention": "soft"}, "'none', 'se', 'cbam', 'single' or 'multi'"),
    ({"std": 0}, "greater than 0"),
    ({"backbone": "../x"}, "String should match pattern"),
]


@pytest.mark.parametrize(("numbers", "message"), FAULTS)
def test_wrong_settings_are_one_sentence(numbers: dict[str, Any], message: str) -> None:
    with pytest.raises((InputError, ValidationError)) as caught:
        attention_shape(**numbers)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"backbone": "resnet49"}, "found 'resnet49'; did you mean resnet34?"),
        ({"stages": [3, 9]}, "found that it does not (it has fewer stages); change"),
        ({"backbone": "resnet18"}, "channel_multiplier"),
        ({"backbone": "vgg11", "channel_multiplier": None, "depth_multiplier": None, "output_stride": 8}, "vgg11"),
    ],
)
def test_backbones_that_do_not_fit_are_one_sentence(numbers: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=r"^Expected") as caught:
        AttentionNetwork(attention_shape(**numbers))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_published_backbones_give_features() -> None:
    entry: ModelEntry = find_model("attention-network")
    for name in ("resnet50", "efficientnet_b0"):
        architecture = attention_shape(
            backbone=name, channel_multiplier=None, depth_multiplier=None, width=None, input_size=512
        )
        module = empty_network(entry, architecture).eval()
        logits, features, attention = module(torch.empty(1, 1, 512, 512, device="meta"))
        assert (logits.shape, features.shape[-2:], attention.shape) == ((1, 14), (16, 16), (1, 1, 64, 64))


@pytest.mark.parametrize(("name", "count"), [("attention-network", 23_760_404), ("demo-attention-network", 278_298)])
def test_the_recipes_networks_have_the_parameters_that_the_readme_says(name: str, count: int) -> None:
    root = Path(models.training.__file__).parents[1]
    architecture = load_config(root / "training" / "configs" / f"{name}.yaml").architecture
    module = empty_network(find_model("attention-network"), architecture)
    assert sum(parameter.numel() for parameter in module.parameters()) == count
    assert f"{count:,}" in (root / "README.md").read_text()

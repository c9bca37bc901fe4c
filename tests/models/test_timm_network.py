"""Backbones of timm: timm's own model on the normalised image is the oracle, with random weights."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save_file
from torch import nn

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from models.capabilities import (
    FEATURES,
    LOGITS,
    MODULE,
    PATCH_EMBEDDINGS,
    PATCH_LOGITS,
    POOLED_FEATURES,
    RECTIFIED,
    SELF_ATTENTION,
    Capability,
    capabilities_of,
)
from models.checkpoints import load_checkpoint, save_checkpoint
from models.patch_predictor import PatchPredictor
from models.predictor import Predictor, load_predictor
from tests.models import narrow_timm
from tests.models.networks import RandomStartLeftOut, shape, timm_network, write_timm
from ui.content import speaker_content

assert narrow_timm.default_cfgs  # imported for its names
THOROUGH = pytest.mark.thorough

SCRAMBLED = ["Support Devices", "", "Edema", "No Finding", "Pneumothorax"]
PLAIN = {LOGITS, MODULE}
BACKBONES: dict[str, tuple[dict[str, Any], set[Capability]]] = {
    "narrow_resnet": (
        {"input_size": 96, "mean": [0.1, 0.2, 0.3], "std": [0.5, 0.6, 0.7]},
        PLAIN | {FEATURES, POOLED_FEATURES, RECTIFIED},
    ),
    "narrow_convnext": ({"input_size": 96, "mean": 0.4, "std": 0.2}, PLAIN | {FEATURES}),
    "narrow_efficientvit": ({"input_size": 128, "channels": 1}, PLAIN | {FEATURES}),
    "narrow_vit": ({"input_size": 64, "mean": 0.4}, PLAIN | {SELF_ATTENTION}),
    "narrow_swin": ({"input_size": 112, "std": 0.3}, PLAIN | {FEATURES, POOLED_FEATURES}),
    "narrow_sequencer": ({"input_size": 64}, PLAIN | {FEATURES}),  # does not say which layer is its last
    "narrow_crossvit": ({"input_size": 240}, PLAIN),  # tokens of two sizes
}
# The same at the size that timm gives them, of which each takes a second.
WHOLE = {
    "resnet18": "narrow_resnet",
    "convnext_atto": "narrow_convnext",
    "efficientvit_m0": "narrow_efficientvit",
    "vit_tiny_patch16_224": "narrow_vit",
}
# Those are as narrow, and what is odd in each of them is looked at in test_heads.py.
ODD = ("narrow_sequencer", "narrow_crossvit")
EACH = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=THOROUGH if name in (*ODD, *WHOLE) else ()) for name in (*BACKBONES, *WHOLE)]
)


WITH_AND_WITHOUT_TABLES = ("narrow_swin", "narrow_resnet")


@dataclass(frozen=True)
class Backbone:
    """One of them: as it is built normally, its file, timm's own model with the same weights, and ours made ready."""

    built: Any
    path: Path
    own: Any
    predictor: Any


@pytest.fixture(scope="module")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Backbone]:
    @cache
    def make(name: str) -> Backbone:
        settings, _ = BACKBONES[WHOLE.get(name, name)]
        built = timm_network(name, findings=SCRAMBLED, **settings)
        path = tmp_path_factory.mktemp("timm") / f"{name}.safetensors"
        save_checkpoint(path, built, shape(f"timm:{name}", findings=SCRAMBLED, **settings))
        predictor = load_predictor(path, f"timm:{name}", "torch-cpu")
        return Backbone(built, path, timms_own(name, settings, len(SCRAMBLED), built), predictor)

    return make


def timms_own(name: str, settings: dict[str, Any], outputs: int, ours: nn.Module | None = None) -> nn.Module:
    """timm's model as a user of timm makes it, with the weights of ours, random ones of the tests where it is None."""
    arguments = {"num_classes": outputs, "in_chans": settings.get("channels", 3)}
    if timm.models.get_pretrained_cfg_value(name, "fixed_input_size"):
        arguments["img_size"] = settings.get("patch_size", settings["input_size"])
    with RandomStartLeftOut():
        model = timm.create_model(name, pretrained=False, **arguments)
    ours = ours or timm_network(name, **{"findings": FINDINGS[:outputs], **settings})
    model.load_state_dict({key.rpartition("backbone.")[2]: value for key, value in ours.state_dict().items()})
    return model.eval()


def normalised(image: np.ndarray, settings: dict[str, Any]) -> torch.Tensor:
    """(h, w) in [0, 1] -> (1, channels, h, w), channel by channel."""
    channels = settings.get("channels", 3)
    mean, std = (
        np.broadcast_to(settings.get(key, default), channels) for key, default in (("mean", 0.0), ("std", 1.0))
    )
    planes = [(image - m) / s for m, s in zip(mean, std, strict=True)]
    return torch.from_numpy(np.stack(planes)[None].astype(np.float32))


def picture(size: int) -> np.ndarray:
    return np.random.default_rng(5).random((size, size), np.float32)


@pytest.fixture
def loaded(tmp_path: Path) -> Any:
    def load(name: str, **settings: Any) -> Any:
        return load_predictor(write_timm(tmp_path, name, **settings), f"timm:{name}", "torch-cpu")

    return load


@EACH
def test_logits_are_timms_and_land_at_their_findings(name: str, backbone: Callable[[str], Backbone]) -> None:
    settings, gives = BACKBONES[WHOLE.get(name, name)]
    predictor = backbone(name).predictor
    assert set(capabilities_of(predictor)) == gives
    image = picture(settings["input_size"])
    with torch.no_grad():
        expected = backbone(name).own(normalised(image, settings))[0].numpy()
    assert np.abs(expected).max() > 0.3  # an error would show
    logits = predictor.predict(image).logits
    assert logits.shape == (14,) and logits.dtype == np.float32
    for finding, logit in zip(FINDINGS, logits, strict=True):
        if finding in SCRAMBLED:
            assert logit == pytest.approx(expected[SCRAMBLED.index(finding)], abs=1e-5)
        else:
            assert np.isnan(logit)
    many = predictor.logits(np.stack([image, 1 - image]))
    for found, alone in zip(many, (logits, predictor.predict(1 - image).logits), strict=True):
        np.testing.assert_allclose(found, alone, rtol=0, atol=1e-4 * np.nanmax(np.abs(alone)))  # in another order
    assert np.abs(many[1] - many[0])[~np.isnan(logits)].max() > 1e-3


@EACH
def test_features_are_what_is_pooled(name: str, backbone: Callable[[str], Backbone]) -> None:
    settings, gives = BACKBONES[WHOLE.get(name, name)]
    if FEATURES not in gives:
        pytest.skip("it has tokens instead")
    predictor, own = backbone(name).predictor, backbone(name).own
    image = picture(settings["input_size"])
    with torch.no_grad():
        expected = own.forward_features(normalised(image, settings))[0].numpy()
    expected = expected.transpose(2, 0, 1) if getattr(own, "output_fmt", "NCHW") == "NHWC" else expected
    found = predictor.predict(image).features
    assert len(found) == predictor.feature_channels
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * np.abs(expected).max())
    if POOLED_FEATURES in gives:
        by_hand = predictor.classifier_weight @ found.mean(axis=(1, 2)) + predictor.classifier_bias
        logits = predictor.predict(image).logits
        known = ~np.isnan(logits)
        np.testing.assert_allclose(by_hand[known], logits[known], rtol=0, atol=1e-5)
        assert not by_hand[~known].any()
    else:
        assert "autograd" in predictor.info.head


@pytest.mark.parametrize(  # of these, one keeps tables and one keeps none
    "name",
    [name if name in WITH_AND_WITHOUT_TABLES else pytest.param(name, marks=THOROUGH) for name in (*BACKBONES, *WHOLE)],
)
def test_a_checkpoint_builds_what_building_normally_gives(name: str, backbone: Callable[[str], Backbone]) -> None:
    """On no device first: what a state dict leaves out, such as tables of indices, must be there all the same."""
    settings, _ = BACKBONES[WHOLE.get(name, name)]
    built = load_checkpoint(backbone(name).path, f"timm:{name}").build()
    tensors = {**dict(built.named_parameters()), **dict(built.named_buffers())}
    assert not any(tensor.is_meta for tensor in tensors.values())
    normally = backbone(name).built
    images = torch.from_numpy(picture(settings["input_size"]))[None, None]
    with torch.no_grad():
        found, expected = (_logits(network(images)) for network in (built, normally))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)
    assert not built.training
    for key, tensor in normally.named_buffers():
        torch.testing.assert_close(dict(built.named_buffers())[key], tensor, rtol=0, atol=0)


def _logits(given: Any) -> torch.Tensor:
    return given if isinstance(given, torch.Tensor) else given[0]


@pytest.mark.parametrize(
    ("name", "patch", "channels"),
    [
        ("narrow_resnet", 32, 1),
        ("narrow_vit", 32, 3),
        *(
            pytest.param(*other, marks=THOROUGH)
            for other in (
                ("narrow_efficientvit", 64, 1),
                ("resnet18", 32, 1),
                ("resnet18", 32, 3),
                ("convnext_atto", 64, 1),
                ("convnext_atto", 64, 3),
                ("vit_tiny_patch16_224", 32, 1),
                ("vit_tiny_patch16_224", 32, 3),
                ("efficientvit_m0", 64, 1),
                ("efficientvit_m0", 64, 3),
            )
        ),
    ],
)
def test_patches_are_classified_by_themselves_and_averaged(name: str, patch: int, channels: int, loaded: Any) -> None:
    settings = {"as": "patches", "input_size": 128, "patch_size": patch, "channels": channels, "mean": 0.3, "std": 0.6}
    predictor = loaded(name, findings=SCRAMBLED, **settings)
    assert isinstance(predictor, PatchPredictor)
    rectified = {RECTIFIED} if name.endswith(("resnet", "resnet18")) else set()
    linear = set() if "efficientvit" in name else {PATCH_EMBEDDINGS}  # which normalises before its last layer
    assert set(capabilities_of(predictor)) == PLAIN | {PATCH_LOGITS} | linear | rectified
    assert predictor.patch_size == patch
    image = picture(128)
    prediction = predictor.predict(image)
    np.testing.assert_allclose(prediction.logits, prediction.patch_logits.mean(axis=0), rtol=0, atol=1e-5)
    np.testing.assert_allclose(predictor.logits(image[None])[0], prediction.logits, rtol=0, atol=5e-5)
    own = timms_own(name, settings, len(SCRAMBLED), predictor.module)
    column, place = SCRAMBLED.index("Edema"), FINDINGS.index("Edema")
    rows = range(0, 128, patch)
    pieces = [normalised(image[row : row + patch, left : left + patch], settings) for row in rows for left in rows]
    with torch.no_grad():
        expected = own(torch.cat(pieces))[:, column].numpy()
    np.testing.assert_allclose(prediction.patch_logits[:, place], expected, rtol=0, atol=5e-5)  # in other batches
    unpredicted = ~predictor.info.architecture.predicted
    assert np.isnan(prediction.patch_logits[:, unpredicted]).all()
    with torch.no_grad():
        logits, patch_logits = predictor.module(torch.from_numpy(image)[None, None])
    assert logits[0, column].item() == pytest.approx(float(prediction.logits[place]), abs=1e-5)
    assert patch_logits.shape == (1, len(rows) ** 2, len(SCRAMBLED))


def test_all_findings_in_another_order_and_in_ours(loaded: Any) -> None:
    backwards = loaded("test_resnet", input_size=64, findings=list(FINDINGS[::-1]))
    forwards = loaded("test_resnet", input_size=64, findings=list(FINDINGS))
    image = picture(64)
    np.testing.assert_array_equal(backwards.predict(image).logits[::-1], forwards.predict(image).logits)
    np.testing.assert_array_equal(backwards.classifier_weight[::-1], forwards.classifier_weight)
    np.testing.assert_array_equal(backwards.classifier_bias[::-1], forwards.classifier_bias)


def test_weights_as_timm_saves_them_fit_with_a_yaml_beside_them(tmp_path: Path) -> None:
    settings = {"input_size": 96, "mean": 0.4}
    own = timms_own("narrow_resnet", settings, 2)
    save_file(own.state_dict(), tmp_path / "mine.safetensors")
    (tmp_path / "mine.yaml").write_text("input_size: 96\nmean: 0.4\nfindings:\n- Fracture\n- Edema\nowner: me\n")
    predictor = load_predictor(tmp_path / "mine.safetensors", "timm:narrow_resnet", "torch-cpu")
    image = picture(96)
    with torch.no_grad():
        expected = own(normalised(image, settings))[0].numpy()
    logits = predictor.predict(image).logits
    np.testing.assert_allclose(
        [logits[FINDINGS.index("Fracture")], logits[FINDINGS.index("Edema")]], expected, rtol=0, atol=1e-5
    )
    assert predictor.info.provenance.owner == "me"


@pytest.mark.parametrize("name", ["test_resnet", pytest.param("test_vit", marks=THOROUGH)])
def test_auto_says_why_it_does_not_take_openvino(name: str, tmp_path: Path) -> None:
    predictor = load_predictor(write_timm(tmp_path, name, input_size=64, findings=["Edema"]), f"timm:{name}", "auto")
    assert isinstance(predictor, Predictor)
    assert predictor.info.precision.startswith("float32")
    if predictor.info.backend.endswith("CPU"):
        assert "(the graph writer of this program knows only EfficientNets)" in predictor.info.precision
        assert predictor.info.dtype == "float32" and speaker_content(predictor)["facts"].endswith(" on CPU, float32")


def test_another_number_of_outputs_than_findings_is_one_sentence(tmp_path: Path) -> None:
    save_file(timms_own("narrow_resnet", {"input_size": 96}, 3).state_dict(), tmp_path / "mine.safetensors")
    (tmp_path / "mine.yaml").write_text("input_size: 96\nfindings: [Fracture, Edema]\n")
    with pytest.raises(InputError) as caught:
        load_predictor(tmp_path / "mine.safetensors", "timm:narrow_resnet")
    message = str(caught.value)
    assert "the finding of each of the 3 outputs" in message
    assert "\n" not in message and message.count(". ") == 0


def test_other_weights_do_not_fit(tmp_path: Path) -> None:
    path = write_timm(tmp_path, "test_resnet", input_size=64, findings=["Edema"])
    with pytest.raises(InputError, match=r"Expected weights of a timm:resnet18, found in .* of a timm:test_resnet"):
        load_predictor(path, "timm:resnet18")
    with pytest.raises(InputError, match=r"Expected weights of a cnn, found in .* weights of a timm:test_resnet"):
        load_predictor(path, "cnn")
    bare = tmp_path / "bare.safetensors"
    save_file(timm_network("test_resnet", input_size=64, findings=["Edema"]).state_dict(), bare)
    bare.with_suffix(".yaml").write_text("input_size: 64\nfindings: [Edema]\n")
    with pytest.raises(InputError, match=r"tensors of a timm:resnet18 in 'bare.safetensors', found .* missing"):
        load_predictor(bare, "timm:resnet18")


def test_grey_and_colour_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    save_file(timms_own("narrow_resnet", {"input_size": 96, "channels": 1}, 1).state_dict(), path)
    path.with_suffix(".yaml").write_text("input_size: 96\nfindings: [Edema]\nchannels: 3\n")
    with pytest.raises(InputError, match=r"conv1.weight of shape \(64, 1, 7, 7\) instead of \(64, 3, 7, 7\)"):
        load_predictor(path, "timm:narrow_resnet")
    path.with_suffix(".yaml").write_text("input_size: 96\nfindings: [Edema]\nchannels: 1\n")
    assert load_predictor(path, "timm:narrow_resnet", "torch-cpu").predict(picture(96)).logits.shape == (14,)


def test_the_shape_is_kept_with_the_network() -> None:
    architecture = shape("timm:test_resnet", input_size=64, findings=["Edema"])
    assert timm_network("test_resnet", input_size=64, findings=["Edema"]).architecture == architecture

"""Rollout and gradient-weighted attention against two blocks written out in numpy, and what is caught of timm's."""

import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.special import erf, softmax

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.geometry import Geometry
from explainers.attention import rows
from explainers.attention.rows import fused, read_back
from explainers.model_run import ModelRun
from explainers.published import cam_picture
from explainers.registry import EXPLAINERS
from explainers.run import explain, explain_all
from models.capabilities import SELF_ATTENTION
from models.predictions import TokenLayout
from models.predictor import load_predictor
from models.self_attention import CaughtAttention
from tests.models import narrow_timm
from tests.models.networks import write_timm
from tests.toys.models import FIVE, write_five
from tests.toys.registering import toys  # noqa: F401  a fixture

assert narrow_timm.default_cfgs  # imported for its names

SIZE, KEY = 64, "timm:narrow_vit"
OUTPUTS = ["Edema", "", "Fracture"]
SETTINGS = {"input_size": SIZE, "findings": OUTPUTS, "channels": 1, "mean": 0.5}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """timm's tiny transformer, 16 patches and a class token, of two narrow blocks of three heads."""
    return load_predictor(write_timm(tmp_path_factory.mktemp("vit"), "narrow_vit", **SETTINGS), KEY, "torch-cpu")


@pytest.fixture
def run(model):
    return ModelRun(np.random.default_rng(2).random((SIZE, SIZE), np.float32), Geometry(SIZE, SIZE, SIZE), model)


class ByHand:
    """The network of two blocks in float64 numpy: its logits as a function of both attention matrices."""

    def __init__(self, model, image):
        self.w = {name: value.double().numpy() for name, value in model.module.backbone.state_dict().items()}
        patches = image.reshape(4, 16, 4, 16).swapaxes(1, 2).reshape(16, 256).astype(np.float64) - 0.5
        tokens = patches @ self.w["patch_embed.proj.weight"].reshape(48, 256).T + self.w["patch_embed.proj.bias"]
        self.start = np.concatenate([self.w["cls_token"][0], tokens]) + self.w["pos_embed"][0]
        self.attention = []
        self.logits = self.run()

    def norm(self, x, name):
        centred = x - x.mean(axis=1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-6)
        return centred / spread * self.w[f"{name}.weight"] + self.w[f"{name}.bias"]

    def linear(self, x, name):
        return x @ self.w[f"{name}.weight"].T + self.w[f"{name}.bias"]

    def run(self, given=None):
        """Logits; `given` has the weights (heads, tokens, tokens) of blocks whose own are not taken."""
        x = self.start
        for block in range(2):
            name = f"blocks.{block}"
            qkv = self.linear(self.norm(x, f"{name}.norm1"), f"{name}.attn.qkv").reshape(17, 3, 3, 16)
            q, k, v = qkv.transpose(1, 2, 0, 3)
            weights = softmax(q @ k.transpose(0, 2, 1) / 4, axis=-1)
            if given is None:
                self.attention.append(weights)
            elif block in given:
                weights = given[block]
            x = x + self.linear((weights @ v).transpose(1, 0, 2).reshape(17, 48), f"{name}.attn.proj")
            hidden = self.linear(self.norm(x, f"{name}.norm2"), f"{name}.mlp.fc1")
            x = x + self.linear(hidden * (1 + erf(hidden / 2**0.5)) / 2, f"{name}.mlp.fc2")
        return self.linear(self.norm(x, "norm")[:1], "head")[0]


@pytest.fixture(scope="module")
def by_hand(model):
    return ByHand(model, np.random.default_rng(2).random((SIZE, SIZE), np.float32))


def explained(run, method, **values):
    name = f"{method}@{KEY}"
    return explain_all({KEY: run}, [name], {name: values})[name]


def test_what_is_measured_of_the_network(model, run, by_hand):
    assert SELF_ATTENTION.of(model)
    assert model.tokens == TokenLayout(rows=4, columns=4, before=1, read=(0,), blocks=2, heads=3)
    np.testing.assert_allclose(by_hand.logits[[0, 2]], run.logits[model.info.architecture.predicted], rtol=1e-4)


@pytest.mark.parametrize("heads", ["mean", "max", "min"])
def test_rollout_is_the_product_of_halves(heads, run, by_hand):
    product = np.eye(17)
    for weights in by_hand.attention:
        one = {"mean": weights.mean(0), "max": weights.max(0), "min": weights.min(0)}[heads]
        one = one / one.sum(axis=1, keepdims=True)
        product = (one / 2 + np.eye(17) / 2) @ product
    np.testing.assert_allclose(product.sum(axis=1), 1, atol=1e-12)
    found = explained(run, "rollout", heads=heads)
    for finding in (OUTPUTS[0], OUTPUTS[2]):
        np.testing.assert_allclose(
            found.maps[FINDINGS.index(finding)], product[0, 1:].reshape(4, 4), rtol=1e-4, atol=1e-7
        )
    assert "does not depend on the finding" in EXPLAINERS["rollout"].view.remark(found)


@pytest.mark.parametrize("finding", ["Edema", "Fracture"])
def test_relevance_is_chefers_update_with_gradients_by_differences(finding, run, by_hand):
    output, step = OUTPUTS.index(finding), 1e-6
    weights = np.stack(by_hand.attention)
    exact, rng = gradients_of(run, output), np.random.default_rng(0)
    for block, *place in zip(*(rng.integers(0, size, 40) for size in weights.shape), strict=True):
        change = np.zeros(weights.shape[1:])
        change[tuple(place)] = step
        up, down = (by_hand.run({block: weights[block] + sign * change})[output] for sign in (1, -1))
        assert exact[(block, *place)] == pytest.approx((up - down) / (2 * step), rel=2e-3, abs=1e-5)
    relevance = np.eye(17)
    for one, slope in zip(weights, exact, strict=True):
        relevance = relevance + np.maximum(one * slope, 0).mean(axis=0) @ relevance
    found = explained(run, "attention-relevance").maps[FINDINGS.index(finding)]
    np.testing.assert_allclose(found, relevance[0, 1:].reshape(4, 4), rtol=2e-3, atol=1e-6 * relevance.max())
    assert found.max() > 0


def gradients_of(run, output):
    """By autograd with timm's own unfused attention, which is another path through its code."""
    kept = []
    blocks = run.model.module.backbone.blocks
    for block in blocks:
        block.attn.fused_attn = False
        block.attn.attn_drop.register_forward_hook(lambda _m, _i, out: kept.append(out))
    try:
        logits = run.model.module(torch.from_numpy(run.image)[None, None])
        return np.stack([one[0].numpy() for one in torch.autograd.grad(logits[0, output], kept)])
    finally:
        for block in blocks:
            block.attn.fused_attn = True
            block.attn.attn_drop._forward_hooks.clear()


def test_rows_read_back_are_those_of_the_product():
    """A transformer of three tokens, all of the grid, which averages them: rows by pencil."""
    first, second = np.float32([[1, 0, 0], [0.5, 0.5, 0], [0, 0, 1]]), np.float32([[0, 1, 0], [0, 0, 1], [1, 0, 0]])
    tokens = TokenLayout(rows=1, columns=3, before=0, read=(0, 1, 2), blocks=2, heads=1)
    found = read_back([first, second], tokens, kept=0)
    np.testing.assert_allclose(found, (second @ first).mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(found, [0.5, 1 / 6, 1 / 3], atol=1e-7)
    assert read_back([first / 2, second / 2], tokens, kept=0.5).sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("name", "more", "expected"),
    [
        ("test_vit2", {}, {"before": 1, "read": tuple(range(1, 17))}),  # averages its patches, and has a register
        ("test_vit3", {}, None),  # pools by an attention of its own, from one query
        ("narrow_eva", {"input_size": 56}, {"read": tuple(range(1, 17))}),  # turned queries and keys
        ("narrow_deit", {}, {"before": 2, "read": (0, 1)}),  # distilled
    ],
)
def test_other_transformers(name, more, expected, tmp_path):
    model = load_predictor(write_timm(tmp_path, name, **{**SETTINGS, **more}), f"timm:{name}", "torch-cpu")
    assert SELF_ATTENTION.of(model) == (expected is not None)
    for what, value in (expected or {}).items():
        assert getattr(model.tokens, what) == value
    if expected is None:
        with pytest.raises(InputError, match="needs self-attention between the places of a grid"):
            explain({model.info.key: run_on(model)}, [f"rollout@{model.info.key}"])
        return
    found = explain_all({model.info.key: run_on(model)}, [f"attention-relevance@{model.info.key}"])
    assert next(iter(found.values())).map_of("Edema").std() > 0


def run_on(model):
    side = model.input_size
    return ModelRun(np.random.default_rng(2).random((side, side), np.float32), Geometry(side, side, side), model)


def test_other_threads_see_nothing(model, run):
    """While one thread catches attention, another's pass is the fused one; the network is the same object."""
    caught, waiting, go = [], threading.Event(), threading.Event()

    def keep(matrix):
        caught.append(threading.get_ident())
        waiting.set()
        go.wait(10)
        return matrix

    def catch():
        with torch.no_grad(), CaughtAttention(keep):
            model.module(torch.from_numpy(run.image)[None, None])

    thread = threading.Thread(target=catch)
    thread.start()
    assert waiting.wait(10)
    model.predict(run.image)
    assert set(caught) == {thread.ident} and len(caught) == 1
    go.set()
    thread.join(10)
    assert len(caught) == 2


def test_an_exception_in_the_middle_leaves_nothing(model, run):
    before = model.predict(run.image).logits

    def fail(_heads):
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fused(run, fail)
    np.testing.assert_array_equal(before, model.predict(run.image).logits)
    assert all(block.attn.fused_attn for block in model.module.backbone.blocks)
    assert not any(part._forward_hooks for part in model.module.modules())


def test_attention_that_does_not_fit_is_refused_before_anything_is_computed(model, run, monkeypatch):
    monkeypatch.setattr(rows, "MOST_BYTES", 1 << 12)
    wanted = r"at most 0 MiB, found 0 MiB for 2 blocks of 17 tokens; take the rollout, or a smaller image"
    with pytest.raises(InputError, match=wanted):
        explain({KEY: run}, [f"attention-relevance@{KEY}"])
    large = replace(model.tokens, rows=37, columns=37, blocks=24, heads=16)
    assert large.matrices_bytes == 24 * 16 * 4 * 1370**2


@pytest.mark.usefixtures("toys")
def test_a_models_own_attention_is_kept_as_it_is_and_drawn_from_its_least(tmp_path, monkeypatch):
    name = f"attention@{FIVE.key}"
    model = load_predictor(write_five(tmp_path), FIVE.key, "torch-cpu")
    found = explain_all({FIVE.key: run_on(model)}, [name])[name]
    own = model.attention(run_on(model).image)
    edema = own[FINDINGS.index("Edema")]
    np.testing.assert_array_equal(found.maps[FINDINGS.index("Edema")], edema)
    np.testing.assert_array_equal(found.map_of("Edema"), edema - edema.min())  # drawn from the least place on
    np.testing.assert_array_equal(cam_picture(found.shown[:1], 64), cam_picture(found.maps[:1], 64))
    assert found.note == ""
    monkeypatch.setattr(type(model), "attention", lambda _self, _image: np.ones((14, 4, 4), np.float32))
    assert explain_all({FIVE.key: run_on(model)}, [name])[name].note.startswith("The model has one map")
    monkeypatch.setattr(type(model), "attention", lambda _self, _image: -np.ones((14, 4, 4), np.float32))
    with pytest.raises(InputError, match="Expected attention maps of 14 findings"):
        explain_all({FIVE.key: run_on(model)}, [name])

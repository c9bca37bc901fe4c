"""Models for the tests of this room: small random ones, and full-size ones with the weights of the golden recipe."""

import hashlib
import importlib.util
import json
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
import torch

from models.capabilities import (
    FEATURES,
    LOGITS,
    MODULE,
    PATCH_EMBEDDINGS,
    PATCH_LOGITS,
    POOLED_FEATURES,
    RECTIFIED,
    SELF_ATTENTION,
)
from models.checkpoints import save_checkpoint
from models.predictor import load_predictor
from models.registry import DEFAULT_MODELS, MODELS, find_model
from tests.models.mednext.small import write_small
from tests.models.networks import shape, write_timm

SMALL = {"channel_multiplier": 0.25, "depth_multiplier": 0.2, "input_size": 128}
SOME = [
    "Edema",
    "",
    "Cardiomegaly",
    "Pneumothorax",
    "Support Devices",
    "Atelectasis",
]  # one output of no finding of ours

# Models of timm, with what each can give: one whose head is linear, one whose head is not, one of patches, and a
# transformer.
TIMM = {
    "timm:test_resnet": ({"input_size": 96, "findings": SOME}, {LOGITS, MODULE, RECTIFIED, FEATURES, POOLED_FEATURES}),
    "timm:test_convnext": ({"input_size": 128, "findings": SOME[::-1]}, {LOGITS, MODULE, FEATURES}),
    "timm:test_efficientnet": (
        {"input_size": 128, "findings": SOME, "as": "patches", "patch_size": 32, "channels": 1},
        {LOGITS, MODULE, PATCH_LOGITS, PATCH_EMBEDDINGS},
    ),
    "timm:test_vit": ({"input_size": 160, "findings": SOME}, {LOGITS, MODULE, SELF_ATTENTION}),
}
XRV = "xrv-densenet121-res224-nih"  # stands for its family
SEGMENTING = "medunext_xue"
GIVES = {key: set(MODELS[key].capabilities) for key in (*DEFAULT_MODELS, XRV, SEGMENTING)} | {
    key: has for key, (_, has) in TIMM.items()
}


class MadeWhenAsked(Mapping):
    """What functions without arguments return, by key; each is called once, when somebody asks."""

    def __init__(self, makers):
        self._makers = {key: cache(make) for key, make in makers.items()}

    def __getitem__(self, key):
        return self._makers[key]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


def save_small(kind, folder, seed=0, **changes):
    """Write a small network with random weights; returns the file."""
    numbers = {**SMALL, **({"patch_size": 32} if kind == "medicalpatchnet" else {}), **changes}
    architecture = shape(kind, **numbers)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        module = find_model(kind).build(architecture)
        classifier = module.backbone.classifier
        torch.nn.init.normal_(classifier.weight, std=0.5)
    path = folder / f"{kind}-{seed}-{architecture.input_size}.safetensors"
    save_checkpoint(path, module, architecture)
    return path


@pytest.fixture(scope="session")
def small_weights(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    makers = {kind: partial(save_small, kind, folder) for kind in DEFAULT_MODELS}
    makers |= {XRV: partial(_save_xrv, folder), SEGMENTING: partial(write_small, SEGMENTING, folder, input_size=64)}
    return MadeWhenAsked(makers)


def _save_xrv(folder):
    """The full network with random weights, for small images."""
    architecture = MODELS[XRV].assumed.model_copy(update={"input_size": 64})
    with torch.random.fork_rng():
        torch.manual_seed(4)
        module = MODELS[XRV].build(architecture)
    path = folder / f"{XRV}.safetensors"
    save_checkpoint(path, module, architecture)
    return path


@pytest.fixture(scope="session")
def timm_weights(tmp_path_factory):
    folder = tmp_path_factory.mktemp("timm")
    return MadeWhenAsked(
        {key: partial(write_timm, folder, key.removeprefix("timm:"), **settings) for key, (settings, _) in TIMM.items()}
    )


@pytest.fixture(scope="session")
def small_models(small_weights, timm_weights):
    """A small model of every kind of the registry, and of timm's, by key."""

    def load(weights, key):
        return load_predictor(weights[key], key, "torch-cpu")

    return MadeWhenAsked(
        {key: partial(load, weights, key) for weights in (small_weights, timm_weights) for key in weights}
    )


@pytest.fixture(scope="session")
def small_patchnet(small_models):
    return small_models["medicalpatchnet"]


@pytest.fixture(scope="session")
def small_cnn(small_models):
    return small_models["cnn"]


@pytest.fixture
def image():
    return np.random.default_rng(3).random((128, 128), np.float32)


class Remembering:
    """A backend that runs each batch once, however many tests ask: these are passes of full-size models.

    It runs on two threads, as the official code did: their number decides in which order a convolution adds up.
    """

    def __init__(self, backend):
        self._backend, self._known = backend, {}

    def __getattr__(self, name):
        return getattr(self._backend, name)

    def __call__(self, images):
        key = images.shape, hashlib.sha256(np.ascontiguousarray(images)).digest()
        if key not in self._known:
            threads = torch.get_num_threads()
            torch.set_num_threads(2)
            self._known[key] = self._backend(images)
            torch.set_num_threads(threads)
        return tuple(output.copy() for output in self._known[key])


@pytest.fixture(scope="session")
def golden_models(golden_root):
    """The patch model and the CNN with the weights of the recipe, by key; both remember what they were asked."""
    return _golden_models(golden_root)


@cache  # the fixture is another one in each room that imports it
def _golden_models(golden_root):
    spec = importlib.util.spec_from_file_location("recipe", golden_root / "recipe.py")
    recipe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recipe)
    names = json.loads((golden_root / "official_tensor_names.json").read_text())
    predictors = {}
    for kind, seed in (("medicalpatchnet", 0), ("cnn", 1000)):
        with (
            np.load(golden_root / f"batch_norm_{seed}.npz") as statistics,
            tempfile.TemporaryDirectory(prefix="golden-") as folder,
        ):
            path = Path(folder) / f"{kind}.pt"
            torch.save(recipe.state_dict(names, seed, statistics), path)
            predictors[kind] = load_predictor(path, kind, "torch-cpu")
        predictors[kind]._backend = Remembering(predictors[kind]._backend)
    return predictors

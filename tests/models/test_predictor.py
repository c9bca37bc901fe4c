"""Both predictors on every backend of this machine, against PyTorch and against each other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from data_cache.errors import InputError
from models.backends.base import BackendName
from models.capabilities import PatchEmbeddings
from models.checkpoints import load_checkpoint
from models.patch_predictor import PatchPredictor
from models.predictor import PooledPredictor, load_predictor

Load = Callable[[BackendName], tuple[PatchPredictor, PooledPredictor]]
FLOAT32: tuple[BackendName, ...] = ("torch-cpu", "torch", "openvino", "auto")
REDUCED: tuple[BackendName, ...] = ("torch-bf16", "openvino-bf16")
# "torch" and "auto" are others than "torch-cpu" and "openvino" where there is a GPU.
EACH_FLOAT32 = [
    pytest.param(
        name, marks=pytest.mark.thorough if name in ("torch", "auto") and not torch.cuda.is_available() else ()
    )
    for name in FLOAT32
]


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    return np.random.default_rng(0).random((128, 128)).astype(np.float32)


@pytest.fixture(scope="module")
def load(own_weights: dict[str, Path]) -> Load:
    """Make both predictors ready on a backend, once; skip where this machine cannot use it."""

    @cache
    def make(backend: BackendName) -> tuple[PatchPredictor, PooledPredictor] | str:
        try:
            patchnet = load_predictor(own_weights["medicalpatchnet"], "medicalpatchnet", backend)
            cnn = load_predictor(own_weights["cnn"], "cnn", backend)
        except InputError as error:
            return str(error)
        assert isinstance(patchnet, PatchPredictor)
        assert isinstance(cnn, PooledPredictor)
        return patchnet, cnn

    def load_or_skip(backend: BackendName) -> tuple[PatchPredictor, PooledPredictor]:
        made = make(backend)
        return pytest.skip(made) if isinstance(made, str) else made

    return load_or_skip


@pytest.fixture(scope="module")
def networks(own_weights: dict[str, Path]) -> list[nn.Module]:
    """What every backend runs: the patch model's network and the CNN's."""
    return [load_checkpoint(own_weights[kind], kind).build() for kind in ("medicalpatchnet", "cnn")]


@pytest.mark.parametrize("backend", EACH_FLOAT32)
def test_every_float32_backend_says_the_same(
    networks: list[nn.Module], load: Load, image: np.ndarray, backend: BackendName
) -> None:
    patchnet, cnn = load(backend)
    images = torch.from_numpy(image)[None, None]
    with torch.inference_mode():
        (logits, patch_logits), (cnn_logits, features) = (network(images) for network in networks)
    patch_prediction, prediction = patchnet.predict(image), cnn.predict(image)
    pairs = (
        (patch_prediction.logits, logits[0]),
        (patch_prediction.patch_logits, patch_logits[0]),
        (prediction.logits, cnn_logits[0]),
        (prediction.features, features[0]),
    )
    for found, expected in pairs:
        assert found.dtype == np.float32
        assert found.shape == tuple(expected.shape)
        scale = float(expected.abs().max())
        assert scale > 1  # an error would show
        np.testing.assert_allclose(found, expected.numpy(), rtol=0, atol=1e-5 * scale)


@pytest.mark.parametrize("backend", REDUCED)
def test_reduced_precision_stays_close_and_says_how_close(load: Load, image: np.ndarray, backend: BackendName) -> None:
    patchnet, cnn = load(backend)
    exact_patchnet, exact_cnn = load("torch-cpu")
    for reduced, exact in ((patchnet, exact_patchnet), (cnn, exact_cnn)):
        found, expected = reduced.predict(image).logits, exact.predict(image).logits
        assert found.dtype == np.float32
        difference = np.abs(found - expected).max()
        assert 1e-5 < difference < 0.1 * np.abs(expected).max()  # bfloat16 keeps 8 bits, and sixty layers add up
        assert reduced.info.precision.startswith("bfloat16; compared with PyTorch's float32 ")
        assert exact.info.precision == "float32"


@pytest.mark.parametrize("backend", [*EACH_FLOAT32, *REDUCED])
def test_the_mean_of_the_patch_logits_is_the_image_logit(load: Load, image: np.ndarray, backend: BackendName) -> None:
    prediction = load(backend)[0].predict(image)
    assert prediction.patch_logits.shape == (16, 14)
    np.testing.assert_allclose(prediction.logits, prediction.patch_logits.mean(axis=0), rtol=0, atol=1e-5)


@pytest.mark.parametrize("backend", ["torch-cpu", "openvino"])
def test_patches_are_classified_by_themselves(load: Load, backend: BackendName) -> None:
    patchnet, _ = load(backend)
    patches = np.random.default_rng(1).random((80, 32, 32)).astype(np.float32)
    logits = patchnet.patch_logits(patches)
    order = np.random.default_rng(2).permutation(len(patches))
    tolerance = 1e-5 * np.abs(logits).max()  # libraries choose other kernels for other batch sizes
    np.testing.assert_allclose(patchnet.patch_logits(patches[order]), logits[order], rtol=0, atol=tolerance)
    np.testing.assert_allclose(patchnet.patch_logits(patches[70:71]), logits[70:71], rtol=0, atol=tolerance)
    assert patchnet.patch_logits(patches[:0]).shape == (0, 14)


@pytest.mark.parametrize("backend", EACH_FLOAT32)
def test_patch_logits_are_linear_in_the_embeddings_of_every_backend(
    own_weights: dict[str, Path], load: Load, image: np.ndarray, backend: BackendName
) -> None:
    patchnet, _ = load(backend)
    assert isinstance(patchnet, PatchEmbeddings)
    prediction, together = patchnet.predict(image), patchnet.predict_together(np.stack([1 - image, image]))[1]
    tensors = load_checkpoint(own_weights["medicalpatchnet"], "medicalpatchnet").state_dict
    weight, bias = (tensors[f"backbone.classifier.{name}"].numpy() for name in ("weight", "bias"))
    assert prediction.embeddings.shape == (16, patchnet.embedding_channels) == (16, weight.shape[1])
    linear = prediction.embeddings.astype(np.float64) @ weight.T + bias
    scale = float(np.abs(linear).max())
    np.testing.assert_allclose(linear, prediction.patch_logits, rtol=0, atol=2e-6 * scale)
    patches = image.reshape(4, 32, 4, 32).swapaxes(1, 2).reshape(16, 32, 32)
    for again in (together.embeddings, patchnet.patch_embeddings(patches[::-1])[::-1]):  # each patch by itself
        np.testing.assert_allclose(again, prediction.embeddings, rtol=0, atol=1e-5 * float(np.abs(again).max()))
    assert patchnet.patch_embeddings(patches[:0]).shape == (0, patchnet.embedding_channels)
    with pytest.raises(InputError, match="Expected patches of shape"):
        patchnet.patch_embeddings(patches[:, 1:])


@pytest.mark.parametrize("backend", EACH_FLOAT32)
def test_images_that_go_through_together_say_what_the_networks_say(
    networks: list[nn.Module], load: Load, image: np.ndarray, backend: BackendName
) -> None:
    images = np.stack([image, 1 - image, image[::-1]])
    given = images.copy()
    with torch.inference_mode():
        batch = torch.from_numpy(images)[:, None]
        (logits, _), (cnn_logits, features) = (network(batch) for network in networks)
    patchnet, cnn = load(backend)
    patched, whole = patchnet.predict_together(images), cnn.predict_together(images)
    for place in range(3):
        np.testing.assert_allclose(patched[place].patch_logits.mean(axis=0), patched[place].logits, atol=1e-5)
        pairs = (
            (patched[place].logits, logits[place]),
            (whole[place].logits, cnn_logits[place]),
            (whole[place].features, features[place]),
        )
        for found, expected in pairs:
            assert found.dtype == np.float32 and found.shape == tuple(expected.shape)
            np.testing.assert_allclose(found, expected.numpy(), rtol=0, atol=1e-5 * float(expected.abs().max()))
    np.testing.assert_array_equal(images, given)
    with pytest.raises(InputError, match="Expected images of shape"):
        cnn.predict_together(images[:, :64])


def test_many_patches_go_through_in_pieces(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    patchnet, _ = load("torch-cpu")
    backend = patchnet._backend
    sizes = []

    class Listening:
        batch_size = backend.batch_size

        def __call__(self, images: np.ndarray) -> tuple[np.ndarray, ...]:
            sizes.append(len(images))
            return backend(images)

    monkeypatch.setattr(patchnet, "_backend", Listening())
    patchnet.patch_logits(np.zeros((150, 32, 32), np.float32))
    assert sizes == [64, 64, 22]


def test_any_size_that_the_patch_size_divides(load: Load) -> None:
    patchnet, cnn = load("openvino")
    assert patchnet.predict(np.zeros((64, 96), np.float32)).patch_logits.shape == (6, 14)
    assert cnn.predict(np.zeros((64, 96), np.float32)).features.shape == (320, 2, 3)


@pytest.mark.parametrize("shape", [(100, 128), (1, 128, 128), (128,)])
def test_other_images_are_refused(load: Load, shape: tuple[int, ...]) -> None:
    patchnet, _ = load("torch-cpu")
    with pytest.raises(InputError, match="Expected"):
        patchnet.predict(np.zeros(shape, np.float32))


@pytest.mark.parametrize("shape", [(4, 64, 64), (4, 1, 32, 32), (32, 32)])
def test_other_patches_are_refused(load: Load, shape: tuple[int, ...]) -> None:
    patchnet, _ = load("torch-cpu")
    with pytest.raises(InputError, match=r"Expected patches of shape \(n, 32, 32\)"):
        patchnet.patch_logits(np.zeros(shape, np.float32))


@pytest.mark.parametrize("backend", ["torch-cpu", "openvino"])
def test_threads_do_not_disturb_each_other(load: Load, backend: BackendName) -> None:
    patchnet, cnn = load(backend)
    images = np.random.default_rng(3).random((4, 128, 128)).astype(np.float32)
    predict: tuple[Callable[[np.ndarray], np.ndarray], ...] = (
        lambda image: patchnet.predict(image).patch_logits,
        lambda image: cnn.predict(image).features,
    )
    for ask in predict:
        alone = [ask(image) for image in images]
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(ask, images))
        for found, expected in zip(together, alone, strict=True):
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("backend", ["torch-cpu", "openvino"])
def test_results_stay_what_they_were(load: Load, image: np.ndarray, backend: BackendName) -> None:
    """A backend may reuse its output memory for the next pass; what it gave away must not change."""
    _, cnn = load(backend)
    given = image.copy()
    first = cnn.predict(given)
    kept = first.features.copy()
    cnn.predict(1 - image)
    np.testing.assert_array_equal(first.features, kept)
    np.testing.assert_array_equal(given, image)


@pytest.mark.parametrize("backend", ["torch-cpu", "openvino"])
def test_the_cnn_gives_its_classifier_and_a_module_for_autograd(
    load: Load, image: np.ndarray, backend: BackendName
) -> None:
    _, cnn = load(backend)
    prediction = cnn.predict(image)
    by_hand = cnn.classifier_weight @ prediction.features.mean(axis=(1, 2)) + cnn.classifier_bias
    np.testing.assert_allclose(by_hand, prediction.logits, rtol=0, atol=1e-5)
    assert not cnn.module.training
    logits, features = cnn.module(torch.from_numpy(image)[None, None])
    (gradient,) = torch.autograd.grad(logits[0, 3], features)
    expected = cnn.classifier_weight[3] / np.prod(prediction.features.shape[1:])
    np.testing.assert_allclose(gradient[0, :, 0, 0].numpy(), expected, rtol=0, atol=1e-7)


def test_it_says_which_model_speaks(load: Load) -> None:
    info = load("torch-cpu")[0].info
    assert info.backend.startswith("PyTorch ")
    assert info.backend.endswith(" on CPU")
    assert info.key == info.architecture.kind == "medicalpatchnet"
    assert "own weights from medicalpatchnet-0.safetensors" in info.note
    assert len(info.weights_sha256) == 64


@pytest.mark.parametrize("backend", EACH_FLOAT32)
def test_many_images_at_once_give_what_each_gives_alone(load: Load, backend: BackendName) -> None:
    images = np.random.default_rng(1).random((3, 128, 128)).astype(np.float32)
    for predictor in load(backend):
        alone = np.stack([predictor.predict(image).logits for image in images])
        # batches of other sizes may add up in another order
        np.testing.assert_allclose(predictor.logits(images), alone, rtol=0, atol=1e-5 * np.abs(alone).max())
        with pytest.raises(InputError, match="images of shape"):
            predictor.logits(images[:, :64])

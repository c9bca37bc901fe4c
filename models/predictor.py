"""Models ready to be asked: numpy in, numpy out, whatever computes below."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from torch import nn

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from models.architecture import Architecture
from models.backends.base import Backend, BackendName, FloatArray
from models.backends.probes import probe_image
from models.backends.selection import Selection, select_backend
from models.capabilities import GraphOutput, Logits
from models.checkpoints import Checkpoint, load_checkpoint
from models.heads import Head, linear_head, pooled_head
from models.predictions import FeaturePrediction, ModelInfo, Prediction, TokenLayout
from models.registry import find_model
from models.self_attention import token_layout

_NOT_LINEAR = "The head is not linear after pooling, so its gradients come from autograd."
_BATCH_SIDE = 256  # of larger images fewer are taken at once, so that the memory of a pass stays the same


class Predictor:
    """What all models have in common; see `capabilities.Logits` and `capabilities.Module`.

    Args:
        info: which model this is.
        backend: runs it; its first output is (n, outputs) logits.
        module: the PyTorch network in eval mode; it may share its device (see its parameters) with the backend.
    """

    graph_module: str = ""
    graph_outputs: tuple[GraphOutput, ...] = ("logits",)

    def __init__(self, info: ModelInfo, backend: Backend, module: nn.Module) -> None:
        self.info = info
        self.input_size = info.architecture.input_size
        self.module = module
        self._backend = backend
        self._order = _order(info.architecture)

    def predict(self, image: FloatArray) -> Prediction:
        """Classify one image (s, s) float32 in [0, 1]."""
        return Prediction(self._named(self._backend(grey(image)[None, None])[0])[0])

    def predict_together(self, images: FloatArray) -> list[Prediction]:
        """Classify images (n, s, s), s being `input_size`, each as `predict` does, in one pass; n bounds the memory."""
        check_images(images, self.input_size)
        outputs = self._backend(np.ascontiguousarray(images, np.float32)[:, None])
        return [Prediction(row) for row in self._named(outputs[0])]

    def logits(self, images: FloatArray) -> FloatArray:
        """Classify any number of images of `input_size`, in bounded memory.

        Args:
            images: (n, s, s) float32 in [0, 1].

        Returns:
            (n, 14) float32, NaN for findings that the model does not predict.
        """
        check_images(images, self.input_size)
        found = np.empty((len(images), len(FINDINGS)), np.float32)
        step = max(1, self._backend.batch_size * _BATCH_SIDE**2 // self.input_size**2)
        for start in range(0, len(images), step):
            batch = np.ascontiguousarray(images[start : start + step], np.float32)[:, None]
            found[start : start + step] = self._named(self._backend(batch)[0])
        return found

    def around(self, module: nn.Module, info: ModelInfo, run: Callable[[nn.Module], Backend]) -> "Predictor":
        """The same sort of predictor around another network of the same shape; see `with_module`."""
        return type(self)(info, run(module), module)

    def _named(self, outputs: FloatArray, missing: float = np.nan) -> FloatArray:
        """Bring outputs (n, outputs) into the order of the findings, (n, 14)."""
        if self._order is None:
            return outputs
        found = np.full((len(outputs), len(FINDINGS)), missing, np.float32)
        places, columns = self._order
        found[:, places] = outputs[:, columns]
        return found


class FeaturePredictor(Predictor):
    """A model that pools convolutional features; see `capabilities.Features`.

    Its backend's second output are these; any further ones are for those who know of them.
    """

    graph_outputs: tuple[GraphOutput, ...] = ("logits", "features")

    def __init__(self, info: ModelInfo, backend: Backend, module: nn.Module, feature_channels: int) -> None:
        super().__init__(info, backend, module)
        self.feature_channels = feature_channels

    def around(self, module: nn.Module, info: ModelInfo, run: Callable[[nn.Module], Backend]) -> "FeaturePredictor":
        """As above; what follows the features is of the same sort in every network of one shape."""
        return FeaturePredictor(replace(info, head=self.info.head), run(module), module, self.feature_channels)

    def predict(self, image: FloatArray) -> FeaturePrediction:
        """Classify one image and give the features its logits are pooled from.

        Args:
            image: (s, s) float32 in [0, 1].
        """
        logits, features, *_ = self._backend(grey(image)[None, None])
        return FeaturePrediction(self._named(logits)[0], features[0])

    def predict_together(self, images: FloatArray) -> list[Prediction]:
        """As above, each with its features."""
        check_images(images, self.input_size)
        logits, features, *_ = self._backend(np.ascontiguousarray(images, np.float32)[:, None])
        return [FeaturePrediction(*pair) for pair in zip(self._named(logits), features, strict=True)]


class PooledPredictor(FeaturePredictor):
    """One whose logits are a linear function of the mean features; see `capabilities.PooledFeatures`."""

    def __init__(self, info: ModelInfo, backend: Backend, module: nn.Module, head: Head) -> None:
        super().__init__(info, backend, module, head.weight.shape[1])
        self.classifier_weight: FloatArray = self._named(head.weight.T, missing=0.0).T.copy()
        self.classifier_bias: FloatArray = self._named(head.bias[None], missing=0.0)[0]

    def around(self, module: nn.Module, info: ModelInfo, run: Callable[[nn.Module], Backend]) -> "PooledPredictor":
        """As above, with the other network's own head."""
        return PooledPredictor(info, run(module), module, linear_head(module))


class TokenPredictor(Predictor):
    """A transformer whose attention can be caught; see `capabilities.SelfAttention`."""

    def __init__(self, info: ModelInfo, backend: Backend, module: nn.Module, tokens: TokenLayout) -> None:
        super().__init__(info, backend, module)
        self.tokens = tokens

    def around(self, module: nn.Module, info: ModelInfo, run: Callable[[nn.Module], Backend]) -> "TokenPredictor":
        """As above; tokens lie alike in every network of one shape."""
        return TokenPredictor(info, run(module), module, self.tokens)


def load_predictor(spec: str | Path, key: str, backend: BackendName = "auto") -> Logits:
    """Load weights and make them ready to run.

    Args:
        spec: "official", "demo", "auto", an hf:// address or the path of a file, as `load_checkpoint` takes them.
        key: which model of the registry.
        backend: what computes; "auto" takes CUDA, MPS, OpenVINO or PyTorch on the CPU, the first that is there.

    Raises:
        InputError: there is no such model, the weights are not there or do not fit, or the backend that was asked for
            cannot run here.
    """
    return make_predictor(load_checkpoint(spec, key), backend)


def make_predictor(checkpoint: Checkpoint, backend: BackendName = "auto") -> Logits:
    """Make weights that are already in memory ready to run; see `load_predictor`."""
    return find_model(checkpoint.architecture.kind).run(checkpoint, backend)


def run_whole_image(checkpoint: Checkpoint, backend: BackendName) -> Predictor:
    """Make a network ready to run that gives logits, and find out what else it gives.

    That is features, and what its head is; or attention between tokens that can be caught.
    """
    module = checkpoint.build()
    selection = select_backend(module, probe_image(checkpoint.architecture.input_size)[None, None], backend)
    info, runs, outputs = model_info(checkpoint, selection), selection.backend, selection.outputs
    if len(outputs) == 1:
        tokens = token_layout(module, probe_image(checkpoint.architecture.input_size))
        return TokenPredictor(info, runs, module, tokens) if tokens else Predictor(info, runs, module)
    head = pooled_head(module, outputs[1])
    if head is not None:
        return PooledPredictor(info, runs, module, head)
    return FeaturePredictor(replace(info, head=_NOT_LINEAR), runs, module, outputs[1].shape[1])


def with_module(model: Logits, module: nn.Module, info: ModelInfo, run: Callable[[nn.Module], Backend]) -> Logits:
    """A predictor like another around a network of the same shape, such as one with random weights.

    Args:
        model: a predictor of such a network.
        module: the other network, in eval mode.
        info: what to say of it.
        run: makes a backend of a network.

    Raises:
        InputError: the predictor runs no PyTorch network.
    """
    if not isinstance(model, Predictor):
        raise InputError(f"Expected a model that runs a PyTorch network, found {model.info.key}, which runs none.")
    return model.around(module, info, run)


def model_info(checkpoint: Checkpoint, selection: Selection) -> ModelInfo:
    """Say of a model which it is and what computes it."""
    return ModelInfo(
        id=checkpoint.model_id,
        key=checkpoint.architecture.kind,
        origin=checkpoint.origin,
        weights_sha256=checkpoint.weights_sha256,
        architecture=checkpoint.architecture,
        backend=selection.backend.name,
        precision=selection.precision,
        note=checkpoint.note,
        provenance=checkpoint.provenance,
        taught_by=checkpoint.taught_by,
        dtype=selection.backend.dtype,
    )


def _order(architecture: Architecture) -> tuple[list[int], list[int]] | None:
    """Places among the findings and columns among the outputs that belong together; None where they are the same."""
    outputs = architecture.findings
    if outputs == FINDINGS:
        return None
    pairs = [(FINDINGS.index(name), column) for column, name in enumerate(outputs) if name]
    return [place for place, _ in pairs], [column for _, column in pairs]


def check_images(images: FloatArray, size: int) -> None:
    """Refuse images that are not (n, size, size).

    Raises:
        InputError: they are not.
    """
    if images.ndim != 3 or images.shape[1:] != (size, size):
        raise InputError(f"Expected images of shape (n, {size}, {size}), found {images.shape}.")


def grey(image: FloatArray) -> FloatArray:
    """One image (height, width) as a backend takes it.

    Raises:
        InputError: it has other dimensions.
    """
    if image.ndim != 2:
        raise InputError(f"Expected a grey image of shape (height, width), found {image.shape}.")
    return np.ascontiguousarray(image, np.float32)

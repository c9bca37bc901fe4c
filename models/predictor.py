"""A model ready to be asked: numpy in, numpy out, whatever computes below."""

from pathlib import Path
from typing import Literal, cast, overload

import numpy as np
import torch
from torch import nn

from data_cache.errors import InputError
from models.architecture import ModelKind
from models.backends.base import Backend, BackendName, FloatArray
from models.backends.probes import probe_image, probe_patches
from models.backends.selection import select_backend
from models.checkpoints import Checkpoint, load_checkpoint
from models.cnn import BaselineCnn
from models.medicalpatchnet import split_patches
from models.predictions import CnnPrediction, ModelInfo, PatchPrediction

_BATCH_SIDE = 256  # of larger images the CNN takes fewer at once, so that the memory of a pass stays the same


class PatchPredictor:
    """MedicalPatchNet. May be called from several threads."""

    def __init__(self, info: ModelInfo, backend: Backend) -> None:
        self.info = info
        self.input_size = info.architecture.input_size
        self.patch_size = info.architecture.patch_size
        self._backend = backend

    def predict(self, image: FloatArray) -> PatchPrediction:
        """Classify one image and each of its patches.

        Args:
            image: (s, s) float32 in [0, 1], s being `input_size` or any other multiple of `patch_size`.

        Raises:
            InputError: the patch size does not divide the image's sides.
        """
        patches = split_patches(torch.from_numpy(_grey(image))[None, None], self.patch_size)
        patch_logits = self.patch_logits(patches[:, 0].numpy())
        # PyTorch's mean, so that even the last bit is the official code's
        return PatchPrediction(torch.from_numpy(patch_logits).mean(dim=0).numpy(), patch_logits)

    def logits(self, images: FloatArray) -> FloatArray:
        """Classify any number of images of `input_size`, in bounded memory.

        Args:
            images: (n, s, s) float32 in [0, 1].

        Returns:
            (n, 14) float32, the means over each image's patches.
        """
        _check_images(images, self.input_size)
        found = np.empty((len(images), len(self.info.architecture.findings)), np.float32)
        count = self.info.architecture.grid**2
        step = max(1, self._backend.batch_size // count)
        for start in range(0, len(images), step):
            batch = torch.from_numpy(np.ascontiguousarray(images[start : start + step], np.float32))[:, None]
            patch_logits = self.patch_logits(split_patches(batch, self.patch_size)[:, 0].numpy())
            found[start : start + step] = torch.from_numpy(patch_logits).unflatten(0, (-1, count)).mean(dim=1).numpy()
        return found

    def patch_logits(self, patches: FloatArray) -> FloatArray:
        """Classify any number of patches by themselves, in bounded memory.

        Args:
            patches: (n, p, p) float32 in [0, 1], p being `patch_size`.

        Returns:
            (n, 14) float32.

        Raises:
            InputError: the patches have another size.
        """
        if patches.ndim != 3 or patches.shape[1:] != (self.patch_size, self.patch_size):
            raise InputError(
                f"Expected patches of shape (n, {self.patch_size}, {self.patch_size}), found {patches.shape}."
            )
        logits = np.empty((len(patches), len(self.info.architecture.findings)), np.float32)
        step = self._backend.batch_size
        for start in range(0, len(patches), step):
            logits[start : start + step] = self._backend(patches[start : start + step, None])[0]
        return logits


class CnnPredictor:
    """The baseline CNN. May be called from several threads.

    `classifier_weight` (14, C) and `classifier_bias` (14,) are the linear layer after average pooling, float32.
    `module` is the PyTorch network in eval mode, for autograd through other layers; it may share its device (see its
    parameters) with the backend.
    """

    def __init__(self, info: ModelInfo, backend: Backend, module: BaselineCnn) -> None:
        self.info = info
        self.input_size = info.architecture.input_size
        self.module = module
        self._backend = backend
        classifier = cast(nn.Linear, module.backbone.classifier)
        self.classifier_weight: FloatArray = classifier.weight.detach().cpu().numpy().copy()
        self.classifier_bias: FloatArray = classifier.bias.detach().cpu().numpy().copy()

    def predict(self, image: FloatArray) -> CnnPrediction:
        """Classify one image and give the features its logits are pooled from.

        Args:
            image: (s, s) float32 in [0, 1].
        """
        logits, features = self._backend(_grey(image)[None, None])
        return CnnPrediction(logits[0], features[0])

    def logits(self, images: FloatArray) -> FloatArray:
        """Classify any number of images of `input_size`, in bounded memory.

        Args:
            images: (n, s, s) float32 in [0, 1].

        Returns:
            (n, 14) float32.
        """
        _check_images(images, self.input_size)
        found = np.empty((len(images), len(self.info.architecture.findings)), np.float32)
        step = max(1, self._backend.batch_size * _BATCH_SIDE**2 // self.input_size**2)
        for start in range(0, len(images), step):
            batch = np.ascontiguousarray(images[start : start + step], np.float32)[:, None]
            found[start : start + step] = self._backend(batch)[0]
        return found


@overload
def load_predictor(
    spec: str | Path, kind: Literal["medicalpatchnet"], backend: BackendName = "auto"
) -> PatchPredictor: ...
@overload
def load_predictor(spec: str | Path, kind: Literal["cnn"], backend: BackendName = "auto") -> CnnPredictor: ...
def load_predictor(spec: str | Path, kind: ModelKind, backend: BackendName = "auto") -> PatchPredictor | CnnPredictor:
    """Load weights and make them ready to run.

    Args:
        spec: "official", "demo", "auto" or the path of a file, as `load_checkpoint` takes them.
        kind: which model.
        backend: what computes; "auto" takes CUDA, MPS, OpenVINO or PyTorch on the CPU, the first that is there.

    Raises:
        InputError: the weights are not there or do not fit, or the backend that was asked for cannot run here.
    """
    return make_predictor(load_checkpoint(spec, kind), backend)


def make_predictor(checkpoint: Checkpoint, backend: BackendName = "auto") -> PatchPredictor | CnnPredictor:
    """Make weights that are already in memory ready to run; see `load_predictor`."""
    module = checkpoint.build()
    architecture = checkpoint.architecture
    if architecture.kind == "medicalpatchnet":
        probes = probe_patches(architecture.patch_size)[:, None]
        selection = select_backend(module.get_submodule("backbone"), probes, backend)
    else:
        selection = select_backend(module, probe_image(architecture.input_size)[None, None], backend)
    info = ModelInfo(
        id=checkpoint.model_id,
        kind=architecture.kind,
        origin=checkpoint.origin,
        weights_sha256=checkpoint.weights_sha256,
        architecture=architecture,
        backend=selection.backend.name,
        precision=selection.precision,
        note=checkpoint.note,
    )
    if isinstance(module, BaselineCnn):
        return CnnPredictor(info, selection.backend, module)
    return PatchPredictor(info, selection.backend)


def _check_images(images: FloatArray, size: int) -> None:
    if images.ndim != 3 or images.shape[1:] != (size, size):
        raise InputError(f"Expected images of shape (n, {size}, {size}), found {images.shape}.")


def _grey(image: FloatArray) -> FloatArray:
    if image.ndim != 2:
        raise InputError(f"Expected a grey image of shape (height, width), found {image.shape}.")
    return np.ascontiguousarray(image, np.float32)

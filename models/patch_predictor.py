"""Patch models ready to run; where their logits are linear in what the last layer is given, with these embeddings."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import nn

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from models.backends.base import Backend, BackendName, FloatArray
from models.backends.probes import probe_patches
from models.backends.selection import select_backend
from models.capabilities import GraphOutput
from models.checkpoints import Checkpoint
from models.medicalpatchnet import split_patches
from models.patch_embeddings import PatchesWithEmbedding, WithEmbedding, with_embedding
from models.predictions import EmbeddedPrediction, ModelInfo, PatchPrediction, Prediction
from models.predictor import Predictor, check_images, grey, model_info

_PROBES = 4  # of the patches on which backends are compared: a network ends in one linear layer or it does not


class PatchPredictor(Predictor):
    """A model that classifies patches; see `capabilities.PatchLogits`. Its backend runs one patch's network."""

    graph_module = "backbone"
    graph_outputs: tuple[GraphOutput, ...] = ("patch_logits",)

    def __init__(self, info: ModelInfo, backend: Backend, module: nn.Module) -> None:
        super().__init__(info, backend, module)
        self.patch_size = self.input_size // info.architecture.patches

    def around(self, module: nn.Module, info: ModelInfo, run: Callable[[nn.Module], Backend]) -> "PatchPredictor":
        """As above; the backend runs one patch's network."""
        return PatchPredictor(info, run(module.get_submodule("backbone")), module)

    def predict(self, image: FloatArray) -> PatchPrediction:
        """Classify one image and each of its patches.

        Args:
            image: (s, s) float32 in [0, 1], s being `input_size` or any other multiple of `patch_size`.

        Raises:
            InputError: the patch size does not divide the image's sides.
        """
        patches = split_patches(torch.from_numpy(grey(image))[None, None], self.patch_size)
        return self._predicted(patches[:, 0].numpy(), 1)[0]

    def predict_together(self, images: FloatArray) -> list[Prediction]:
        """As above; passes take as many patches as the backend likes."""
        check_images(images, self.input_size)
        patches = split_patches(torch.from_numpy(np.ascontiguousarray(images, np.float32))[:, None], self.patch_size)
        return [*self._predicted(patches[:, 0].numpy(), len(images))]

    def _predicted(self, patches: FloatArray, count: int) -> Sequence[PatchPrediction]:
        """What is said of so many images, whose patches follow one another."""
        each = self.patch_logits(patches).reshape(count, -1, len(FINDINGS))
        return [PatchPrediction(mean_of_patches(one), one) for one in each]

    def logits(self, images: FloatArray) -> FloatArray:
        """As above: the means over each image's patches."""
        check_images(images, self.input_size)
        found = np.empty((len(images), len(FINDINGS)), np.float32)
        count = self.info.architecture.patches**2
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
        logits = np.empty((len(patches), len(FINDINGS)), np.float32)
        for place, outputs in self._passes(patches):
            logits[place] = self._named(outputs[0])
        return logits

    def _passes(self, patches: FloatArray) -> Iterator[tuple[slice, tuple[FloatArray, ...]]]:
        """The network's outputs for as many patches at once as the backend likes, and where these patches stand."""
        if patches.ndim != 3 or patches.shape[1:] != (self.patch_size, self.patch_size):
            raise InputError(
                f"Expected patches of shape (n, {self.patch_size}, {self.patch_size}), found {patches.shape}."
            )
        step = self._backend.batch_size
        for start in range(0, len(patches), step):
            yield slice(start, start + step), self._backend(patches[start : start + step, None])


class EmbeddingPatchPredictor(PatchPredictor):
    """A patch model that knows its embeddings; see `capabilities.PatchEmbeddings`.

    Its backend runs a `PatchesWithEmbedding`, whose second output they are.
    """

    def __init__(self, info: ModelInfo, backend: Backend, module: nn.Module, embedding_channels: int) -> None:
        super().__init__(info, backend, module)
        self.embedding_channels = embedding_channels

    def around(
        self, module: nn.Module, info: ModelInfo, run: Callable[[nn.Module], Backend]
    ) -> "EmbeddingPatchPredictor":
        """As above, with the other network's own embeddings."""
        if not isinstance(module, WithEmbedding):
            raise TypeError(f"Expected a network of the same shape, found {type(module).__name__}.")
        return EmbeddingPatchPredictor(info, run(PatchesWithEmbedding(module)), module, self.embedding_channels)

    def patch_embeddings(self, patches: FloatArray) -> FloatArray:
        """Embeddings of any number of patches by themselves, in bounded memory.

        Args:
            patches: (n, p, p) float32 in [0, 1], p being `patch_size`.

        Returns:
            (n, C) float32, C being `embedding_channels`.

        Raises:
            InputError: the patches have another size.
        """
        return self._both(patches)[1]

    def _predicted(self, patches: FloatArray, count: int) -> Sequence[EmbeddedPrediction]:
        logits, embeddings = (both.reshape(count, -1, both.shape[1]) for both in self._both(patches))
        return [EmbeddedPrediction(mean_of_patches(one), one, e) for one, e in zip(logits, embeddings, strict=True)]

    def _both(self, patches: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Logits (n, 14) and embeddings (n, C)."""
        logits = np.empty((len(patches), len(FINDINGS)), np.float32)
        embeddings = np.empty((len(patches), self.embedding_channels), np.float32)
        for place, outputs in self._passes(patches):
            logits[place], embeddings[place] = self._named(outputs[0]), outputs[1]
        return logits, embeddings


def run_patches(checkpoint: Checkpoint, backend: BackendName) -> PatchPredictor:
    """Make a patch model ready to run: a network whose `backbone` classifies one patch."""
    module, size = checkpoint.build(), checkpoint.architecture.input_size // checkpoint.architecture.patches
    probes = probe_patches(size)[:, None]
    network = with_embedding(module, torch.from_numpy(probes[:_PROBES]))
    selection = select_backend(network or module.get_submodule("backbone"), probes, backend)
    info = model_info(checkpoint, selection)
    if network is None:
        return PatchPredictor(info, selection.backend, module)
    return EmbeddingPatchPredictor(info, selection.backend, module, selection.outputs[1].shape[1])


def mean_of_patches(patch_logits: FloatArray) -> FloatArray:
    """Patch logits (patches, 14) -> logits (14,), by PyTorch's mean: even the last bit is the official code's."""
    return torch.from_numpy(patch_logits).mean(dim=0).numpy()

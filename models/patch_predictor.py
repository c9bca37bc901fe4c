"""Patch models ready to run; where their logits are linear in what the last layer is given, with these embeddings."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn

from data_cache.findings import FINDINGS
from models.backends.base import Backend, BackendName, FloatArray
from models.backends.probes import probe_patches
from models.backends.selection import select_backend
from models.checkpoints import Checkpoint
from models.patch_embeddings import PatchesWithEmbedding, WithEmbedding, with_embedding
from models.predictions import EmbeddedPrediction, ModelInfo
from models.predictor import PatchPredictor, mean_of_patches, model_info

_PROBES = 4  # of the patches on which backends are compared: a network ends in one linear layer or it does not


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

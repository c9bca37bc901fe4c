"""What the models say about one image, each forward pass computed once and only when somebody needs it."""

from collections.abc import Callable, Iterator
from functools import cached_property, partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from data_cache.errors import InputError
from explainers.base import Cancelled, FloatArray, IsCancelled, never
from explainers.cam import Evidence
from explainers.patch_maps import Shift, ShiftGrid, cut_patches

if TYPE_CHECKING:
    from data_cache.geometry import Geometry
    from data_cache.images import Radiograph
    from models.architecture import ModelKind
    from models.predictions import CnnPrediction, ModelInfo, PatchPrediction
    from models.predictor import CnnPredictor, PatchPredictor


class ModelInput(NamedTuple):
    """An image as a model takes it, (s, s) float32 in [0, 1], and the geometry that leads back to the original."""

    image: FloatArray
    geometry: "Geometry"


class Passes:
    """One image, the models, and what they have said so far. For one thread at a time.

    Args:
        image: (s, s) float32 in [0, 1]; not changed.
        geometry: leads from the image back to the original.
        patchnet: the patch model, where its maps are wanted.
        cnn: the CNN, where its maps are wanted.
        on_pass: called after each forward pass with the name of the kind of model that made it.
    """

    def __init__(
        self,
        image: FloatArray,
        geometry: "Geometry",
        patchnet: "PatchPredictor | None" = None,
        cnn: "CnnPredictor | None" = None,
        on_pass: Callable[["ModelKind"], None] | None = None,
    ) -> None:
        own = ModelInput(image, geometry)
        self._inputs: dict[ModelKind, ModelInput] = {"medicalpatchnet": own, "cnn": own}
        self._patchnet = patchnet
        self._cnn = cnn
        self._on_pass = on_pass
        self._shifted: dict[Shift, FloatArray] = {}

    @classmethod
    def of(
        cls,
        radiograph: "Radiograph",
        patchnet: "PatchPredictor | None" = None,
        cnn: "CnnPredictor | None" = None,
        on_pass: Callable[["ModelKind"], None] | None = None,
    ) -> "Passes":
        """Preprocess a radiograph for the models; each gets its own input size.

        Raises:
            ValueError: no model was given.
        """
        from data_cache.images import preprocess

        sizes: dict[ModelKind, int] = {}
        if patchnet is not None:
            sizes["medicalpatchnet"] = patchnet.input_size
        if cnn is not None:
            sizes["cnn"] = cnn.input_size
        if not sizes:
            raise ValueError("Expected at least one model, found none.")
        inputs = {size: ModelInput(*preprocess(radiograph, size)) for size in set(sizes.values())}
        passes = cls(*inputs[next(iter(sizes.values()))], patchnet, cnn, on_pass)
        passes._inputs.update({kind: inputs[size] for kind, size in sizes.items()})
        return passes

    @property
    def patchnet(self) -> "PatchPredictor":
        """The patch model.

        Raises:
            InputError: none was given.
        """
        if self._patchnet is None:
            raise InputError("Expected a MedicalPatchNet for the raw and scaled maps, found none; name its weights.")
        return self._patchnet

    @property
    def cnn(self) -> "CnnPredictor":
        """The CNN.

        Raises:
            InputError: none was given.
        """
        if self._cnn is None:
            raise InputError("Expected a CNN for the class activation maps, found none; name its weights.")
        return self._cnn

    def input(self, kind: "ModelKind") -> ModelInput:
        """The image as this kind of model takes it."""
        return self._inputs[kind]

    def info(self, kind: "ModelKind") -> "ModelInfo":
        """Which model of this kind speaks."""
        return self.patchnet.info if kind == "medicalpatchnet" else self.cnn.info

    def logits(self, kind: "ModelKind") -> FloatArray:
        """Logits (14,) of this kind of model for the image."""
        return self.patch_prediction.logits if kind == "medicalpatchnet" else self.cnn_prediction.logits

    @cached_property
    def patch_prediction(self) -> "PatchPrediction":
        """What the patch model says about the plain grid of patches."""
        prediction = self.patchnet.predict(self.input("medicalpatchnet").image)
        self._passed("medicalpatchnet")
        return prediction

    @cached_property
    def cnn_prediction(self) -> "CnnPrediction":
        """What the CNN says, with its last feature block."""
        prediction = self.cnn.predict(self.input("cnn").image)
        self._passed("cnn")
        return prediction

    def shifted_logits(self, grid: ShiftGrid, cancelled: IsCancelled = never) -> FloatArray:
        """Patch logits of all shifts of a grid; those of earlier calls are not computed again.

        Patches of different shifts never are the same, so nothing is shared between shifts; one shift's patches are
        in memory at a time.

        Args:
            grid: shifts of the patch model's patches over the image.
            cancelled: asked before each forward pass.

        Returns:
            (N², g², 14) float32, the shifts in the order of `grid.pairs()`.

        Raises:
            Cancelled: `cancelled` said yes; what was computed so far is kept.
        """
        for shift in grid.pairs():
            if shift not in self._shifted:
                if cancelled():
                    raise Cancelled
                self._shifted[shift] = self._one_shift(grid, shift)
        return np.stack([self._shifted[shift] for shift in grid.pairs()])

    def knows(self, grid: ShiftGrid) -> bool:
        """Whether all shifts of a grid have been computed."""
        return all(shift in self._shifted for shift in grid.pairs())

    def _one_shift(self, grid: ShiftGrid, shift: Shift) -> FloatArray:
        if shift == (0, 0):
            return self.patch_prediction.patch_logits
        image = self.input("medicalpatchnet").image
        logits = self.patchnet.patch_logits(cut_patches(image, grid, shift))
        self._passed("medicalpatchnet")
        return logits

    def check_layer(self, layer: str) -> None:
        """Refuse a layer that the CNN does not have; an empty name is its last feature block.

        Raises:
            InputError: there is no such layer, or no CNN.
        """
        module = self.cnn.module
        if layer:
            from explainers.layers import find_layer

            find_layer(module, layer)

    def evidence(self, layer: str = "", cancelled: IsCancelled = never) -> Evidence:
        """Activations and gradients of one layer of the CNN for all findings.

        Args:
            layer: name of a module of the network; empty for the last feature block. There average pooling and a
                linear layer follow, so the gradient is the classifier's weight divided by the number of cells, the
                same in every cell, and the one forward pass that gave the logits is enough.
            cancelled: asked before each pass through the network.

        Raises:
            InputError: there is no such layer, or it gives no feature maps.
            Cancelled: `cancelled` said yes.
        """
        if cancelled():
            raise Cancelled
        if layer:
            from explainers.layers import evidence_by_autograd

            evidence = evidence_by_autograd(self.cnn.module, layer, self.input("cnn").image, cancelled)
            self._passed("cnn")
            return evidence
        features = self.cnn_prediction.features
        gradients = self.cnn.classifier_weight / np.float32(features[0].size)
        return Evidence(features, partial(_once, gradients[:, :, None, None]))

    def _passed(self, kind: "ModelKind") -> None:
        if self._on_pass is not None:
            self._on_pass(kind)


def _once(array: FloatArray) -> Iterator[FloatArray]:
    yield array

"""What one model says about one image, each forward pass computed once and only when somebody needs it."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np

from data_cache.errors import InputError
from explainers.patch_maps import Shift, ShiftGrid, cut_patches
from explainers.types import Cancelled, Evidence, FloatArray, IsCancelled, never
from models.capabilities import (
    FEATURES,
    MODULE,
    PATCH_LOGITS,
    Capability,
    Features,
    Logits,
    Module,
    PatchLogits,
    PooledFeatures,
    Together,
)

if TYPE_CHECKING:
    from data_cache.geometry import Geometry
    from data_cache.images import Radiograph
    from models.predictions import FeaturePrediction, ModelInfo, PatchPrediction, Prediction

OnPass = Callable[[str], None]
M = TypeVar("M", bound=Logits)


class ModelRun:
    """One image, one model, and what it has said so far. For one thread at a time.

    Args:
        image: (s, s) float32 in [0, 1], as the model takes it; not changed.
        geometry: leads from the image back to the original.
        model: what is asked; what it can give beyond logits are its capabilities.
        on_pass: called after each pass with the model's key, forward or, of methods by gradients, back.

    `looked` is how many seconds the pass behind `prediction` took, None before it and where another run made it.
    `altered` holds logits (14,) of altered images by how and where they were altered: see `perturbation.passes`. `kept`
    holds each method's last maps that another blur shows otherwise, and what they are of: see `gradients.pixels`.
    """

    def __init__(self, image: FloatArray, geometry: "Geometry", model: Logits, on_pass: OnPass | None = None) -> None:
        self.image = image
        self.geometry = geometry
        self.model = model
        self._on_pass = on_pass
        self._shifted: dict[Shift, FloatArray] = {}
        self.looked: float | None = None
        self.altered: dict[Hashable, dict[Hashable, FloatArray]] = {}
        self.kept: dict[Hashable, tuple[Hashable, tuple[FloatArray, str]]] = {}

    @classmethod
    def of(cls, radiograph: "Radiograph", model: Logits, on_pass: OnPass | None = None) -> "ModelRun":
        """Preprocess a radiograph for a model."""
        from data_cache.images import preprocess

        return cls(*preprocess(radiograph, model.input_size), model, on_pass)

    def again(self, on_pass: OnPass | None = None) -> "ModelRun":
        """The same run for another thread: it knows all that the model has said so far, and shares those arrays."""
        other = ModelRun(self.image, self.geometry, self.model, on_pass)
        other._shifted, other.kept = dict(self._shifted), dict(self.kept)
        other.altered = {way: dict(known) for way, known in self.altered.items()}
        if "prediction" in vars(self):
            vars(other)["prediction"] = self.prediction
        return other

    @property
    def info(self) -> "ModelInfo":
        """Which model speaks."""
        return self.model.info

    @property
    def key(self) -> str:
        """The model's key in the registry."""
        return self.model.info.key

    @property
    def logits(self) -> FloatArray:
        """Logits (14,) of the image, NaN for findings that the model does not predict."""
        return self.prediction.logits

    @cached_property
    def prediction(self) -> "Prediction":
        """What the model says about the image, with what else it gives in the same pass.

        Raises:
            InputError: that is no number: finite weights may be so large that what follows from them is not.
        """
        started = perf_counter()
        with np.errstate(over="ignore", invalid="ignore"):
            prediction = self.model.predict(self.image)
        self.looked = perf_counter() - started
        if not self._is_finite(prediction):
            raise InputError(
                f"Expected logits of {self.info.id}, found NaN or infinity: its weights overflow; get them again."
            )
        self.passed()
        return prediction

    def accept(self, prediction: "Prediction") -> None:
        """Take what the model said about the image in a pass with others; what is no number is asked for again."""
        if self._is_finite(prediction):
            self.prediction = prediction
            self.passed()

    def _is_finite(self, prediction: "Prediction") -> bool:
        return bool(np.isfinite(prediction.logits[self.info.architecture.predicted]).all())

    @property
    def patch_prediction(self) -> "PatchPrediction":
        """What a patch model says about the plain grid of patches.

        Raises:
            InputError: the model does not classify patches.
        """
        self.require(PATCH_LOGITS)
        return cast("PatchPrediction", self.prediction)

    @property
    def patch_model(self) -> PatchLogits:
        """The model as one of patches.

        Raises:
            InputError: it does not classify patches.
        """
        return cast(PatchLogits, self.require(PATCH_LOGITS))

    def require(self, capability: Capability) -> Logits:
        """The model, if it can give something.

        Raises:
            InputError: it cannot.
        """
        if not capability.of(self.model):
            raise InputError(f"Expected a model with {capability.words}, found {self.key}, which has none.")
        return self.model

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
            InputError: the model does not classify patches.
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
        logits = self.patch_model.patch_logits(cut_patches(self.image, grid, shift))
        self.passed()
        return logits

    def check_layer(self, layer: str) -> None:
        """Refuse a layer that the model does not have; an empty name is its last feature block.

        Raises:
            InputError: there is no such layer, or the model has no network or no features.
        """
        if not layer:
            self.require(FEATURES)
            return
        from explainers.layers import find_layer

        find_layer(cast(Module, self.require(MODULE)).module, layer)

    def evidence(self, layer: str = "", cancelled: IsCancelled = never) -> Evidence:
        """Activations and gradients of one layer for all findings.

        Args:
            layer: name of a module of the network; empty for the last feature block. Where average pooling and a
                linear layer follow it, the gradient is the classifier's weight divided by the number of cells, the
                same in every cell, and the one forward pass that gave the logits is enough; else it comes from
                autograd through what follows.
            cancelled: asked before each pass through the network.

        Raises:
            InputError: there is no such layer, or it gives no feature maps.
            Cancelled: `cancelled` said yes.
        """
        if cancelled():
            raise Cancelled
        if not layer:
            return self._last_evidence(cancelled)
        from explainers.layers import evidence_by_autograd

        model = cast(Module, self.require(MODULE))
        evidence = evidence_by_autograd(model.module, layer, self.image, self.outputs, cancelled)
        self.passed()
        return evidence

    def _last_evidence(self, cancelled: IsCancelled) -> Evidence:
        model = cast(Features, self.require(FEATURES))
        features = cast("FeaturePrediction", self.prediction).features
        if isinstance(model, PooledFeatures):
            gradients = model.classifier_weight / np.float32(features[0].size)
            once = partial(_once, gradients[:, :, None, None])
            return Evidence(features, once, once, linear=True)
        from explainers.layers import evidence_of_head

        return evidence_of_head(model.module, features, self.outputs, cancelled, self.info.head)

    @property
    def outputs(self) -> tuple[int | None, ...]:
        """For each finding the network's output that speaks of it, or None."""
        return self.info.architecture.output_of

    def passed(self) -> None:
        """Tell that a forward pass is done."""
        if self._on_pass is not None:
            self._on_pass(self.key)


def model_runs(
    radiograph: "Radiograph", models: Mapping[str, Logits], on_pass: OnPass | None = None
) -> dict[str, ModelRun]:
    """Preprocess a radiograph once for each input size, and make the run of each model.

    Raises:
        ValueError: no model was given.
    """
    from data_cache.images import preprocess

    if not models:
        raise ValueError("Expected at least one model, found none.")
    inputs = {size: preprocess(radiograph, size) for size in {model.input_size for model in models.values()}}
    return {key: ModelRun(*inputs[model.input_size], model, on_pass) for key, model in models.items()}


def predict_together(runs: Sequence[ModelRun]) -> None:
    """Have one model say in one pass what it says about several images, where it can.

    Args:
        runs: of one model, none of which has been asked yet; of one alone, the pass is left for when it is needed.
    """
    if len(runs) > 1 and isinstance(runs[0].model, Together):
        with np.errstate(over="ignore", invalid="ignore"):
            predictions = runs[0].model.predict_together(np.stack([run.image for run in runs]))
        for run, prediction in zip(runs, predictions, strict=True):
            run.accept(prediction)


def _once(array: FloatArray) -> Iterator[FloatArray]:
    yield array

"""What a model can give beyond logits. Nothing asks for a model by name; it asks whether the model can.

Each capability is a small protocol; a model has it when it has the protocol's attributes (`isinstance` says so). Arrays
are float32 numpy arrays; images are (n, s, s), grey, in [0, 1], s being the model's `input_size`. Findings are
CheXpert's 14 in CheXpert's order; those that a model does not predict are NaN.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import nn

    from models.predictions import (
        EmbeddedPrediction,
        FeaturePrediction,
        ModelInfo,
        PatchPrediction,
        Prediction,
        Region,
        SegmentPrediction,
        TokenLayout,
    )

FloatArray = NDArray[np.float32]


@runtime_checkable
class Logits(Protocol):
    """Classifies images. May be called from several threads; `info` says which model this is."""

    info: "ModelInfo"
    input_size: int

    def predict(self, image: FloatArray) -> "Prediction":
        """Classify one image (s, s)."""
        ...

    def logits(self, images: FloatArray) -> FloatArray:
        """Logits (n, 14) of images (n, s, s), in bounded memory."""
        ...


@runtime_checkable
class Together(Logits, Protocol):
    """Classifies several images in one pass. No method needs it: it is only faster where the hardware likes it."""

    def predict_together(self, images: FloatArray) -> "list[Prediction]":
        """What `predict` says of each of the images (n, s, s), s being `input_size`; n bounds the memory."""
        ...


@runtime_checkable
class PatchLogits(Logits, Protocol):
    """Classifies square patches by themselves; the image's logits are exactly the mean of its patches' logits."""

    patch_size: int

    def predict(self, image: FloatArray) -> "PatchPrediction":
        """Classify one image and each of its patches."""
        ...

    def patch_logits(self, patches: FloatArray) -> FloatArray:
        """Logits (n, 14) of patches (n, p, p), p being `patch_size`, in bounded memory."""
        ...


@runtime_checkable
class PatchEmbeddings(PatchLogits, Protocol):
    """Knows what its last layer is given of each patch; the patch's logits are a linear function of these C numbers.

    They come in the same pass as the logits, whatever computes it. So the logits of two patches at the Euclidean
    distance d differ by at most d times the length of the finding's weights: what is near is the same to the model.
    """

    embedding_channels: int

    def predict(self, image: FloatArray) -> "EmbeddedPrediction":
        """Classify one image and each of its patches, and give the patches' embeddings."""
        ...

    def patch_embeddings(self, patches: FloatArray) -> FloatArray:
        """Embeddings (n, C) of patches (n, p, p), C being `embedding_channels`, in bounded memory."""
        ...


@runtime_checkable
class Module(Logits, Protocol):
    """Has a PyTorch network, for gradients.

    `module` is in eval mode; called with (n, 1, s, s) it gives logits (n, outputs), alone or first of several;
    `findings_of` brings its outputs into the order of the findings.
    """

    module: "nn.Module"


GraphOutput = Literal["logits", "patch_logits", "features", "attention", "segments"]


@runtime_checkable
class Exportable(Module, Protocol):
    """Can be written as a graph that runs without PyTorch.

    `graph_module` names the part of `module` that is written, "" for all of it: what classifies an image, or one patch.
    `graph_outputs` says what that part gives, output by output; more outputs than are named are left out. Logits,
    attention and segments of it are by output of the network; segments are logits.
    """

    graph_module: str
    graph_outputs: tuple[GraphOutput, ...]


@runtime_checkable
class Features(Module, Protocol):
    """Pools convolutional features and classifies them: class activation maps, by autograd where need be."""

    feature_channels: int

    def predict(self, image: FloatArray) -> "FeaturePrediction":
        """Classify one image and give the features (C, h, w) that its logits are pooled from."""
        ...


@runtime_checkable
class PooledFeatures(Features, Protocol):
    """The logits are a linear function of the spatial mean of the features: class activation maps in closed form.

    `classifier_weight` (14, C) and `classifier_bias` (14,) are that function; rows of findings that are not predicted
    are 0, so that nothing computed from them overflows.
    """

    classifier_weight: FloatArray
    classifier_bias: FloatArray


@runtime_checkable
class Attention(Logits, Protocol):
    """Weighs places before it classifies: maps (14, h, w) in [0, 1], one for all findings or one for each."""

    def attention(self, image: FloatArray) -> FloatArray:
        """Attention maps (14, h, w) of one image (s, s)."""
        ...


@runtime_checkable
class SelfAttention(Module, Protocol):
    """Turns places of a grid into tokens that attend to each other, block after block, and classifies some of them.

    Measured on the network (`models.self_attention`): every block's weights can be caught while it runs.
    """

    tokens: "TokenLayout"


@runtime_checkable
class Regions(Logits, Protocol):
    """Looks into boxes: one for each of its blocks, and in it a gate for each place.

    `region_blocks` names the blocks, in the network's order.
    """

    region_blocks: tuple[str, ...]

    def regions(self, image: FloatArray) -> "tuple[Region, ...]":
        """Where each block looks in one image (s, s), in the network's order, boxes in its pixels."""
        ...


@runtime_checkable
class Segments(Logits, Protocol):
    """Says of each pixel whether it shows a finding: such networks are trained on masks."""

    def predict(self, image: FloatArray) -> "SegmentPrediction":
        """Classify one image and each of its pixels."""
        ...

    def segments(self, image: FloatArray) -> FloatArray:
        """Probabilities (14, h, w) of one image (s, s)."""
        ...


@dataclass(frozen=True)
class Capability:
    """A capability by name.

    Attributes:
        key: name in messages to the browser.
        words: what a model needs to have, as the end of "… needs".
        protocol: what a model that has it offers.
        measured: finds in a model that offers this what is in the way nevertheless; empty words where nothing is.
        reason: why other models do not do, as the end of "…, since"; only for methods, so it is no part of `words`.
    """

    key: str
    words: str
    protocol: Any
    measured: Callable[[Any], str] | None = None
    reason: str = ""

    @property
    def needed(self) -> str:
        """What a model needs to have, and why."""
        return f"{self.words}, since {self.reason}" if self.reason else self.words

    def of(self, model: object) -> bool:
        """Whether a model has it."""
        return isinstance(model, self.protocol) and not self.hindrance(model)

    def hindrance(self, model: object) -> str:
        """What is in the way in a model that offers what is asked for; empty where nothing is, or it does not."""
        return self.measured(model) if self.measured is not None and isinstance(model, self.protocol) else ""


def _not_rectified(model: Module) -> str:
    from models.rectified import hindrance

    return hindrance(model.module, model.input_size)


LOGITS = Capability("logits", "logits", Logits)
PATCH_LOGITS = Capability("patch logits", "logits of patches", PatchLogits)
PATCH_EMBEDDINGS = Capability("patch embeddings", "embeddings of patches under a linear layer", PatchEmbeddings)
MODULE = Capability("module", "a PyTorch network", Module)
RECTIFIED = Capability(
    "rectified",
    "a network of linear layers, ReLUs and max pooling alone",
    Module,
    _not_rectified,
    "there is no rule for SiLU, GELU, attention or gates such as squeeze-and-excitation",
)
FEATURES = Capability("features", "convolutional features before pooling", Features)
POOLED_FEATURES = Capability("pooled features", "convolutional features under a linear head", PooledFeatures)
ATTENTION = Capability("attention", "attention maps", Attention)
SELF_ATTENTION = Capability("self-attention", "self-attention between the places of a grid", SelfAttention)
REGIONS = Capability("regions", "regions of interest", Regions)
SEGMENTS = Capability("segments", "a segmentation", Segments)

CAPABILITIES: tuple[Capability, ...] = (
    LOGITS,
    PATCH_LOGITS,
    PATCH_EMBEDDINGS,
    MODULE,
    RECTIFIED,
    FEATURES,
    POOLED_FEATURES,
    ATTENTION,
    SELF_ATTENTION,
    REGIONS,
    SEGMENTS,
)


def capabilities_of(model: object) -> tuple[Capability, ...]:
    """All capabilities that a model has."""
    return tuple(capability for capability in CAPABILITIES if capability.of(model))

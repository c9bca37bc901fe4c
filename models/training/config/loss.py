"""The settings of the loss: a sum of terms, each with its weight; by default the first alone, at weight 1."""

from typing import Literal, Self

from pydantic import Field, model_validator

from models.training.config.base import Fraction, Strict, Weight


class SecondViewConfig(Strict):
    """The small perturbation between the two views of an image whose attention maps are to agree.

    Each is the largest change either way: `rotation_degrees`, `shift` as a share of the side along each axis, and
    `contrast` about the image's mean.
    """

    rotation_degrees: float = Field(default=5.0, ge=0, le=45)
    shift: float = Field(default=0.05, ge=0, le=0.5)
    contrast: float = Field(default=0.2, ge=0, lt=1)


class SegmentationConfig(Strict):
    """The terms for a network that gives logits of pixels, on the images that `data.masks` has masks of.

    `cross_entropy` weighs the mean over pixels, `dice` the mean of 1 − soft Dice over masks that are not empty.
    `positive_weight` caps the weight of a pixel inside, which is the finding's pixels outside / inside in all
    training masks; 1 is no weighting.
    """

    cross_entropy: Weight = 1.0
    dice: Weight = 1.0
    positive_weight: float = Field(default=1.0, ge=1)


class LossConfig(Strict):
    """What is minimised: classification · (BCE or focal loss) + the other terms, whose weights are 0 by default.

    Attributes:
        kind: `bce`, or `focal` (Lin et al., ICCV 2017, without its α), which multiplies each label's cross-entropy by
            (1 − p of the label) to the power `gamma`.
        label_smoothing: moves labels towards 1/2, to ε/2 and 1 − ε/2.
        classification: the weight of this term.
        sparsity: weight of the mean of the attention.
        variation: weight of the attention's total variation, a mean over neighbours too.
        consistency: weight of the mean squared difference of the attention and that of a second view, put back; such
            a run shows each image twice. `second_view` says how the views differ.
        segmentation: the terms of pixels; None leaves them out.
    """

    kind: Literal["bce", "focal"] = "bce"
    gamma: float | None = Field(default=None, ge=0, le=10)
    label_smoothing: Fraction = 0.0
    classification: Weight = 1.0
    sparsity: Weight = 0.0
    variation: Weight = 0.0
    consistency: Weight = 0.0
    second_view: SecondViewConfig = SecondViewConfig()
    segmentation: SegmentationConfig | None = None

    @model_validator(mode="after")
    def _focal_has_its_exponent(self) -> Self:
        if (self.kind == "focal") != (self.gamma is not None):
            raise ValueError("give gamma with kind focal, and only with it")
        return self

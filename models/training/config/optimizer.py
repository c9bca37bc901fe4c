"""The settings of the optimizer, its schedule and budget, and of the run's stages."""

from typing import Literal, Self

from pydantic import Field, model_validator

from models.training.config.base import Strict


class Stage(Strict):
    """A stretch of the run at another resolution: `share` of all steps, image and patch side in pixels.

    Validation is at the final size throughout; a run never stops early in a stage.
    """

    share: float = Field(gt=0, le=1)
    input_size: int = Field(ge=1, le=4096)
    patch_size: int = Field(ge=1, le=4096)


class OptimizerConfig(Strict):
    """The optimizer, its learning rate's schedule, and the budget.

    Exactly one of `epochs` and `steps` gives the length. `max_minutes` of wall clock stops a run early at a step it
    can be resumed from. `positive_weight` caps the weight of positive labels, which is the finding's
    negatives / positives in the training split; 1 is no weighting, as published.

    The learning rate rises in the first share `warmup` of the steps to `learning_rate`. `one_cycle` starts at a 25th
    of it and ends at a 10,000th of that (PyTorch's OneCycleLR, which varies the momentum too); `cosine` rises in a
    straight line and falls by a half cosine to `final_learning_rate`. `adam` takes `weight_decay` as a part of the
    gradient, `adamw` beside it. `adaptive_clip` limits each unit's gradient to this share of its weights' norm (Brock
    et al., ICML 2021), the last layer's excepted as there.
    """

    batch_size: int = Field(default=16, ge=1)
    epochs: int | None = Field(default=None, ge=1)
    steps: int | None = Field(default=None, ge=1)
    max_minutes: float | None = Field(default=None, gt=0)
    kind: Literal["adamw", "adam"] = "adamw"
    schedule: Literal["one_cycle", "cosine"] = "one_cycle"
    learning_rate: float = Field(default=1e-4, gt=0)
    final_learning_rate: float | None = Field(default=None, ge=0)
    weight_decay: float = Field(default=0.01, ge=0)
    warmup: float = Field(default=0.05, gt=0, lt=1)
    adaptive_clip: float | None = Field(default=None, gt=0)
    positive_weight: float = Field(default=1.0, ge=1)
    drop_rate: float = Field(default=0.2, ge=0, lt=1)
    drop_path_rate: float = Field(default=0.2, ge=0, lt=1)
    ema_decay: float | None = Field(default=None, gt=0, lt=1)

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if (self.epochs is None) == (self.steps is None):
            raise ValueError("give exactly one of optimizer.epochs and optimizer.steps")
        return self

    @model_validator(mode="after")
    def _cosine_has_its_end(self) -> Self:
        if (self.schedule == "cosine") != (self.final_learning_rate is not None):
            raise ValueError("give optimizer.final_learning_rate with the schedule cosine, and only with it")
        if self.final_learning_rate is not None and self.final_learning_rate > self.learning_rate:
            raise ValueError("optimizer.final_learning_rate must not be above optimizer.learning_rate")
        return self

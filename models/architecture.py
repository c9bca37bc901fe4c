"""What a model is made of: the few numbers from which its network is built again."""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from data_cache.errors import InputError
from data_cache.findings import FINDINGS

ModelKind = Literal["medicalpatchnet", "cnn"]

OFFICIAL_INPUT_SIZE = 512
OFFICIAL_PATCH_SIZE = 64


class Architecture(BaseModel):
    """The shape of one model, stored as JSON beside its weights.

    `kind` says how the backbone is used: "medicalpatchnet" classifies every patch by itself and averages, "cnn" looks
    at the whole image. Both use the same backbone; `channel_multiplier` and `depth_multiplier` scale it (timm's rules).
    `input_size` and `patch_size` are in pixels; the patch size of a "cnn" is its input size.

    Raises:
        ValueError: the patch size does not divide the input size, or a number is out of its range.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ModelKind
    backbone: Literal["efficientnetv2_s"] = "efficientnetv2_s"
    channel_multiplier: float = Field(default=1.0, gt=0, le=2)
    depth_multiplier: float = Field(default=1.0, gt=0, le=2)
    input_size: int = Field(default=OFFICIAL_INPUT_SIZE, ge=1, le=8192)
    patch_size: int = Field(default=OFFICIAL_PATCH_SIZE, ge=1, le=8192)
    findings: tuple[str, ...] = FINDINGS

    @model_validator(mode="before")
    @classmethod
    def _whole_image_is_one_patch(cls, values: Any) -> Any:
        if isinstance(values, dict) and values.get("kind") == "cnn" and "patch_size" not in values:
            return {**values, "patch_size": values.get("input_size", OFFICIAL_INPUT_SIZE)}
        return values

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.input_size % self.patch_size:
            raise InputError(
                f"Expected an input size that the patch size divides, found input size {self.input_size} "
                f"and patch size {self.patch_size}."
            )
        if self.kind == "cnn" and self.patch_size != self.input_size:
            raise InputError(
                f"Expected the patch size of a cnn to be its input size {self.input_size}, found {self.patch_size}."
            )
        if self.findings != FINDINGS:
            raise InputError(
                f"Expected CheXpert's {len(FINDINGS)} findings in CheXpert's order, found {self.findings}."
            )
        return self

    @property
    def grid(self) -> int:
        """Number of patches along one side of the image; the image has grid² patches."""
        return self.input_size // self.patch_size

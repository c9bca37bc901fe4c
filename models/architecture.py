"""What a model is made of: the few numbers from which its network is built again."""

import json
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from data_cache.errors import InputError
from data_cache.findings import FINDINGS, canonical_finding

OFFICIAL_INPUT_SIZE = 512
OFFICIAL_PATCH_SIZE = 64


class Architecture(BaseModel):
    """The shape of one model, stored as JSON beside its weights; each family has a subclass with its own numbers.

    Attributes:
        kind: key of the model in the registry.
        input_size: side of the square image in pixels that the model takes.
        findings: for each output of the network the finding that it speaks of, under CheXpert's name, or "" where it
            speaks of none of CheXpert's 14.

    Raises:
        ValueError: a number is out of its range, or two outputs speak of one finding.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    kind: str
    input_size: int = Field(ge=1, le=8192)
    findings: tuple[str, ...] = Field(default=FINDINGS, min_length=1)

    @field_validator("findings", mode="before")
    @classmethod
    def _known_findings(cls, names: Any) -> Any:
        if not isinstance(names, list | tuple):
            return names
        known = tuple(canonical_finding(str(name)) if name else "" for name in names)
        named = [name for name in known if name]
        twice = next((name for name in named if named.count(name) > 1), None)
        if twice is not None or not named:
            found = f"{twice} twice" if twice else "none"
            raise InputError(f"Expected each finding once among the outputs, found {found}.")
        return known

    @property
    def patches(self) -> int:
        """Number of patches along one side of the image; 1 where the whole image is looked at."""
        return 1

    @property
    def words(self) -> str:
        """The shape in words, for listings and cards."""
        return f"input {self.input_size}"

    @property
    def output_of(self) -> tuple[int | None, ...]:
        """For each of CheXpert's findings, the index of the output that speaks of it; None where none does."""
        return tuple(self.findings.index(name) if name in self.findings else None for name in FINDINGS)

    @property
    def predicted(self) -> NDArray[np.bool_]:
        """Which of CheXpert's findings the model predicts, bool (14,), in CheXpert's order."""
        return np.array([finding in self.findings for finding in FINDINGS])


class EfficientNetArchitecture(Architecture):
    """EfficientNetV2-S, on patches or on the whole image.

    `channel_multiplier` and `depth_multiplier` scale the backbone (timm's rules). `patch_size` is in pixels; it equals
    the input size where the whole image is looked at.

    Raises:
        ValueError: the patch size does not divide the input size, or a number is out of its range.
    """

    backbone: Literal["efficientnetv2_s"] = "efficientnetv2_s"
    channel_multiplier: float = Field(default=1.0, gt=0, le=2)
    depth_multiplier: float = Field(default=1.0, gt=0, le=2)
    input_size: int = Field(default=OFFICIAL_INPUT_SIZE, ge=1, le=8192)
    patch_size: int = Field(default=OFFICIAL_PATCH_SIZE, ge=1, le=8192)

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_patches(self.input_size, self.patch_size)
        if self.findings != FINDINGS:
            raise InputError(
                f"Expected CheXpert's {len(FINDINGS)} findings in CheXpert's order, found {self.findings}."
            )
        return self

    @property
    def patches(self) -> int:
        """Number of patches along one side of the image; the image has patches² of them."""
        return self.input_size // self.patch_size

    @property
    def words(self) -> str:
        """The shape in words."""
        return (
            f"{self.backbone}, width × {self.channel_multiplier:g}, depth × {self.depth_multiplier:g}, "
            f"input {self.input_size}, patch {self.patch_size}"
        )


class WholeImageEfficientNet(EfficientNetArchitecture):
    """EfficientNetV2-S on the whole image: its only patch is the image itself."""

    @model_validator(mode="before")
    @classmethod
    def _whole_image_is_one_patch(cls, values: Any) -> Any:
        if isinstance(values, dict) and "patch_size" not in values:
            return {**values, "patch_size": values.get("input_size", OFFICIAL_INPUT_SIZE)}
        return values

    @model_validator(mode="after")
    def _one_patch(self) -> Self:
        if self.patch_size != self.input_size:
            raise InputError(
                f"Expected the patch size of a {self.kind} to be its input size {self.input_size}, found "
                f"{self.patch_size}."
            )
        return self


def check_patches(input_size: int, patch_size: int) -> None:
    """Refuse patches that do not fill the image.

    Raises:
        InputError: the patch size does not divide the input size.
    """
    if input_size % patch_size:
        raise InputError(
            f"Expected an input size that the patch size divides, found input size {input_size} "
            f"and patch size {patch_size}."
        )


def kind_in(text: str) -> str | None:
    """The kind that an architecture's JSON names; None where it is no such JSON."""
    try:
        kind = json.loads(text)["kind"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return kind if isinstance(kind, str) else None

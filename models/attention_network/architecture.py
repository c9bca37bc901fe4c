"""The shape of a network with attention, or of one of its baselines."""

from typing import Literal, Self

from pydantic import Field, model_validator

from data_cache.errors import InputError
from models.architecture import Architecture

Weighing = Literal["none", "se", "cbam", "single", "multi"]


class AttentionArchitecture(Architecture):
    """A backbone of timm, and how its features are weighed before they are classified.

    Attributes:
        backbone: timm's name of a network that gives feature maps at several stages.
        channel_multiplier, depth_multiplier: scale the backbone where it is one of timm's EfficientNets, by timm's
            rules; None leaves it as it is.
        output_stride: pixels of the input along a side of the last stage's cells, for backbones that can be finer than
            their own 32; None leaves them as they are.
        stages: which stages give features, ascending, as timm counts them: 4 is the last of most networks.
        width: channels of a 1×1 convolution, normalised and through SiLU, after the last stage; None takes that stage
            as it is.
        attention: "none": average pooling; "se": squeeze and excitation; "cbam": channel and spatial gates; "single":
            an attention map from the last stage; "multi": from all stages, fused.
        maps: "shared": one attention map for all findings; "findings": one for each.
        bottleneck: channels between the two convolutions of an attention generator; None for one convolution.
        mean, std: the network is given (image − mean) / std.

    Raises:
        ValueError: a number is out of its range, the stages do not ascend, or what is asked for does not go together.
    """

    kind: str = "attention-network"
    backbone: str = Field(default="resnet50", pattern=r"^[A-Za-z0-9_.]+$")
    channel_multiplier: float | None = Field(default=None, gt=0, le=2)
    depth_multiplier: float | None = Field(default=None, gt=0, le=2)
    output_stride: Literal[8, 16, 32] | None = None
    stages: tuple[int, ...] = Field(default=(2, 3, 4), min_length=1, max_length=5)
    width: int | None = Field(default=None, ge=1, le=4096)
    attention: Weighing = "multi"
    maps: Literal["shared", "findings"] = "shared"
    bottleneck: int | None = Field(default=None, ge=1, le=1024)
    input_size: int = Field(default=512, ge=32, le=4096)
    mean: float = Field(default=0.0, allow_inf_nan=False)
    std: float = Field(default=1.0, gt=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if self.stages[0] < 0 or any(a >= b for a, b in zip(self.stages, self.stages[1:], strict=False)):
            raise InputError(f"Expected stages that ascend from 0 or more, found {self.stages}.")
        if self.attention == "multi" and len(self.stages) == 1:
            raise InputError("Expected two stages or more for attention at several scales, found one; name more.")
        if self.maps == "findings" and self.attention not in ("single", "multi"):
            raise InputError(
                f"Expected a map for each finding only with attention single or multi, found {self.attention}; "
                "set maps to shared."
            )
        return self

    @property
    def map_count(self) -> int:
        """Attention maps: one for each output, or one for all."""
        return len(self.findings) if self.maps == "findings" else 1

    @property
    def words(self) -> str:
        """The shape in words."""
        ways = {
            "none": "average pooling",
            "se": "squeeze and excitation",
            "cbam": "channel and spatial gates (CBAM)",
            "single": "attention at one scale",
            "multi": f"attention at {len(self.stages)} scales",
        }
        scaled = [
            f"{name} × {value:g}"
            for name, value in (("width", self.channel_multiplier), ("depth", self.depth_multiplier))
            if value is not None
        ]
        each = ", one map a finding" if self.maps == "findings" else ""
        return ", ".join(
            [f"timm's {self.backbone}", *scaled, f"{ways[self.attention]}{each}", f"input {self.input_size}"]
        )

"""MXA-EfficientViT: EfficientViT M0 to M5 with a block beside each attention that looks into a region of interest.

The block is Ibrahim and Rand's; the network is Liu et al.'s (EfficientViT, CVPR 2023), as timm has it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Self, cast

from pydantic import Field, model_validator

from data_cache.errors import InputError
from models.architecture import Architecture
from models.backends.base import BackendName
from models.capabilities import FEATURES, LOGITS, MODULE, POOLED_FEATURES, REGIONS, Logits
from models.embedded import embedded_path
from models.entry import ModelEntry

if TYPE_CHECKING:
    from torch import nn

    from models.checkpoints import Checkpoint

KEY_DIM = 16  # channels of queries and keys
_STRIDE = 16  # pixels of a cell of the first stage; each of the two others halves the map

Three = tuple[int, int, int]
Positive = Annotated[int, Field(ge=1, le=4096)]


class Sizes(NamedTuple):
    """What tells the published variants apart, by stage: channels, blocks, heads; and the heads' kernels."""

    widths: Three
    depths: Three
    heads: Three
    kernels: tuple[int, ...]


VARIANTS: Mapping[str, Sizes] = MappingProxyType(
    {
        "M0": Sizes((64, 128, 192), (1, 2, 3), (4, 4, 4), (5, 5, 5, 5)),
        "M1": Sizes((128, 144, 192), (1, 2, 3), (2, 3, 3), (7, 5, 3, 3)),
        "M2": Sizes((128, 192, 224), (1, 2, 3), (4, 3, 2), (7, 5, 3, 3)),
        "M3": Sizes((128, 240, 320), (1, 2, 3), (4, 3, 4), (5, 5, 5, 5)),
        "M4": Sizes((128, 256, 384), (1, 2, 3), (4, 4, 4), (7, 5, 3, 3)),
        "M5": Sizes((192, 288, 384), (1, 3, 4), (3, 3, 4), (7, 5, 3, 3)),
    }
)


class MxaArchitecture(Architecture):
    """An EfficientViT with MXA blocks.

    Attributes:
        variant: M0 to M5 as published, or "own", whose sizes are all given.
        widths, depths, heads: channels, blocks and heads of the three stages; `kernels` of the heads' depthwise
            convolutions, one a head of the stage that has most.
        window: side of the attention's windows in cells. The maps have input_size / 16, / 32 and / 64 cells a side, and
            windows that divide them are faster: 7 for 224 pixels, 8 for 256.
        channels: 3 repeats the grey image, for the published counts of parameters.
        block: "mxa", or "none" for EfficientViT as it is.
        distilled_head: whether a second head learns from a teacher; in use its logits and the first head's are
            averaged, unless `average_heads` is false: then the first head speaks alone.

    Raises:
        ValueError: there is no such variant, other sizes are given than the variant's, or sizes do not fit together.
    """

    variant: str = "M0"
    widths: tuple[Positive, Positive, Positive]
    depths: tuple[Positive, Positive, Positive]
    heads: tuple[Positive, Positive, Positive]
    kernels: tuple[Positive, ...]
    window: int = Field(default=7, ge=1, le=64)
    channels: Literal[1, 3] = 1
    block: Literal["mxa", "none"] = "mxa"
    distilled_head: bool = False
    average_heads: bool = True
    input_size: int = Field(default=224, ge=1, le=8192)

    @model_validator(mode="before")
    @classmethod
    def _sizes_of_the_variant(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        variant = values.get("variant", "M0")
        if variant == "own":
            return values
        if variant not in VARIANTS:
            raise InputError(f"Expected a variant out of {', '.join(VARIANTS)} or own, found {str(variant)[:40]!r}.")
        sizes = VARIANTS[variant]._asdict()
        for name, size in sizes.items():
            given = values.get(name, size)
            if not isinstance(given, list | tuple) or tuple(given) != size:
                raise InputError(
                    f"Expected the {name} of {variant} to be {list(size)}, found {str(given)[:80]}; take variant: own."
                )
        return {**values, **sizes}

    @model_validator(mode="after")
    def _sizes_fit(self) -> Self:
        if self.input_size % _STRIDE:
            raise InputError(f"Expected an input_size that is a multiple of {_STRIDE}, found {self.input_size}.")
        if self.widths[0] % 8:
            raise InputError(f"Expected a first width that is a multiple of 8, found {self.widths[0]}.")
        for width, heads in zip(self.widths, self.heads, strict=True):
            if width % heads:
                raise InputError(f"Expected widths that their heads divide, found {width} channels for {heads} heads.")
        if len(self.kernels) < max(self.heads) or not all(side % 2 for side in self.kernels):
            raise InputError(f"Expected an odd kernel for each of {max(self.heads)} heads, found {list(self.kernels)}.")
        return self

    @property
    def words(self) -> str:
        """The shape in words."""
        name = "EfficientViT" if self.variant == "own" else f"EfficientViT-{self.variant}"
        sizes = f", {'/'.join(map(str, self.widths))} channels" if self.variant == "own" else ""
        blocks = "with MXA blocks" if self.block == "mxa" else "without MXA blocks"
        heads = ", with a head for a teacher" if self.distilled_head else ""
        return f"{name} {blocks}{sizes}{heads}, input {self.input_size}, windows of {self.window}"


def build(architecture: Architecture, drop_rate: float = 0.0, drop_path_rate: float = 0.0) -> "nn.Module":
    """Build the network with random weights."""
    from models.mxa.network import MxaEfficientVit

    return MxaEfficientVit(cast(MxaArchitecture, architecture), drop_rate, drop_path_rate)


def run(checkpoint: "Checkpoint", backend: BackendName) -> Logits:
    """Make a checkpoint ready to run; without MXA blocks it has no regions."""
    from models.mxa.predictor import run_with_regions

    return run_with_regions(checkpoint, backend)


ENTRY = ModelEntry(
    key="mxa-efficientvit",
    label="MXA-EfficientViT",
    short="MXA",
    words="Classifies the whole image; in each of its blocks it predicts a box, looks into it beside its attention, "
    "and weighs what it sees there. It can learn from a teacher network too.",
    paper="Ibrahim and Rand, Medical X-ray Attention (MXA) block in EfficientViT; Liu et al., EfficientViT, CVPR 2023",
    capabilities=(LOGITS, MODULE, FEATURES, POOLED_FEATURES, REGIONS),
    architecture=MxaArchitecture,
    build=build,
    run=run,
    embedded=embedded_path("mxa-efficientvit"),
)

"""Any backbone of timm: on the whole image, or on patches whose logits are averaged, as MedicalPatchNet does.

The weights are the user's. What the network is, which output speaks of which finding and how images are normalised
stands in a YAML file beside them, or in their metadata (see `TimmArchitecture`).
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, cast

from pydantic import Field, field_validator, model_validator

from data_cache.errors import InputError
from models.architecture import Architecture, check_patches
from models.backends.base import BackendName
from models.capabilities import (
    FEATURES,
    LOGITS,
    MODULE,
    PATCH_EMBEDDINGS,
    PATCH_LOGITS,
    POOLED_FEATURES,
    RECTIFIED,
    SELF_ATTENTION,
    Logits,
)
from models.entry import ModelEntry, Provenance

if TYPE_CHECKING:
    from torch import nn

    from models.checkpoints import Checkpoint

PREFIX = "timm:"

Finite = Annotated[float, Field(allow_inf_nan=False)]


class TimmArchitecture(Architecture):
    """A timm backbone and what it takes.

    An image in [0, 1] is repeated on `channels` channels, and each becomes (image − mean) / std; `mean` and `std` have
    one number, or one a channel. With `as: patches` the network sees patches of `patch_size` pixels one by one.

    Raises:
        ValueError: a number is out of its range, a mean or std has another length than the channels, or the patch
            size does not divide the input size or is missing.
    """

    channels: Literal[1, 3] = 3
    mean: tuple[Finite, ...] = (0.0,)
    std: tuple[Finite, ...] = (1.0,)
    use: Literal["image", "patches"] = Field(default="image", alias="as")
    patch_size: int | None = Field(default=None, ge=1, le=8192)
    findings: tuple[str, ...] = Field(min_length=1)

    @field_validator("mean", "std", mode="before")
    @classmethod
    def _one_number(cls, value: Any) -> Any:
        return (value,) if isinstance(value, int | float) else value

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name, values in (("mean", self.mean), ("std", self.std)):
            if len(values) not in (1, self.channels):
                raise InputError(f"Expected one {name}, or one for each of {self.channels} channels, found {values}.")
        if not all(spread > 0 for spread in self.std):
            raise InputError(f"Expected an std above 0, found {self.std}.")
        if self.use == "patches":
            if self.patch_size is None:
                raise InputError("Expected patch_size where the backbone is used as patches, found none.")
            check_patches(self.input_size, self.patch_size)
        elif self.patch_size is not None:
            raise InputError(
                "Expected patch_size only with `as: patches`, found it without; add that, or leave it out."
            )
        return self

    @property
    def backbone(self) -> str:
        """timm's name of the network."""
        return self.kind.removeprefix(PREFIX)

    @property
    def patches(self) -> int:
        """Patches along one side of the image."""
        return self.input_size // self.patch_size if self.use == "patches" and self.patch_size else 1

    @property
    def words(self) -> str:
        """The shape in words."""
        cut = f", patches of {self.patch_size}" if self.use == "patches" else ""
        return f"timm's {self.backbone}, input {self.input_size}{cut}, {self.channels} channels"


@lru_cache(maxsize=256)
def entry(name: str) -> ModelEntry:
    """Make the entry of one of timm's backbones, or of any name: only building it tells whether timm has it."""
    return ModelEntry(
        key=f"{PREFIX}{name}",
        label=f"timm {name}",
        short=name.partition(".")[0],
        words="A backbone of timm with weights from outside.",
        paper="Wightman, PyTorch Image Models, 2019; the backbone's own paper is named in timm's documentation",
        capabilities=(
            *(LOGITS, PATCH_LOGITS, PATCH_EMBEDDINGS),
            *(MODULE, RECTIFIED, FEATURES, POOLED_FEATURES, SELF_ATTENTION),
        ),
        architecture=TimmArchitecture,
        build=build,
        run=run,
        provenance=Provenance(probabilities="that the network's own labels call the finding present; not calibrated"),
    )


def build(architecture: Architecture, drop_rate: float = 0.0, drop_path_rate: float = 0.0) -> "nn.Module":
    """Build the network with random weights.

    Raises:
        InputError: timm has no backbone of this name, or it does not take such an input.
    """
    from models.timm_network import TimmPatches, WholeImageTimm

    shape = cast(TimmArchitecture, architecture)
    network = TimmPatches if shape.use == "patches" else WholeImageTimm
    return network(shape, drop_rate, drop_path_rate)


def run(checkpoint: "Checkpoint", backend: BackendName) -> Logits:
    """Make a checkpoint ready to run; its shape and its network say what it can give.

    Raises:
        InputError: the network does not run on images or patches of this size.
    """
    from models.patch_predictor import run_patches
    from models.predictor import run_whole_image

    shape = cast(TimmArchitecture, checkpoint.architecture)
    try:
        return run_patches(checkpoint, backend) if shape.use == "patches" else run_whole_image(checkpoint, backend)
    except InputError:
        raise
    except (AssertionError, IndexError, RuntimeError, TypeError, ValueError) as error:
        first = (str(error).splitlines() or ["no reason given"])[0]
        raise InputError(
            f"Expected that {shape.words} runs, found that it does not ({first}); change input_size or patch_size."
        ) from error

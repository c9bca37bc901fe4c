"""The sizes of MedNeXt and MedUNeXt; the published ones are the defaults."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from data_cache.errors import InputError
from models.architecture import Architecture

Width = Annotated[int, Field(ge=1, le=4096)]
Depth = Annotated[int, Field(ge=1, le=64)]
LaffnGain = Literal["nc", "literal"]

STRIDE = 32  # both networks halve the image five times


class MedArchitecture(Architecture):
    """What both networks have in common.

    Attributes:
        channels: of the network's input; a grey image is repeated on them.
        laffn_gain: "nc" multiplies the product of LAFFN's two softmaxes by N·C, the number of values that they share
            out; "literal" leaves it as the paper writes it, and then the layer's output is some 1e-5 of its input.

    Raises:
        ValueError: a number is out of its range, or the input size is no multiple of 32.
    """

    channels: Literal[1, 3] = 3
    laffn_gain: LaffnGain = "nc"
    input_size: int = Field(default=224, ge=STRIDE, le=2048)

    @model_validator(mode="after")
    def _divisible(self) -> Self:
        if self.input_size % STRIDE:
            raise InputError(
                f"Expected an input size that is a multiple of {STRIDE}, which {self.kind} halves five times, found "
                f"{self.input_size}."
            )
        return self

    def _in_words(self, widths: tuple[int, ...], depths: tuple[int, ...]) -> str:
        literal = ", LAFFN as written" if self.laffn_gain == "literal" else ""
        return (
            f"widths {'-'.join(map(str, widths))}, blocks {'-'.join(map(str, depths))}, input {self.input_size}, "
            f"channels {self.channels}{literal}"
        )


class MedNextArchitecture(MedArchitecture):
    """MedNeXt: `stem` are the widths of the first two convolutions, `widths` and `depths` those of the four stages."""

    stem: tuple[Width, Width] = (16, 32)
    widths: tuple[Width, Width, Width, Width] = (64, 128, 256, 512)
    depths: tuple[Depth, Depth, Depth, Depth] = (2, 2, 2, 2)

    @property
    def words(self) -> str:
        """The shape in words."""
        return self._in_words(self.widths, self.depths)


class MedUnextArchitecture(MedArchitecture):
    """MedUNeXt.

    Attributes:
        widths: of the five levels.
        depths: how many blocks going down, at the bottom and going up.
        pixel: side in image pixels of what is classified; 2 leaves the last deconvolution out, which spares most of
            the work of a narrow network.
    """

    widths: tuple[Width, Width, Width, Width, Width] = (64, 128, 256, 512, 768)
    depths: tuple[Depth, Depth, Depth] = (1, 3, 1)
    pixel: Literal[1, 2] = 1

    @property
    def words(self) -> str:
        """The shape in words."""
        coarse = f", pixels of {self.pixel}×{self.pixel}" if self.pixel > 1 else ""
        return self._in_words(self.widths, self.depths) + coarse

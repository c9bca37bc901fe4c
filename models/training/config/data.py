"""The settings of the data: radiographs, labels, masks, and how images are varied."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from models.training.config.base import Fraction, Strict


class DataConfig(Strict):
    """Where the radiographs and labels are, and what happens to what is missing.

    `train`, `validation` and `test` are label files relative to `root`; a label file's image paths are found from
    `root` or from the label file's folder. `storage_size` is the side, in pixels, at which training images wait in
    the cache. `uncertain` says what a −1 label becomes; `blank` what an empty one becomes. `masks` are the
    segmentations of training images, relative to `root`, as CheXlocalize's JSON has them (case → finding → COCO's
    run lengths); `validation_masks` and `test_masks` those that a segmentation is scored on.
    """

    root: Path
    train: Path
    validation: Path
    test: Path | None = None
    masks: Path | None = None
    validation_masks: Path | None = None
    test_masks: Path | None = None
    storage_size: int = Field(ge=1, le=4096)
    cache: Path | None = None
    uncertain: Literal["zeros", "ones", "ignore"] = "zeros"
    blank: Literal["zeros", "ignore"] = "zeros"
    on_bad_image: Literal["stop", "skip"] = "stop"
    loader_workers: int = Field(default=0, ge=0, le=64)
    decode_threads: int = Field(default=2, ge=1, le=64)


class AugmentationConfig(Strict):
    """How training images are varied. Validation images never are.

    `crop_scale` is the range of the crop's share of the image area, `rotation_degrees` and `brightness` the largest
    change either way.
    """

    crop_scale: tuple[Fraction, Fraction] = (0.5, 1.0)
    rotation_degrees: float = Field(default=5.0, ge=0, le=45)
    brightness: Fraction = 0.3

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        low, high = self.crop_scale
        if not 0 < low <= high:
            raise ValueError(f"crop_scale must be two increasing shares above 0, found {low} and {high}")
        return self

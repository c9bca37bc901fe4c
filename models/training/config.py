"""The settings of one training run: a YAML file in which an unknown key is an error."""

import difflib
import hashlib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SerializeAsAny, ValidationError, model_validator

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.yaml_files import read_yaml
from models.architecture import Architecture
from models.registry import find_model

Fraction = Annotated[float, Field(ge=0, le=1)]


def _of_its_family(values: Any) -> Any:
    """Read an architecture as the family that its kind names describes it."""
    if not isinstance(values, dict):
        return values
    if not isinstance(values.get("kind"), str):
        raise InputError("Expected kind, the name of a model, found none.")
    return find_model(values["kind"]).architecture.model_validate(values)


AnyArchitecture = Annotated[SerializeAsAny[Architecture], BeforeValidator(_of_its_family)]


class Strict(BaseModel):
    """A frozen group of settings that knows all its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DataConfig(Strict):
    """Where the radiographs and labels are, and what happens to what is missing.

    `train`, `validation` and `test` are label files relative to `root`; a label file's image paths are found from
    `root` or from the label file's folder. `storage_size` is the side, in pixels, at which training images wait in
    the cache. `uncertain` says what a −1 label becomes; `blank` what an empty one becomes.
    """

    root: Path
    train: Path
    validation: Path
    test: Path | None = None
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


class Stage(Strict):
    """A stretch of the run at another resolution: `share` of all steps, image and patch side in pixels.

    Validation is at the final size throughout; a run never stops early in a stage.
    """

    share: float = Field(gt=0, le=1)
    input_size: int = Field(ge=1, le=4096)
    patch_size: int = Field(ge=1, le=4096)


class OptimizerConfig(Strict):
    """AdamW under a one-cycle learning rate, and the budget.

    Exactly one of `epochs` and `steps` gives the length. `max_minutes` of wall clock stops a run early at a step it
    can be resumed from. `positive_weight` caps the weight of positive labels, which is the finding's
    negatives / positives in the training split; 1 is no weighting, as published.
    """

    batch_size: int = Field(default=16, ge=1)
    epochs: int | None = Field(default=None, ge=1)
    steps: int | None = Field(default=None, ge=1)
    max_minutes: float | None = Field(default=None, gt=0)
    learning_rate: float = Field(default=1e-4, gt=0)
    weight_decay: float = Field(default=0.01, ge=0)
    warmup: float = Field(default=0.05, gt=0, lt=1)
    positive_weight: float = Field(default=1.0, ge=1)
    drop_rate: float = Field(default=0.2, ge=0, lt=1)
    drop_path_rate: float = Field(default=0.2, ge=0, lt=1)
    ema_decay: float | None = Field(default=None, gt=0, lt=1)

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if (self.epochs is None) == (self.steps is None):
            raise ValueError("give exactly one of optimizer.epochs and optimizer.steps")
        return self


class RunConfig(Strict):
    """How the run is executed and what it leaves behind; nothing here changes what is learned, save `keep`."""

    out: Path
    mixed_precision: Literal["no", "fp16", "bf16"] = "no"
    compile: bool = False
    channels_last: bool = False
    validate_every: int | None = Field(default=None, ge=1)
    patience: int | None = Field(default=None, ge=1)
    keep: Literal["best", "last"] = "last"
    save_every: int = Field(default=500, ge=1)
    keep_states: int = Field(default=2, ge=1)
    weights_dtype: Literal["float32", "float16"] = "float32"


class TrainingConfig(Strict):
    """One training run. Everything that decides its result is in here, in the data, and in the library versions.

    `initial_weights` names a checkpoint of the same network; without it, a run starts at random.
    """

    name: str
    seed: int = Field(default=0, ge=0)
    architecture: AnyArchitecture
    initial_weights: Path | None = None
    data: DataConfig
    augmentation: AugmentationConfig = AugmentationConfig()
    optimizer: OptimizerConfig
    stages: tuple[Stage, ...] = ()
    run: RunConfig

    @model_validator(mode="after")
    def _all_findings(self) -> Self:
        if self.architecture.findings != FINDINGS:
            raise ValueError("training needs an output for each of CheXpert's 14 findings, in CheXpert's order")
        return self

    @model_validator(mode="after")
    def _stages_fit(self) -> Self:
        for stage in self.stages:
            if stage.input_size % stage.patch_size:
                raise ValueError(f"stage input_size {stage.input_size} is no multiple of patch_size {stage.patch_size}")
        if sum(stage.share for stage in self.stages) > 1:
            raise ValueError("the shares of all stages must sum to at most 1")
        return self

    def recipe(self) -> dict[str, Any]:
        """Return the settings that decide the result: all but budget, folders and how the work is carried out."""
        settings = self.model_dump(mode="json")
        settings["optimizer"].pop("max_minutes")
        settings["data"] = {k: v for k, v in settings["data"].items() if k not in _ONLY_EXECUTION["data"]}
        settings["run"] = {k: v for k, v in settings["run"].items() if k not in _ONLY_EXECUTION["run"]}
        return settings

    def fingerprint(self) -> str:
        """Return a short hash of `recipe`."""
        text = yaml.safe_dump(self.recipe(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


_ONLY_EXECUTION = {
    "data": {"root", "cache", "loader_workers", "decode_threads"},
    "run": {"out", "save_every", "keep_states"},
}


def load_config(path: Path) -> TrainingConfig:
    """Read a training config.

    Raises:
        InputError: the file is missing, no YAML mapping, or has an unknown key or a value out of range.
    """
    settings = read_yaml(path, "a training config")
    try:
        return TrainingConfig.model_validate(settings)
    except ValidationError as error:
        raise InputError(_one_line(path.name, error, settings)) from None


def _one_line(name: str, error: ValidationError, settings: dict[str, Any]) -> str:
    """Say the first fault of a config in one line, with the nearest key where a key is unknown."""
    fault = error.errors()[0]
    where = ".".join(str(part) for part in fault["loc"])
    if fault["type"] != "extra_forbidden":
        what = fault["msg"].removeprefix("Value error, ")
        return f"Expected a valid training config in {name}, found at {where or 'the top'}: {what}."
    known = _keys_at(fault["loc"][:-1], settings)
    near = difflib.get_close_matches(str(fault["loc"][-1]), known, n=1, cutoff=0.0)
    return f"Expected only known keys in {name}, found {where}; did you mean {near[0]}?"


def _keys_at(location: tuple[int | str, ...], settings: dict[str, Any]) -> list[str]:
    """Return the keys allowed in the group of settings at a location."""
    groups: dict[str, type[BaseModel]] = {
        "data": DataConfig,
        "augmentation": AugmentationConfig,
        "optimizer": OptimizerConfig,
        "stages": Stage,
        "run": RunConfig,
    }
    if location and location[0] == "architecture":
        return list(find_model(settings["architecture"]["kind"]).architecture.model_fields)
    group = groups.get(str(location[0])) if location else TrainingConfig
    return list((group or TrainingConfig).model_fields)

"""The settings of a run as a whole, and the recipe among them: those that decide its result."""

import hashlib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, Field, SerializeAsAny, model_validator

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from models.architecture import Architecture
from models.registry import find_model
from models.training.config.base import Strict
from models.training.config.data import AugmentationConfig, DataConfig
from models.training.config.loss import LossConfig
from models.training.config.optimizer import OptimizerConfig, Stage
from models.training.config.teacher import TeacherConfig


def _of_its_family(values: Any) -> Any:
    """Read an architecture as the family that its kind names describes it."""
    if not isinstance(values, dict):
        return values
    if not isinstance(values.get("kind"), str):
        raise InputError("Expected kind, the name of a model, found none.")
    return find_model(values["kind"]).architecture.model_validate(values)


AnyArchitecture = Annotated[SerializeAsAny[Architecture], BeforeValidator(_of_its_family)]


class RunConfig(Strict):
    """How the run is executed and what it leaves behind; nothing here changes what is learned, save `keep`.

    The best weights, which `keep` may keep and after which `patience` counts validations, are those with the highest
    mean AUROC, among equals with the lowest mean ECE; with `best_by: dice` those with the highest mean Dice.
    """

    out: Path
    mixed_precision: Literal["no", "fp16", "bf16"] = "no"
    compile: bool = False
    channels_last: bool = False
    validate_every: int | None = Field(default=None, ge=1)
    patience: int | None = Field(default=None, ge=1)
    keep: Literal["best", "last"] = "last"
    best_by: Literal["auroc", "dice"] = "auroc"
    save_every: int = Field(default=500, ge=1)
    keep_states: int = Field(default=2, ge=1)
    weights_dtype: Literal["float32", "float16"] = "float32"


class TrainingConfig(Strict):
    """One training run. Everything that decides its result is in here, in the data, and in the library versions.

    `initial_weights` names a checkpoint of the same network, or pretrained weights of the timm backbone that it is
    built on (a file, hf://owner/repository/file, or timm://NAME; see `models.training.initial_weights`); without it, a
    run starts at random. With `seeds`, one run a seed is made below the run's folder instead of one with `seed`.
    """

    name: str
    seed: int = Field(default=0, ge=0)
    seeds: tuple[Annotated[int, Field(ge=0)], ...] = ()
    architecture: AnyArchitecture
    initial_weights: str | None = None
    data: DataConfig
    augmentation: AugmentationConfig = AugmentationConfig()
    optimizer: OptimizerConfig
    loss: LossConfig = LossConfig()
    teacher: TeacherConfig | None = None
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

    @model_validator(mode="after")
    def _seeds_differ(self) -> Self:
        if len(set(self.seeds)) != len(self.seeds):
            raise ValueError("seeds must differ from each other")
        return self

    @model_validator(mode="after")
    def _masks_are_there_and_used(self) -> Self:
        if (self.loss.segmentation is None) != (self.data.masks is None):
            raise ValueError("loss.segmentation and data.masks need each other; give both or neither")
        if self.data.masks is None and (self.data.validation_masks or self.data.test_masks):
            raise ValueError(
                "data.validation_masks and data.test_masks are for networks that are trained on data.masks"
            )
        if self.run.best_by == "dice" and self.data.validation_masks is None:
            raise ValueError("run.best_by dice needs data.validation_masks")
        return self

    @model_validator(mode="after")
    def _something_is_learned(self) -> Self:
        loss, teacher = self.loss, self.teacher
        labels = loss.classification if teacher is None or teacher.alpha < 1 else 0.0
        pixels = loss.segmentation.cross_entropy + loss.segmentation.dice if loss.segmentation is not None else 0.0
        if not labels and not pixels and teacher is None:
            raise ValueError("the loss needs labels, masks or a teacher with a weight above 0")
        return self

    def with_seed(self, seed: int) -> "TrainingConfig":
        """The run of one of the seeds, in a folder of its own below the run's."""
        run = self.run.model_copy(update={"out": self.run.out / f"seed-{seed}"})
        return self.model_copy(update={"seed": seed, "seeds": (), "run": run})

    def recipe(self) -> dict[str, Any]:
        """Return the settings that decide the result: all but budget, folders and how the work is carried out."""
        settings = self.model_dump(mode="json")
        settings["optimizer"].pop("max_minutes")
        settings["data"] = {k: v for k, v in settings["data"].items() if k not in _ONLY_EXECUTION["data"]}
        settings["run"] = {k: v for k, v in settings["run"].items() if k not in _ONLY_EXECUTION["run"]}
        settings.pop("seeds")
        _leave_out_defaults(settings)
        return settings

    def fingerprint(self) -> str:
        """Return a short hash of `recipe`."""
        text = yaml.safe_dump(self.recipe(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


_ONLY_EXECUTION = {
    "data": {"root", "cache", "loader_workers", "decode_threads", "validation_masks", "test_masks"},
    "run": {"out", "save_every", "keep_states"},
}

# Settings that earlier versions did not have: a recipe speaks of them where they are not as they always were.
_LATER: dict[str, tuple[type[BaseModel], tuple[str, ...]]] = {
    "data": (DataConfig, ("masks",)),
    "optimizer": (OptimizerConfig, ("kind", "schedule", "final_learning_rate", "adaptive_clip")),
    "run": (RunConfig, ("best_by",)),
    "loss": (LossConfig, tuple(LossConfig.model_fields)),
}


def _leave_out_defaults(settings: dict[str, Any]) -> None:
    """Take out later settings that stand at their defaults, and later groups in which nothing is left."""
    for group, (kind, names) in _LATER.items():
        for name in names:
            default = kind.model_fields[name].default
            plain = default.model_dump(mode="json") if isinstance(default, BaseModel) else default
            if settings[group][name] == plain:
                del settings[group][name]
    for group in ("loss", "teacher"):
        if not settings[group]:
            del settings[group]

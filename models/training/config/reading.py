"""Reading a training config, and saying in one line what is wrong with it."""

import difflib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from data_cache.errors import InputError
from data_cache.yaml_files import read_yaml
from models.registry import find_model
from models.training.config.data import AugmentationConfig, DataConfig
from models.training.config.loss import LossConfig, SecondViewConfig, SegmentationConfig
from models.training.config.optimizer import OptimizerConfig, Stage
from models.training.config.run import RunConfig, TrainingConfig
from models.training.config.teacher import TeacherConfig

_GROUPS: dict[str, type[BaseModel]] = {
    "data": DataConfig,
    "augmentation": AugmentationConfig,
    "optimizer": OptimizerConfig,
    "loss": LossConfig,
    "loss.second_view": SecondViewConfig,
    "loss.segmentation": SegmentationConfig,
    "teacher": TeacherConfig,
    "stages": Stage,
    "run": RunConfig,
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
        what = fault["msg"].removeprefix("Value error, ").rstrip(".")
        return f"Expected a valid training config in {name}, found at {where or 'the top'}: {what}."
    known = _keys_at(fault["loc"][:-1], settings)
    near = difflib.get_close_matches(str(fault["loc"][-1]), known, n=1, cutoff=0.0)
    return f"Expected only known keys in {name}, found {where}; did you mean {near[0]}?"


def _keys_at(location: tuple[int | str, ...], settings: dict[str, Any]) -> list[str]:
    """Return the keys allowed in the group of settings at a location."""
    if location and location[0] == "architecture":
        return list(find_model(settings["architecture"]["kind"]).architecture.model_fields)
    group = _GROUPS.get(".".join(part for part in location if isinstance(part, str)), TrainingConfig)
    return list(group.model_fields)

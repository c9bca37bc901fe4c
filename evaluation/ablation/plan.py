"""An ablation as a file says it: a training config, variants that change it by dotted names, and seeds."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from data_cache.errors import InputError
from data_cache.store import write_bytes
from data_cache.yaml_files import read_yaml
from explainers.registry import find_method
from models.training.config import TrainingConfig, load_config

_NAME = r"^[a-z0-9][a-z0-9._-]*$"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Variant(_Strict):
    """One row: its name in files, its label in tables, and what it changes, by dotted names such as loss.sparsity."""

    name: str = Field(pattern=_NAME, max_length=80)
    label: str = ""
    overrides: dict[str, Any] = {}


class Ablation(_Strict):
    """Variants of one training recipe, each trained once a seed and scored on the same cases.

    Attributes:
        name: of the ablation, in tables.
        base: a training config, relative to this file.
        overrides: what all variants change in it, by dotted names; a variant's own come after these.
        variants: in the order of the tables.
        seeds: of the training.
        methods: whose maps are scored, on variants that can give them.
        split: whose cases are scored.
        cases: so many of them, the first with a finding, are asked about maps; probabilities are scored on all.
        steps: of deletion and insertion.

    Raises:
        ValueError: a value is out of its range, or a variant or seed stands twice.
    """

    name: str
    base: Path
    overrides: dict[str, Any] = {}
    variants: tuple[Variant, ...] = Field(min_length=1)
    seeds: tuple[int, ...] = Field(min_length=1)
    methods: tuple[str, ...] = ("gradcam",)
    split: str = "test"
    cases: int = Field(default=100, ge=1)
    steps: int = Field(default=32, ge=2, le=1024)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for what, values in (("variant", [one.name for one in self.variants]), ("seed", [str(s) for s in self.seeds])):
            twice = next((value for value in values if values.count(value) > 1), None)
            if twice is not None:
                raise ValueError(f"each {what} may stand once, found {twice} twice")
        for method in self.methods:
            find_method(method)
        return self


@dataclass(frozen=True)
class Task:
    """One variant and seed: what is trained, and where everything about it lies (`config.run.out`)."""

    variant: str
    seed: int
    config: TrainingConfig


def read_ablation(path: Path) -> Ablation:
    """Read an ablation; its base is found from the file's folder.

    Raises:
        InputError: the file is missing, or says something that it may not.
    """
    settings = read_yaml(path, "an ablation")
    try:
        found = Ablation.model_validate(settings)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the top"
        what = first["msg"].removeprefix("Value error, ")
        raise InputError(f"Expected a valid ablation in {path.name}, found at {where}: {what}.") from None
    return found.model_copy(update={"base": path.parent / found.base})


def tasks_of(ablation: Ablation, out: Path, changes: Mapping[str, Any]) -> list[Task]:
    """Every variant and seed, seeds outermost, so that an ablation that is stopped has all variants of some seeds.

    The config of each variant is written to `OUT/VARIANT/config.yaml`.

    Args:
        ablation: what is asked.
        out: folder of the ablation.
        changes: further overrides of all variants, which come last.

    Raises:
        InputError: a variant is no valid training config.
    """
    configs = {variant.name: _config(ablation, variant, out, changes) for variant in ablation.variants}
    return [Task(name, seed, config.with_seed(seed)) for seed in ablation.seeds for name, config in configs.items()]


def _config(ablation: Ablation, variant: Variant, out: Path, changes: Mapping[str, Any]) -> TrainingConfig:
    settings = read_yaml(ablation.base, "a training config")
    settings.pop("seeds", None)
    given = {"run.out": str(out / variant.name), **ablation.overrides, **variant.overrides, **changes}
    for name, value in given.items():
        _put(settings, name.split("."), value, name)
    settings.setdefault("data", {}).setdefault("cache", str(out / "cache"))
    path = out / variant.name / "config.yaml"
    plain = json.loads(json.dumps(settings))  # nothing stands for something else, which reading would refuse
    write_bytes(path, yaml.safe_dump(plain, sort_keys=False, allow_unicode=True).encode())
    try:
        return load_config(path)
    except InputError as error:
        raise InputError(f"{variant.name}: {error}") from None


def _put(settings: dict[str, Any], names: Sequence[str], value: Any, whole: str) -> None:
    """Set a value deep in nested settings; groups that are not there, or are null, are made."""
    here = settings
    for name in names[:-1]:
        if here.get(name) is None:
            here[name] = {}
        here = here[name]
        if not isinstance(here, dict):
            raise InputError(
                f"Expected a group of settings at {name} in {whole}, found a value; name a key in a group."
            )
    here[names[-1]] = value


def parse_changes(texts: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Read NAME=VALUE, the value as YAML.

    Raises:
        InputError: one has another form.
    """
    for text in texts:
        name, sign, value = text.partition("=")
        try:
            parsed = yaml.safe_load(value)
        except yaml.YAMLError:
            parsed, sign = None, ""
        if not sign or not name.strip():
            raise InputError(f"Expected NAME=VALUE, a dotted name and YAML, found {text!r}.")
        yield name.strip(), parsed

"""Configs: what is read, what is refused and in which words."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import models.training
from data_cache.errors import InputError
from models.embedded import embedded_path
from models.training.config import LossConfig, TrainingConfig, load_config
from models.weight_files import read_weights

SHIPPED = sorted((Path(models.training.__file__).parent / "configs").glob("*.yaml"))
CONFIGS = [path for path in SHIPPED if not path.stem.startswith("ablation-")]  # these change a config by variants


def write(path: Path, settings: dict[str, Any]) -> Path:
    path.write_text(yaml.safe_dump(settings))
    return path


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_shipped_configs_are_valid(path: Path) -> None:
    assert load_config(path).name == path.stem


def test_recipes_are_those_that_states_were_written_with() -> None:
    """A run is resumed only by the recipe that its state holds, so what a shipped config means must not change."""
    assert {path.stem: load_config(path).fingerprint() for path in CONFIGS} == {
        "attention-network": "949283d397d250c9",
        "demo-attention-network": "426ce99b9bd10457",
        "demo-cnn": "a4eb1f02b2639828",
        "demo-medicalpatchnet": "6e226df0437a9b8d",
        "demo-mednext_xue": "a4642bbb6bd29fb7",
        "demo-medunext_xue": "3289b7d89f6c6025",
        "demo-mxa-efficientvit": "404414ba0c538cd8",
        "efficientnetv2s": "b8e636b323999a17",
        "medicalpatchnet": "3051f1fe8a504ec9",
        "mednext-chexpert": "fc7c7f2d70cbc98f",
        "medunext-masks": "6aeb739c79687b0e",
        "mxa-efficientvit-m5": "b5483134e23e5d82",
    }


def test_embedded_weights_carry_the_fingerprints_of_their_recipes() -> None:
    """The patch model started from a state of the CNN's run that its config now names otherwise."""
    for kind, changes in (("cnn", {}), ("medicalpatchnet", {"initial_weights": "runs/demo-cnn/step-4000.safetensors"})):
        weights = embedded_path(kind)
        assert weights is not None
        config = load_config(CONFIGS[0].with_name(f"demo-{kind}.yaml"))
        _, metadata = read_weights(weights)
        assert metadata["recipe"] == config.model_copy(update=changes).fingerprint()


@pytest.mark.parametrize(
    "path", [path for path in CONFIGS if path.stem.startswith("demo-")], ids=lambda path: path.stem
)
def test_demonstrations_take_the_minutes_they_say(path: Path) -> None:
    """Steps by what a step takes, each size its share; an hour is the aim, and the README says what takes longer."""
    config, said = load_config(path), path.read_text()
    seconds = {int(size): float(one) for one, size in re.findall(r"([\d.]+) s a step at (\d+) pixels", said)}
    shares = {stage.input_size: stage.share for stage in config.stages}
    shares[config.architecture.input_size] = 1 - sum(shares.values())
    assert config.optimizer.steps is not None
    minutes = sum(config.optimizer.steps * share * seconds[size] for size, share in shares.items()) / 60
    (stated,) = re.findall(r"pixels.*?: (\d+) minutes", said, re.DOTALL)
    assert round(minutes) == int(stated)
    readme = (Path(models.training.__file__).parents[1] / "README.md").read_text()
    longer = readme.partition("longer than an hour:")[2].partition(".\n")[0]
    assert (minutes > 60) == (f"`{path.stem}.yaml` {stated} minutes" in longer)


def test_later_settings_are_in_the_recipe_where_they_say_something(make_config: Callable[..., TrainingConfig]) -> None:
    plain = make_config()
    assert not {"loss", "teacher", "seeds"} & plain.recipe().keys()
    assert make_config(loss={"kind": "bce", "sparsity": 0}, optimizer={"kind": "adamw"}, seeds=[1, 2]) != plain
    assert make_config(loss={"kind": "bce", "sparsity": 0}, optimizer={"kind": "adamw"}).recipe() == plain.recipe()
    assert make_config(loss={"sparsity": 0.1}).recipe()["loss"] == {"sparsity": 0.1}
    assert make_config(seeds=[1, 2]).with_seed(2).recipe() == make_config(seed=2).recipe()


def test_published_recipe() -> None:
    """The numbers of Wienholt et al. (Scientific Reports 2026) and of their training script."""
    for path, kind, patch in (("medicalpatchnet", "medicalpatchnet", 64), ("efficientnetv2s", "cnn", 512)):
        config = load_config(CONFIGS[0].with_name(f"{path}.yaml"))
        architecture: Any = config.architecture
        assert (architecture.kind, architecture.input_size, architecture.patch_size) == (
            kind,
            512,
            patch,
        )
        assert (architecture.channel_multiplier, architecture.depth_multiplier) == (1, 1)
        assert (config.data.storage_size, config.data.uncertain, config.data.blank) == (1024, "zeros", "zeros")
        assert config.data.train.name == "train_visualCheXbert.csv"
        assert config.augmentation.crop_scale == (0.5, 1.0)
        assert (config.augmentation.rotation_degrees, config.augmentation.brightness) == (5, 0.3)
        optimizer = config.optimizer
        assert (optimizer.batch_size, optimizer.epochs, optimizer.learning_rate, optimizer.warmup) == (
            16,
            20,
            1e-4,
            0.05,
        )
        assert (optimizer.ema_decay, optimizer.positive_weight, config.stages) == (None, 1, ())
        assert config.run.mixed_precision == "fp16"


def test_what_the_readme_shows_is_valid_and_names_every_term(settings: dict[str, Any], tmp_path: Path) -> None:
    text = (Path(models.training.__file__).parent / "README.md").read_text()
    shown = yaml.safe_load(text.partition("```yaml\n")[2].partition("```")[0])
    config = load_config(write(tmp_path / "a.yaml", {**settings, **shown}))
    assert config.seeds == (0, 1, 2)
    assert all(f"`{name}`" in text for name in LossConfig.model_fields)


def test_an_unknown_key_names_the_nearest_one(settings: dict[str, Any], tmp_path: Path) -> None:
    settings["optimizer"]["learning_rat"] = 1
    with pytest.raises(InputError) as error:
        load_config(write(tmp_path / "a.yaml", settings))
    assert str(error.value) == (
        "Expected only known keys in a.yaml, found optimizer.learning_rat; did you mean learning_rate?"
    )


def test_an_unknown_key_at_the_top_and_in_a_list(settings: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found optimiser; did you mean optimizer"):
        load_config(write(tmp_path / "a.yaml", {**settings, "optimiser": 1}))
    stage = {"share": 0.5, "input_size": 32, "patch_size": 16, "patchsize": 3}
    with pytest.raises(InputError, match=r"found stages.0.patchsize; did you mean patch_size"):
        load_config(write(tmp_path / "a.yaml", {**settings, "stages": [stage]}))
    with pytest.raises(InputError, match=r"found loss.segmentation.dise; did you mean dice"):
        load_config(write(tmp_path / "a.yaml", {**settings, "loss": {"segmentation": {"dise": 1}}}))


@pytest.mark.parametrize(
    ("group", "change", "words"),
    [
        ("optimizer", {"epochs": 3}, "exactly one of optimizer.epochs and optimizer.steps"),
        ("optimizer", {"learning_rate": -1}, "optimizer.learning_rate: Input should be greater than 0"),
        ("augmentation", {"crop_scale": [0.9, 0.2]}, "two increasing shares"),
        ("architecture", {"patch_size": 30}, "patch size divides"),
        ("loss", {"kind": "focal"}, "give gamma with kind focal"),
        ("loss", {"segmentation": {}}, "loss.segmentation and data.masks need each other"),
        ("loss", {"classification": 0}, "the loss needs labels, masks or a teacher"),
        ("data", {"validation_masks": "x.json"}, "are for networks that are trained on data.masks"),
        ("run", {"best_by": "dice"}, "run.best_by dice needs data.validation_masks"),
        ("optimizer", {"schedule": "cosine"}, "give optimizer.final_learning_rate with the schedule cosine"),
        ("optimizer", {"schedule": "cosine", "final_learning_rate": 1}, "must not be above optimizer.learning_rate"),
        ("data", {"uncertain": "maybe"}, "data.uncertain: Input should be 'zeros', 'ones' or 'ignore'"),
    ],
)
def test_a_wrong_value_is_named(
    settings: dict[str, Any], tmp_path: Path, group: str, change: dict[str, Any], words: str
) -> None:
    settings[group] = {**settings.get(group, {}), **change}
    with pytest.raises(InputError) as error:
        load_config(write(tmp_path / "a.yaml", settings))
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_stages_must_fit(settings: dict[str, Any], tmp_path: Path) -> None:
    stage = {"share": 0.7, "input_size": 32, "patch_size": 16}
    with pytest.raises(InputError, match="sum to at most 1"):
        load_config(write(tmp_path / "a.yaml", {**settings, "stages": [stage, dict(stage)]}))
    with pytest.raises(InputError, match="no multiple"):
        load_config(write(tmp_path / "a.yaml", {**settings, "stages": [{**stage, "patch_size": 20}]}))


def test_what_is_no_config(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="name a file"):
        load_config(tmp_path / "none.yaml")
    for text, words in (("a: [1", "Expected YAML in b.yaml"), ("- 1", "found list"), ("", "found NoneType")):
        (tmp_path / "b.yaml").write_text(text)
        with pytest.raises(InputError, match=words) as error:
            load_config(tmp_path / "b.yaml")
        assert "\n" not in str(error.value)


def test_the_fingerprint_is_of_the_recipe_alone(make_config: Callable[..., TrainingConfig]) -> None:
    one = make_config().fingerprint()
    assert make_config(run={"out": "elsewhere", "save_every": 9}, optimizer={"max_minutes": 3}).fingerprint() == one
    assert make_config(data={"cache": "x", "loader_workers": 2, "root": "y"}).fingerprint() == one
    assert make_config(optimizer={"learning_rate": 0.02}).fingerprint() != one
    assert make_config(seed=4).fingerprint() != one

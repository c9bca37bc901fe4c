"""What the settings of a backbone of timm may say, and that each fault is one sentence."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from models.capabilities import LOGITS
from models.families.timm_backbones import TimmArchitecture, entry
from models.predictor import load_predictor
from models.registry import find_model
from tests.models.networks import shape, write_timm

KEY = "timm:resnet18"


def test_one_number_or_one_for_each_channel() -> None:
    one = shape(KEY, input_size=64, findings=["Edema"], mean=0.5, std=0.25)
    assert isinstance(one, TimmArchitecture)
    assert (one.mean, one.std, one.channels, one.use, one.patches) == ((0.5,), (0.25,), 3, "image", 1)
    three = shape(KEY, input_size=64, findings=["Edema"], mean=[0.1, 0.2, 0.3], std=[1, 2, 3])
    assert isinstance(three, TimmArchitecture)
    assert (three.mean, three.std) == ((0.1, 0.2, 0.3), (1, 2, 3))


def test_patches() -> None:
    architecture = shape(KEY, **{"input_size": 96, "findings": ["Edema"], "as": "patches", "patch_size": 32})
    assert architecture.patches == 3
    assert "patches of 32" in architecture.words
    assert "resnet18" in architecture.words


def test_findings_are_known_by_name_and_outputs_may_speak_of_none() -> None:
    architecture = shape(KEY, input_size=64, findings=["airspace opacity", "", None, "EDEMA "])
    assert architecture.findings == ("Lung Opacity", "", "", "Edema")
    assert architecture.output_of == tuple({"Lung Opacity": 0, "Edema": 3}.get(name) for name in FINDINGS)
    np.testing.assert_array_equal(architecture.predicted, [name in ("Lung Opacity", "Edema") for name in FINDINGS])


def test_it_survives_json_under_the_names_of_the_settings() -> None:
    numbers = {"input_size": 96, "findings": ["Edema", ""], "as": "patches", "patch_size": 32, "mean": [0.1, 0.2, 0.3]}
    architecture = shape(KEY, **numbers)
    text = architecture.model_dump_json(by_alias=True)
    assert '"as":"patches"' in text
    assert type(architecture).model_validate_json(text) == architecture
    assert type(architecture).model_validate(architecture.model_dump(mode="json")) == architecture


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"findings": ["Edema", "edema"]}, "Expected each finding once among the outputs, found Edema twice"),
    ({"findings": ["Edema", "Lung Opacity", "Airspace Opacity"]}, "found Lung Opacity twice"),
    ({"findings": ["Oedema"]}, "Unknown finding 'Oedema'"),
    ({"findings": ["", ""]}, "found none"),
    ({"findings": []}, "found none"),
    ({"findings": "Edema"}, "valid tuple"),
    ({"std": 0}, "Expected an std above 0"),
    ({"std": [1, 0, 1]}, "Expected an std above 0"),
    ({"std": -1}, "Expected an std above 0"),
    ({"std": float("nan")}, "finite number"),
    ({"std": float("inf")}, "finite number"),
    ({"mean": float("nan")}, "finite number"),
    ({"mean": [0.5, 0.5]}, "Expected one mean, or one for each of 3 channels, found (0.5, 0.5)"),
    ({"std": [1.0, 1.0], "channels": 1}, "Expected one std, or one for each of 1 channels"),
    ({"mean": []}, "Expected one mean"),
    ({"mean": "grey"}, "valid tuple"),
    ({"channels": 2}, "1 or 3"),
    ({"input_size": 0}, "greater than or equal to 1"),
    ({"input_size": 1 << 20}, "less than or equal to 8192"),
    ({"as": "patches"}, "Expected patch_size where the backbone is used as patches, found none"),
    ({"patch_size": 32}, "Expected patch_size only with `as: patches`"),
    ({"as": "patches", "patch_size": 40}, "input size 64 and patch size 40"),
    ({"as": "patches", "patch_size": 0}, "greater than or equal to 1"),
    ({"as": "slices"}, "'image' or 'patches'"),
    ({"colour": "red"}, "Extra inputs"),
]


@pytest.mark.parametrize(("fault", "words"), FAULTS, ids=lambda value: str(value)[:50])
def test_a_wrong_setting_is_said(fault: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        shape(KEY, **{"input_size": 64, "findings": ["Edema"], **fault})
    assert words in str(caught.value)


@pytest.mark.parametrize("missing", ["input_size", "findings"])
def test_what_must_be_said(missing: str) -> None:
    numbers = {"input_size": 64, "findings": ["Edema"]}
    del numbers[missing]
    if missing == "findings":
        assert TimmArchitecture.model_fields["findings"].is_required()
    with pytest.raises(ValidationError, match=missing):
        shape(KEY, **numbers)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("resnet81", "found 'resnet81'; did you mean timm:resnet"),
        ("xyzzy", "`timm.list_models()` gives the names"),
        ("", "`timm.list_models()` gives the names"),
        ("resnet18.nobody_trained_this", "resnet18.nobody_trained_this"),
        ("resnet18./../../up", "resnet18./../../up"),
        ("hf-hub:owner/repository", "Expected the name of a backbone of timm"),
        ("hf_hub:owner/repository", "Expected the name of a backbone of timm"),
        ("local-dir:/etc", "Expected the name of a backbone of timm"),
    ],
)
def test_an_unknown_backbone_is_one_sentence(name: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        find_model(f"timm:{name}").build(shape(f"timm:{name}", input_size=64, findings=["Edema"]))
    message = str(caught.value)
    assert words in message
    assert message.startswith("Expected")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("test_vit", {"input_size": 10}),
        ("test_convnext", {"input_size": 4}),
        ("test_vit", {"input_size": 64, "as": "patches", "patch_size": 8}),
    ],
)
def test_a_size_that_a_backbone_does_not_take_is_one_sentence(
    name: str, settings: dict[str, Any], tmp_path: Path
) -> None:
    path = write_timm(tmp_path, name, findings=["Edema"], **settings)
    with pytest.raises(InputError) as caught:
        load_predictor(path, f"timm:{name}", "torch-cpu")
    message = str(caught.value)
    assert message.startswith(f"Expected that timm's {name}, input {settings['input_size']}")
    assert message.endswith("; change input_size or patch_size.")
    assert "\n" not in message


def test_what_timm_does_not_build_is_one_sentence() -> None:
    architecture = shape("timm:vgg11", input_size=64, findings=["Edema"])
    with (
        torch.device("meta"),
        pytest.raises(
            InputError, match=r"timm builds vgg11 for 3 channels and 64×64 pixels, .*drop_path_rate"
        ) as caught,
    ):
        find_model("timm:vgg11").build(architecture, drop_path_rate=0.2)
    assert "\n" not in str(caught.value)


def test_the_entry_of_a_backbone() -> None:
    made = entry("resnet18.a1_in1k")
    assert (made.key, made.label, made.short) == ("timm:resnet18.a1_in1k", "timm resnet18.a1_in1k", "resnet18")
    assert LOGITS in made.capabilities
    assert made.in_predictions == made.key
    assert made.assumed is None

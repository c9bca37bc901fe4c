from typing import Any

import pytest
from pydantic import ValidationError

from data_cache.findings import FINDINGS
from models.architecture import EfficientNetArchitecture
from tests.models.networks import shape


def test_the_official_patch_model_is_the_default() -> None:
    architecture = shape("medicalpatchnet")
    assert isinstance(architecture, EfficientNetArchitecture)
    assert (architecture.input_size, architecture.patch_size, architecture.patches) == (512, 64, 8)
    assert architecture.findings == FINDINGS


def test_the_patch_of_a_cnn_is_its_whole_image() -> None:
    architecture = shape("cnn", input_size=256)
    assert isinstance(architecture, EfficientNetArchitecture)
    assert (architecture.patch_size, architecture.patches) == (256, 1)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "medicalpatchnet", "input_size": 500}, "input size 500 and patch size 64"),
        ({"kind": "cnn", "patch_size": 64}, "Expected the patch size of a cnn to be its input size 512"),
        ({"kind": "medicalpatchnet", "findings": FINDINGS[::-1]}, "in CheXpert's order"),
        ({"kind": "medicalpatchnet", "channel_multiplier": 0.0}, "greater than 0"),
        ({"kind": "medicalpatchnet", "depth_multiplier": float("nan")}, "depth_multiplier"),
        ({"kind": "medicalpatchnet", "input_size": 1 << 20}, "less than or equal to 8192"),
        ({"kind": "resnet"}, "Unknown model 'resnet'"),
        ({"kind": "cnn", "colour": "red"}, "Extra inputs"),
    ],
)
def test_impossible_architectures_are_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        shape(**fields)


def test_it_survives_json_and_cannot_be_changed() -> None:
    architecture = shape("cnn", channel_multiplier=0.35, input_size=256)
    assert type(architecture).model_validate_json(architecture.model_dump_json()) == architecture
    with pytest.raises(ValidationError):
        architecture.input_size = 512

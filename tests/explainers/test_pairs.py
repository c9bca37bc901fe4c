"""How a method and a model are named together, in commands and in files."""

from pathlib import Path

import pytest

from data_cache.errors import InputError
from explainers.outputs import file_name, name_of_file, section_of
from explainers.pairs import Pair, pair_of_name, parse_pair
from explainers.registry import EXPLAINERS
from models.registry import MODELS, find_model, first_with

MANY = [*MODELS, "timm:resnet18", "timm:resnet18.a1_in1k"]
PAIRS = [
    Pair(method, model)
    for method, entry in EXPLAINERS.items()
    for model in MANY
    if entry.needs in find_model(model).capabilities
]


def test_names_and_files_are_read_back_and_files_are_such_everywhere():
    """Of every method on every model that it can explain."""
    for pair in PAIRS:
        name = pair.name
        assert parse_pair(name) == pair_of_name(name) == parse_pair(f"{pair.method}@{pair.model}") == pair
        assert name.partition("@")[0] == pair.method
        assert (name == pair.method) == (pair.model == first_with(pair.entry.needs)), name
        assert pair.entry is EXPLAINERS[pair.method]
        file = file_name(name)
        assert name_of_file(Path("anywhere") / file) == name
        assert not set(file) & set('<>:"/\\|?*'), file  # what Windows forbids


def test_all_names_files_and_labels_differ():
    for words in ({pair.name for pair in PAIRS}, {file_name(pair.name) for pair in PAIRS}):
        assert len(words) == len(PAIRS)
    short = [pair for pair in PAIRS if "." not in pair.model]  # a tag is no part of the short name
    assert len({pair.label for pair in short}) == len(short)


def test_sections_of_prediction_json():
    assert (section_of("medicalpatchnet"), section_of("cnn")) == ("patchnet", "cnn")  # as other programs know them
    assert section_of("timm:resnet18") == "timm:resnet18"


@pytest.mark.parametrize(
    "text", ["", "@", "lime", "lime@cnn", "raw@", "raw@cnn", "raw@nothing", "raw@cnn@cnn", "raw@timm"]
)
def test_other_names_are_refused(text):
    assert pair_of_name(text) is None
    with pytest.raises(InputError) as caught:
        parse_pair(text)
    assert "\n" not in str(caught.value)


def test_what_a_method_needs_and_a_model_has_is_said():
    with pytest.raises(InputError) as caught:
        parse_pair("raw@cnn")
    assert str(caught.value) == (
        "Expected a model that raw can explain: it needs logits of patches; cnn has logits, a PyTorch network, "
        "convolutional features before pooling, convolutional features under a linear head."
    )

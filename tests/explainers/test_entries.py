"""Entries of the registry of methods: complete, and refused with a sentence where they do not fit."""

import subprocess
import sys
from dataclasses import replace

import pytest

from data_cache.errors import InputError
from explainers.entry import KINDS, View
from explainers.pairs import default_model
from explainers.registry import EXPLAINERS, find_method, registered
from models.capabilities import Capability
from models.registry import MODELS


def test_a_method_is_listed_with_those_whose_maps_come_from_the_same():
    for entry in EXPLAINERS.values():
        *_, room, _ = entry.factory.__module__.split(".")
        assert entry.kind == (room if room in KINDS else "pass"), entry.key


@pytest.mark.parametrize("entry", EXPLAINERS.values(), ids=EXPLAINERS)
def test_registry_entry_is_complete(entry):
    parameters = entry.parse(None)
    assert EXPLAINERS[entry.key] is find_method(entry.key) is entry
    assert entry.label and entry.words.endswith(".")
    assert entry.view.negative_means.endswith(".") == (entry.view.sign == "signed")
    assert entry.view.sign == "signed" or not entry.view.negative_opposes
    assert any(character.isdigit() for character in entry.paper)
    assert isinstance(entry.needs, Capability)
    assert entry.cost(parameters, None) >= 1
    for name, field in entry.parameters.model_fields.items():
        assert field.title and field.description, name
    assert "properties" in entry.parameters.model_json_schema()
    if entry.refines is not None:
        assert entry.parameters.model_fields[entry.refines].annotation is int
        assert entry.cost(parameters.model_copy(update={entry.refines: 4}), None) > entry.cost(parameters, None)


def test_unknown_parameters_are_named():
    for entry in EXPLAINERS.values():
        with pytest.raises(InputError, match=f"'sharpness' of {entry.key.replace('+', '.')}"):
            entry.parse({"sharpness": 3})


def test_the_default_model_is_the_first_that_can():
    for key, entry in EXPLAINERS.items():
        can = [model for model in MODELS if entry.needs in MODELS[model].capabilities]
        if can:
            assert default_model(key) == can[0]
            continue
        with pytest.raises(InputError, match=f"which needs {entry.needs.needed}, found none; give {key}@MODEL"):
            default_model(key)


def test_unknown_method_is_named():
    known = ", ".join(EXPLAINERS)
    with pytest.raises(InputError, match="'lime': expected one of ") as caught:
        find_method("lime")
    assert known in str(caught.value)
    near = f"{next(iter(EXPLAINERS))}x"
    with pytest.raises(InputError, match=rf"did you mean {near[:-1]}\?"):
        find_method(near)


def test_a_method_is_registered_once_and_without_at():
    entry = next(iter(EXPLAINERS.values()))
    with pytest.raises(ValueError, match=f"once in the registry, without @, found {entry.key}"):
        registered((*EXPLAINERS.values(), entry))
    with pytest.raises(ValueError, match="without @, found raw@cnn"):
        registered((replace(entry, key="raw@cnn"),))


def test_declarations_that_contradict_themselves_are_refused():
    entry = next(iter(EXPLAINERS.values()))
    with pytest.raises(ValueError, match="a parameter 'nothing'"):
        replace(entry, refines="nothing")
    for sign, words in (("positive", "This lowers it."), ("signed", "")):
        with pytest.raises(ValueError, match="words for negative values"):
            View(sign, "zero", "bilinear", lambda maps, size: maps, negative_means=words)


def test_command_line_lists_every_method_without_loading_a_model():
    code = (
        "import sys; from explainers.__main__ import app; app(['list'], standalone_mode=False);"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *lines, torch_loaded = done.stdout.splitlines()
    assert all(any(line.startswith(f"{key}: ") for line in lines) for key in EXPLAINERS)
    assert torch_loaded == "False"

"""What the registry of models promises, whatever is in it."""

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import pytest

import models
from data_cache.errors import InputError
from models.capabilities import LOGITS, PATCH_LOGITS, REGIONS, Capability
from models.empty_networks import empty_network
from models.entry import ModelEntry
from models.registry import (
    DEFAULT_MODELS,
    MODELS,
    OPEN_FAMILIES,
    SPARE_COLOURS,
    colours,
    find_model,
    first_with,
    official_key,
    registered,
)
from tests.models.networks import KINDS, narrow

STYLE = Path(models.__file__).parents[1] / "ui" / "viewer.css"
ENTRIES = pytest.mark.parametrize("entry", MODELS.values(), ids=MODELS)
TIMM = tuple(f"timm:backbone{number}" for number in range(12))


@ENTRIES
def test_entries_explain_themselves(entry: ModelEntry) -> None:
    assert MODELS[entry.key] is find_model(entry.key) is entry
    assert entry.label
    assert entry.words.endswith(".")
    assert any(character.isdigit() for character in entry.paper)  # the year
    assert len(entry.short) <= len(entry.label)
    assert LOGITS in entry.capabilities
    assert len(set(entry.capabilities)) == len(entry.capabilities)
    assert entry.architecture.model_fields["findings"]
    assert entry.assumed is None or entry.assumed.kind == entry.key


@pytest.mark.parametrize(
    "entry",
    [  # the releases of one network are one network
        pytest.param(
            entry, id=key, marks=pytest.mark.thorough if re.fullmatch("xrv-densenet121-.*(?<!-all)", key) else ()
        )
        for key, entry in MODELS.items()
    ],
)
def test_entries_build_their_network(entry: ModelEntry) -> None:
    shape = narrow(entry.key) if entry.key in KINDS else entry.assumed or entry.architecture(kind=entry.key)
    assert empty_network(entry, shape).state_dict()


@ENTRIES
def test_published_weights_say_whose_they_are(entry: ModelEntry) -> None:
    if entry.official is None:
        pytest.skip("none were published")
    assert all(dataclasses.astuple(entry.provenance))
    assert official_key(entry.official.sha256) == entry.key
    assert entry.weights_by_default


def test_the_models_of_an_open_family_have_entries_too() -> None:
    for prefix in OPEN_FAMILIES:
        entry = find_model(f"{prefix}resnet18")
        assert entry.key == f"{prefix}resnet18"
        assert find_model(entry.key) is entry
        assert entry.words.endswith(".")
        assert not entry.weights_by_default


def test_defaults_are_registered_and_found_without_being_named() -> None:
    assert all(MODELS[key].weights_by_default for key in DEFAULT_MODELS)


def test_the_first_that_can_is_in_the_order_of_the_registry() -> None:
    for capability in (LOGITS, PATCH_LOGITS):
        having = [key for key, entry in MODELS.items() if capability in entry.capabilities]
        assert first_with(capability) == having[0]
    assert first_with(Capability("telepathy", "telepathy", object)) is None
    assert first_with(REGIONS) == next((k for k, e in MODELS.items() if REGIONS in e.capabilities), None)


def test_nobodys_official_file() -> None:
    assert official_key("0" * 64) is None


def test_a_model_is_registered_once() -> None:
    entry = next(iter(MODELS.values()))
    with pytest.raises(ValueError, match=f"found {entry.key} twice"):
        registered((*MODELS.values(), entry))


def test_two_models_do_not_share_a_section_of_prediction_json() -> None:
    first, second, *_ = MODELS.values()
    same = dataclasses.replace(second, key="another", section=first.in_predictions)
    with pytest.raises(ValueError, match="found another twice"):
        registered((first, same))
    named_so = dataclasses.replace(second, key=first.in_predictions, section="")
    with pytest.raises(ValueError, match=f"found {first.in_predictions} twice"):
        registered((first, named_so))


@pytest.mark.parametrize("key", ["a@b", "a=b", "a+b", "a/b", "../a", "", "A", "timm:resnet18"])
def test_keys_mean_nothing_else_in_commands_and_file_names(key: str) -> None:
    with pytest.raises(ValueError, match="Expected a key of lower-case letters"):
        registered((dataclasses.replace(next(iter(MODELS.values())), key=key),))


@pytest.mark.parametrize(
    ("key", "near"), [("medicalpatchne", "did you mean medicalpatchnet?"), ("timm", "timm:NAME."), ("lime", "NAME.")]
)
def test_an_unknown_model_is_one_sentence_with_a_near_name(key: str, near: str) -> None:
    with pytest.raises(InputError) as caught:
        find_model(key)
    message = str(caught.value)
    assert message.startswith(f"Unknown model {key!r}: expected one of medicalpatchnet, cnn")
    assert message.endswith(near)


def test_models_on_one_page_have_different_colours() -> None:
    own = [key for key, entry in MODELS.items() if entry.colour is not None]
    given = colours((*own, *TIMM[: len(SPARE_COLOURS)]))
    assert len(given) == len(own) + len(SPARE_COLOURS)
    for place in ("light", "dark"):
        assert len({getattr(colour, place) for colour in given.values()}) == len(given)
    assert set(colours((*MODELS, *TIMM))) == {*MODELS, *TIMM}  # more than there are colours


def ground(theme: str) -> str:
    """The background on which models are named on the page, from its style."""
    block = STYLE.read_text().split(f"{theme} {{", 1)[1].split("}", 1)[0]
    (colour,) = re.findall(r"--mx-panel: (#[0-9a-f]{6})", block)
    return str(colour)


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(("place", "theme"), [("light", ":root"), ("dark", ".dark")])
def test_every_colour_can_be_read_on_the_page(place: str, theme: str) -> None:
    own = [entry.colour for entry in MODELS.values() if entry.colour is not None]
    for colour in (*own, *SPARE_COLOURS):
        high, low = sorted((luminance(getattr(colour, place)), luminance(ground(theme))), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, colour


def test_knowing_the_models_needs_no_torch() -> None:
    code = (
        "import sys; from models.registry import find_model; find_model('timm:resnet18'); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"

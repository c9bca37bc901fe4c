"""The models the program knows. A new family is one file in `families` and one line here.

Everything that lists models iterates `MODELS`; a model of an open family, such as `timm:resnet18`, is found by name.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping

from data_cache.errors import InputError
from models.capabilities import Capability
from models.entry import Colour, ModelEntry
from models.families import (
    attention_network,
    cnn,
    medicalpatchnet,
    mednext,
    medunext,
    mxa_efficientvit,
    timm_backbones,
    xrv,
)

# Given in this order to models without a colour of their own, so that those on one page differ.
SPARE_COLOURS = (
    Colour("#7048b6", "#b79af0"),
    Colour("#2e7d32", "#7bc67f"),
    Colour("#b02a5b", "#f28ab2"),
    Colour("#36618e", "#8fb8e8"),
    Colour("#6d5d00", "#cdbb4e"),
    Colour("#8a4b2f", "#e0a081"),
    Colour("#4f5b66", "#aab7c4"),
    Colour("#00695c", "#5cc4b4"),
)


_KEY = re.compile(r"[a-z0-9][a-z0-9._-]*")


def registered(entries: Iterable[ModelEntry]) -> dict[str, ModelEntry]:
    """Entries by key.

    Raises:
        ValueError: two have the same key, or the same name in prediction.json, or a key has signs that mean something
            in commands or file names.
    """
    found: dict[str, ModelEntry] = {}
    sections: set[str] = set()
    for entry in entries:
        if not _KEY.fullmatch(entry.key):
            raise ValueError(f"Expected a key of lower-case letters, digits, '.', '_' and '-', found {entry.key!r}.")
        if entry.key in found or entry.in_predictions in sections:
            raise ValueError(f"Expected each model once in the registry, found {entry.key} twice.")
        found[entry.key] = entry
        sections.add(entry.in_predictions)
    return found


MODELS: dict[str, ModelEntry] = registered(
    (
        *(medicalpatchnet.ENTRY, cnn.ENTRY, *xrv.ENTRIES),
        *(attention_network.ENTRY, mxa_efficientvit.ENTRY, mednext.ENTRY, medunext.ENTRY),
    )
)

# Families with any number of models: what a key begins with -> what makes the entry of the rest.
OPEN_FAMILIES: dict[str, Callable[[str], ModelEntry]] = {timm_backbones.PREFIX: timm_backbones.entry}

# What is loaded when nobody chooses.
DEFAULT_MODELS: tuple[str, ...] = (medicalpatchnet.ENTRY.key, cnn.ENTRY.key)


def find_model(key: str) -> ModelEntry:
    """Return the entry of this name.

    Raises:
        InputError: there is none.
    """
    if key in MODELS:
        return MODELS[key]
    for prefix, make in OPEN_FAMILIES.items():
        if key.startswith(prefix):
            return make(key.removeprefix(prefix))
    near = difflib.get_close_matches(key, MODELS, n=1)
    hint = f"; did you mean {near[0]}?" if near else "."
    known = ", ".join((*MODELS, *(f"{prefix}NAME" for prefix in OPEN_FAMILIES)))
    raise InputError(f"Unknown model {key!r}: expected one of {known}{hint}")


def first_with(capability: Capability) -> str | None:
    """Key of the first model that can give something; None where none can."""
    return next((key for key, entry in MODELS.items() if capability in entry.capabilities), None)


def official_key(sha256: str) -> str | None:
    """Whose official file has this hash; None where nobody's has."""
    return next((key for key, entry in MODELS.items() if entry.official and entry.official.sha256 == sha256), None)


def colours(keys: Iterable[str]) -> Mapping[str, Colour]:
    """The colours of some models, so that no two of the first eight without their own are alike."""
    entries = [find_model(key) for key in keys]
    spare = iter(SPARE_COLOURS * (1 + len(entries) // len(SPARE_COLOURS)))
    return {entry.key: entry.colour or next(spare) for entry in entries}

"""A result belongs to a method and a model; this is how the two are named together.

A pair is written `method@model`, and `method` alone where the model is the method's default: the first of the registry
that can give what the method needs. Where none of the registry can, as of transformers from outside, the model is
always named. Panes, rows of the benchmark and files carry this name.
"""

from dataclasses import dataclass
from functools import cache

from data_cache.errors import InputError
from explainers.entry import Entry
from explainers.registry import EXPLAINERS, find_method
from models.entry import Supervision
from models.registry import find_model, first_with


@dataclass(frozen=True)
class Pair:
    """One method on one model, both by key."""

    method: str
    model: str

    @property
    def entry(self) -> Entry:
        """What the registry says of the method."""
        return find_method(self.method)

    @property
    def name(self) -> str:
        """As it stands in commands, rows and file names."""
        return self.method if self._is_default else f"{self.method}@{self.model}"

    @property
    def label(self) -> str:
        """For people: the method, and the model where it is not the method's default."""
        label = self.entry.label
        return label if self._is_default else f"{label}, {find_model(self.model).short}"

    @property
    def supervision(self) -> Supervision:
        """What the network was shown in training: "masks" where the method or the model says so."""
        both = (self.entry.supervision, find_model(self.model).supervision)
        return "masks" if "masks" in both else "labels"

    @property
    def _is_default(self) -> bool:
        return self.model == first_with(self.entry.needs)


@cache
def default_model(method: str) -> str:
    """Key of the model that a method explains where none is named.

    Raises:
        InputError: there is no such method, or no registered model can give what it needs.
    """
    entry = find_method(method)
    found = first_with(entry.needs)
    if found is None:
        raise InputError(
            f"Expected a model for {method}, which needs {entry.needs.needed}, found none; give {method}@MODEL."
        )
    return found


def parse_pair(text: str) -> Pair:
    """Read METHOD or METHOD@MODEL.

    Raises:
        InputError: the method or the model is unknown, or the model cannot give what the method needs.
    """
    method, at, model = text.strip().partition("@")
    entry = find_method(method)
    if not at:
        return Pair(method, default_model(method))
    known = find_model(model)
    entry.refuse_without(model, known.capabilities)
    return Pair(method, model)


def pair_of_name(name: str) -> Pair | None:
    """Read the name of a row or file; None where it names no known method and model."""
    try:
        return parse_pair(name)
    except InputError:
        return None


def shown_masks(name: str) -> bool:
    """Whether the maps of this row or file are of a network that was shown masks, as far as the registries know it."""
    pair = pair_of_name(name)
    if pair is not None:
        return pair.supervision == "masks"
    method = EXPLAINERS.get(name.partition("@")[0])
    return method is not None and method.supervision == "masks"

"""Which of the maps on show are not there yet, and with which parameters they are wanted."""

from collections.abc import Mapping, Sequence

from explainers.base import Parameters
from explainers.pairs import parse_pair
from ui.engine import Models
from ui.panes import QUICK
from ui.session import OpenCase


def is_dear(name: str, parameters: Parameters, reading: OpenCase) -> bool:
    """Whether a first look should not wait for a map."""
    pair = parse_pair(name)
    return pair.entry.cost(parameters, reading.model(pair.model)) > QUICK


def able(names: Sequence[str], models: Models) -> tuple[str, ...]:
    """Names without those whose model turned out, when it was loaded, not to give what the method needs."""
    return tuple(pair.name for pair in map(parse_pair, names) if pair.entry.needs.of(models[pair.model]))


def missing_maps(reading: OpenCase, names: Sequence[str], given: Mapping[str, Parameters]) -> dict[str, Parameters]:
    """Parameters of the maps on show that there are not, or not with the parameters given."""
    missing = {}
    for name in names:
        known, entry = reading.explanations.get(name), parse_pair(name).entry
        has = entry.parse(known.parameters) if known else None
        wanted = given.get(name, reading.offered.get(name, has or entry.parse(None)))
        if wanted != has:
            missing[name] = wanted
    return missing


def finer(reading: OpenCase, names: Sequence[str], steps: int) -> dict[str, Parameters]:
    """The parameters of the maps that can be made finer, with so many steps."""
    found = {}
    for name in names:
        known, entry = reading.explanations.get(name), parse_pair(name).entry
        if entry.refines is not None:
            found[name] = entry.parse({**(known.parameters if known else {}), entry.refines: steps})
    return found


def as_fine(reading: OpenCase, given: Mapping[str, Parameters]) -> dict[str, Parameters]:
    """Parameters that a visitor chose for another case, but as fine as the maps of this one are."""
    found = {}
    for name, parameters in given.items():
        known, refines = reading.explanations.get(name), parse_pair(name).entry.refines
        same = {refines: known.parameters[refines]} if refines and known else {}
        found[name] = parse_pair(name).entry.parse({**parameters.model_dump(), **same})
    return found

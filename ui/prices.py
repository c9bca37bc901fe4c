"""What maps of many passes cost: they are made only for who has seen the price and starts them.

Which maps these are, the registry says (`own_passes`); a handful of passes has no price.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data_cache.errors import InputError
from explainers.base import Parameters, plain
from explainers.pairs import parse_pair
from models.capabilities import Logits
from ui.panes import QUICK
from ui.progress import duration
from ui.session import OpenCase


def cost_of_map(name: str, parameters: Parameters, model: Logits | None) -> int:
    """Passes that a map takes on its model; of None on one of the official size."""
    return parse_pair(name).entry.cost(parameters, model)


def asks_first(name: str, parameters: Parameters, reading: OpenCase) -> bool:
    """Whether a map takes so many passes of its own that somebody must want it."""
    pair = parse_pair(name)
    if not pair.entry.own_passes or cost_of_map(name, parameters, reading.model(pair.model)) <= QUICK:
        return False
    run = reading.runs.get(pair.model)
    return run is None or not pair.entry.factory(parameters).is_known(run)


def set_aside(
    reading: OpenCase, names: Sequence[str], missing: Mapping[str, Parameters], start: Sequence[str] = ()
) -> dict[str, Parameters]:
    """Out of the maps that are missing those to be made now; what others cost is said until somebody starts them.

    Args:
        reading: the open case; keeps what is offered.
        names: the panes on show.
        missing: parameters of the maps that are not there, by name; those that their model cannot give are left out.
        start: names of those that shall be made whatever they cost.
    """
    now = {}
    for name in names:
        if not _may_give(reading, name):
            continue
        if name in missing and asks_first(name, missing[name], reading):
            reading.offered[name] = missing[name]
            if name not in start:
                continue
        else:
            reading.offered.pop(name, None)
        if name in missing:
            now[name] = missing[name]
    return now


def _may_give(reading: OpenCase, name: str) -> bool:
    """Whether a map's model can give it, or is not there to be asked."""
    pair = parse_pair(name)
    model = reading.model(pair.model)
    return model is None or pair.entry.needs.of(model)


def refuse_beyond(
    name: str,
    parameters: Parameters,
    model: Logits | None,
    most: int,
    instead: str = "choose parameters that take fewer",
) -> None:
    """Refuse a map of more passes than this host makes, or of a model that cannot give it.

    Args:
        name, parameters: of the map.
        model: it is of.
        most: passes that this host makes.
        instead: what whoever asked can do here.

    Raises:
        InputError: it is one.
    """
    if model is not None:
        parse_pair(name).entry.refuse_model(model)
    passes = cost_of_map(name, parameters, model)
    if passes > most:
        raise InputError(
            f"Expected at most {most:,} passes for a map on this host (EXPLORER_PASSES), found {passes:,} for "
            f"{parse_pair(name).label}: {instead}, or use `python -m explainers run`, where --set gives parameters, on "
            "a machine of your own."
        )


@dataclass
class Prices:
    """The prices of the maps on show, as the page says them.

    Args:
        reading: the open case.
        names: the panes on show.
        making: names of those that this request makes.
        most: passes that a map may take on this host.
    """

    reading: OpenCase
    names: Sequence[str]
    making: Sequence[str]
    most: int

    def content(self, busy: bool) -> dict[str, dict[str, Any]]:
        """Return {name: {state, words, share, parameters}} of the maps that have a price and are not there."""
        offered = dict(self.reading.offered)
        known = [name for name in self.names if name in offered and self._can(name)]
        return {name: self._content(name, offered[name], busy and name in self.making) for name in known}

    def _can(self, name: str) -> bool:
        """Whether the models are there, and this map's can give what it needs."""
        return parse_pair(name).model in self.reading.runs and _may_give(self.reading, name)

    def _content(self, name: str, parameters: Parameters, making: bool) -> dict[str, Any]:
        reading, model = self.reading, parse_pair(name).model
        passes = cost_of_map(name, parameters, reading.model(model)) - (model in reading.logits)  # that pass is made
        left = max(0, passes - reading.spent[name, parameters])
        seconds = left * reading.seconds_of_pass(model, parse_pair(name).entry.kind)
        state, words = "offered", _price(passes, left, seconds, making)
        if making:
            state = "making"
        else:
            try:
                refuse_beyond(name, parameters, reading.model(model), self.most)
            except InputError as error:
                state, words = "refused", str(error)
        return {"state": state, "words": words, "share": 1 - left / passes, "parameters": plain(parameters)}


def _price(passes: int, left: int, seconds: float, making: bool) -> str:
    if making:
        done = f"{passes - left:,} of {passes:,} passes"
        return f"{done}, about {duration(seconds)} left" if seconds and left < passes else done
    count = f"{passes:,} passes" if left == passes else f"{left:,} of {passes:,} passes left"
    return f"About {duration(seconds)} (an estimate); {count}." if seconds else f"{count[0].upper()}{count[1:]}."

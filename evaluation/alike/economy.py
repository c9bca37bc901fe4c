"""Parameters with which a method takes few passes, found from what its entry says it costs."""

from collections.abc import Iterator

import numpy as np

from data_cache.errors import InputError
from data_cache.geometry import Geometry
from explainers.base import Parameters, plain
from explainers.entry import Entry
from explainers.model_run import ModelRun
from models.capabilities import Logits


def modest(entry: Entry, model: Logits, most: int) -> Parameters:
    """A method's defaults, with whole numbers halved or doubled until it takes at most so many passes.

    Of all numbers that could be changed, the one that saves most is, again and again; nothing is asked by name. Where
    no change saves anything more, the method costs what it costs.

    Args:
        entry: the method.
        model: what it explains.
        most: passes that one radiograph may take.
    """
    chosen = entry.parse(None)
    while entry.cost(chosen, model) > most:
        cheaper = min(_changed(entry, model, chosen, most), key=lambda one: entry.cost(one, model), default=chosen)
        if entry.cost(cheaper, model) >= entry.cost(chosen, model):
            break
        chosen = cheaper
    return chosen


def changes(entry: Entry, parameters: Parameters) -> dict[str, object]:
    """The parameters that are not the defaults."""
    usual = plain(entry.parse(None))
    return {name: value for name, value in plain(parameters).items() if value != usual.get(name)}


def _changed(entry: Entry, model: Logits, parameters: Parameters, most: int) -> Iterator[Parameters]:
    """All parameters with one whole number halved or doubled that the method and the model take."""
    size = model.input_size
    run = ModelRun(np.zeros((size, size), np.float32), Geometry(size, size, size), model)
    values = {name: getattr(parameters, name) for name in type(parameters).model_fields}
    for name, value in values.items():
        if isinstance(value, bool) or not (value is None or isinstance(value, int)):
            continue
        for other in (value // 2, value * 2) if value is not None else (most,):
            try:
                changed = entry.parse({**values, name: other})
                entry.factory(changed).check(run)
            except InputError:
                continue
            yield changed

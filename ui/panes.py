"""Which panes there can be: methods on models, and what the browser asks of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from data_cache.errors import InputError
from data_cache.orientation import AS_IT_IS, Orientation
from explainers.base import Parameters
from explainers.pairs import Pair, default_model, parse_pair
from explainers.registry import EXPLAINERS

MOST_PANES = 12  # maps on show at once
QUICK = 5  # passes that a map may take to be shown without being asked for

_Name = Annotated[str, Field(max_length=200)]
_Value = bool | int | FiniteFloat | Annotated[str, Field(max_length=200)] | None


def default_model_of(method: str) -> str | None:
    """Key of the model that a method explains where none is named; None where no registered model can."""
    try:
        return default_model(method)
    except InputError:
        return None


def quick_names(models: Iterable[str]) -> tuple[str, ...]:
    """What is on show at first: each standard method on its default model whose map takes a handful of passes.

    Args:
        models: keys of the models that are loaded.
    """
    loaded = set(models)
    standard = {key: entry for key, entry in EXPLAINERS.items() if entry.standard}
    quick = [key for key, entry in standard.items() if entry.cost(entry.parse(None), None) <= QUICK]
    return tuple(Pair(key, model).name for key in quick if (model := default_model_of(key)) in loaded and model)[
        :MOST_PANES
    ]


class _Sent(BaseModel):
    """What the browser sends; other fields are passed over."""

    model_config = ConfigDict(extra="ignore")

    names: Annotated[list[_Name], Field(max_length=MOST_PANES)] | None = None
    floors: Annotated[list[_Name], Field(max_length=MOST_PANES)] = Field(default_factory=list)
    start: Annotated[list[_Name], Field(max_length=MOST_PANES)] = Field(default_factory=list)
    orientation: Annotated[str, Field(max_length=10)] = ""
    parameters: Annotated[
        dict[_Name, Annotated[dict[_Name, _Value], Field(max_length=50)]], Field(max_length=MOST_PANES)
    ] = Field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """The panes that a request is about.

    Attributes:
        names: METHOD or METHOD@MODEL of the panes on show; None for those that are on show at first.
        floors: names of the floors on show; unknown ones are passed over.
        start: names of the maps that shall be made whatever they cost.
        orientation: how the case is to be laid, where the request opens one.
        parameters: complete parameters of those that shall not have those that they have, or else their defaults.
    """

    names: tuple[str, ...] | None = None
    parameters: Mapping[str, Parameters] = field(default_factory=dict)
    floors: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    orientation: Orientation = AS_IT_IS

    @classmethod
    def of(cls, content: Any) -> "Wanted":
        """Check what the browser sent.

        Raises:
            InputError: an unknown method or model, one that does not fit the other, or a parameter outside its limits.
        """
        try:
            sent = _Sent.model_validate(content)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(step) for step in first["loc"])[:60] or "its top"
            raise InputError(
                f"Expected the panes on show, found something else at {place} ({first['msg'][:120]}); reload the page."
            ) from None
        parameters = {}
        for text, values in sent.parameters.items():
            pair = parse_pair(text)
            parameters[pair.name] = pair.entry.parse(values)
        names = None if sent.names is None else tuple(dict.fromkeys(parse_pair(text).name for text in sent.names))
        start = tuple(parse_pair(text).name for text in sent.start)
        floors = tuple(dict.fromkeys(sent.floors))
        return cls(names, parameters, floors, start, Orientation.parse(sent.orientation))

    def among(self, models: Sequence[str]) -> tuple[str, ...]:
        """The names, all of loaded models.

        Args:
            models: keys of the models that are loaded.

        Raises:
            InputError: one is of another model.
        """
        names = quick_names(models) if self.names is None else self.names
        for pair in map(parse_pair, (*names, *self.parameters)):
            if pair.model not in models:
                raise InputError(
                    f"Expected one of this page's models ({', '.join(models)}) for {pair.method}, found {pair.model}."
                )
        return names

"""Which models with which weights, in the words of the command lines."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

import typer

from data_cache.errors import InputError
from models.official import cached_path
from models.registry import DEFAULT_MODELS, MODELS, find_model

WEIGHTS = "official, demo, auto, hf://owner/repository/file, or a .safetensors, .pt or .yaml file"

PatchNet = Annotated[str | None, typer.Option(help=f"--model medicalpatchnet=…: {WEIGHTS}.")]
Cnn = Annotated[str | None, typer.Option(help=f"--model cnn=…: {WEIGHTS}.")]
MoreModels = Annotated[
    list[str] | None,
    typer.Option("--model", metavar="KEY=WEIGHTS", help=f"A model, as `models list` shows them, and {WEIGHTS}."),
]


def chosen_weights(
    patchnet: str | None = None, cnn: str | None = None, models: Sequence[str] | None = None
) -> dict[str, str]:
    """The weights that the options name, by the model's key, in their order.

    Args:
        patchnet, cnn: short for medicalpatchnet=… and cnn=….
        models: KEY=WEIGHTS each.

    Raises:
        typer.BadParameter: one has another form, names an unknown model, or a model is named twice.
    """
    named = [("medicalpatchnet", patchnet), ("cnn", cnn)]
    pairs = [(key, spec) for key, spec in named if spec is not None] + [_split(text) for text in models or ()]
    found: dict[str, str] = {}
    for key, spec in pairs:
        if key in found:
            raise typer.BadParameter(f"expected one file for {key}, found {found[key]} and {spec}.")
        found[key] = spec
    return found


def weights_of(needed: Iterable[str], chosen: Mapping[str, str], besides: Iterable[str] = ()) -> dict[str, str]:
    """Weights of the models that are needed, and of those that were named besides.

    Raises:
        typer.BadParameter: a model is needed whose weights nobody named and nobody can find.
    """
    more = [_split(text)[0] for text in besides]
    weights = {}
    for key in dict.fromkeys((*needed, *more)):
        if key not in chosen and not find_model(key).weights_by_default:
            raise typer.BadParameter(f"expected the weights of {key}, found none; give --model {key}=FILE.")
        weights[key] = chosen.get(key, "auto")
    return weights


def default_weights() -> dict[str, str]:
    """What is loaded when nobody chooses."""
    return dict.fromkeys(DEFAULT_MODELS, "auto")


def only_demonstration(weights: Mapping[str, str]) -> bool:
    """Whether all that would be loaded are demonstration weights, as far as can be said without reading a file."""
    return all(spec == "demo" or (spec == "auto" and not _has_official(key)) for key, spec in weights.items())


def _has_official(key: str) -> bool:
    official = find_model(key).official
    return official is not None and cached_path(official) is not None


def known_model(key: str) -> str:
    """The key, if there is such a model; for options that name one.

    Raises:
        typer.BadParameter: there is none.
    """
    try:
        return find_model(key).key
    except InputError as error:
        raise typer.BadParameter(str(error)) from None


def known_or_none(key: str | None) -> str | None:
    """The same for options that may be left out."""
    return None if key is None else known_model(key)


def in_registry_order(keys: Iterable[str]) -> list[str]:
    """Models as the registry lists them, those of open families last."""
    order = {key: place for place, key in enumerate(MODELS)}
    return sorted(keys, key=lambda key: order.get(key, len(order)))


def _split(text: str) -> tuple[str, str]:
    key, sign, spec = text.partition("=")
    key, spec = key.strip(), spec.strip()
    if not sign or not key or not spec:
        raise typer.BadParameter(f"expected KEY=WEIGHTS, found {text!r}.")
    return known_model(key), spec

"""The options of the commands that are about one model."""

from collections.abc import Mapping
from typing import Annotated

import typer

from models.choosing import WEIGHTS
from models.registry import DEFAULT_MODELS, find_model

Weights = Annotated[str | None, typer.Option(help=f"{WEIGHTS}; by default auto.")]
Kind = Annotated[
    str | None,
    typer.Option(
        metavar="KEY",
        help=f"Which model the weights are for, as `models list` shows them; by default {DEFAULT_MODELS[0]}. "
        "--model KEY=WEIGHTS says both.",
    ),
]


def one_model(weights: str | None, kind: str | None, chosen: Mapping[str, str]) -> tuple[str, str]:
    """The model that a command is about, by its key, and its weights.

    Args:
        weights, kind: of --weights and --kind.
        chosen: what --model and its aliases name.

    Raises:
        typer.BadParameter: more than one model is named.
        InputError: there is no model of this kind.
    """
    if not chosen:
        return find_model(kind or DEFAULT_MODELS[0]).key, weights or "auto"
    if len(chosen) > 1 or weights is not None or kind is not None:
        given = [f"--model {key}={spec}" for key, spec in chosen.items()]
        given += [f"{name} {value}" for name, value in (("--kind", kind), ("--weights", weights)) if value is not None]
        raise typer.BadParameter(f"expected one model, found {', '.join(given)}.")
    ((key, spec),) = chosen.items()
    return key, spec

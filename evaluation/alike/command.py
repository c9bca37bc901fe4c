"""`python -m evaluation alike`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from tqdm import tqdm

from data_cache.case import Case
from data_cache.cli import known_source
from data_cache.counting import counted
from data_cache.errors import InputError
from data_cache.store import write_bytes
from explainers.pairs import Pair
from explainers.registry import EXPLAINERS, find_method
from models.backends.base import BackendName
from models.capabilities import POOLED_FEATURES, Logits
from models.choosing import Cnn, MoreModels, PatchNet, chosen_weights

if TYPE_CHECKING:
    from evaluation.alike.page import Compared

_DEMO = "demo"  # weights and cases of the page that stands in this room


def alike(
    out: Annotated[Path, typer.Option(dir_okay=False, metavar="FILE.md", help="The page.")],
    source: Annotated[
        str, typer.Option(help="A key that `data_cache sources` shows; demo needs no --root.", callback=known_source)
    ] = _DEMO,
    root: Annotated[Path | None, typer.Option(envvar="CHEXLOCALIZE_ROOT", help="Root of --source.")] = None,
    split: Annotated[str, typer.Option(help="val, test or train.")] = "test",
    limit: Annotated[int, typer.Option(min=0, help="At most so many cases, the first; 0: all.")] = 0,
    methods: Annotated[str, typer.Option(help="Comma-separated methods; all by default.")] = ",".join(EXPLAINERS),
    passes: Annotated[
        int,
        typer.Option(min=1, help="A method that takes more a radiograph gets parameters with which it takes less."),
    ] = 64,
    patchnet: PatchNet = None,
    cnn: Cnn = None,
    model: MoreModels = None,
    backend: Annotated[BackendName, typer.Option(help="What computes; auto takes the fastest exact one.")] = "auto",
) -> None:
    """Say which methods are alike on which model: rank correlations, largest differences, and which are one map.

    Without models, those of the demonstration.
    """
    from data_cache.sources.registry import find_cases
    from evaluation.alike.page import page
    from models.predictor import load_predictor

    keys = _keys(methods)
    weights = chosen_weights(patchnet, cnn, model) or {"medicalpatchnet": _DEMO, "cnn": _DEMO}
    cases = find_cases(source, root, split)[: limit or None]
    loaded = {key: load_predictor(spec, key, backend) for key, spec in weights.items()}
    able = {key: given for key, one in loaded.items() if (given := [each for each in keys if _gives(one, each)])}
    if not able:
        raise InputError(
            f"Expected methods that one of the models can give, found none of {', '.join(keys)} for "
            f"{', '.join(loaded)}; name others, or another model."
        )
    compared = [_compared(loaded[key], given, cases, passes) for key, given in able.items()]
    radiographs = counted(len(cases), "radiograph")
    left_out = [key for key in loaded if key not in able]
    write_bytes(out, page(f"{radiographs} of `{source}` ({split})", passes, compared, keys, left_out).encode())
    counts = ", ".join(f"{counted(len(one.alike.names), 'method')} on {one.key}" for one in compared)
    typer.echo(f"{out.name}: {radiographs}, {counts}.")


def _keys(text: str) -> list[str]:
    """Methods in the registry's order.

    Raises:
        typer.BadParameter: one is unknown.
    """
    try:
        wanted = {find_method(part.strip()).key for part in text.split(",")}
    except InputError as error:
        raise typer.BadParameter(str(error)) from None
    return [key for key in EXPLAINERS if key in wanted]


def _gives(model: Logits, method: str) -> bool:
    return EXPLAINERS[method].needs.of(model)


def _compared(model: Logits, keys: Sequence[str], cases: Sequence[Case], most: int) -> "Compared":
    """Methods that a model can give, over all radiographs."""
    from evaluation.alike.economy import changes, modest
    from evaluation.alike.formulas import equal_formulas
    from evaluation.alike.measuring import Alike
    from evaluation.alike.page import Compared
    from explainers.model_run import ModelRun
    from explainers.run import explain_all

    entries = [EXPLAINERS[key] for key in keys]
    parameters = {Pair(entry.key, model.info.key).name: modest(entry, model, most) for entry in entries}
    chosen = dict(zip(entries, parameters.values(), strict=True))
    found = Compared(
        model.info.key,
        Alike([entry.key for entry in entries]),
        {entry.key: entry.cost(each, model) for entry, each in chosen.items()},
        {entry.key: changes(entry, each) for entry, each in chosen.items()},
    )
    for case in tqdm(cases, desc=model.info.key, unit="case", disable=None):
        run = ModelRun.of(case.read(), model)
        maps = explain_all({run.key: run}, tuple(parameters), parameters, case.id)
        found.alike.add([maps[name] for name in parameters])
        for entry in entries if POOLED_FEATURES.of(model) else ():
            for name, apart in equal_formulas(entry, run):
                mine = found.equal.setdefault(entry.key, {})
                mine[name] = max(apart, mine.get(name, 0.0))
    return found

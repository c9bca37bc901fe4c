"""`python -m explainers`: list the methods, explain radiographs into files."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer
from tqdm import tqdm

from data_cache.case import Case
from data_cache.cli import known_source, run
from data_cache.errors import InputError
from explainers.options import image_cases, parameters_by_method, parse_methods, parse_settings
from explainers.pairs import parse_pair
from explainers.patch_maps import EdgeRule, Pairing
from explainers.registry import EXPLAINERS
from explainers.runner import Plan, Tally, run_cases, share
from models.backends.base import BackendName
from models.choosing import Cnn, MoreModels, PatchNet, chosen_weights, weights_of

if TYPE_CHECKING:
    from accelerate import PartialState

_PROCESS_COUNTS = ("WORLD_SIZE", "PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE")  # as Accelerate reads them

app = typer.Typer(help="Explain what the models see.", no_args_is_help=True, add_completion=False)


@app.command("list")
def list_methods() -> None:
    """Print the methods with their parameters, cost and paper."""
    for entry in EXPLAINERS.values():
        depends = "" if entry.depends_on_finding else " Does not depend on the finding."
        typer.echo(f"{entry.key}: {entry.label}, needs {entry.needs.words}.{depends}")
        typer.echo(f"  {entry.words}")
        typer.echo(f"  Negative values: {entry.view.negative_means or 'there are none.'}")
        typer.echo(f"  Paper: {entry.paper}. Passes with default parameters: {entry.cost(entry.parse(None))}.")
        for name, field in entry.parameters.model_fields.items():
            kinds = " | ".join(map(str, get_args(field.annotation))) or getattr(field.annotation, "__name__", "")
            typer.echo(f"  {name} ({kinds}, default {field.default!r}): {field.description}")


@app.command("run")
def run_methods(
    out: Annotated[Path, typer.Option(help="Folder of the results: OUT/<case id>/<method>.safetensors.")],
    images: Annotated[list[Path] | None, typer.Argument(help="More image files, after --image.")] = None,
    image: Annotated[list[Path] | None, typer.Option(help="Image file (JPEG, PNG, DICOM …).")] = None,
    source: Annotated[
        str | None,
        typer.Option(help="Cases instead of files: a key that `data_cache sources` shows.", callback=known_source),
    ] = None,
    root: Annotated[Path | None, typer.Option(envvar="CHEXLOCALIZE_ROOT", help="Root of --source.")] = None,
    split: Annotated[str | None, typer.Option(help="val, test or train; all by default.")] = None,
    patchnet: PatchNet = None,
    cnn: Cnn = None,
    model: MoreModels = None,
    methods: Annotated[str, typer.Option(help="Comma-separated METHOD or METHOD@MODEL; `list` shows them.")] = ",".join(
        EXPLAINERS
    ),
    shift_steps: Annotated[int, typer.Option(min=1, help="Shifts of the patch grid along each axis.")] = 1,
    edge: Annotated[EdgeRule, typer.Option(help="What patch sums are divided by near the edges.")] = "paper",
    pairing: Annotated[
        Pairing, typer.Option(help="Scaled map: paper reproduces the official code's output, own its definition.")
    ] = "paper",
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="Any parameter, as NAME=VALUE or METHOD.NAME=VALUE.")
    ] = None,
    backend: Annotated[BackendName, typer.Option(help="What computes; auto takes the fastest exact one.")] = "auto",
) -> None:
    """Explain radiographs into files; what is there already and still holds is kept.

    Under `accelerate launch` (on CPUs: with MPI, or torchrun) the cases are shared between the processes.
    """
    keys = parse_methods(methods)
    common = {"shift_steps": shift_steps, "edge": edge, "pairing": pairing}
    parameters = parameters_by_method(keys, common, parse_settings(settings or ()))
    cases: Sequence[Case] = _cases([*(image or ()), *(images or ())], source, root, split)
    needed = [parse_pair(key).model for key in keys]
    weights = weights_of(needed, chosen_weights(patchnet, cnn, model), model or ())
    processes = _processes()

    from models.predictor import load_predictor  # torch takes its time: not before the words are known to be right

    plan = Plan(out, parameters, {key: load_predictor(spec, key, backend) for key, spec in weights.items()})
    if processes is not None:
        cases = share(cases, processes.process_index, processes.num_processes)
    tally = _with_bar(cases, plan)
    if processes is not None:
        processes.wait_for_everyone()  # the launcher ends everybody when one leaves with an error
        processes.destroy_process_group()
    _report(tally, out)


def _cases(images: list[Path], source: str | None, root: Path | None, split: str | None) -> list[Case]:
    if images and source:
        raise typer.BadParameter("expected either image files or --source, found both.")
    if images:
        return image_cases(images)
    if source is None:
        raise typer.BadParameter("expected --image FILE or --source chexlocalize --root DIR, found neither.")
    from data_cache.sources.registry import find_cases

    return find_cases(source, root, split)


def _processes() -> "PartialState | None":
    """The processes that `accelerate launch`, MPI or torchrun started; None where there is only this one."""
    if all(int(os.environ.get(name, "1")) < 2 for name in _PROCESS_COUNTS):
        return None
    import torch
    from accelerate import PartialState

    return PartialState(cpu=not torch.cuda.is_available())


def _with_bar(cases: Sequence[Case], plan: Plan) -> Tally:
    each = plan.passes_per_case
    with tqdm(total=each * len(cases), desc="Explaining", unit="pass", disable=None) as bar:

        def on_pass(_kind: str) -> None:
            bar.update()

        def on_case(done: int) -> None:
            bar.update(done * each - bar.n)  # what was kept, failed or cost less than estimated counts as done

        return run_cases(cases, plan, _say, on_pass, on_case)


def _say(sentence: str) -> None:
    tqdm.write(" ".join(sentence.split()), file=sys.stderr)


def _report(tally: Tally, out: Path) -> None:
    wrong, count = len(tally.problems), tally.explained + tally.kept + len(tally.problems)
    typer.echo(f"Radiographs in {out}: {tally.explained} explained, {tally.kept} kept as they were, {wrong} wrong.")
    if wrong == count == 1:
        raise typer.Exit(1)  # the line about it has said everything
    if wrong:
        raise InputError(f"{wrong} of {count} radiographs could not be explained; the lines above name them.")


if __name__ == "__main__":
    run(app)

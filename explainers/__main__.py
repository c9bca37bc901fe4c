"""`python -m explainers`: list the methods, explain radiographs into files, sum up what shards hold."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer
from tqdm import tqdm

from data_cache.case import Case
from data_cache.cli import known_source, run
from data_cache.counting import counted
from data_cache.errors import InputError
from data_cache.image_lists import ImageList
from evaluation.dicom_results.command import write_dicom
from explainers.listing import described
from explainers.nearest.command import make_index
from explainers.options import chosen_cases, parameters_by_method, parse_methods, parse_settings
from explainers.pairs import parse_pair
from explainers.patch_maps import EdgeRule, Pairing
from explainers.registry import EXPLAINERS, STANDARD
from explainers.runner import Plan, Tally, run_cases
from explainers.sharing import Share, launched, parse_share, use_own_device
from explainers.stored import refuse_other_layout
from models.backends.base import BackendName
from models.choosing import Cnn, MoreModels, PatchNet, chosen_weights, weights_of

_SHOWN = 20  # rows of a list that cannot be used; the others are counted
_ON_ACCELERATORS = 16

app = typer.Typer(help="Explain what the models see.", no_args_is_help=True, add_completion=False)

Images = Annotated[list[Path] | None, typer.Option(help="Image file (JPEG, PNG, DICOM …).")]
ImagesFrom = Annotated[
    Path | None,
    typer.Option(metavar="FILE.csv", help="A list of images: a column path and, if wanted, id, patient and findings."),
]
ImagesRoot = Annotated[
    Path | None, typer.Option(help="Where relative paths of --images-from begin; by default the list's folder.")
]
Source = Annotated[
    str | None,
    typer.Option(help="Cases instead of files: a key that `data_cache sources` shows.", callback=known_source),
]
Root = Annotated[Path | None, typer.Option(envvar="CHEXLOCALIZE_ROOT", help="Root of --source.")]
Split = Annotated[str | None, typer.Option(help="val, test or train; all by default.")]
Shard = Annotated[
    str | None, typer.Option(metavar="I/N", help="Take every N-th case from the I-th on; for array jobs.")
]
Layout = Annotated[
    Literal["folders", "shards"],
    typer.Option(help="folders: OUT/<case id>/<method>.safetensors; shards: files of many cases and a ledger."),
]
Block = Annotated[
    int, typer.Option(min=1, max=4000, help="--layout shards: cases in a file; at most so many are lost by a kill.")
]
Batch = Annotated[
    int | None, typer.Option(min=1, max=1024, help="Images in a pass; by default 1 on CPUs and 16 on GPUs.")
]


@app.command("list")
def list_methods() -> None:
    """Print the methods with their parameters, cost and paper."""
    for entry in EXPLAINERS.values():
        for line in described(entry):
            typer.echo(line)


@app.command("run")
def run_methods(
    out: Annotated[Path, typer.Option(help="Folder of the results.")],
    images: Annotated[list[Path] | None, typer.Argument(help="More image files, after --image.")] = None,
    image: Images = None,
    images_from: ImagesFrom = None,
    images_root: ImagesRoot = None,
    source: Source = None,
    root: Root = None,
    split: Split = None,
    shard: Shard = None,
    layout: Layout = "folders",
    block: Block = 256,
    batch: Batch = None,
    patchnet: PatchNet = None,
    cnn: Cnn = None,
    model: MoreModels = None,
    methods: Annotated[str, typer.Option(help="Comma-separated METHOD or METHOD@MODEL; `list` shows them.")] = ",".join(
        STANDARD
    ),
    shift_steps: Annotated[int, typer.Option(min=1, help="Shifts of the patch grid along each axis.")] = 1,
    edge: Annotated[EdgeRule, typer.Option(help="What patch sums are divided by near the edges.")] = "paper",
    pairing: Annotated[
        Pairing, typer.Option(help="Scaled map: paper reproduces the official code's output, own its definition.")
    ] = "paper",
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="Any parameter: NAME=VALUE, METHOD.NAME=VALUE or METHOD@MODEL.NAME=VALUE."),
    ] = None,
    backend: Annotated[BackendName, typer.Option(help="What computes; auto takes the fastest exact one.")] = "auto",
) -> None:
    """Explain radiographs into files; what is there already and still holds is kept.

    With --shard I/N, and under torchrun, `accelerate launch` or MPI, this process takes its share of the cases.
    """
    keys = parse_methods(methods)
    common = {"shift_steps": shift_steps, "edge": edge, "pairing": pairing}
    parameters = parameters_by_method(keys, common, parse_settings(settings or ()))
    process = launched(os.environ)
    share = parse_share(shard).divided(process)
    cases = chosen_cases([*(image or ()), *(images or ())], (images_from, images_root), (source, root, split))
    left_out = _left_out(cases) if share.index == 0 else ()
    needed = [parse_pair(key).model for key in keys]
    weights = weights_of(needed, chosen_weights(patchnet, cnn, model), model or ())

    from models.backends.torch_backend import accelerator  # torch takes its time: not before the words are right
    from models.predictor import load_predictor

    refuse_other_layout(out, layout)
    if process.count > 1:
        use_own_device(os.environ)
    from evaluation.assessment.runs import remarks_of

    models = {key: load_predictor(spec, key, backend) for key, spec in weights.items()}
    plan = Plan(out, parameters, models, remarks_of(models, weights))
    together = batch or (1 if accelerator() is None else _ON_ACCELERATORS)
    tally = _with_bar(cases, plan, share, together, block if layout == "shards" else None)
    tally.problems += left_out
    _report(tally, out, alone=process.count == 1)


@app.command("summary")
def summarise(
    out: Annotated[Path, typer.Option(exists=True, file_okay=False, help="Folder with results in shards.")],
    images_from: ImagesFrom = None,
    images_root: ImagesRoot = None,
    source: Source = None,
    root: Root = None,
    split: Split = None,
    check: Annotated[bool, typer.Option(help="Also read every file and compare it with its fingerprint.")] = False,
) -> None:
    """Sum up all shards: cases done, refused and missing, seconds, fingerprints; exit code 1 if anything is wrong.

    Cases of which nothing is known are named where the list or dataset that was explained is given. Bytes that have
    changed are found with --check alone; delete the files that it calls changed, and `run` computes what they held.
    """
    from explainers.shard_summary import sum_up

    cases: Sequence[Case] | None = None
    unusable: tuple[str, ...] = ()
    if images_from is not None or source is not None:
        cases = chosen_cases([], (images_from, images_root), (source, root, split))
        unusable = _left_out(cases)
    summary = sum_up(out, cases, check, len(unusable))
    for line in summary.lines():
        typer.echo(line)
    if summary.wrong:
        raise InputError(summary.wrong)


def _left_out(cases: Sequence[Case]) -> tuple[str, ...]:
    """Say which rows of a list cannot be used, the first by their sentences, and return all sentences."""
    problems = cases.problems if isinstance(cases, ImageList) else ()
    for sentence in problems[:_SHOWN]:
        _say(sentence)
    if len(problems) > _SHOWN:
        _say(f"And {counted(len(problems) - _SHOWN, 'more row')} that cannot be used.")
    return problems


def _with_bar(cases: Sequence[Case], plan: Plan, share: Share, batch: int, block: int | None) -> Tally:
    each, mine = plan.passes_per_case, share.of(cases)
    with tqdm(total=each * len(mine), desc="Explaining", unit="pass", disable=None) as bar:

        def on_pass(_kind: str) -> None:
            bar.update()

        def on_case(done: int) -> None:
            bar.update(done * each - bar.n)  # what was kept, failed or cost less than estimated counts as done

        if block is None:
            return run_cases(mine, plan, _say, on_pass, on_case, batch=batch)
        from explainers.shard_layout import Limits, run_shard

        return run_shard(cases, plan, share, _say, on_pass, on_case, Limits(block), batch)


def _say(sentence: str) -> None:
    tqdm.write(" ".join(sentence.split()), file=sys.stderr)


def _report(tally: Tally, out: Path, alone: bool) -> None:
    wrong, count = len(tally.problems), tally.explained + tally.kept + len(tally.problems)
    typer.echo(f"Radiographs in {out}: {tally.explained} explained, {tally.kept} kept as they were, {wrong} wrong.")
    if not alone:
        return  # a launcher ends everybody when one leaves with an error
    if wrong == count == 1:
        raise typer.Exit(1)  # the line about it has said everything
    if wrong:
        raise InputError(f"{wrong} of {count} radiographs could not be explained; the lines above name them.")


app.command("index")(make_index)
app.command("dicom")(write_dicom)  # of a room above: what runs as a program is imported by nobody

if __name__ == "__main__":
    run(app)

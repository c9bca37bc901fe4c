"""`python -m evaluation assessment`: can these images be read, and how often is each reason raised?"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from tqdm import tqdm

from data_cache.cli import Mapping, Root
from data_cache.errors import InputError
from evaluation.report.csv_files import write_csv
from evaluation.trust.one_model import Kind, Weights, one_model
from models.choosing import MoreModels, chosen_weights

if TYPE_CHECKING:  # what brings torch is imported when the command runs
    from data_cache.case import Case
    from evaluation.assessment.shares import Speaker

_SHOWN = 200  # lines of single images; the CSV has them all
Images = Annotated[list[Path] | None, typer.Argument(help="Image files, and folders that are searched for them.")]


def assessment(
    images: Images = None,
    source: Annotated[str | None, typer.Option(help="Cases of a dataset instead: `data_cache sources`.")] = None,
    root: Root = None,
    mapping: Mapping = None,
    split: Annotated[str | None, typer.Option(help="Of --source; by default all.")] = None,
    weights: Weights = None,
    kind: Kind = None,
    model: MoreModels = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="A row an image.")] = None,
) -> None:
    """Say of each image whether it can be read and why not, and how often each reason is raised.

    Without a model, what is said of every model with official weights; with one, also what follows from its weights and
    from the images that it learned from, as its profile notes them.
    """
    from evaluation.assessment.shares import ANY_MODEL, COLUMNS, share_lines, speaker_of, verdict_of

    cases = list(_cases(images or [], source, root, mapping, split))
    chosen = chosen_weights(None, None, model)
    speaker: Speaker = ANY_MODEL
    if chosen or weights or kind:
        key, spec = one_model(weights, kind, chosen)
        speaker = speaker_of(key, spec)
    verdicts = [verdict_of(case, speaker) for case in tqdm(cases, desc="Looking", unit="image", disable=None)]
    for one in verdicts[:_SHOWN]:
        typer.echo(one.line)
    if len(verdicts) > _SHOWN:
        typer.echo(f"… and {len(verdicts) - _SHOWN:,} more" + (f", in {out}." if out else "; --out FILE.csv has all."))
    typer.echo("")
    for line in share_lines(verdicts, speaker):
        typer.echo(line)
    if out is not None:
        write_csv(out, COLUMNS, [one.row for one in verdicts])


def _cases(
    images: Sequence[Path], source: str | None, root: Path | None, mapping: Path | None, split: str | None
) -> Iterator["Case"]:
    from data_cache.sources.registry import labels_of, open_source
    from explainers.options import image_cases

    if bool(images) == bool(source):
        found = "both" if source else "neither"
        raise typer.BadParameter(f"expected images or folders, or --source, found {found}.")
    if source:
        dataset = open_source(source, root, labels_of(source, mapping, False, False))
        yield from (case for name in ((split,) if split else dataset.splits()) for case in dataset.cases(name))
        return
    files = [path for given in images for path in (sorted(given.rglob("*")) if given.is_dir() else (given,))]
    files = [path for path in files if path.is_file() and not path.name.startswith(".")]
    if not files:
        raise InputError(f"Expected images in {', '.join(map(str, images))}, found no file.")
    yield from image_cases(files)

"""What the command lines of this project have in common: errors and progress bars."""

import errno
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from tqdm import tqdm

from data_cache.counting import counted
from data_cache.downloads import Progress
from data_cache.errors import InputError

if TYPE_CHECKING:  # commands that read no dataset start without what reads them
    from data_cache.sources.base import Dataset

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_DISK = (*_FULL, errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.ELOOP, errno.ENAMETOOLONG)


def run(app: typer.Typer) -> None:
    """Run a command-line application and leave the process with its exit code.

    0: done; 1: a named input is wrong (InputError, printed as one line on stderr), or the disk has no room or may not
    be written to; 2: the command was called wrongly. Any other exception is a bug and keeps its traceback.
    """
    try:
        app()
    except InputError as error:
        _fail(str(error))
    except OSError as error:
        if error.errno not in _DISK:
            raise
        _fail(_about_the_disk(error))


def _fail(sentence: str) -> NoReturn:
    typer.echo(f"Error: {' '.join(sentence.split())}", err=True)
    sys.exit(1)


def _about_the_disk(error: OSError) -> str:
    """Where writing or reading stopped, and what to do; no command leaves a file that is half written."""
    where = f" at {error.filename}" if error.filename else ""
    full = error.errno in _FULL
    wanted, remedy = ("room on the disk", "free some space") if full else ("access", "mend that, or name another place")
    return f"Expected {wanted}{where}, found: {error.strerror}; {remedy}, and run the command again."


def known_source(key: str | None) -> str | None:
    """The key of a dataset, if there is such a source; for options that name one.

    Raises:
        typer.BadParameter: there is none.
    """
    from data_cache.sources.registry import find_source

    try:
        return key if key is None else find_source(key).key
    except InputError as error:
        raise typer.BadParameter(str(error)) from None


Source = Annotated[
    str,
    typer.Option(
        help="A dataset: a key that `python -m data_cache sources` shows; demo needs no --root.", callback=known_source
    ),
]
Root = Annotated[Path | None, typer.Option(envvar="CHEXLOCALIZE_ROOT", help="Folder of --source.")]
Mapping = Annotated[
    Path | None,
    typer.Option(
        "--mapping",
        dir_okay=False,
        help="Your own meanings of the dataset's labels, as YAML: `Nodule/Mass: Lung Lesion` in each line.",
    ),
]
RollUp = Annotated[
    bool,
    typer.Option(
        "--roll-up",
        help="Mark a finding also as what it is a part of: Cardiomegaly as Enlarged Cardiomediastinum; Lung Lesion, "
        "Edema, Consolidation, Pneumonia and Atelectasis as Lung Opacity.",
    ),
]
Near = Annotated[
    bool, typer.Option("--near", help="Take labels that only mean something near a finding, such as fibrosis.")
]


def say_notes(dataset: "Dataset", splits: Iterable[str]) -> None:
    """Print on stderr what the labels of some splits were taken for, what was left out, and how much cannot be used."""
    unusable = 0
    for split in splits:
        for note in dataset.notes(split):
            typer.echo(note, err=True)
        unusable += len(dataset.problems(split))
    if unusable:
        some = counted(unusable, "annotation that cannot be used is", "annotations that cannot be used are")
        typer.echo(f"{some} left out; `python -m data_cache list --problems` prints them.", err=True)


@contextmanager
def transfer_bar(name: str) -> Iterator[Progress]:
    """Show a bar in bytes on stderr, fed by `data_cache.downloads.download`; none where stderr is no terminal."""
    with tqdm(desc=name, unit="B", unit_scale=True, unit_divisor=1024, disable=None) as bar:

        def report(done: int, total: int | None) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield report

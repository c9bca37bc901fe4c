"""What the command lines of this project have in common: errors and progress bars."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from tqdm import tqdm

from data_cache.downloads import Progress
from data_cache.errors import InputError


def run(app: typer.Typer) -> None:
    """Run a command-line application and leave the process with its exit code.

    0: done; 1: a named input is wrong (InputError, printed as one line on stderr); 2: the command was called wrongly.
    Any other exception is a bug and keeps its traceback.
    """
    try:
        app()
    except InputError as error:
        typer.echo(f"Error: {' '.join(str(error).split())}", err=True)
        sys.exit(1)


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


@contextmanager
def transfer_bar(name: str) -> Iterator[Progress]:
    """Show a bar in bytes on stderr, fed by `data_cache.downloads.download`; none where stderr is no terminal."""
    with tqdm(desc=name, unit="B", unit_scale=True, unit_divisor=1024, disable=None) as bar:

        def report(done: int, total: int | None) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield report

"""What every command line of this project does with errors."""

import sys

import typer

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

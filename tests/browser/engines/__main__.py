"""The page in Firefox and in WebKit: `python -m tests.browser.engines [--engine firefox] [--pictures DIR]`."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from tests.browser.engines import places
from tests.browser.engines.computing import COMPUTING, ON_SITE
from tests.browser.engines.handling import HANDLING
from tests.browser.engines.launching import LAUNCHERS, Launcher
from tests.browser.engines.looking import LAST, LOOKING
from tests.browser.engines.page import CheckError, Page
from tests.browser.engines.remote import RemoteError
from tests.browser.engines.samples import write_folder, write_samples
from tests.browser.engines.tabs import SORTING, TABS
from tests.browser.engines.taking import TAKING
from tests.browser.engines.visit import Checks, Visit
from tests.device_runtime import runtime

IN_APP: Checks = (*LOOKING, *COMPUTING, *HANDLING, *TAKING, *SORTING, *TABS, *LAST)
IN_SITE: Checks = (*LOOKING, *ON_SITE, *HANDLING, *TAKING, *TABS, *LAST)
PLACES = {"app": "app", "site": "site, isolated", "plain": "site, not isolated"}
Place = tuple[str, str, Checks]  # in words, its address, what is asked there
Row = tuple[str, str, str, str, bool]  # engine and version, place, check, what was found, whether it is right


def asked(visit: Visit, checks: Checks) -> Iterator[Row]:
    """Ask one after the other; what fails does not keep the next from being asked."""
    engine = f"{visit.page.engine.name} {visit.page.engine.version}"
    for check in checks:
        try:
            found, right = check.ask(visit), True
        except (CheckError, RemoteError, OSError, KeyError, ValueError) as error:
            kind = "" if isinstance(error, CheckError) else f"{type(error).__name__}: "
            found, right = f"{kind}{error}", False
        yield engine, visit.place, check.name, found, right


def visited(launcher: Launcher, at: Sequence[Place], folder: Path, pictures: Path | None) -> Iterator[Row]:
    """All places in one engine, each in a browser of its own."""
    samples, films = write_samples(folder / "samples"), write_folder(folder / "films")
    for number, (place, address, checks) in enumerate(at):
        with launcher.started(folder / str(number)) as engine:
            yield from asked(Visit(Page(engine), place, address, samples, films, pictures), checks)


app = typer.Typer(add_completion=False)


@app.command()
def main(
    engine: Annotated[list[str] | None, typer.Option(help="firefox or webkit; both without it.")] = None,
    place: Annotated[list[str] | None, typer.Option(help="app, site or plain (not isolated); all without it.")] = None,
    pictures: Annotated[Path | None, typer.Option(help="Folder for screenshots.")] = None,
) -> None:
    """Print a table of engine, version, place, check and what was found; ends with 1 where something fails."""
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
    wanted = [one for one in LAUNCHERS if not engine or one.key in engine]
    for launcher in wanted:
        if missing := launcher.missing():
            typer.echo(f"{launcher.key}: {missing}")
    there = [launcher for launcher in wanted if not launcher.missing()]
    raise typer.Exit(int(bool(there) and not tried(there, place or list(PLACES), pictures)))


def tried(launchers: Sequence[Launcher], wanted: Sequence[str], pictures: Path | None) -> bool:
    """Try all, print the table, and return whether all is right."""
    typer.echo("| engine | place | check | found |\n|---|---|---|---|")
    right = True
    with tempfile.TemporaryDirectory() as made, ExitStack() as stack:
        at = list(opened(Path(made), wanted, stack))
        for launcher in launchers:
            for row in visited(launcher, at, Path(made) / launcher.key, pictures):
                right &= row[-1]
                typer.echo(f"| {' | '.join(row[:3])} | {'' if row[-1] else 'FAILS: '}{row[3]} |")
    return right


def opened(folder: Path, wanted: Sequence[str], stack: ExitStack) -> Iterator[Place]:
    """What is visited, served as long as the stack is open."""
    device = runtime(folder / "runtime")
    if "app" in wanted:
        yield "app", stack.enter_context(places.app(folder, device)), IN_APP
    if {"site", "plain"} & set(wanted):
        site = places.write_site(folder, device)
    for name in wanted:
        if name != "app":
            yield PLACES[name], stack.enter_context(places.served(site, name == "site")), IN_SITE


if __name__ == "__main__":
    app()

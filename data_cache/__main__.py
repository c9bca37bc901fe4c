"""`python -m data_cache`: list cases, simulate phantoms, convert pickled maps, fetch the public sample."""

from pathlib import Path
from typing import Annotated

import typer
from tqdm import tqdm

from data_cache.cli import Mapping, Near, RollUp, known_source, run, transfer_bar
from data_cache.counting import counted
from data_cache.errors import InputError
from data_cache.phantom.command import phantom

CHOICES = "a key that `python -m data_cache sources` shows"

app = typer.Typer(help="Cases: list, simulate, convert, fetch.", no_args_is_help=True, add_completion=False)
app.command("phantom")(phantom)

_SAMPLE_FOLDER = Path("runs/chexlocalize_sample")


@app.command("list")
def list_cases(
    source: Annotated[
        str | None,
        typer.Option(help=f"{CHOICES}; default: chexlocalize where a root is named, else demo.", callback=known_source),
    ] = None,
    root: Annotated[Path | None, typer.Option(envvar="CHEXLOCALIZE_ROOT", help="Folder of the dataset.")] = None,
    split: Annotated[str | None, typer.Option(help="Such as val, test or train; all by default.")] = None,
    mapping: Mapping = None,
    roll_up: RollUp = False,
    near: Near = False,
    problems: Annotated[
        bool, typer.Option("--problems", help="Print, instead of the cases, every annotation that cannot be used.")
    ] = False,
) -> None:
    """Print the cases with their findings, masks and size; name what is missing."""
    from data_cache.listing import case_table
    from data_cache.sources.registry import labels_of, open_source

    key = source or ("demo" if root is None else "chexlocalize")
    dataset = open_source(key, root, labels_of(key, mapping, roll_up, near))
    splits = (split,) if split else dataset.splits()
    cases = [case for name in splits for case in dataset.cases(name)]
    unusable = [problem for name in splits for problem in dataset.problems(name)]
    for line in unusable if problems else case_table(cases):
        typer.echo(line)
    for note in (note for name in splits for note in dataset.notes(name)):
        typer.echo(note, err=True)
    if unusable and not problems:
        some = counted(len(unusable), "annotation that cannot be used is", "annotations that cannot be used are")
        typer.echo(f"{some} left out; --problems prints them.", err=True)
    gaps = [gap for name in splits for gap in dataset.gaps(name)]
    if gaps:
        raise InputError(gaps[0] + (f" (And {len(gaps) - 1} more like it.)" if len(gaps) > 1 else ""))


@app.command("sources")
def list_sources() -> None:
    """Print the datasets that --source takes."""
    from data_cache.sources.registry import SOURCES

    for entry in SOURCES.values():
        images = "images needed" if entry.needs_images else "usable without images"
        typer.echo(f"{entry.key}: {entry.label}. {entry.words}")
        typer.echo(f"  {entry.paper}." + ("" if entry.bundled else " Needs --root."))
        typer.echo(f"  Marks: {', '.join(entry.forms)}; {images}. Licence: {entry.licence}.")


@app.command("convert-pickles")
def convert(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with CheXlocalize *_map.pkl files.")],
    out: Annotated[Path, typer.Option(help="Folder for the converted maps: <case>/<finding>.map.safetensors.")],
) -> None:
    """Turn pickled heat maps into safetensors; what a pickle asks for beyond tensors is refused, never executed."""
    from data_cache.pickles import convert_pickles
    from data_cache.store import writable_folder

    writable_folder(out)
    with tqdm(desc="Converting", unit="map", disable=None) as bar:

        def report(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        written, refused = convert_pickles(folder, out, report)
    for sentence in refused:
        typer.echo(sentence, err=True)
    if not written:
        raise InputError(f"Expected at least one heat map that can be read in {folder}, found {len(refused)} refused.")
    typer.echo(f"{counted(len(written), 'map')} written to {out}, {len(refused)} refused.")


@app.command("fetch-sample")
def fetch(
    place: Annotated[
        str | None,
        typer.Option("--from", metavar="DIR_OR_URL", help="Where the files are instead of the dataset's repository."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder to lay them out in.")] = _SAMPLE_FOLDER,
) -> None:
    """Get the two public CheXlocalize radiographs with labels, masks and contours; hashes are checked."""
    from data_cache.sample import fetch_sample

    fetch_sample(out, place, transfer_bar)
    typer.echo(f"Two radiographs are in {out}: run with CHEXLOCALIZE_ROOT={out}, or give --root {out}.")


@app.command("bundle")
def bundle(
    cohort: Annotated[Path, typer.Option(help="Finished phantom cohort.")],
    out: Annotated[Path, typer.Option(help="Folder to write; its CheXpert/ and CheXlocalize/ are replaced.")],
    count: Annotated[int, typer.Option(min=1, help="How many cases.")] = 24,
    split: Annotated[str, typer.Option(help="Where they come from.")] = "test",
) -> None:
    """Choose a few cases of a phantom cohort that cover every finding: what comes with the program."""
    from data_cache.phantom.bundle import bundle_cases

    chosen = bundle_cases(cohort, out, count, split)
    typer.echo(f"{counted(len(chosen), 'case')} in {out}.")


if __name__ == "__main__":
    run(app)

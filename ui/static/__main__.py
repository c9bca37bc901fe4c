"""`python -m ui.static --out SITE`: write what the page shows of chosen cases as files for any web server."""

from pathlib import Path
from typing import Annotated

import typer
from tqdm import tqdm

from data_cache.cli import run
from models.choosing import Cnn, MoreModels, PatchNet, chosen_weights, default_weights
from ui.settings import Settings
from ui.static.files import Files

_app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@_app.command()
def write(
    out: Annotated[Path, typer.Option(help="Folder of the site: new, empty, or an earlier one, which is replaced.")],
    root: Annotated[Path | None, typer.Option(help="A copy of CheXlocalize, before the bundled cases.")] = None,
    cases: Annotated[str, typer.Option(help="How many of the first cases, or their ids separated by commas.")] = "",
    patchnet: PatchNet = None,
    cnn: Cnn = None,
    models: MoreModels = None,
) -> None:
    """Write a site without a server."""
    from ui.catalogue import Catalogue
    from ui.engine import Engine
    from ui.static.writing import chosen_ids, write_site

    settings = Settings(root=root, models=default_weights() | chosen_weights(patchnet, cnn, models))
    catalogue = Catalogue(root)
    ids = chosen_ids(catalogue, cases)
    engine = Engine(settings)
    engine.models()
    with tqdm(total=len(ids), desc="Cases", disable=None) as bar:
        files = write_site(out, catalogue, engine, settings, ids, lambda _: bar.update())
    typer.echo(_summary(out, len(ids), files))


def _summary(out: Path, cases: int, files: Files) -> str:
    whole, packed = (sum(sizes[i] for sizes in files.sizes.values()) / 1e6 for i in (0, 1))
    sizes = f"{whole:.1f} MB, {packed:.1f} MB by gzip"
    return f"{out}: {cases} cases, {len(files.sizes)} files, {sizes}. To look: python -m http.server --directory {out}"


if __name__ == "__main__":
    run(_app)

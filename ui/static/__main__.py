"""`python -m ui.static --out SITE`: write what the page shows of chosen cases as files for any web server."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from tqdm import tqdm

from data_cache.cli import run
from models.choosing import Cnn, MoreModels, PatchNet, chosen_weights, default_weights
from ui.settings import Settings
from ui.static.files import DEVICE, Files

_app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@_app.command()
def write(
    out: Annotated[Path, typer.Option(help="Folder of the site: new, empty, or an earlier one, which is replaced.")],
    root: Annotated[Path | None, typer.Option(help="A copy of CheXlocalize, before the bundled cases.")] = None,
    cases: Annotated[str, typer.Option(help="How many of the first cases, or their ids separated by commas.")] = "",
    patchnet: PatchNet = None,
    cnn: Cnn = None,
    model: MoreModels = None,
    models: Annotated[
        Path | None,
        typer.Option(help="Folder that `python -m models export` wrote, for visitors' devices; else the bundled ones."),
    ] = None,
    runtime: Annotated[
        Path, typer.Option(help="Folder of what `python -m ui.device fetch` brings, which such devices need.")
    ] = Settings.device_runtime,
) -> None:
    """Write a site without a server."""
    from ui.catalogue import Catalogue
    from ui.engine import Engine
    from ui.static.device import device_told
    from ui.static.writing import chosen_ids, write_site

    weights = default_weights() | chosen_weights(patchnet, cnn, model)
    settings = Settings(root=root, models=weights, device="default", device_models=models, device_runtime=runtime)
    catalogue = Catalogue(root)
    ids = chosen_ids(catalogue, cases)
    engine = Engine(settings)
    if problem := device_told(engine, settings)["problem"]:
        typer.echo(f"Visitors cannot open radiographs of their own on this site. {problem}", err=True)
        settings = replace(settings, device="off")
    with tqdm(total=len(ids), desc="Cases", disable=None) as bar:
        files = write_site(out, catalogue, engine, settings, ids, lambda _: bar.update())
    typer.echo(_summary(out, len(ids), files))


def _summary(out: Path, cases: int, files: Files) -> str:
    """What was written, and what it weighs: by gzip as web servers pack; files that are packed already as they are."""
    parts: dict[str, list[tuple[int, int]]] = {}
    all_sizes = files.sizes(out)
    for address, sizes in all_sizes.items():
        parts.setdefault(_on_devices(address) or files.kinds[address], []).append(sizes)
    shown = [sizes for address, sizes in all_sizes.items() if not _on_devices(address)]
    lines = [f"{out}: {cases} cases, {len(all_sizes)} files. Look: python -m http.server -d {out}"]
    lines.append(_weight("What the page shows, without models and what runs them", shown))
    lines += [_weight(f"  {kind}", sizes) for kind, sizes in parts.items() if kind not in (_MODELS, _RUNTIME)]
    lines += [
        _weight(f"For visitors' own radiographs, {kind}", parts[kind]) for kind in (_MODELS, _RUNTIME) if kind in parts
    ]
    return "\n".join(lines)


_MODELS, _RUNTIME = "models", "runtime and readers of files"


def _on_devices(address: str) -> str:
    """What of computing on visitors' devices a file is; "" of all others."""
    if not address.startswith(f"{DEVICE}/"):
        return ""
    return _MODELS if address.endswith(".onnx") else _RUNTIME


def _weight(what: str, sizes: list[tuple[int, int]]) -> str:
    whole, packed = (sum(pair[i] for pair in sizes) / 1e6 for i in (0, 1))
    return f"{what}: {packed:.2f} MB by gzip ({whole:.2f} MB)"


if __name__ == "__main__":
    run(_app)

"""`python -m explainers index`."""

from pathlib import Path
from typing import Annotated, cast

import typer
from tqdm import tqdm

from data_cache.cli import known_source
from data_cache.image_lists import ImageList
from explainers.options import chosen_cases
from models.backends.base import BackendName
from models.choosing import WEIGHTS, chosen_weights


def make_index(
    out: Annotated[Path, typer.Option(dir_okay=False, metavar="FILE.safetensors", help="The index.")],
    model: Annotated[
        str, typer.Option(metavar="KEY=WEIGHTS", help=f"A model that classifies patches, and {WEIGHTS}.")
    ] = "medicalpatchnet=auto",
    image: Annotated[list[Path] | None, typer.Option(help="Image file (JPEG, PNG, DICOM …).")] = None,
    images_from: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="A list of images, as `run` takes it.")
    ] = None,
    images_root: Annotated[Path | None, typer.Option(help="Where relative paths of --images-from begin.")] = None,
    source: Annotated[
        str | None,
        typer.Option(help="Cases instead: a key that `data_cache sources` shows.", callback=known_source),
    ] = None,
    root: Annotated[Path | None, typer.Option(envvar="CHEXLOCALIZE_ROOT", help="Root of --source.")] = None,
    split: Annotated[str | None, typer.Option(help="val, test or train; all by default.")] = None,
    backend: Annotated[BackendName, typer.Option(help="What computes; auto takes the fastest exact one.")] = "auto",
) -> None:
    """Index the patches of radiographs, so that the page finds those that are nearest to one for the model.

    The file holds small pictures of the radiographs: keep it where these may lie.
    """
    cases = chosen_cases(image or [], (images_from, images_root), (source, root, split))
    ((key, weights),) = chosen_weights(models=[model]).items()

    from explainers.nearest.building import build_index
    from explainers.nearest.index import write_index
    from models.capabilities import PatchEmbeddings
    from models.predictor import load_predictor

    problems = list(cases.problems) if isinstance(cases, ImageList) else []
    loaded = cast(PatchEmbeddings, load_predictor(weights, key, backend))  # which `build_index` makes sure of
    with tqdm(total=len(cases), desc="Indexing", unit="case", disable=None) as bar:
        index = build_index(cases, loaded, problems.append, bar.update)
    write_index(out, index)
    for sentence in problems:
        typer.echo(" ".join(sentence.split()), err=True)
    patches, channels = index.logits[..., 0].size, index.embeddings.shape[2]
    typer.echo(
        f"{out.name}: {patches:,} patches of {len(index.facts.cases)} radiographs, {channels} numbers each in "
        f"{index.embeddings.dtype.name}, which gives {100 * index.facts.kept:.1f} % of the nearest patches of a sample "
        f"that single precision gives; {out.stat().st_size:,} bytes; {len(problems)} left out."
    )

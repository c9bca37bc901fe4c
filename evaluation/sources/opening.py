"""Telling what kind of maps a folder or an archive holds."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from data_cache.archives import is_junk, unpacked
from data_cache.errors import InputError
from evaluation.sources.base import MapSource
from evaluation.sources.outputs import find_outputs
from evaluation.sources.own import find_own_maps
from evaluation.sources.pickles import find_heat_maps

_MOST_WRAPPINGS = 5


def open_maps(argument: str) -> MapSource:
    """Open what `NAME=DIR` names; DIR may also be a ZIP archive of such a folder.

    NAME is the method's name in the tables; NAME#RUN is one of several runs of it, such as seeds. Where DIR holds
    outputs of `explainers run`, NAME also picks the method: the one called so, or, when DIR holds a single method, that
    one. Otherwise DIR holds CheXlocalize heat maps (pickles or converted) or array files (`evaluation.sources.own`).
    DIR may be a ZIP archive of such a folder.

    Raises:
        InputError: the argument is not of this form, or the folder is missing or holds no maps.
    """
    name, _, place = argument.partition("=")
    folder = Path(place).expanduser()
    if not name.partition("#")[0] or not place:
        raise InputError(f"Expected NAME=DIR for maps, found {argument!r}; give for example raw=outputs.")
    if folder.is_file() and folder.suffix == ".zip":
        folder = unpacked(folder)
    if not folder.is_dir():
        raise InputError(f"Expected a folder with the maps of {name} at {place}, found none; check the path.")
    for inside in _wrapped(folder):
        for find in (find_heat_maps, find_outputs, find_own_maps):
            source = find(name.partition("#")[0], inside)
            if source is not None and source.files:
                return replace(source, name=name)
    raise InputError(
        f"Expected maps of {name} in {folder.name} (outputs of explainers run, *_map.pkl, or one .npz, .npy, .png or "
        ".safetensors a case and finding), found none; name the folder that holds them."
    )


def _wrapped(folder: Path) -> Iterator[Path]:
    """The folder, and where it holds nothing but another folder, that one too: archives often have one around all."""
    for _ in range(_MOST_WRAPPINGS):
        yield folder
        inside = [path for path in folder.iterdir() if not is_junk(path.name)]
        if len(inside) != 1 or not inside[0].is_dir():
            return
        folder = inside[0]

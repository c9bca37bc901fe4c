"""Masks of one's own: PNG pictures, one a radiograph and finding, in a folder `masks` of the root or the root itself.

    masks/<case>/<label>.png    or    masks/<case>_<finding>.png

Whatever is neither black nor transparent is inside. In folders a label may be any word that a mapping knows.
"""

from pathlib import Path

from data_cache.annotations.pictures import read_mask
from data_cache.bounded_files import read_file
from data_cache.errors import InputError
from data_cache.findings import case_and_finding
from data_cache.label_mapping import COMMON
from data_cache.marks import Runs
from data_cache.masks import Rle
from data_cache.sources.annotated import Layout
from data_cache.sources.base import SourceEntry
from data_cache.sources.gathering import Gathering

_MOST_BYTES, _LARGEST = 1 << 26, (16_384, 16_384)


def _splits(root: Path) -> dict[str, Path]:
    folder = root / "masks" if (root / "masks").is_dir() else root
    return {"all": folder} if any(_files(folder)) else {}


def _files(folder: Path) -> list[Path]:
    found = [*folder.glob("*.png"), *folder.glob("*/*.png")]
    return sorted(path for path in found if not path.name.startswith("."))


def _read(folder: Path, gathering: Gathering) -> None:
    for place, path in enumerate(_files(folder), 1):
        with gathering.sparing(place, f"{path.relative_to(folder)}, picture"):
            case_id, word = _named(folder, path)
            mask = Rle.encode(read_mask(read_file(path, "a mask", _MOST_BYTES), path.name, most=_LARGEST))
            image = gathering.image(case_id, size=mask.size)
            if mask.area:
                gathering.mark(image, word, Runs(mask), place)
            else:
                gathering.say(image, word, False, place)


def _named(folder: Path, path: Path) -> tuple[str, str]:
    if path.parent == folder:
        return case_and_finding(path.stem)
    if not COMMON.knows(path.stem):
        raise InputError(f"expected a finding as the mask's name, found {path.stem[:60]!r}")
    return path.parent.name, path.stem


ENTRY = SourceEntry(
    key="masks",
    label="Folder of masks",
    words="PNG masks of your own, masks/<case>/<finding>.png or masks/<case>_<finding>.png, images anywhere below the "
    "root.",
    paper="your own; format of this project, 2026",
    open=Layout("masks", "masks/<case>/<finding>.png", _splits, _read, "a folder of masks").open,
    labels=COMMON,
    needs_images=False,
)

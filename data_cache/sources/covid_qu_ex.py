"""COVID-QU-Ex and QaTa-COV19: infected regions of the lungs as pictures beside the radiographs.

    COVID-QU-Ex   {Train,Val,Test}/{COVID-19,Non-COVID,Normal}/{images,lung masks,infection masks}/x.png
    QaTa-COV19    {Train Set,Test Set}/{Images,Ground-truths}/x.png, masks as mask_x.png

Which pixels are infected nobody but a network and those who corrected it says. The lungs' masks are of both lungs at
once, and are not read.
"""

from collections.abc import Iterator
from pathlib import Path

from data_cache.annotations.pictures import read_mask
from data_cache.bounded_files import read_file
from data_cache.label_mapping import words_of
from data_cache.marks import Runs
from data_cache.masks import Rle
from data_cache.sources.annotated import Layout
from data_cache.sources.base import SourceEntry
from data_cache.sources.gathering import Gathering

_WORD, _NOTHING = "COVID infection", "Normal"
_FOLDERS = {"train": ("Train", "Train Set"), "val": ("Val",), "test": ("Test", "Test Set")}
_ABOVE = ("", "Infection Segmentation Data", "Infection Segmentation Data/Infection Segmentation Data")
_MOST_BYTES, _LARGEST = 1 << 24, (4096, 4096)


def _splits(root: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for split, names in _FOLDERS.items():
        places = (root / above / name for above in _ABOVE for name in names)
        folder = next((place for place in places if place.is_dir() and any(_pairs(place))), None)
        if folder is not None:
            found[split] = folder
    return found


def _pairs(folder: Path) -> Iterator[tuple[str, Path, Path]]:
    """Yield the class, the image's path and its mask's, of both layouts."""
    for images, masks, prefix in (("*/images", "infection masks", ""), ("Images", "Ground-truths", "mask_")):
        for one in sorted(folder.glob(images)):
            for image in sorted(one.glob("*.png")):
                yield one.parent.name, image, one.parent / masks / f"{prefix}{image.name}"


def _read(folder: Path, gathering: Gathering) -> None:
    for place, (kind, path, mask_path) in enumerate(_pairs(folder), 1):
        with gathering.sparing(place, "Image"):
            data = read_file(mask_path, "a mask", _MOST_BYTES)
            mask = Rle.encode(read_mask(data, f"{mask_path.parent.name}/{mask_path.name}", most=_LARGEST))
            image = gathering.image(path.stem, image=str(path.relative_to(folder.parent)), size=mask.size)
            if kind == _NOTHING:
                gathering.say(image, _NOTHING, True, place)
            if mask.area:
                gathering.mark(image, _WORD, Runs(mask), place)


ENTRY = SourceEntry(
    key="covid-qu-ex",
    label="COVID-QU-Ex, QaTa-COV19",
    words="Masks of infected lung at 256×256 or 224×224 pixels; folders Train, Val and Test of the infection "
    "segmentation data, or Train Set and Test Set with Images and Ground-truths.",
    paper="Tahir et al., COVID-19 infection localization and severity grading from chest X-ray images, Computers in "
    "Biology and Medicine 2021",
    open=Layout("covid-qu-ex", "Train, Val or Test", _splits, _read, "COVID-QU-Ex (Tahir et al., 2021)").open,
    labels=words_of(_WORD, _NOTHING),
    licence="kaggle.com/datasets/anasmohammedtahir/covidqu",
)

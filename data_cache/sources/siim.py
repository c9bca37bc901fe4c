"""SIIM-ACR Pneumothorax Segmentation: masks as run lengths at 1024×1024 pixels, often several an image.

The column of masks is called " EncodedPixels", with a blank before it, and holds -1 where there is no pneumothorax. An
image with several rows has several masks, and all of them are kept.
"""

from pathlib import Path

from data_cache.errors import InputError
from data_cache.label_mapping import words_of
from data_cache.marks import Runs
from data_cache.run_lengths import decode_runs
from data_cache.sources.annotated import Layout
from data_cache.sources.base import SourceEntry
from data_cache.sources.gathering import Gathering
from data_cache.sources.tables import find_table, read_rows

SIZE = (1024, 1024)
NOTHING = "-1"
_WORD = "Pneumothorax"


def _splits(root: Path) -> dict[str, Path]:
    found = {
        "train": find_table(root, "train-rle", "stage_2_train", "siim-pneumothorax-train-rle"),
        "test": find_table(root, "test-rle"),
    }
    return {split: table for split, table in found.items() if table is not None}


def _read(path: Path, gathering: Gathering) -> None:
    gathering.look_for((_WORD,))
    empty: set[str] = set()
    for row in read_rows(path, ("ImageId", "EncodedPixels")):
        with gathering.sparing(row.line):
            image = gathering.image(row.text("ImageId"), size=SIZE)
            runs = row.text("EncodedPixels")
            if (runs == NOTHING and image.marks) or (runs != NOTHING and image.id in empty):
                raise InputError(f"expected masks or {NOTHING} for {image.id}, found both")
            if runs == NOTHING and gathering.first(f"EncodedPixels {NOTHING}", image.id, row.line):
                empty.add(image.id)
            if runs != NOTHING:
                gathering.mark(image, _WORD, Runs(decode_runs(runs, SIZE, "kaggle-relative")), row.line)


ENTRY = SourceEntry(
    key="siim",
    label="SIIM-ACR Pneumothorax",
    words="3,576 masks of pneumothorax on 2,669 of 12,047 radiographs; train-rle.csv of the challenge.",
    paper="SIIM-ACR Pneumothorax Segmentation challenge, 2019; radiographs of ChestX-ray14 (Wang et al., 2017)",
    open=Layout("siim", "train-rle.csv", _splits, _read, "SIIM-ACR Pneumothorax Segmentation (2019)").open,
    labels=words_of(_WORD),
    licence="the challenge's terms; kaggle.com/c/siim-acr-pneumothorax-segmentation",
    needs_images=False,
)

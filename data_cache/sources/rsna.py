"""RSNA Pneumonia Detection Challenge: boxes of opacities suspicious of pneumonia, at 1024×1024 pixels."""

from pathlib import Path

from data_cache.errors import InputError
from data_cache.label_mapping import words_of
from data_cache.marks import Box
from data_cache.sources.annotated import Layout
from data_cache.sources.base import SourceEntry
from data_cache.sources.gathering import Gathering
from data_cache.sources.tables import find_table, read_rows

_SIZE = (1024, 1024)
_WORD = "Pneumonia"
_BOX = ("x", "y", "width", "height")


def _splits(root: Path) -> dict[str, Path]:
    table = find_table(root, "stage_2_train_labels", "kaggle_stage_2_train_labels")
    return {"train": table} if table else {}


def _read(path: Path, gathering: Gathering) -> None:
    gathering.look_for((_WORD,))
    empty: set[str] = set()
    for row in read_rows(path, ("patientId", *_BOX, "Target")):
        with gathering.sparing(row.line):
            image = gathering.image(row.text("patientId"), size=_SIZE)
            target = row.get("Target")
            if target not in ("0", "1") or (target == "0") != row.empty(*_BOX):
                raise InputError(f"expected a box where Target is 1, and none where it is 0, found Target {target!r}")
            if image.id in empty if target == "1" else image.marks:
                raise InputError(f"expected boxes or none for {image.id}, found both")
            if target == "0" and gathering.first("Target 0", image.id, row.line):
                empty.add(image.id)
            if target == "1":
                x, y, width, height = row.numbers(*_BOX)
                gathering.mark(image, _WORD, Box(x, y, x + width, y + height), row.line)


ENTRY = SourceEntry(
    key="rsna",
    label="RSNA Pneumonia",
    words="9,555 boxes of opacities suspicious of pneumonia on 6,012 of 26,684 radiographs; stage_2_train_labels.csv.",
    paper="Shih et al., Augmenting the NIH chest radiograph dataset with expert annotations of possible pneumonia, "
    "Radiology: Artificial Intelligence 2019",
    open=Layout("rsna", "stage_2_train_labels.csv", _splits, _read, "RSNA Pneumonia Detection Challenge (2018)").open,
    labels=words_of("Pneumonia"),
    forms=("box",),
    licence="non-commercial; kaggle.com/c/rsna-pneumonia-detection-challenge",
    needs_images=False,
)

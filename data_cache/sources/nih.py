"""NIH ChestX-ray14's BBox_List_2017.csv: boxes on 880 images, at the 1024×1024 pixels of the images as published."""

from pathlib import Path

from data_cache.label_mapping import words_of
from data_cache.marks import Box
from data_cache.sources.annotated import Layout
from data_cache.sources.base import SourceEntry
from data_cache.sources.gathering import Gathering
from data_cache.sources.tables import find_table, read_rows

_SIZE = (1024, 1024)
_LEFT, _REST = "Bbox [x", ("y", "w", "h]")  # one cell "Bbox [x,y,w,h]" whose commas nobody quoted


def _splits(root: Path) -> dict[str, Path]:
    table = find_table(root, "BBox_List_2017")
    return {"all": table} if table else {}


def _read(path: Path, gathering: Gathering) -> None:
    for row in read_rows(path, ("Image Index", "Finding Label", _LEFT, *_REST)):
        with gathering.sparing(row.line):
            name = row.text("Image Index")
            case_id = name.removesuffix(".png")
            image = gathering.image(case_id, image=name, patient=case_id.partition("_")[0], size=_SIZE)
            x, y, width, height = row.numbers(_LEFT, *_REST)
            gathering.mark(image, row.text("Finding Label"), Box(x, y, x + width, y + height), row.line)


ENTRY = SourceEntry(
    key="nih",
    label="NIH ChestX-ray14",
    words="984 boxes of eight findings on 880 radiographs, each for the findings that it names and no others; "
    "BBox_List_2017.csv.",
    paper="Wang et al., ChestX-ray8, CVPR 2017",
    open=Layout("nih", "BBox_List_2017.csv", _splits, _read, "NIH ChestX-ray14 (Wang et al., 2017)").open,
    labels=words_of(
        "Atelectasis", "Effusion", "Cardiomegaly", "Infiltrate", "Pneumonia", "Pneumothorax", "Mass", "Nodule"
    ),
    forms=("box",),
    licence="open; nihcc.app.box.com/v/ChestXray-NIHCC",
    needs_images=False,
)

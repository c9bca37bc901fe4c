"""VinBigData Chest X-ray Abnormalities Detection: train.csv, three readers an image, boxes in original pixels."""

from pathlib import Path

from data_cache.label_mapping import words_of
from data_cache.sources.annotated import Layout
from data_cache.sources.base import SourceEntry
from data_cache.sources.reader_boxes import read_reader_boxes
from data_cache.sources.tables import find_table

WORDS = (
    "Aortic enlargement", "Atelectasis", "Calcification", "Cardiomegaly", "Consolidation", "ILD", "Infiltration",
    "Lung Opacity", "Nodule/Mass", "Other lesion", "Pleural effusion", "Pleural thickening", "Pneumothorax",
    "Pulmonary fibrosis", "No finding",
)  # fmt: skip


def _splits(root: Path) -> dict[str, Path]:
    table = find_table(root, "train", "vinbigdata-train")
    return {"train": table} if table else {}


ENTRY = SourceEntry(
    key="vinbigdata",
    label="VinBigData",
    words="36,096 boxes on 15,000 radiographs, each read by three of 17 radiologists; train.csv of the challenge.",
    paper="Nguyen et al., VinDr-CXR: an open dataset of chest X-rays with radiologist's annotations, Scientific Data "
    "2022",
    open=Layout("vinbigdata", "train.csv", _splits, read_reader_boxes, "VinBigData (Nguyen et al., 2022)").open,
    labels=words_of(*WORDS),
    forms=("box",),
    licence="the challenge's terms; kaggle.com/c/vinbigdata-chest-xray-abnormalities-detection",
    needs_images=False,
)

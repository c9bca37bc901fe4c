"""VinDr-CXR as PhysioNet has it: three readers an image in train, the consensus of five in test, original pixels."""

from pathlib import Path

from data_cache.label_mapping import words_of
from data_cache.sources.annotated import Layout
from data_cache.sources.base import SourceEntry
from data_cache.sources.gathering import Gathering
from data_cache.sources.reader_boxes import read_reader_boxes
from data_cache.sources.tables import find_table

_WORDS = (
    "Aortic enlargement", "Atelectasis", "Calcification", "Cardiomegaly", "Clavicle fracture", "Consolidation", "Edema",
    "Emphysema", "Enlarged PA", "ILD", "Infiltration", "Lung Opacity", "Lung cavity", "Lung cyst", "Mediastinal shift",
    "Nodule/Mass", "Other lesion", "Pleural effusion", "Pleural thickening", "Pneumothorax", "Pulmonary fibrosis",
    "Rib fracture", "No finding",
)  # fmt: skip


def _splits(root: Path) -> dict[str, Path]:
    found = {split: find_table(root, f"annotations_{split}") for split in ("train", "test")}
    return {split: table for split, table in found.items() if table is not None}


def _read(path: Path, gathering: Gathering) -> None:
    readers = ("rad_id",) if "train" in path.name else ()
    read_reader_boxes(path, gathering, readers)


ENTRY = SourceEntry(
    key="vindr",
    label="VinDr-CXR",
    words="Boxes of 22 findings on 15,000 radiographs by three readers each, and on 3,000 by the consensus of five; "
    "annotations/annotations_train.csv and annotations_test.csv.",
    paper="Nguyen et al., VinDr-CXR: an open dataset of chest X-rays with radiologist's annotations, Scientific Data "
    "2022",
    open=Layout("vindr", "annotations_train.csv", _splits, _read, "VinDr-CXR (Nguyen et al., 2022)").open,
    labels=words_of(*_WORDS),
    forms=("box",),
    licence="credentialed; physionet.org/content/vindr-cxr",
    needs_images=False,
)

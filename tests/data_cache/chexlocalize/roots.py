"""Small roots in the CheXlocalize layout."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from data_cache.findings import CHEXLOCALIZE_NAMES, FINDINGS
from data_cache.masks import Rle

SHAPE = (40, 60)
SQUARE = np.zeros(SHAPE, dtype=bool)
SQUARE[10:20, 30:50] = True
EMPTY = np.zeros(SHAPE, dtype=bool)


def write_image(root: Path, place: str, shape: tuple[int, int] = SHAPE) -> Path:
    path = root / "CheXpert" / place
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.linspace(0, 255, shape[0] * shape[1]).reshape(shape).astype(np.uint8)).save(path)
    return path


def write_table(
    root: Path,
    split: str,
    rows: Mapping[str, Mapping[str, str]],
    demographics: bool = True,
    columns: tuple[str, ...] = FINDINGS,
) -> Path:
    """A label table; `rows`: path → label text by finding, "0.0" where none is given."""
    more = ["Sex", "Age", "Frontal/Lateral", "AP/PA"] if demographics else []
    lines = [",".join(["Path", *more, *columns])]
    for path, labels in rows.items():
        details = ["Male", "73", "Frontal", "AP"] if demographics else []
        lines.append(",".join([path, *details, *(labels.get(finding, "0.0") for finding in columns)]))
    place = root / "CheXpert" / f"{split}_labels.csv"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("\n".join(lines) + "\n")
    return place


def write_drawings(root: Path, name: str, content: object) -> Path:
    place = root / "CheXlocalize" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(content))
    return place


def rle(mask: np.ndarray) -> dict[str, object]:
    return {"size": list(mask.shape), "counts": Rle.encode(mask).counts}


def all_ten(**drawn: np.ndarray) -> dict[str, object]:
    """Masks of all ten findings, as the dataset has them: empty where nothing is drawn, under CheXlocalize's names."""
    given = {name.replace("_", " "): mask for name, mask in drawn.items()}
    return {theirs: rle(given.get(ours, EMPTY)) for ours, theirs in CHEXLOCALIZE_NAMES.items()}


def case_id(patient: str) -> str:
    return f"{patient}_study1_view1_frontal"


def valid_path(patient: str) -> str:
    """As the val table writes paths."""
    return f"CheXpert-v1.0/valid/{patient}/study1/view1_frontal.jpg"


def simple_root(root: Path) -> Path:
    """One val radiograph with Lung Opacity drawn."""
    write_image(root, "val/patient1/study1/view1_frontal.jpg")
    write_table(root, "val", {valid_path("patient1"): {"Lung Opacity": "1.0"}})
    write_drawings(root, "gt_segmentations_val.json", {case_id("patient1"): all_ten(Lung_Opacity=SQUARE)})
    return root

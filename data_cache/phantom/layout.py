"""Writing a cohort in the CheXlocalize layout: images, label tables, masks and contours."""

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from data_cache.findings import CHEXLOCALIZE_NAMES, FINDINGS
from data_cache.masks import Rle
from data_cache.phantom.simulate import PhantomCase
from data_cache.store import write_bytes

_TABLE_FOLDER = {"train": "CheXpert-v1.0/train", "val": "CheXpert-v1.0/valid", "test": "test"}


def write_json(path: Path, content: object) -> None:
    """Write JSON, whole or not at all."""
    write_bytes(path, json.dumps(content, separators=(",", ":")).encode())


def inner_path(patient: int, study: int, suffix: str) -> str:
    """Path of an image below its split's folder."""
    return f"patientPHANTOM{patient:05d}/study{study}/view1_frontal.{suffix}"


def image_path(root: Path, split: str, patient: int, study: int, suffix: str) -> Path:
    """Where a case's image lies."""
    return root / "CheXpert" / split / inner_path(patient, study, suffix)


def encode_image(pixels: np.ndarray, suffix: str) -> bytes:
    """PNG, or JPEG of quality 95, of uint8 (h, w) pixels."""
    options = [cv2.IMWRITE_JPEG_QUALITY, 95] if suffix == "jpg" else [cv2.IMWRITE_PNG_COMPRESSION, 3]
    return bytes(cv2.imencode(f".{suffix}", pixels, options)[1].tobytes())


def encode_mask(mask: np.ndarray) -> dict[str, Any]:
    """COCO RLE {size: [h, w], counts: str} of a bool (h, w) mask."""
    rle = Rle.encode(mask)
    return {"size": list(rle.size), "counts": rle.counts}


def contours(mask: np.ndarray) -> list[list[list[int]]]:
    """Outer outlines of a mask as lists of [x, y]."""
    found, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return [[[int(x), int(y)] for x, y in outline[:, 0]] for outline in found if len(outline) > 2]


def case_record(case: PhantomCase, split: str, with_masks: bool) -> dict[str, Any]:
    """Everything about a case but its pixels, ready for JSON."""
    record: dict[str, Any] = {
        "id": case.id,
        "split": split,
        "patient": case.patient,
        "study": case.study,
        "img_size": list(case.pixels.shape),
        "labels": case.labels,
        "severities": {name: round(value, 4) for name, value in case.severities.items()},
        "details": case.details,
        "shortcut": case.shortcut,
    }
    if with_masks:
        record["masks"] = {CHEXLOCALIZE_NAMES[name]: encode_mask(mask) for name, mask in case.masks.items()}
        record["contours"] = {CHEXLOCALIZE_NAMES[n]: contours(m) for n, m in case.masks.items() if m.any()}
    return record


def write_tables(root: Path, split: str, records: Iterable[dict[str, Any]], suffix: str) -> None:
    """Write a split's label table, and its masks and contours where the records carry them."""
    records = list(records)
    write_bytes(root / "CheXpert" / f"{split}_labels.csv", _label_table(split, records, suffix).encode())
    if records and "masks" in records[0]:
        folder = root / "CheXlocalize"
        write_json(folder / f"gt_segmentations_{split}.json", {r["id"]: r["masks"] for r in records})
        outlines = {r["id"]: {"img_size": r["img_size"], **r["contours"]} for r in records if r["contours"]}
        write_json(folder / f"gt_annotations_{split}.json", outlines)


def _label_table(split: str, records: list[dict[str, Any]], suffix: str) -> str:
    more = [] if split == "test" else ["Sex", "Age", "Frontal/Lateral", "AP/PA"]
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["Path", *more, *FINDINGS])
    for record in records:
        details = record["details"]
        row = [f"{_TABLE_FOLDER[split]}/{inner_path(record['patient'], record['study'], suffix)}"]
        if more:
            row += [details["sex"], str(details["age"]), "Frontal", details["view"]]
        table.writerow([*row, *(f"{record['labels'][finding]:.1f}" for finding in FINDINGS)])
    return text.getvalue()

"""The same maps as outputs of the program, as CheXlocalize pickles and as arrays: one result, that of the reference.

The maps are those on which implementations part ways: scaled by tiny probabilities, so that the export keeps a few
values and thresholds meet ties; clipped; constant; without a positive value; smaller images than maps.
"""

import csv
import pickle

import numpy as np
import pytest
import torch

from data_cache.findings import CHEXLOCALIZE_NAMES, FINDINGS, LOCALIZED_FINDINGS
from explainers.published import cam_picture, patch_export
from tests.evaluation import reference
from tests.evaluation.commands.test_benchmark import call
from tests.evaluation.making import blob, write_masks, write_outputs, write_own

INPUT = 64
SIZES = {"a": (170, 131), "b": (90, 72), "c": (64, 200)}  # the second and third are hardly larger than the maps
EXPORTS = {"scaled": patch_export, "gradcam": cam_picture}
SCALES = (3.0, 1e-3, 2e-5, 5e-6, 150.0, 1e-9)
NEVER_DRAWN, ALONE = "Pneumothorax", "Lung Lesion"


def stored_maps(method: str, seed: int) -> np.ndarray:
    """(14, 8, 8) signed, one kind a finding."""
    rng = np.random.default_rng(seed)
    maps = rng.normal(size=(14, 8, 8)).astype(np.float32)
    for k in range(14):
        if method == "gradcam":
            maps[k] = (maps[k], maps[k] * 1e-8, -np.abs(maps[k]), np.maximum(maps[k] - 2, 0))[(k + seed) % 4]
        else:
            maps[k] *= SCALES[(k + seed) % len(SCALES)]
    return maps


def drawn_masks(case: str) -> dict[str, np.ndarray]:
    size, number = SIZES[case], ord(case)
    masks = {f: blob(number + k, size) for k, f in enumerate(LOCALIZED_FINDINGS) if (number + k) % 3}
    corner = np.zeros(size, bool)
    corner[:5, :5] = True  # where a constant map points
    masks |= {"Edema": corner, ALONE: np.eye(*size, dtype=bool)}
    masks.pop(NEVER_DRAWN, None)
    return masks


def write_pickle(folder, case, finding, values):
    """As the dataset stores its heat maps."""
    height, width = SIZES[case]
    content = {"map": torch.from_numpy(values)[None, None], "prob": 0.5, "task": finding, "gt": 0}
    content |= {"cxr_img": torch.zeros(1, 1, 4, 4), "cxr_dims": (width, height)}
    folder.mkdir(exist_ok=True)
    (folder / f"{case}_{finding}_map.pkl").write_bytes(pickle.dumps(content))


def tables(out):
    found = {}
    for name in ("per_case", "thresholds"):
        with (out / f"{name}.csv").open(newline="") as file:
            rows = [
                {k: v for k, v in row.items() if k not in ("probability", "method")} for row in csv.DictReader(file)
            ]
        found[name] = rows
    return found


def number(text):
    return float(text) if text else float("nan")


def plainly(items, protocol):
    """Per item (IoU TP-only, IoU all, hit), and the two thresholds, by the reference."""
    if protocol == "otsu":
        return [(*reference.otsu_iou(item), reference.hit(item)) for item in items], (float("nan"), float("nan"))
    if protocol == "grid":
        tuned = 2 * (reference.grid_threshold(items),)
    else:
        tuned = tuple(reference.halving_threshold(items, only) for only in (True, False))
    scores = []
    for item in items:
        # The scripts read thresholds back as float64: a float32 value on 0.3 counts as above it.
        regions = [reference.segmentation(item, np.float64(threshold)) for threshold in tuned]
        ious = [
            reference.iou(r, reference.decoded(item.mask), only) for r, only in zip(regions, (True, False), strict=True)
        ]
        scores.append((*ious, reference.hit(item)))
    return scores, tuned


ORDINARY = {("scaled", "halving"), ("gradcam", "otsu")}


@pytest.mark.parametrize(
    ("method", "protocol"),
    [
        pytest.param(method, protocol, marks=() if (method, protocol) in ORDINARY else pytest.mark.thorough)
        for method in EXPORTS
        for protocol in ("otsu", "grid", "halving")
    ],
)
def test_all_forms_give_what_the_reference_gives(tmp_path, method, protocol):
    exports = {}
    for seed, case in enumerate(SIZES):
        maps = stored_maps(method, seed)
        write_outputs(tmp_path / "outputs", case, method, maps, SIZES[case])
        for finding in LOCALIZED_FINDINGS:
            values = EXPORTS[method](maps[FINDINGS.index(finding)][None], INPUT)[0]
            exports[case, finding] = values
            write_pickle(tmp_path / "pickles", case, CHEXLOCALIZE_NAMES[finding], values)
            write_own(tmp_path / "arrays", case, finding, values)
    truth = tmp_path / "gt.json"
    parts = [write_masks(tmp_path / f"{case}.json", {case: drawn_masks(case)}, SIZES[case]) for case in SIZES]
    truth.write_text("{" + ",".join(part.read_text()[1:-1] for part in parts) + "}")
    found = {}
    for form in ("outputs", "pickles", "arrays"):
        maps = f"{method}={tmp_path / form}"
        tuning = () if protocol == "otsu" else ("--tune-on", maps, "--tune-ground-truth", truth)
        name = "medicalpatchnet" if protocol == "halving" else "chexlocalize"
        rest = ("--protocol", name, "--no-figures", "--no-ceilings", "--no-floors", "--bootstrap", 0, "--processes", 1)
        out = tmp_path / f"out-{form}"
        assert call("benchmark", "--maps", maps, "--ground-truth", truth, "--out", out, *tuning, *rest) == 0
        found[form] = tables(out)
    assert found["outputs"] == found["pickles"] == found["arrays"]
    thresholds = {row["finding"]: row for row in found["outputs"]["thresholds"]}
    rows = {(row["finding"], row["case"]): row for row in found["outputs"]["per_case"]}
    for finding in LOCALIZED_FINDINGS:
        masks = [drawn_masks(case).get(finding, np.zeros(SIZES[case], bool)) for case in SIZES]
        items = [
            reference.Item(exports[case, finding], SIZES[case], reference.encoded(mask))
            for case, mask in zip(SIZES, masks, strict=True)
        ]
        scores, tuned = plainly(items, protocol)
        row = thresholds[finding]
        np.testing.assert_array_equal([number(row["threshold_tp"]), number(row["threshold_all"])], tuned, finding)
        for case, expected in zip(SIZES, scores, strict=True):
            values = [number(rows[finding, case][name]) for name in ("iou_tp", "iou_all", "hit")]
            np.testing.assert_array_equal(values, expected, f"{case} {finding}")

"""Small cases, masks and folders of maps for the tests."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from scipy import ndimage

from data_cache.demo import DEMO_ROOT
from data_cache.findings import CHEXLOCALIZE_NAMES, FINDINGS, LOCALIZED_FINDINGS
from data_cache.geometry import Geometry
from data_cache.masks import Rle
from data_cache.store import write_tensors

SIZE = (60, 84)
TRUTH = Path("CheXlocalize", "gt_segmentations_test.json")  # in a root


def smooth(seed: int, shape: tuple[int, int]) -> np.ndarray:
    """A map with hills, float32."""
    noise = np.random.default_rng(seed).normal(size=shape)
    return ndimage.gaussian_filter(noise, 1.0).astype(np.float32)


def blob(seed: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """A mask of a few regions, bool."""
    return ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=size), 6) > 0.03


def write_masks(path: Path, cases: Mapping[str, Mapping[str, np.ndarray]], size: tuple[int, int] = SIZE) -> Path:
    """Write masks as CheXlocalize does; findings that are not named get an empty mask."""
    content = {}
    for case_id, masks in cases.items():
        drawn = {finding: masks.get(finding, np.zeros(size, bool)) for finding in LOCALIZED_FINDINGS}
        content[case_id] = {
            CHEXLOCALIZE_NAMES[finding]: {"size": list(mask.shape), "counts": Rle.encode(mask).counts}
            for finding, mask in drawn.items()
        }
    path.write_text(json.dumps(content))
    return path


def write_outputs(
    folder: Path, case_id: str, method: str, maps: np.ndarray, size: tuple[int, int] = SIZE, **metadata: str
) -> Path:
    """Write one method's maps (14, h, w) of a case as `explainers run` does, for an input of 64 pixels."""
    path = folder / case_id / f"{method}.safetensors"
    described = {
        "findings": json.dumps(FINDINGS),
        "method": method,
        "parameters": "{}",
        "model": "test",
        "weights_sha256": "0",
        "geometry": Geometry(*size, 64).to_json(),
    }
    write_tensors(path, {"maps": maps.astype(np.float32)}, described | metadata)
    return path


def write_own(folder: Path, case_id: str, finding: str, values: np.ndarray) -> Path:
    """Write a map of one's own as .npy."""
    path = folder / case_id / f"{finding}.npy"
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, values)
    return path


def root_of_few(root: Path, count: int) -> Path:
    """The first of the bundled cases as a dataset of their own."""
    head, *rows = (DEMO_ROOT / "CheXpert" / "test_labels.csv").read_text().splitlines()
    images = [row.split(",")[0] for row in rows[:count]]
    for image in images:
        (root / "CheXpert" / image).parent.mkdir(parents=True)
        shutil.copy(DEMO_ROOT / "CheXpert" / image, root / "CheXpert" / image)
    (root / "CheXpert" / "test_labels.csv").write_text("\n".join([head, *rows[:count]]) + "\n")
    masks = json.loads((DEMO_ROOT / TRUTH).read_text())
    cases = ["_".join(Path(image).with_suffix("").parts[1:]) for image in images]
    (root / TRUTH).parent.mkdir()
    (root / TRUTH).write_text(json.dumps({case: masks[case] for case in cases}))
    return root

"""The localization benchmark at CheXlocalize's size: 234 val and 668 test cases, ten findings, five methods."""

import json
import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from scipy import ndimage

from data_cache.findings import CHEXLOCALIZE_NAMES, FINDINGS, LOCALIZED_FINDINGS
from data_cache.geometry import Geometry
from data_cache.masks import Rle
from data_cache.phantom.simulate import simulate_case
from data_cache.store import write_bytes, write_tensors
from evaluation.benchmark import Settings
from evaluation.commands.benchmark import run as run_command
from tests.benchmarks.timing import memory_watched, timed

METHODS = {"raw": 64, "scaled": 64, "gradcam": 16, "gradcam++": 16, "eigencam": 16}
SPLITS = {"val": (234, 60001), "test": (668, 80001)}
FILM_SIZES = ((2000, 2300), (2320, 2828), (2022, 2021), (1750, 2022))  # (height, width)
SIMULATED = (256, 294)


def run(report: Callable[[str], object]) -> None:
    """Make the cases, run the command on them and hand over lines of text: configuration, time, memory, disk."""
    report(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the start")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        started = time.perf_counter()
        drawn = {split: _write_split(folder, split, *plan) for split, plan in SPLITS.items()}
        seconds = time.perf_counter() - started
        sizes = ", ".join(f"{width}×{height}" for height, width in FILM_SIZES)
        report(
            f"{SPLITS['val'][0]} val and {SPLITS['test'][0]} test phantom cases, masks scaled to {sizes}; "
            f"{drawn['val']} and {drawn['test']} masks; random smooth maps as at 8 shift steps; made in {seconds:.0f} s"
        )
        report(_disk(folder))
        for ceilings in (False, True):
            words = "with ceilings" if ceilings else "without ceilings"
            with memory_watched() as memory:
                found = timed(partial(_run_command, folder, ceilings))
            report(f"tuning, scoring, intervals, tables and figures, {words}: {found}; most memory {memory}")


def _disk(folder: Path) -> str:
    sizes = [path.stat().st_size for path in folder.glob("*/*/*.safetensors")]
    cases = sum(cases for cases, _ in SPLITS.values())
    return f"cached maps: {sum(sizes) / 1e6:,.0f} MB for {cases} cases × {len(METHODS)} methods"


def _run_command(folder: Path, ceilings: bool) -> None:
    maps, tune_on = ([f"{method}={folder / split}" for method in METHODS] for split in ("test", "val"))
    files = {"ground_truth": folder / "test.json", "tuning_ground_truth": folder / "val.json"}
    settings = Settings(protocol="medicalpatchnet", ceilings=ceilings)
    run_command(maps, tune_on, files, settings, folder / "out", figures=True)


def _write_split(folder: Path, split: str, cases: int, first_patient: int) -> int:
    """Write masks and outputs of a split; returns how many masks are not empty."""
    entries, drawn = [], 0
    for number in range(cases):
        case = simulate_case(0, first_patient + number, 1, SIMULATED, "realistic", None)
        size = FILM_SIZES[number % len(FILM_SIZES)]
        masks = {finding: Rle.encode(_scaled(case.masks[finding], size)) for finding in LOCALIZED_FINDINGS}
        drawn += sum(mask.area > 0 for mask in masks.values())
        name = f"patientPHANTOM{first_patient + number}_study1_view1_frontal"
        entries.append(_entry(name, masks))
        _write_outputs(folder / split / name, number, size)
    write_bytes(folder / f"{split}.json", ("{" + ",".join(entries) + "}").encode())
    return drawn


def _scaled(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    enlarged = cv2.resize(mask.astype(np.float32), size[::-1], interpolation=cv2.INTER_LINEAR)
    return enlarged > 0.5


def _entry(case_id: str, masks: dict[str, Rle]) -> str:
    content = {
        CHEXLOCALIZE_NAMES[finding]: {"size": list(mask.size), "counts": mask.counts} for finding, mask in masks.items()
    }
    return f"{json.dumps(case_id)}:{json.dumps(content)}"


def _write_outputs(folder: Path, seed: int, size: tuple[int, int]) -> None:
    rng = np.random.default_rng(seed)
    for method, cells in METHODS.items():
        noise = rng.normal(size=(len(FINDINGS), cells, cells))
        smooth = ndimage.gaussian_filter(noise, (0, cells / 10, cells / 10)) * cells
        metadata = {
            "findings": json.dumps(FINDINGS),
            "method": method,
            "parameters": "{}",
            "model": "none",
            "weights_sha256": "",
            "geometry": Geometry(*size, 512).to_json(),
        }
        write_tensors(folder / f"{method}.safetensors", {"maps": smooth.astype(np.float32)}, metadata)

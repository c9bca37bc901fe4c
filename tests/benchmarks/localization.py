"""The localization benchmark: the reference algorithm against this one on the same maps, and a run of full size."""

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from scipy import ndimage
from threadpoolctl import threadpool_limits

from data_cache.findings import CHEXLOCALIZE_NAMES, FINDINGS, LOCALIZED_FINDINGS
from data_cache.geometry import Geometry
from data_cache.masks import Rle
from data_cache.phantom.simulate import simulate_case
from data_cache.store import write_bytes, write_tensors
from evaluation.benchmark import Benchmark, Inputs, Settings, run_benchmark
from evaluation.command import run as run_command
from evaluation.ground_truth import Masks
from evaluation.intervals import groups_of, interval, resampled_means
from evaluation.laying import lay
from evaluation.localization import iou_all, iou_true_positive
from evaluation.mask_runs import MaskRuns, Region
from evaluation.report.manifest import peak_memory
from evaluation.sources.base import CaseMaps, MapSource
from tests.evaluation import reference

SIZE = (2320, 2828)
DRAWN = ("Enlarged Cardiomediastinum", "Cardiomegaly", "Lung Opacity", "Support Devices")
UNDRAWN = ("Edema", "Pneumothorax")
CASES = ("patient1_study1_view1_frontal", "patient2_study1_view1_frontal")
METHODS = {"raw": 64, "scaled": 64, "gradcam": 16, "gradcam++": 16, "eigencam": 16}
SPLITS = {"val": (234, 60001), "test": (668, 80001)}
FILM_SIZES = ((2000, 2300), (2320, 2828), (2022, 2021), (1750, 2022))
SIMULATED = (256, 294)


def run(report: Callable[[str], object]) -> None:
    """Time both and hand over lines of text: configuration, raw samples, ratios."""
    report(f"Localization; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the start")
    _against_the_reference(report)
    _one_million_resamples(report)
    _dataset_sized(report)


@dataclass(frozen=True)
class _Seconds:
    """Wall-clock seconds, and seconds of processor time, which other work on the machine disturbs less."""

    wall: float
    processor: float

    def __str__(self) -> str:
        return f"{self.wall:.3f} s ({self.processor:.3f} s of processor time)"


def _timed(work: Callable[[], object]) -> _Seconds:
    before = os.times()
    work()
    after = os.times()
    processor = sum(after[:4]) - sum(before[:4])  # of this process and of its finished children
    return _Seconds(after.elapsed - before.elapsed, processor)


def _median(report: Callable[[str], object], words: str, repeats: int, work: Callable[[], object]) -> _Seconds:
    found = [_timed(work) for _ in range(repeats)]
    report(f"    {words}: {'; '.join(map(str, found))}")
    return sorted(found, key=lambda one: one.processor)[repeats // 2]


def _ratio(slow: _Seconds, fast: _Seconds) -> str:
    return f"{slow.processor / fast.processor:,.0f} × by processor time, {slow.wall / fast.wall:,.0f} × by the clock"


# The same maps, one thread each


@dataclass(frozen=True)
class _InMemory(MapSource):
    """Maps that are not read from anywhere: both sides are handed arrays."""

    values: tuple[tuple[str, str, np.ndarray], ...] = ()

    @property
    def description(self) -> str:
        return "arrays in memory"

    def read(self, case_id: str) -> CaseMaps:
        maps = {finding: values for case, finding, values in self.values if case == case_id}
        return CaseMaps(maps, image_size=SIZE)

    def digest(self, case_id: str) -> str:
        return ""


def _maps_and_masks() -> tuple[_InMemory, Masks]:
    rng = np.random.default_rng(0)
    values = []
    cases: dict[str, dict[str, Rle]] = {}
    for case in CASES:
        cases[case] = {}
        for finding in (*DRAWN, *UNDRAWN):
            cam = ndimage.zoom(rng.random((16, 16)), 32, order=1).astype(np.float32)
            values.append((case, finding, cam))
            mask = np.zeros(SIZE, np.uint8)
            if finding in DRAWN and case == CASES[0]:
                centre = (int(rng.integers(800, 2000)), int(rng.integers(700, 1600)))
                cv2.ellipse(mask, centre, (600, 400), 20, 0, 360, 1, -1)
            cases[case][finding] = Rle.encode(mask.astype(bool))
    source = _InMemory("arrays", Path(), dict.fromkeys(CASES, ()), values=tuple(values))
    return source, Masks(cases)


def _items(source: _InMemory, masks: Masks, finding: str) -> list[reference.Item]:
    return [
        reference.Item(values, SIZE, reference.encoded(masks.cases[case][finding].decode()))
        for case, named, values in source.values
        if named == finding
    ]


def _against_the_reference(report: Callable[[str], object]) -> None:
    source, masks = _maps_and_masks()
    items = {finding: _items(source, masks, finding) for finding in (*DRAWN, *UNDRAWN)}
    report(
        f"  {len(CASES)} radiographs of {SIZE[1]}×{SIZE[0]}, {len(items)} findings, {len(DRAWN)} of them drawn on one of "
        "the two; maps of 512×512; arrays in memory, one thread"
    )
    _warm_up(source, masks)
    with threadpool_limits(limits=1):
        _compare_tuning(report, source, masks, items)
        _compare_otsu(report, source, masks, items)
        _compare_everything(report, source, masks, items)


def _warm_up(source: _InMemory, masks: Masks) -> None:
    """Both libraries on one thread; weights of the interpolation worked out, as after the first of many cases."""
    import torch

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    _ours(source, masks, tuned=False)


def _ours(source: _InMemory, masks: Masks, tuned: bool) -> Benchmark:
    inputs = Inputs((source,), masks, (source,) if tuned else (), masks if tuned else Masks({}))
    protocol = "medicalpatchnet" if tuned else "chexlocalize"
    settings = Settings(protocol=protocol, bootstrap=0, ceilings=False, processes=1)
    return run_benchmark(inputs, settings, lambda *_: None)


def _compare_tuning(report, source, masks, items) -> None:  # type: ignore[no-untyped-def]
    from evaluation.cases import CaseJob, Setup
    from evaluation.tuning_cases import Tuner, weigh_case

    def tune() -> Tuner:
        tuner = Tuner("halving")
        for case in CASES:
            job = CaseJob(case, masks.cases[case])
            tuner.add(weigh_case(Setup((source,), "paper"), "halving", job).evidence)
        return tuner

    report("  tuning: halving search, TP-only and all, of every finding")
    ours = _median(report, "this project", 5, tune)
    found: dict[str, tuple[float, float]] = {}

    def plainly() -> None:
        for finding, one in items.items():
            found[finding] = (reference.halving_threshold(one, True), reference.halving_threshold(one, False))

    theirs = _median(report, "reference algorithm", 1, plainly)
    tuner = tune()
    for finding, expected in found.items():
        marking = tuner.marking(source.name, finding)
        if (marking.threshold, marking.threshold_all) != expected:
            raise AssertionError(f"{finding}: {marking} is not {expected}")
    report(f"    thresholds equal; {_ratio(theirs, ours)}")


def _compare_otsu(report, source, masks, items) -> None:  # type: ignore[no-untyped-def]
    pairs = [(item, MaskRuns.of(masks.cases[CASES[0]][finding])) for finding in DRAWN for item in items[finding][:1]]
    report(f"  Otsu IoU of the {len(pairs)} maps with a mask")
    values: dict[str, list[tuple[float, float]]] = {}

    def ours() -> None:
        values["ours"] = []
        for item, mask in pairs:
            overlap, _ = lay(item.values, Region.of_map(SIZE, None, "paper")).against(mask).otsu()
            values["ours"].append((float(iou_true_positive(overlap)), float(iou_all(overlap))))

    def theirs() -> None:
        values["theirs"] = [reference.otsu_iou(item) for item, _ in pairs]

    fast = _median(report, "this project", 5, ours)
    slow = _median(report, "reference algorithm", 3, theirs)
    if values["ours"] != values["theirs"]:
        raise AssertionError(f"{values['ours']} is not {values['theirs']}")
    report(f"    IoU equal; {_ratio(slow, fast)}")


def _compare_everything(report, source, masks, items) -> None:  # type: ignore[no-untyped-def]
    report("  whole benchmark: both searches, hits and both IoU at the tuned thresholds, of every finding")
    ours = _median(report, "this project", 5, partial(_ours, source, masks, tuned=True))

    def plainly() -> None:
        for one in items.values():
            for only in (True, False):
                reference.mean_iou(one, reference.halving_threshold(one, only), only)
            for item in one:
                reference.hit(item)

    theirs = _median(report, "reference algorithm", 1, plainly)
    report(f"    {_ratio(theirs, ours)}")


# Intervals


def _one_million_resamples(report: Callable[[str], object]) -> None:
    cases = [f"patient{k * 500 // 668}_study{k}_view1" for k in range(668)]
    values = np.random.default_rng(0).random((668, 1))

    def work(unit: str) -> None:
        interval(resampled_means(values, groups_of(cases, unit), 1_000_000, 0)[:, 0])  # type: ignore[arg-type]

    report("  one million resamples of a mean over 668 cases")
    _median(report, "images", 1, partial(work, "image"))
    _median(report, "patients", 1, partial(work, "patient"))


# The dataset's size


def _dataset_sized(report: Callable[[str], object]) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        started = time.perf_counter()
        drawn = {split: _write_split(folder, split, *plan) for split, plan in SPLITS.items()}
        report(
            f"  {SPLITS['val'][0]} val and {SPLITS['test'][0]} test phantom cases, masks scaled to "
            f"{', '.join(f'{w}×{h}' for h, w in FILM_SIZES)}; {drawn['val']} and {drawn['test']} masks; cached outputs of "
            f"5 methods (random smooth maps, {' and '.join(f'{n}×{n}' for n in (64, 16))}, as at 8 shift steps); "
            f"made in {time.perf_counter() - started:.0f} s"
        )
        for ceilings in (False, True):
            words = "with ceilings" if ceilings else "without ceilings"
            found = _timed(partial(_run_dataset, folder, ceilings))
            report(f"  tuning, scoring, intervals, tables and figures, {words}: {found}; memory {peak_memory()} MiB")


def _run_dataset(folder: Path, ceilings: bool) -> None:
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
    import json

    content = {
        CHEXLOCALIZE_NAMES[finding]: {"size": list(mask.size), "counts": mask.counts} for finding, mask in masks.items()
    }
    return f"{json.dumps(case_id)}:{json.dumps(content)}"


def _write_outputs(folder: Path, seed: int, size: tuple[int, int]) -> None:
    import json

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

"""The localization benchmark's algorithm against the reference algorithm: the same maps, the same numbers."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch
from scipy import ndimage
from threadpoolctl import threadpool_limits

from data_cache.findings import LOCALIZED_FINDINGS
from data_cache.masks import Rle
from evaluation.benchmark import Benchmark, Inputs, Settings, run_benchmark
from evaluation.cases import CaseJob, Setup
from evaluation.inference.intervals import Unit, groups_of, interval, resampled_means
from evaluation.localization import iou_all, iou_true_positive
from evaluation.pixels.mask_runs import MaskRuns, Region
from evaluation.pixels.overlay import overlay_map
from evaluation.sources.base import CaseMaps, MapSource
from evaluation.truth.ground_truth import Masks
from evaluation.tuning.cases import Tuner, weigh_case
from tests.benchmarks.timing import median, ratio
from tests.evaluation import reference

SIZE = (2320, 2828)
DRAWN = ("Enlarged Cardiomediastinum", "Cardiomegaly", "Lung Opacity", "Support Devices")
UNDRAWN = ("Edema", "Pneumothorax")
CASES = ("patient1_study1_view1_frontal", "patient2_study1_view1_frontal")

Report = Callable[[str], object]
Items = Mapping[str, Sequence[reference.Item]]


def run(report: Report) -> None:
    """Time both and hand over lines of text: configuration, raw samples, ratios."""
    report(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the start")
    _against_the_reference(report)
    _one_million_resamples(report)


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


def _against_the_reference(report: Report) -> None:
    source, masks = _maps_and_masks()
    items = {finding: _items(source, masks, finding) for finding in (*DRAWN, *UNDRAWN)}
    report(
        f"  {len(CASES)} radiographs of {SIZE[1]}×{SIZE[0]}, {len(items)} findings, {len(DRAWN)} of them drawn on one "
        "of the two; maps of 512×512; arrays in memory, one thread"
    )
    _warm_up(source, masks)
    with threadpool_limits(limits=1):
        _compare_tuning(report, source, masks, items)
        _compare_otsu(report, masks, items)
        _compare_everything(report, source, masks, items)


def _warm_up(source: _InMemory, masks: Masks) -> None:
    """Both libraries on one thread; weights of the interpolation worked out, as after the first of many cases."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    _ours(source, masks, tuned=False)


def _ours(source: _InMemory, masks: Masks, tuned: bool) -> Benchmark:
    inputs = Inputs((source,), masks, (source,) if tuned else (), masks if tuned else Masks({}))
    protocol = "medicalpatchnet" if tuned else "chexlocalize"
    settings = Settings(protocol=protocol, bootstrap=0, ceilings=False, processes=1)
    return run_benchmark(inputs, settings, lambda *_: None)


def _compare_tuning(report: Report, source: _InMemory, masks: Masks, items: Items) -> None:
    def tune() -> Tuner:
        tuner = Tuner("halving")
        for case in CASES:
            job = CaseJob(case, masks.cases[case])
            tuner.add(weigh_case(Setup((source,), "paper"), "halving", job).evidence)
        return tuner

    report("  tuning: halving search, TP-only and all, of every finding")
    ours = median(report, "this project", 5, tune)
    found: dict[str, tuple[float, float]] = {}

    def plainly() -> None:
        for finding, one in items.items():
            found[finding] = (reference.halving_threshold(one, True), reference.halving_threshold(one, False))

    theirs = median(report, "reference algorithm", 1, plainly)
    tuner = tune()
    for finding, expected in found.items():
        marking = tuner.marking(source.name, finding)
        if (marking.threshold, marking.threshold_all) != expected:
            raise AssertionError(f"{finding}: {marking} is not {expected}")
    report(f"    thresholds equal; {ratio(theirs, ours)}")


def _compare_otsu(report: Report, masks: Masks, items: Items) -> None:
    pairs = [(item, masks.cases[CASES[0]][finding]) for finding in DRAWN for item in items[finding][:1]]
    report(f"  Otsu IoU of the {len(pairs)} maps with a mask")
    values: dict[str, list[tuple[float, float]]] = {}

    def ours() -> None:
        values["ours"] = []
        for item, mask in pairs:
            overlay = overlay_map(item.values, Region.of_map(SIZE, None, "paper"))
            if overlay is None:
                raise AssertionError("The map is constant.")
            overlap, _ = overlay.against(MaskRuns.of(mask)).otsu()
            values["ours"].append((float(iou_true_positive(overlap)), float(iou_all(overlap))))

    def theirs() -> None:
        values["theirs"] = [reference.otsu_iou(item) for item, _ in pairs]

    fast = median(report, "this project", 5, ours)
    slow = median(report, "reference algorithm", 3, theirs)
    if values["ours"] != values["theirs"]:
        raise AssertionError(f"{values['ours']} is not {values['theirs']}")
    report(f"    IoU equal; {ratio(slow, fast)}")


def _compare_everything(report: Report, source: _InMemory, masks: Masks, items: Items) -> None:
    report("  whole benchmark: both searches, hits and both IoU at the tuned thresholds, of every finding")
    ours = median(report, "this project", 5, partial(_ours, source, masks, tuned=True))
    expected: dict[str, tuple[float, ...]] = {}

    def plainly() -> None:
        for finding, one in items.items():
            hits = [hit for hit in map(reference.hit, one) if not np.isnan(hit)]
            means = [reference.mean_iou(one, reference.halving_threshold(one, only), only) for only in (True, False)]
            expected[finding] = (float(np.mean(hits)) if hits else float("nan"), *means)

    theirs = median(report, "reference algorithm", 1, plainly)
    means, _ = _ours(source, masks, tuned=True).results.means()
    for finding, values in expected.items():
        found = means[0, :, LOCALIZED_FINDINGS.index(finding)]
        np.testing.assert_allclose(found, values, rtol=1e-12)
    report(f"    means of hits and of both IoU equal; {ratio(theirs, ours)}")


def _one_million_resamples(report: Report) -> None:
    cases = [f"patient{k * 500 // 668}_study{k}_view1" for k in range(668)]
    values = np.random.default_rng(0).random((668, 1))

    def work(unit: Unit) -> None:
        interval(resampled_means(values, groups_of(cases, unit), 1_000_000, 0)[:, 0])

    report("  one million resamples of a mean over 668 cases")
    median(report, "images", 1, partial(work, "image"))
    median(report, "patients", 1, partial(work, "patient"))

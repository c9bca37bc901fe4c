"""The benchmark against what the reference scripts print for six sets of maps on the two sample radiographs.

The five methods' maps are computed anew with the recipe's weights at four shift steps; the sixth set is the dataset's
own DenseNet Grad-CAM. Thresholds and hits are equal, and so is every pixel of every region for patch maps and DenseNet.
The three class activation maps follow from closed forms that equal pytorch-grad-cam's to 5e-7, so a pixel on a
threshold may fall either way: IoU within 1e-4 there.
"""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from data_cache.chexlocalize import CheXlocalize
from data_cache.findings import CHEXLOCALIZE_NAMES, LOCALIZED_FINDINGS
from data_cache.masks import Rle
from evaluation.benchmark import Benchmark, Inputs, Settings, run_benchmark
from evaluation.localization import mark
from evaluation.pixels.mask_runs import Region
from evaluation.pixels.otsu import otsu
from evaluation.pixels.overlay import overlay_map
from evaluation.sources.base import is_constant
from evaluation.sources.opening import open_maps
from evaluation.truth.ground_truth import Masks, read_masks
from explainers.registry import EXPLAINERS, STANDARD
from explainers.runner import Plan, run_cases
from tests.rounding import repeats

pytestmark = [pytest.mark.golden, pytest.mark.sample]

METHODS = (*STANDARD, "densenet")
# Stored maps are scored exactly. Patch maps are computed here, and processors round convolutions differently: a pixel
# that lies on a threshold may fall to either side. Class activation maps come from closed forms besides.
TOLERANCES = {"densenet": 0.0, "raw": 1e-6, "scaled": 1e-6}
SHIFTED = {"raw": {"shift_steps": 4}, "scaled": {"shift_steps": 4, "pairing": "paper"}}
TOLERANCE = 1e-4


@dataclass(frozen=True)
class Runs:
    """The three protocols on the same maps."""

    sources: dict
    otsu: Benchmark
    grid: Benchmark
    halving: Benchmark


@pytest.fixture(scope="module")
def runs(golden_models, sample_root, tmp_path_factory) -> Runs:
    out = tmp_path_factory.mktemp("outputs")
    parameters = {method: entry.parse(SHIFTED.get(method)) for method, entry in EXPLAINERS.items() if entry.standard}
    tally = run_cases(CheXlocalize(sample_root).cases("val"), Plan(out, parameters, golden_models), say=pytest.fail)
    assert tally.explained == 2
    folder = sample_root / "CheXlocalize"
    sources = [open_maps(f"{method}={out}") for method in STANDARD]
    sources.append(open_maps(f"densenet={folder / 'gradcam_maps_val'}"))
    truth = read_masks(folder / "gt_segmentations_val.json")

    def run(protocol, tuned):
        inputs = Inputs(tuple(sources), truth, tuple(sources) if tuned else (), truth if tuned else Masks({}))
        settings = Settings(protocol=protocol, bootstrap=20, ceilings=False, processes=1)
        return run_benchmark(inputs, settings, lambda *_: None)

    return Runs(
        {source.name: source for source in sources},
        run("chexlocalize", False),
        run("chexlocalize", True),
        run("medicalpatchnet", True),
    )


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def rounds_alike(golden_models, golden_root) -> bool:
    """Whether patch maps come out here as on the processor that made the arrays; see `tests.rounding`."""

    def alike(path: Path) -> bool:
        with np.load(path) as arrays:
            return repeats(golden_models["medicalpatchnet"], arrays["image"], arrays["patch_logits"])

    return all(map(alike, sorted(golden_root.glob("patient*.npz"))))


@pytest.fixture(params=METHODS)
def method(request, rounds_alike) -> str:
    if request.param in SHIFTED and not rounds_alike:
        pytest.skip("This processor rounds otherwise than the one that made the arrays, and the weights multiply it.")
    return request.param


def test_thresholds_are_equal(runs, golden_root, method):
    folder = golden_root / "evalref_0" / method
    for name, benchmark, which in (
        ("tuning_grid", runs.grid, "threshold"),
        ("tuning_ternary_tp_True", runs.halving, "threshold"),
        ("tuning_ternary_tp_False", runs.halving, "threshold_all"),
    ):
        expected = {row["task"]: float(row["threshold"]) for row in table(folder / f"{name}.csv")}
        found = {
            CHEXLOCALIZE_NAMES[finding]: getattr(benchmark.markings[method, finding], which)
            for finding in LOCALIZED_FINDINGS
        }
        assert found == expected, name


@pytest.mark.parametrize(
    ("file", "protocol", "metric"),
    [
        ("hit/hitmiss_results_per_cxr.csv", "otsu", "hit"),
        ("iou_otsu_tp_True/iou_results_per_cxr.csv", "otsu", "iou_tp"),
        ("iou_otsu_tp_False/iou_results_per_cxr.csv", "otsu", "iou_all"),
        ("iou_ternary_tp_True/iou_results_per_cxr.csv", "halving", "iou_tp"),
        ("iou_ternary_tp_False/iou_results_per_cxr.csv", "halving", "iou_all"),
    ],
)
def test_values_per_case_are_equal(runs, golden_root, method, file, protocol, metric):
    expected = {row["img_id"]: row for row in table(golden_root / "evalref_0" / method / file)}
    tolerance = 0 if metric == "hit" else TOLERANCES.get(method, TOLERANCE)
    rows = [row for row in getattr(runs, protocol).results.rows if row.method == method]
    assert len(rows) == 20
    for row in rows:
        value = expected[row.case][CHEXLOCALIZE_NAMES[row.finding]]
        np.testing.assert_allclose(
            row.scores.values[metric],
            float(value or "nan"),
            rtol=0,
            atol=tolerance,
            err_msg=f"{row.case} {row.finding}",
        )


@pytest.mark.parametrize("kind", ["otsu", "ternary"])
def test_regions_are_equal(runs, golden_root, method, kind):
    """Pixel by pixel, for the findings that are drawn."""
    stored = json.loads((golden_root / "evalref_0" / method / f"seg_{kind}.json").read_text())
    source = runs.sources[method]
    drawn = [row for row in runs.otsu.results.rows if row.method == method and row.scores.curve is not None]
    assert len(drawn) == 4
    for row in drawn:
        region = stored[row.case][CHEXLOCALIZE_NAMES[row.finding]]
        expected = Rle(tuple(region["size"]), region["counts"]).decode()
        values = source.to_score(source.read(row.case).maps[row.finding], "paper")
        assert not is_constant(values)
        normalised = overlay_map(values, Region.of_map(expected.shape, None, "paper")).normalised
        threshold = runs.halving.markings[method, row.finding].threshold
        found = otsu(normalised)[0] if kind == "otsu" else mark(normalised, threshold)
        different = np.count_nonzero(found != expected)
        assert different <= TOLERANCES.get(method, TOLERANCE) * expected.size, (row.finding, different)

"""The benchmark against what the reference scripts print for six sets of maps on the two sample radiographs.

One set is the dataset's own DenseNet Grad-CAM, all ten findings. The five methods' maps are those that the official
code stored of two findings: two methods' in the ordinary run, as maps are scored alike whatever made them. Among what
is thorough they are computed anew, of all findings, with the recipe's weights at four shift steps. Thresholds and hits
are equal, and so is every pixel of every region for patch maps and DenseNet. The three class activation maps that are
computed follow from closed forms that equal pytorch-grad-cam's to 5e-7, so a pixel on a threshold may fall either way:
IoU within 1e-4 there.
"""

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from data_cache.chexlocalize import CheXlocalize
from data_cache.findings import CHEXLOCALIZE_NAMES, FINDINGS, LOCALIZED_FINDINGS
from data_cache.geometry import Geometry
from data_cache.masks import Rle
from evaluation.benchmark import Benchmark, Inputs, Settings, run_benchmark
from evaluation.localization import mark
from evaluation.pixels.mask_runs import Region
from evaluation.pixels.otsu import otsu
from evaluation.pixels.overlay import overlay_map
from evaluation.scoring import Row
from evaluation.sources.base import MapSource, is_constant
from evaluation.sources.opening import open_maps
from evaluation.truth.ground_truth import Masks, read_masks
from explainers.registry import EXPLAINERS, STANDARD
from explainers.runner import Plan, run_cases
from tests.evaluation.making import write_outputs
from tests.rounding import repeats

pytestmark = [pytest.mark.golden, pytest.mark.sample]

# Of stored maps scores are exact. Patch maps that are computed processors round differently: a pixel that lies on a
# threshold may fall to either side. Class activation maps come from closed forms besides.
TOLERANCES = {"raw": 1e-6, "scaled": 1e-6, **dict.fromkeys(("gradcam", "gradcam++", "eigencam"), 1e-4)}
SHIFTED = {"raw": {"shift_steps": 4}, "scaled": {"shift_steps": 4, "pairing": "paper"}}
STORED = ("Cardiomegaly", "Pleural Effusion")  # what the official code's maps are of


@dataclass(frozen=True)
class Runs:
    """The three protocols on the same maps of some findings."""

    sources: dict[str, MapSource]
    findings: tuple[str, ...]
    otsu: Benchmark
    grid: Benchmark
    halving: Benchmark


def scored(root: Path, sources: list[MapSource], findings: tuple[str, ...]) -> Runs:
    truth = read_masks(root / "CheXlocalize" / "gt_segmentations_val.json")

    def run(protocol: str, tuned: bool) -> Benchmark:
        inputs = Inputs(tuple(sources), truth, tuple(sources) if tuned else (), truth if tuned else Masks({}))
        settings = Settings(protocol=protocol, bootstrap=20, ceilings=False, processes=1)
        return run_benchmark(inputs, settings, lambda *_: None)

    return Runs(
        {source.name: source for source in sources},
        findings,
        run("chexlocalize", False),
        run("chexlocalize", True),
        run("medicalpatchnet", True),
    )


@pytest.fixture(scope="module")
def densenet(sample_root) -> Runs:
    """The maps that come with the dataset."""
    source = open_maps(f"densenet={sample_root / 'CheXlocalize' / 'gradcam_maps_val'}")
    return scored(sample_root, [source], LOCALIZED_FINDINGS)


@pytest.fixture(scope="module")
def stored(sample_root, golden_root, tmp_path_factory) -> Callable[[str], Runs]:
    """The official code's maps of a method as outputs of this program."""

    @cache
    def of(method: str) -> Runs:
        out = tmp_path_factory.mktemp("stored")
        for path in golden_root.glob("patient*.npz"):
            with np.load(path) as arrays:
                width, height = arrays["orig_size_wh"].tolist()
                maps = np.full((len(FINDINGS), 512, 512), np.nan, np.float32)  # as of findings that are not predicted
                name = f"{method}_map_steps4_logits" if method in SHIFTED else method
                maps[[FINDINGS.index(finding) for finding in STORED]] = arrays[name]
                geometry = Geometry(height, width, 512).to_json()
                write_outputs(out, f"{path.stem}_study1_view1_frontal", method, maps, geometry=geometry)
        return scored(sample_root, [open_maps(f"{method}={out}")], STORED)

    return of


@pytest.fixture(scope="module")
def computed(golden_models, sample_root, tmp_path_factory) -> Runs:
    out = tmp_path_factory.mktemp("outputs")
    parameters = {method: entry.parse(SHIFTED.get(method)) for method, entry in EXPLAINERS.items() if entry.standard}
    tally = run_cases(CheXlocalize(sample_root).cases("val"), Plan(out, parameters, golden_models), say=pytest.fail)
    assert tally.explained == 2
    return scored(sample_root, [open_maps(f"{method}={out}") for method in STANDARD], LOCALIZED_FINDINGS)


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


@dataclass(frozen=True)
class Scored:
    """One method's maps, what came of them, and by how much that may differ."""

    method: str
    runs: Runs
    tolerance: float

    def rows(self, benchmark: Benchmark) -> list[Row]:
        """Of the findings of which there are maps."""
        rows = [row for row in benchmark.results.rows if row.method == self.method]
        assert len(rows) == 20
        return [row for row in rows if row.finding in self.runs.findings]


@pytest.fixture(
    params=[
        "densenet",
        "raw-stored",
        "gradcam-stored",
        *(pytest.param(f"{one}-stored", marks=pytest.mark.thorough) for one in ("scaled", "gradcam++", "eigencam")),
        *(pytest.param(f"{method}-computed", marks=pytest.mark.thorough) for method in STANDARD),
    ]
)
def one(request) -> Scored:
    method, _, maps = request.param.partition("-")
    if maps != "computed":
        runs = request.getfixturevalue("stored")(method) if maps else request.getfixturevalue(method)
        return Scored(method, runs, 0.0)
    if method in SHIFTED and not request.getfixturevalue("rounds_alike"):
        pytest.skip("This processor rounds otherwise than the one that made the arrays, and the weights multiply it.")
    return Scored(method, request.getfixturevalue("computed"), TOLERANCES[method])


def test_thresholds_are_equal(one, golden_root):
    folder = golden_root / "evalref_0" / one.method
    for name, benchmark, which in (
        ("tuning_grid", one.runs.grid, "threshold"),
        ("tuning_ternary_tp_True", one.runs.halving, "threshold"),
        ("tuning_ternary_tp_False", one.runs.halving, "threshold_all"),
    ):
        expected = {row["task"]: float(row["threshold"]) for row in table(folder / f"{name}.csv")}
        assert len(expected) == len(LOCALIZED_FINDINGS)
        for finding in one.runs.findings:
            found = getattr(benchmark.markings[one.method, finding], which)
            assert found == expected[CHEXLOCALIZE_NAMES[finding]], (name, finding)


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
def test_values_per_case_are_equal(one, golden_root, file, protocol, metric):
    expected = {row["img_id"]: row for row in table(golden_root / "evalref_0" / one.method / file)}
    for row in one.rows(getattr(one.runs, protocol)):
        value = expected[row.case][CHEXLOCALIZE_NAMES[row.finding]]
        np.testing.assert_allclose(
            row.scores.values[metric],
            float(value or "nan"),
            rtol=0,
            atol=0 if metric == "hit" else one.tolerance,
            err_msg=f"{row.case} {row.finding}",
        )


@pytest.mark.parametrize("kind", ["otsu", "ternary"])
def test_regions_are_equal(one, golden_root, kind):
    """Pixel by pixel, for the findings that are drawn."""
    regions = json.loads((golden_root / "evalref_0" / one.method / f"seg_{kind}.json").read_text())
    source = one.runs.sources[one.method]
    drawn = [row for row in one.rows(one.runs.otsu) if row.scores.curve is not None]
    assert len(drawn) == (1 if one.runs.findings is STORED else 4)
    for row in drawn:
        region = regions[row.case][CHEXLOCALIZE_NAMES[row.finding]]
        expected = Rle(tuple(region["size"]), region["counts"]).decode()
        values = source.to_score(source.read(row.case).maps[row.finding], "paper")
        assert not is_constant(values)
        normalised = overlay_map(values, Region.of_map(expected.shape, None, "paper")).normalised
        threshold = one.runs.halving.markings[one.method, row.finding].threshold
        found = otsu(normalised)[0] if kind == "otsu" else mark(normalised, threshold)
        different = np.count_nonzero(found != expected)
        assert different <= one.tolerance * expected.size, (row.finding, different)

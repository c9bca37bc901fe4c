"""Counts of a cohort against the benchmark, which scores map by map."""

import gzip
import json
from dataclasses import replace
from functools import cache
from itertools import product

import numpy as np
import pytest

from data_cache.errors import InputError
from data_cache.findings import FINDINGS, LOCALIZED_FINDINGS
from evaluation.benchmark import Inputs, Settings, run_benchmark
from evaluation.bundled_cohort import bundled_cohorts, bundled_curves
from evaluation.cohort.curves import STEPS, THRESHOLDS, count_above
from evaluation.cohort.files import pack, unpack
from evaluation.cohort.given import CohortFiles
from evaluation.cohort.making import is_published_split, make_cohort, open_outputs
from evaluation.floors import is_floor
from evaluation.truth.ground_truth import Masks, read_human_benchmark, read_masks
from tests.evaluation.counted import scores
from tests.evaluation.making import blob, smooth, write_masks, write_outputs

METHODS = ("raw", "gradcam")
PEOPLE = [f"patient{n}_study{s}_view1_frontal" for n, s in ((1, 1), (1, 2), (2, 1), (3, 1), (4, 1))]


def write_split(folder, cases, seed):
    """Outputs and masks of a few cases: some findings drawn, one map blank, one NaN, one case without maps."""
    drawn = {}
    for i, case in enumerate(cases):
        drawn[case] = {finding: blob(seed + 9 * i + j) for j, finding in enumerate(LOCALIZED_FINDINGS[i % 2 :: 2])}
        for m, method in enumerate(METHODS):
            if i == 3 and method == "gradcam":
                continue
            maps = np.stack([smooth(seed + 100 * i + 17 * j + m, (8, 8)) for j in range(14)])
            if i == 0:
                maps[FINDINGS.index(LOCALIZED_FINDINGS[0])] = -1.0 if method == "gradcam" else 2.0  # blank
                maps[FINDINGS.index(LOCALIZED_FINDINGS[2]), 3, 3] = np.nan
            write_outputs(folder, case, method, maps)
        odds = dict(zip(FINDINGS, np.random.default_rng(seed + i).uniform(size=14).tolist(), strict=True))
        content = {kind: {"probabilities": odds} for kind in ("patchnet", "cnn")}
        (folder / case / "prediction.json").write_text(json.dumps(content))
    return write_masks(folder.parent / f"gt_segmentations_{folder.name}.json", drawn)


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cohort")
    masks = write_split(folder / "test", PEOPLE, 1)
    tuning = write_split(folder / "val", [f"patient{n}_study1_view1_frontal" for n in range(11, 16)], 500)
    human = {case: {finding: blob(7000 + c) for finding in LOCALIZED_FINDINGS[::3]} for c, case in enumerate(PEOPLE)}
    human_masks = write_masks(folder / "hb_segmentations_test.json", human)
    return CohortFiles("c", "Cohort", folder / "test", masks, folder / "val", tuning, human_masks)


BOTH = pytest.mark.parametrize("alignment", ["paper", "aligned"])
ALIGNED = pytest.mark.parametrize("alignment", [pytest.param("paper", marks=pytest.mark.thorough), "aligned"])
PAPER = pytest.mark.parametrize("alignment", ["paper", pytest.param("aligned", marks=pytest.mark.thorough)])


@pytest.fixture(scope="module")
def cohorts(cohort):
    """Makes the curves of an alignment, once."""
    return cache(lambda alignment: unpack(make_cohort(cohort, alignment, 1, lambda *_: None)))


@pytest.fixture
def made(cohorts, alignment):
    return (*cohorts(alignment), alignment)


def benchmark(cohort, alignment, protocol, threshold=0.5):
    tuned = protocol in ("medicalpatchnet", "cutoffs", "grid")
    inputs = Inputs(
        open_outputs(cohort.maps),
        read_masks(cohort.masks),
        open_outputs(cohort.tune_maps) if tuned else (),
        read_masks(cohort.tune_masks) if tuned else read_masks(cohort.masks),
        read_human_benchmark(cohort.human_masks, None),
    )
    name = "chexlocalize" if protocol in ("grid", "otsu") else protocol
    settings = Settings(alignment, name, threshold, bootstrap=0, ceilings=True, floors=False, processes=1)
    return run_benchmark(inputs, settings, lambda *_: None)


def same(found, expected, rows=(0, 1, 2)):
    np.testing.assert_allclose(found[:, rows], expected[: len(found), rows], rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("alignment", "threshold"),
    [
        *(("paper", 0.0), ("aligned", 0.15)),
        *(
            pytest.param(alignment, threshold, marks=pytest.mark.thorough)
            for alignment, threshold in product(("paper", "aligned"), (0.0, 0.15, 0.5, 0.995))
            if (alignment, threshold) not in (("paper", 0.0), ("aligned", 0.15))
        ),
    ],
)
def test_every_threshold_of_the_grid_scores_as_the_benchmark(cohort, made, threshold):
    curves, _, alignment = made
    expected = benchmark(cohort, alignment, "fixed", threshold).results
    assert curves.cases == expected.cases
    same(scores(curves, lambda *_: round(threshold * STEPS)), expected.values)
    np.testing.assert_array_equal(curves.people, expected.values[-1].transpose(0, 2, 1))


@PAPER
def test_otsu_and_tuned_thresholds_score_as_the_benchmark(cohort, made):
    curves, about, alignment = made
    same(scores(curves, lambda *_: STEPS + 3), benchmark(cohort, alignment, "otsu").results.values)
    tuned = benchmark(cohort, alignment, "medicalpatchnet")
    columns = {"iou_tp": STEPS + 1, "iou_all": STEPS + 2}
    same(scores(curves, lambda _, metric, __: columns[metric]), tuned.results.values)
    for (method, finding), marking in tuned.markings.items():
        one = about["tuned"][method][finding]
        assert (one["tp"], one["everything"]) == (marking.threshold, marking.threshold_for_all)


@ALIGNED
def test_the_grid_and_cut_offs_score_as_the_benchmark(cohort, made):
    curves, about, alignment = made
    tuned = about["tuned"]
    same(
        scores(curves, lambda method, _, finding: round(tuned[method][finding]["grid"] * STEPS)),
        benchmark(cohort, alignment, "grid").results.values,
    )
    cutoffs = {(m, f): one["cutoff"] for m, found in tuned.items() for f, one in found.items()}
    assert any(cutoffs.values())
    same(scores(curves, lambda *_: STEPS + 3, cutoffs), benchmark(cohort, alignment, "cutoffs").results.values)


@ALIGNED
def test_ceilings_are_those_of_the_benchmark(cohort, made):
    curves, about, alignment = made
    found = benchmark(cohort, alignment, "otsu")
    assert found.ceilings.cases == found.results.cases == curves.cases  # so that intervals are from the same draws
    values = [c for c in found.ceiling_values if c.alignment == alignment]
    expected = {(c.finding, c.case, c.resolution): c.best for c in values}
    for r, resolution in enumerate(about["resolutions"]):
        for p, (f, c) in enumerate(zip(curves.pair_finding, curves.pair_case, strict=True)):
            assert curves.ceilings[r, p] == expected[LOCALIZED_FINDINGS[f], curves.cases[c], resolution]


def test_counting_is_strict_on_the_grid_itself():
    values = np.concatenate([np.arange(0, 201, dtype=np.float32) / np.float32(200), [np.float32(1e-40)]])
    values = np.sort(values.astype(np.float32))
    expected = [int((values.astype(np.float64) > threshold).sum()) for threshold in THRESHOLDS]
    assert count_above(values).tolist() == expected


@PAPER
def test_packed_curves_come_back_as_they_were_and_damage_is_named(made):
    curves, about, _ = made
    content = pack(curves, {"label": "x"})
    assert pack(curves, {"label": "x"}) == content
    back, _ = unpack(content)
    for name in ("above", "inside", "states", "mask", "hit", "otsu", "probability", "ceilings", "people"):
        np.testing.assert_array_equal(getattr(back, name), getattr(curves, name))
    assert back.problems == curves.problems and any("NaN" in one.sentence for one in back.problems)
    deep = b"[" * 200_000
    bad_header = gzip.compress(len(deep).to_bytes(4, "little") + deep)
    for bad in (content[: len(content) // 2], b"", b"something else", content[:40] + b"\xff" * 90, bad_header):
        with pytest.raises(InputError, match="Expected packed curves"):
            unpack(bad)
    assert about["weights"]["raw"] == {
        "kind": "medicalpatchnet",
        "models": ["test"],
        "sha256": ["0"],
        "parameters": ["{}"],
    }


def test_the_fingerprint_changes_with_what_the_curves_depend_on(cohort, tmp_path):
    other = tmp_path / "masks.json"
    other.write_text(cohort.masks.read_text().replace("patient4", "patient5"))
    prints = {one.fingerprint(a) for one in (cohort, replace(cohort, masks=other)) for a in ("paper", "aligned")}
    assert len(prints) == 4
    with pytest.raises(InputError, match=r"masks.json called gone|called gone"):
        replace(cohort, masks=tmp_path / "gone").fingerprint("paper")


def test_cases_without_common_ground_are_named(cohort, tmp_path):
    strangers = write_masks(tmp_path / "masks.json", {"stranger": {LOCALIZED_FINDINGS[0]: blob(1)}})
    with pytest.raises(InputError, match="same cases, found none"):
        make_cohort(replace(cohort, masks=strangers), "paper", 1, lambda *_: None)
    with pytest.raises(InputError, match="found none; name the folder OUT"):
        open_outputs(tmp_path)


def test_published_numbers_belong_to_the_test_split_alone():
    assert is_published_split(["patient64741_study1_view1_frontal", "patient65240_study1_view1_lateral"])
    assert not is_published_split(["patient64540_study1_view1_frontal"])
    assert not is_published_split(["patientPHANTOM80001_study1_view1_frontal"])
    assert not is_published_split([])


@BOTH
def test_the_bundled_curves_are_of_the_bundled_outputs(alignment):
    files = bundled_cohorts()[0]
    content = bundled_curves(alignment)
    assert content is not None
    curves, about = unpack(content)
    assert about["fingerprint"] == files.fingerprint(alignment), "make them again: python -m evaluation.bundled_cohort"
    assert (len(curves.cases), len(curves.mask)) == (300, 654)


@pytest.mark.parametrize(
    ("alignment", "tuned"),
    [
        ("paper", True),
        pytest.param("aligned", False, marks=pytest.mark.thorough),
        pytest.param("paper", False, marks=pytest.mark.thorough),
        pytest.param("aligned", True, marks=pytest.mark.thorough),
    ],
)
def test_floors_are_those_of_the_benchmark(cohort, alignment, tuned):
    files = cohort if tuned else replace(cohort, tune_maps=None, tune_masks=None)
    curves, about = unpack(make_cohort(files, alignment, 1, lambda *_: None))
    sources, truth = open_outputs(files.maps), read_masks(files.masks)
    tuning = (open_outputs(files.tune_maps), read_masks(files.tune_masks)) if tuned else ((), Masks({}))
    protocol = "medicalpatchnet" if tuned else "chexlocalize"
    settings = Settings(alignment, protocol, bootstrap=0, ceilings=False, processes=1)
    expected = run_benchmark(Inputs(sources, truth, *tuning), settings, lambda *_: None).results
    assert about["floors"] == [method for method in expected.methods if is_floor(method)]
    assert len(about["floors"]) == 5
    for k, name in enumerate(about["floors"]):
        values = expected.values[expected.methods.index(name)]
        np.testing.assert_array_equal(curves.floors[k], values.transpose(0, 2, 1), name)

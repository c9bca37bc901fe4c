"""The benchmark, the report and the page's cohorts give the same numbers from shards as from folders."""

import json
import shutil

import numpy as np
import pytest

from data_cache.chexlocalize import CheXlocalize
from data_cache.demo import DEMO_ROOT, bundled_cases
from data_cache.errors import InputError
from evaluation.cohort.files import unpack
from evaluation.cohort.given import CohortFiles
from evaluation.cohort.making import make_cohort
from evaluation.report.predictions import classification, models_of
from evaluation.sources.opening import open_maps
from evaluation.sources.outputs import find_outputs, output_names
from explainers.options import parameters_by_method
from explainers.runner import Plan, run_cases
from explainers.shard_layout import Limits, run_shard
from explainers.sharing import Share
from models.predictor import load_predictor
from tests.evaluation.commands.test_benchmark import call
from tests.explainers.conftest import save_small

NAMES = ["raw", "gradcam"]
CASES = 3
MASKS = DEMO_ROOT / "CheXlocalize" / "gt_segmentations_test.json"  # of all bundled cases


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The same outputs in both layouts."""
    folder = tmp_path_factory.mktemp("outputs")
    models = {key: load_predictor(save_small(key, folder), key, "torch-cpu") for key in ("medicalpatchnet", "cnn")}
    cases = bundled_cases()[:CASES]
    plans = [Plan(folder / name, parameters_by_method(NAMES, {}, {}), models) for name in ("folders", "shards")]
    run_cases(cases, plans[0], pytest.fail)
    for index in range(2):
        run_shard(cases, plans[1], Share(index, 2), pytest.fail, limits=Limits(2))
    return [plan.out for plan in plans]


@pytest.fixture(scope="module")
def masks(tmp_path_factory):
    """The masks of the cases that have outputs."""
    drawn, path = json.loads(MASKS.read_text()), tmp_path_factory.mktemp("masks") / "masks.json"
    path.write_text(json.dumps({case.id: drawn[case.id] for case in bundled_cases()[:CASES]}))
    return path


def benchmark(outputs, masks, out):
    maps = [f"{name}={outputs}" for name in NAMES]
    words = ["--maps", *maps, "--tune-on", *maps, "--ground-truth", masks, "--tune-ground-truth", masks]
    without = ("--no-figures", "--no-ceilings", "--no-floors")
    assert call("benchmark", *words, "--out", out, "--bootstrap", 20, *without, "--processes", 1) == 0
    return [(out / name).read_bytes() for name in ("summary.csv", "per_case.csv", "intervals.csv", "undefined.csv")]


def test_the_benchmark_is_the_same(both, masks, tmp_path):
    packed = shutil.make_archive(str(tmp_path / "packed"), "zip", both[1])
    tables = [benchmark(place, masks, tmp_path / str(number)) for number, place in enumerate((*both, packed))]
    assert tables[0] == tables[1] == tables[2]
    assert b"raw" in tables[0][0] and tables[0][1].count(b"\n") > 2 * 10 * CASES
    maps = json.loads((tmp_path / "1" / "manifest.json").read_text())["inputs"]["maps"]
    assert [(one["cases"], one["files"]) for one in maps.values()] == [(CASES, 2)] * 2  # blocks of 2 and 1 cases


def test_the_cohort_of_the_page_is_the_same(both, masks):
    made = [make_cohort(CohortFiles("a", "A", place, masks), "paper", 1, lambda *_: None) for place in both]
    (first, about), (second, other) = map(unpack, made)
    for name, array in vars(first).items():
        np.testing.assert_array_equal(array, getattr(second, name))
    assert about["weights"] == other["weights"] and about.keys() == other.keys()
    assert about["fingerprint"] != other["fingerprint"]


def test_a_cohort_is_made_again_when_a_shard_grows(both, tmp_path):
    place = tmp_path / "shards"
    shutil.copytree(both[1], place)
    files = CohortFiles("a", "A", place, MASKS)
    before = files.fingerprint("paper")
    with (place / "0-of-2" / "ledger.jsonl").open("ab") as file:
        file.write(b"\n")
    assert files.fingerprint("paper") != before


def test_the_report_of_predictions_is_the_same(both):
    cases = CheXlocalize(DEMO_ROOT).cases("test")
    assert [models_of(place, cases) for place in both] == [["patchnet", "cnn"]] * 2
    reports = [classification("cnn", (place, cases), (place, cases)) for place in both]
    assert repr(reports[0]) == repr(reports[1]) and reports[0] is not None


def test_maps_and_probabilities_are_the_same(both):
    assert output_names(both[0]) == output_names(both[1]) == NAMES
    folders, shards = (open_maps(f"gradcam={place}") for place in both)
    assert folders.files.keys() == shards.files.keys()
    assert len({shards.digest(case) for case in shards.files}) == CASES
    for case in folders.files:
        one, other = folders.read(case), shards.read(case)
        assert one.probabilities == other.probabilities and one.geometry == other.geometry and not other.problems
        assert one.maps.keys() == other.maps.keys()
        for finding, values in one.maps.items():
            np.testing.assert_array_equal(values, other.maps[finding])
    with pytest.raises(InputError, match="Expected one method in shards"):
        find_outputs("mine", both[1])


def test_a_damaged_block_is_the_problem_of_its_cases_alone(both, tmp_path):
    place = tmp_path / "shards"
    shutil.copytree(both[1], place)
    source = open_maps(f"raw={place}")
    path = place / "0-of-2" / "000000.safetensors"
    path.write_bytes(b"\xff" * path.stat().st_size)
    read = {case: source.read_or_refuse(case) for case in source.files}
    broken = [case for case, found in read.items() if found.problems]
    assert len(broken) == 2 and all(read[case].problems[0].kind == "map that cannot be read" for case in broken)
    assert all(source.files[case] == (path,) for case in broken)

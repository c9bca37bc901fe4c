"""Methods and a model unlike those of the program go through benchmark, report, trust and profile as any other."""

import csv
import json
from collections import Counter
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from scipy.special import expit

from data_cache.case import Case
from data_cache.chexlocalize import CheXlocalize
from data_cache.demo import DEMO_ROOT, bundled_cases
from data_cache.findings import FINDINGS, LOCALIZED_FINDINGS
from data_cache.images import preprocess
from evaluation.cohort.curves import UNPREDICTED
from evaluation.cohort.files import unpack
from evaluation.cohort.given import CohortFiles
from evaluation.cohort.making import make_cohort
from evaluation.one_map.comparing import Effort
from evaluation.trust.registry import CHECKS
from explainers.pairs import parse_pair
from explainers.runner import Plan, run_cases
from models.capabilities import ATTENTION, capabilities_of
from models.classification.reasons import NOT_PREDICTED
from models.predictor import load_predictor
from tests.evaluation.commands.test_benchmark import call
from tests.evaluation.making import TRUTH, root_of_few
from tests.explainers.conftest import save_small
from tests.toys.models import FIVE, PREDICTED, write_five
from tests.toys.registering import registered_toys

NAMES = ("raw", "toy-bright", "toy-bright@toy-five", "toy-patches")
SILENT = [finding for finding in LOCALIZED_FINDINGS if finding not in PREDICTED]

FEW = 3  # of the bundled cases


class Made(NamedTuple):
    """Outputs of all names for a root of a few of the bundled cases, and the weights of both models, by key."""

    root: Path
    outputs: Path
    weights: dict[str, Path]
    cases: list[Case]
    five: dict[str, np.ndarray]  # logits of the odd model by case


@pytest.fixture(scope="module", autouse=True)
def registered():
    """The toys. Their sheets' panels are made; to draw them as PNG too takes as long as all else here together.

    The commands' own tests draw sheets of such panels. One map in many ways is asked for with little effort.
    """
    with registered_toys(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("evaluation.charts.pictures.png", lambda sheet: sheet.title.encode())
        patch.setattr("evaluation.trust.one_map.Effort", partial(Effort, pairs=2, steps=16))
        yield


@pytest.fixture(scope="module")
def made(registered, tmp_path_factory) -> Made:
    folder = tmp_path_factory.mktemp("toys")
    root = root_of_few(folder / "root", FEW)
    four = save_small("medicalpatchnet", folder, input_size=64)  # patches: one map in many ways is as dear as they are
    weights = {"medicalpatchnet": four, FIVE.key: write_five(folder)}
    models = {key: load_predictor(path, key, "torch-cpu") for key, path in weights.items()}
    parameters = {name: parse_pair(name).entry.parse({"power": 2} if name == "toy-patches" else None) for name in NAMES}
    cases = list(CheXlocalize(root).cases("test"))
    assert len(cases) == FEW
    run_cases(cases, Plan(folder / "outputs", parameters, models), pytest.fail)
    five = {case.id: models[FIVE.key].logits(preprocess(case.read(), 64)[0][None])[0] for case in cases}
    assert ATTENTION in capabilities_of(models[FIVE.key])
    return Made(root, folder / "outputs", weights, cases, five)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_benchmark_scores_every_pair_and_says_what_is_not_predicted(made, tmp_path):
    maps = [f"{name}={made.outputs}" for name in NAMES]
    truth = made.root / TRUTH
    words = ["--maps", *maps, "--tune-on", *maps, "--ground-truth", truth, "--tune-ground-truth", truth]
    assert call("benchmark", *words, "--out", tmp_path, "--no-floors", "--bootstrap", 20, "--processes", 1) == 0
    lines = table(tmp_path / "per_case.csv")
    assert {line["method"] for line in lines} == set(NAMES)
    five = [line for line in lines if line["method"] == "toy-bright@toy-five"]
    silent = [line for line in five if line["finding"] in SILENT]
    assert len(silent) == len(made.cases) * len(SILENT)
    for line in silent:
        assert line["skip_reason"] == NOT_PREDICTED
        assert line["iou_tp"] == line["iou_all"] == line["hit"] == line["probability"] == ""
    for line in five:
        if line["finding"] in PREDICTED:
            assert NOT_PREDICTED not in line["skip_reason"]
            expected = expit(made.five[line["case"]].astype(float)[FINDINGS.index(line["finding"])])
            assert float(line["probability"]) == pytest.approx(expected, abs=1e-6)
    undefined = {(one["method"], one["metric"], one["reason"]): 0 for one in table(tmp_path / "undefined.csv")}
    for one in table(tmp_path / "undefined.csv"):
        undefined[one["method"], one["metric"], one["reason"]] += int(one["cases"])
    said = {key: count for key, count in undefined.items() if key[2] == NOT_PREDICTED}
    whole = len(made.cases) * len(SILENT)
    assert said == {("toy-bright@toy-five", metric, NOT_PREDICTED): whole for metric in ("hit", "iou_tp", "iou_all")}
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["problems"]["counts"] == {}
    assert {line["method"] for line in table(tmp_path / "thresholds.csv")} == set(NAMES)
    means = {line["method"]: line for line in table(tmp_path / "summary.csv") if line["finding"] == "Mean"}
    assert all(float(means[name]["hit_rate"]) >= 0 for name in NAMES)
    assert (tmp_path / "figures" / "by_finding.html").is_file()
    assert "toy-bright@toy-five" in (tmp_path / "summary.md").read_text()


def test_the_cohort_of_the_page_knows_every_pair(made):
    files = CohortFiles("toys", "Toys", made.outputs, made.root / TRUTH)
    curves, about = unpack(make_cohort(files, "paper", 1, lambda *_: None))
    assert curves.methods == NAMES
    kinds = {name: about["weights"][name]["kind"] for name in NAMES}
    assert kinds == {name: "toy-five" if "@" in name else "medicalpatchnet" for name in NAMES}
    silent = [finding in SILENT for finding in LOCALIZED_FINDINGS]
    by_finding = (curves.states == UNPREDICTED).all(axis=2)
    assert by_finding[NAMES.index("toy-bright@toy-five")].tolist() == silent
    assert (curves.states == UNPREDICTED).sum() == len(SILENT) * len(made.cases)


def test_the_report_has_a_column_a_pair_and_a_row_a_model(made, tmp_path):
    words = ["--outputs", made.outputs, "--tune-outputs", made.outputs, "--root", made.root, "--out", tmp_path]
    assert call("report", *words, "--split", "test", "--tune-split", "test", "--bootstrap", 0) == 0
    text = (tmp_path / "readme_tables.md").read_text()
    assert "| Pathology | MedicalPatchNet (Raw) | Brightness | Brightness, Five | Patches to a power |" in text
    (row,) = [line for line in text.splitlines() if line.startswith("| Five findings |")]
    assert row.count("/ –") == 8
    assert "without Enlarged Cardiomediastinum" in row
    hits = next(line for line in text.splitlines() if line.startswith("| Pneumothorax |"))
    assert hits.split("|")[4].strip() == f"– [–, –], 0 ({len(made.cases)}) / –"


def _trust(made, out, *words) -> list[dict[str, str]]:
    assert made.cases[0].drawn and made.cases[0].id == bundled_cases()[0].id
    models = [part for key, path in made.weights.items() for part in ("--model", f"{key}={path}")]
    rest = ("--methods", ",".join(NAMES), "--steps", 4, "--bootstrap", 20, "--backend", "torch-cpu", "--limit", 1)
    assert call("trust", "--out", out, *models, *rest, *words) == 0
    return table(out / "cases.csv")


# One of each unit, two that name findings, and what a verdict is said of here; the rest is asked alike.
FEW_CHECKS = ("exactness", "perturbation", "attended", "sanity", "shortcut", "quality", "calibration")


@pytest.mark.parametrize("asked", [FEW_CHECKS, pytest.param(tuple(CHECKS), marks=pytest.mark.thorough)])
def test_every_check_that_fits_is_asked(made, tmp_path, asked):
    lines = _trust(made, tmp_path, "--checks", ",".join(asked), "--findings", "Edema,Fracture")
    assert all(bool(line["value"]) != bool(line["reason"]) for line in lines)
    found = {(line["check"], line["method"]) for line in lines}
    checks = {key: CHECKS[key] for key in asked}
    expected = {(key, name) for key, check in checks.items() if check.unit == "method" for name in NAMES}
    expected -= {("exactness", name) for name in NAMES if name != "raw"}  # only raw maps say that they add up
    expected |= {(key, "") for key, check in checks.items() if check.unit == "image"}
    expected |= {(key, model) for key, check in checks.items() if check.unit == "cohort" for model in made.weights}
    assert found == expected

    reasons = {(line["method"], line["finding"], line["check"]): line["reason"] for line in lines}
    for check in {"perturbation", "attended", "stability", "sanity", "shortcut"}.intersection(asked):
        assert reasons["toy-bright@toy-five", "Fracture", check] == NOT_PREDICTED
        assert reasons["toy-bright", "Fracture", check] != NOT_PREDICTED
    for line in lines:
        is_five = line["method"] in ("toy-five", "toy-bright@toy-five") or line["setting"] == "toy-five"
        of_finding = line["finding"] and line["check"] != "quality"
        silent = bool(is_five and of_finding and line["finding"] not in PREDICTED)
        assert (line["reason"] == NOT_PREDICTED) == silent, line

    same = [line for line in lines if line["check"] == "sanity" and line["method"] == "toy-bright" and line["value"]]
    assert {round(float(line["value"]), 6) for line in same} == {1.0}  # brightness never depended on the weights
    verdicts = {(one["check"], one["method"]): one["passed"] for one in table(tmp_path / "verdicts.csv")}
    assert verdicts["sanity", "toy-bright"] == verdicts["sanity", "toy-bright@toy-five"] == "false"
    assert verdicts["exactness", "raw"] == "true"
    assert "toy-bright@toy-five" in (tmp_path / "summary.md").read_text()
    assert (tmp_path / "figures" / "settings.png").is_file()


def test_the_finding_asked_about_is_one_that_the_model_predicts(made, tmp_path):
    words = ("--checks", "attended,augmentation", "--findings", "predicted", "--no-figures")
    lines = _trust(made, tmp_path, *words)
    five = [line for line in lines if line["method"] == "toy-bright@toy-five" and line["metric"] == "drop"]
    asked = {line["case"]: line["finding"] for line in five}
    likely = {case: FINDINGS[np.nanargmax(made.five[case][1:]) + 1] for case in asked}  # No Finding is not asked about
    assert asked == likely
    images = Counter(line["finding"] for line in lines if line["check"] == "augmentation")
    patches = {line["finding"] for line in lines if line["method"] == "raw"}
    assert set(images) == patches  # the first model chooses for both


def test_a_profile_and_the_tables_that_use_it(made, tmp_path):
    weights = tmp_path / "five.safetensors"
    weights.write_bytes(made.weights[FIVE.key].read_bytes())
    words = ["--root", DEMO_ROOT, "--model", f"toy-five={weights}", "--split", "test", "--backend", "torch-cpu"]
    assert call("profile", *words, "--train", "") == 0
    stored = json.loads((tmp_path / "five.profile.json").read_text())
    assert stored["kind"] == "toy-five"
    for entry in stored["findings"]:
        silent = entry["finding"] not in PREDICTED
        assert (entry["temperature_reason"] == NOT_PREDICTED) == (entry["threshold_reason"] == NOT_PREDICTED) == silent
        assert (entry["nll_before"] is None) == silent
    assert call("probabilities", *words, "--bootstrap", 10, "--out", tmp_path / "tables") == 0
    for name in ("calibration", "risk_coverage", "sensitivity"):
        for line in table(tmp_path / "tables" / f"{name}.csv"):
            silent = line["finding"] not in (*PREDICTED, "Mean")
            assert (line["reason"] == NOT_PREDICTED) == silent, line


def test_two_models_where_one_is_expected_are_refused(made, tmp_path, capsys):
    words = ["--root", DEMO_ROOT, "--model", f"toy-five={made.weights[FIVE.key]}", "--out", tmp_path / "x"]
    for more in (["--cnn", "demo"], ["--kind", "cnn"], ["--weights", "demo"]):
        assert call("probabilities", *words, *more) == 2
        assert "expected one model, found" in " ".join(capsys.readouterr().err.split())
    assert call("probabilities", "--root", DEMO_ROOT, "--kind", "resnet", "--out", tmp_path / "x") == 1
    assert "Unknown model 'resnet'" in capsys.readouterr().err

"""The requests of the tab Trust with narrow models and phantoms, and what it shows of a cohort's results."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from scipy.special import expit

from data_cache.demo import bundled_cases
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from evaluation.assessment import film_of
from evaluation.trust.base import Check, Measured, Metric, Subject
from evaluation.trust.masking import baseline_image
from evaluation.trust.profile import profile_path, read_profile
from evaluation.trust.quality import quality
from evaluation.trust.registry import CHECKS
from explainers.pairs import Pair
from explainers.registry import EXPLAINERS
from models.embedded import embedded_path
from models.registry import MODELS
from tests.toys.models import FIVE, NOT_PREDICTED, write_five
from tests.toys.registering import registered_toys
from tests.ui.kept import keep
from ui.catalogue import Catalogue
from ui.engine import Engine
from ui.explore import Explore
from ui.profiles import NO_PROFILE
from ui.protocol.trust import QualityReport
from ui.session import Session
from ui.settings import Settings
from ui.trust import Trust
from ui.trust_checks import DRAWN
from ui.trust_cohort import BUNDLED, read_cohort, selective
from ui.trust_content import quality_content
from ui.trust_tab import trust_config
from ui.trust_visit import Visit

INDEX = FINDINGS.index("Edema")


@pytest.fixture(scope="module")
def settings(weights: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Two models of the program, and one that predicts five findings."""
    with registered_toys():
        patchnet, cnn = map(str, weights)
        five = str(write_five(tmp_path_factory.mktemp("five")))
        yield Settings(models={"medicalpatchnet": patchnet, "cnn": cnn, FIVE.key: five}, backend="torch-cpu")


@pytest.fixture(scope="module")
def engine(settings: Settings) -> Engine:
    return Engine(settings)


@pytest.fixture(scope="module")
def trust(settings: Settings, engine: Engine) -> Trust:
    return Trust(engine, settings, lambda png: {"url": f"{len(png)}"})


@pytest.fixture(scope="module")
def session(catalogue: Catalogue, engine: Engine) -> Session:
    """A visit with the first case open and explained."""
    opened = Session()
    for _ in Explore(catalogue, engine, keep, lambda *_: {}).open(opened, catalogue.rows()[0]["id"]):
        pass
    return opened


METHODS = {"raw", "gradcam"}  # of each model one; all are asked in tests/evaluation/trust/
BRIGHT_FIVE = "toy-bright@toy-five"


@pytest.fixture(scope="module")
def checked(trust: Trust, session: Session) -> list[dict[str, Any]]:
    return list(trust.check(Visit(), session, "Edema", [*METHODS, BRIGHT_FIVE]))


@pytest.fixture
def at_once(checked: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks that the page draws answer what they answered to `checked`, whatever they are asked about."""
    first = {key: next(iter(of.values())) for key, of in checked[-1]["checked"]["results"].items()}
    answers: dict[str, Any] = {key: lambda _, key=key: first[key] for key in DRAWN}
    monkeypatch.setattr("ui.trust_checks.DRAWN", answers)


@pytest.fixture(scope="module")
def assessed(trust: Trust, session: Session) -> dict[str, Any]:
    """What the tab says of the open case."""
    (message,) = trust.assess(Visit(), session)
    return message


def test_every_check_is_run_for_every_map_it_fits_and_is_plain_json(checked: list[dict[str, Any]]) -> None:
    last = checked[-1]["checked"]
    assert not checked[-1]["busy"] and last["done"] == last["total"] == len(checked) - 1
    found = {key: set(results) for key, results in last["results"].items() if key != "exactness"}
    everything = {*METHODS, BRIGHT_FIVE}
    assert found == dict.fromkeys(("perturbation", "attended", "stability", "shortcut"), everything)
    assert last["results"]["exactness"]["raw"]["exact"] and last["not_predicted"] == []
    assert not set(last["results"]["exactness"]) & {BRIGHT_FIVE, "gradcam"}
    assert json.loads(json.dumps(checked[-1], allow_nan=False))["turn"] == 1


def test_the_curves_end_at_what_the_model_says(checked: list[dict[str, Any]], engine: Engine, session: Session) -> None:
    reading = session.current
    assert reading is not None
    model, image = engine.models()["cnn"], reading.runs["cnn"].image
    ends = expit(model.logits(np.stack([image, baseline_image(image)]))[:, INDEX].astype(float))
    deletion = checked[-1]["checked"]["results"]["perturbation"]["gradcam"]["deletion"]
    assert [deletion["ys"][0], deletion["ys"][-1]] == pytest.approx(ends.tolist(), abs=1e-6)


def test_without_a_profile_probabilities_stay_as_they_are(assessed: dict[str, Any], session: Session) -> None:
    opinions = assessed["assessed"]["opinions"]
    reading = session.current
    assert reading is not None
    assert [opinion["key"] for opinion in opinions] == ["medicalpatchnet", "cnn", "toy-five"]
    assert all(opinion["calibrated"] is None and opinion["note"] == NO_PROFILE for opinion in opinions)
    assert opinions[0]["raw"] == pytest.approx(expit(reading.explanations["raw"].logits.astype(float)).tolist())
    assert len(opinions[1]["deviation"]) == 14 and assessed["assessed"]["quality"] is None


def test_what_a_model_does_not_predict_is_null_and_never_a_number(assessed: dict[str, Any]) -> None:
    opinion = assessed["assessed"]["opinions"][2]
    silent = [finding in NOT_PREDICTED for finding in FINDINGS]
    for numbers in (opinion["raw"], opinion["deviation"]):
        assert [number is None for number in numbers] == silent
    json.dumps(assessed, allow_nan=False)


def test_maps_of_models_that_do_not_predict_the_finding_are_left_out_and_named(
    trust: Trust, session: Session, at_once: None
) -> None:
    *_, last = trust.check(Visit(), session, "Fracture", ["gradcam", BRIGHT_FIVE])
    told = last["checked"]
    assert told["not_predicted"] == [FIVE.label] and told["total"] > 0
    assert all(set(results) == {"gradcam"} for results in told["results"].values())
    (alone,) = trust.check(Visit(), session, "Fracture", [BRIGHT_FIVE])
    assert alone["checked"]["total"] == 0 and not alone["busy"]


def test_the_maps_that_can_be_checked_are_every_method_on_every_model_it_explains(assessed: dict[str, Any]) -> None:
    pairs = {pair["name"]: pair for pair in assessed["assessed"]["pairs"]}
    models = ("medicalpatchnet", "cnn", FIVE.key)
    able = [(key, model) for key, e in EXPLAINERS.items() for model in models if e.needs in MODELS[model].capabilities]
    every, dear = (
        {Pair(*one).name for one in able if EXPLAINERS[one[0]].own_passes in of} for of in ((False,), (True,))
    )
    assert every > {"raw", "toy-bright", "toy-bright@cnn", BRIGHT_FIVE} and dear >= {"occlusion", "rise", "scorecam"}
    assert every <= set(pairs) <= every | dear and "rise" not in pairs  # those of many passes once Explore has them
    assert pairs[BRIGHT_FIVE]["model"] == FIVE.key and pairs[BRIGHT_FIVE]["label"] == "Brightness, Five"
    assert pairs["raw"]["shown"] and "exactness" in pairs["raw"]["checks"]
    assert "exactness" not in pairs["gradcam"]["checks"] and "attended" in pairs[BRIGHT_FIVE]["checks"]


def test_a_check_that_the_page_does_not_draw_is_asked_and_told_in_numbers(
    trust: Trust, session: Session, monkeypatch: pytest.MonkeyPatch, at_once: None
) -> None:
    def largest(subject: Subject) -> list[Measured]:
        assert subject.explanation is not None
        return [Measured("peak", float(subject.explanation.map_of(subject.finding).max()))]

    words = dict.fromkeys(("label", "words", "definition", "paper", "cost"), "of the tests")
    odd = Check(key="odd", unit="method", metrics={"peak": Metric("peak", "", "neither")}, measure=largest, **words)
    monkeypatch.setitem(CHECKS, "odd", odd)
    *_, last = trust.check(Visit(), session, "Edema", ["raw"])
    (told,) = last["checked"]["measured"]["odd"]["raw"]
    reading = session.current
    assert reading is not None and (told["metric"], told["reason"]) == ("peak", "")
    assert told["value"] == float(reading.explanations["raw"].map_of("Edema").max())


def test_nothing_open_and_unknown_findings_are_one_sentence(trust: Trust, session: Session) -> None:
    assert "open one in Explore" in next(trust.assess(Visit(), Session()))["error"]
    assert "reload the page" in next(trust.check(Visit(), session, "Toothache", []))["error"]
    assert "reload the page" in next(trust.check(Visit(), session, "Edema", ["raw@cnn"]))["error"]


def test_a_stopped_check_ends(trust: Trust, session: Session) -> None:
    visit = Visit()
    messages = trust.check(visit, session, "Edema", ["raw"])
    next(messages)
    visit.begin()
    assert list(messages) == []


def test_the_view_is_judged_as_the_radiograph_is() -> None:
    path = profile_path(embedded_path("medicalpatchnet"))
    profile = read_profile(path, json.loads(path.read_text())["weights_sha256"])
    assert profile.quality is not None
    for case in bundled_cases()[:6]:
        radiograph = case.read()
        judged, whole = film_of(radiograph, True).compared(profile.quality), quality(radiograph, profile.quality)
        told = QualityReport.model_validate(quality_content(whole, profile.quality, "phantom, train"))
        assert told.whose == "the 2,000 simulated films that the model learned from"
        assert judged.flags == whole.flags
        assert judged.values["likeness"] == pytest.approx(whole.values["likeness"], abs=0.01)


def test_a_cohort_shows_what_the_command_wrote(tmp_path: Path) -> None:
    dropped = (("one", 0.25), ("two", 0.75), ("three", 0.75))
    (tmp_path / "cases.csv").write_text(
        "check,method,case,patient,finding,metric,setting,value,reason\n"
        "attended,raw,one,p,Edema,difference,,0.5,\nattended,raw,two,q,Edema,difference,,-0.25,\n"
        "attended,raw,three,r,Edema,difference,,,blank map\n"
        + "".join(f"perturbation,raw,{case},p,Edema,deletion,,{value},\n" for case, value in dropped)
    )
    (tmp_path / "summary.csv").write_text(
        "check,method,metric,setting,n,mean,sd,low,high,minimum,q05,q25,q50,q75,q95,maximum,undefined,reasons\n"
        "attended,raw,difference,,2,0.125,0.53,-0.25,0.5,-0.25,-0.2,0,0.125,0.3,0.4,0.5,1,blank map: 1\n"
        "perturbation,raw,deletion,,3,0.5,0.25,,,0.25,0.25,0.25,0.5,0.75,0.75,0.75,0,\n"
    )
    cohort = read_cohort([tmp_path], CHECKS)
    assert cohort is not None and cohort["n"] == 3
    (row,), (deletion,) = (group["rows"] for group in cohort["groups"])
    assert row["values"] == [0.5, -0.25] and row["undefined"] == 1 and row["label"] == "Raw patch map"
    assert [cohort["cases"][place] for place, *_ in row["worst"]] == ["two", "one"]  # higher is better
    places = {case: cohort["cases"].index(case) for case, _ in dropped}
    assert deletion["values"] == [0.25, 0.75, 0.75]
    assert deletion["worst"] == [  # lower is better, and of equal ones the first is first
        [places["two"], "Edema", 0.75],
        [places["three"], "Edema", 0.75],
        [places["one"], "Edema", 0.25],
    ]


def test_the_bundled_cohort_reads_with_the_labels_of_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    cohort = read_cohort(BUNDLED, CHECKS)
    assert cohort is not None
    every = ("medicalpatchnet", "cnn", "attention-network", "mxa-efficientvit", "mednext_xue", "medunext_xue")
    assert [(model["key"], model["label"]) for model in cohort["models"]] == [(key, MODELS[key].label) for key in every]
    assert all(len(model["reliability"]) > 8 and model["selective"] for model in cohort["models"])
    assert set(selective(cohort)) == set(every)
    assert cohort["n"] == 24 and cohort["measured"] == [
        (24, [MODELS[key].label for key in every[:2]]),
        (8, [MODELS[key].label for key in every[2:]]),
    ]
    read = Mock(return_value=dict(cohort))  # to read it takes a second each time
    monkeypatch.setattr("ui.trust_cohort.read_cohort", read)
    told = trust_config.__wrapped__(("medicalpatchnet", "mednext_xue"))["cohort"]["label"]
    read.assert_called_once_with(BUNDLED, CHECKS)
    assert told.startswith("The 24 bundled phantoms: maps of MedicalPatchNet and ") and told.endswith(
        f" and {MODELS['medunext_xue'].label} over the first 8"
    )
    labels = {row["label"] for group in cohort["groups"] for row in group["rows"]}
    assert {"Raw patch map", "Eigen-CAM", MODELS["cnn"].short, "Segmentation (shown masks)"} <= labels
    curves = next(group for group in cohort["groups"] if group["check"] == "perturbation")
    assert len(curves["rows"]) == 11 and {row["n"] for row in curves["rows"]} == {8, 24}


def test_tables_of_any_model_are_found_by_their_folder(tmp_path: Path, toys: None) -> None:
    header = "check,method,case,patient,finding,metric,setting,value,reason\n"
    rows = ("toy-bright@toy-five", "gradcam@timm:resnet18", "toy-five", "somebody", "")
    (tmp_path / "cases.csv").write_text(
        header + "".join(f"attended,{row},one,p,Edema,difference,,0.5,\n" for row in rows)
    )
    numbers = "n,mean,sd,low,high,minimum,q05,q25,q50,q75,q95,maximum,undefined,reasons"
    (tmp_path / "summary.csv").write_text(
        f"check,method,metric,setting,{numbers}\n"
        + "".join(f"attended,{row},difference,,1,0.5,,,,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0,\n" for row in rows)
    )
    for folder in ("timm+resnet18", "toy-five", "pictures"):
        (tmp_path / folder).mkdir()
    for folder in ("timm+resnet18", "toy-five"):
        (tmp_path / folder / "sensitivity.csv").write_text("finding,sensitivity\nEdema,0.5\n")
    cohort = read_cohort([tmp_path], CHECKS)
    assert cohort is not None
    assert [(model["key"], model["label"]) for model in cohort["models"]] == [
        ("toy-five", FIVE.label),
        ("timm:resnet18", "timm resnet18"),
    ]
    assert all(model["sensitivity"][0]["sensitivity"] == 0.5 for model in cohort["models"])
    labels = [row["label"] for row in cohort["groups"][0]["rows"]]
    assert labels == ["Brightness, Five", "Grad-CAM, resnet18", FIVE.short, "somebody", "the image"]


def test_a_folder_without_results_is_refused_and_a_missing_one_is_none(tmp_path: Path) -> None:
    assert read_cohort([tmp_path / "nothing"], CHECKS) is None
    with pytest.raises(InputError, match=r"Expected cases\.csv"):
        read_cohort([tmp_path], CHECKS)

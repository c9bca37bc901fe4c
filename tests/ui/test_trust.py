"""The requests of the tab Trust with narrow models and phantoms, and what it shows of a cohort's results."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.special import expit

from data_cache.demo import bundled_cases
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from evaluation.trust.masking import baseline_image
from evaluation.trust.profile import profile_path, read_profile
from evaluation.trust.quality import quality
from evaluation.trust.registry import CHECKS
from models.embedded import embedded_path
from tests.ui.test_explore import keep
from ui.case_view import CaseView
from ui.catalogue import Catalogue
from ui.engine import Engine
from ui.explore import Explore
from ui.profiles import NO_PROFILE, Profiles
from ui.session import Session
from ui.settings import Settings
from ui.trust import Trust
from ui.trust_cohort import read_cohort
from ui.trust_visit import Visit

INDEX = FINDINGS.index("Edema")


@pytest.fixture(scope="module")
def trust(weights: tuple[Path, Path], engine: Engine) -> Trust:
    patchnet, cnn = map(str, weights)
    return Trust(engine, Settings(patchnet=patchnet, cnn=cnn, backend="torch-cpu"), lambda png: {"url": f"{len(png)}"})


@pytest.fixture(scope="module")
def session(catalogue: Catalogue, engine: Engine) -> Session:
    """A visit with the first case open and explained."""
    opened = Session()
    for _ in Explore(catalogue, engine, keep, lambda *_: {}).open(opened, catalogue.rows()[0]["id"]):
        pass
    return opened


@pytest.fixture(scope="module")
def checked(trust: Trust, session: Session) -> list[dict[str, Any]]:
    return list(trust.check(Visit(), session, "Edema"))


def test_every_check_is_run_for_every_method_it_fits_and_is_plain_json(checked: list[dict[str, Any]]) -> None:
    last = checked[-1]["checked"]
    assert not checked[-1]["busy"] and last["done"] == last["total"] == len(checked) - 1
    methods = {"raw", "scaled", "gradcam", "gradcam++", "eigencam"}
    found = {key: set(results) for key, results in last["results"].items() if key != "exactness"}
    assert found == dict.fromkeys(("perturbation", "attended", "stability", "shortcut"), methods)
    assert last["results"]["exactness"]["raw"]["exact"]
    assert json.loads(json.dumps(checked[-1], allow_nan=False))["turn"] == 1


def test_the_curves_end_at_what_the_model_says(checked: list[dict[str, Any]], engine: Engine, session: Session) -> None:
    reading = session.current
    assert reading is not None and reading.passes is not None
    model, image = engine.models().cnn, reading.passes.input("cnn").image
    ends = expit(model.logits(np.stack([image, baseline_image(image)]))[:, INDEX].astype(float))
    deletion = checked[-1]["checked"]["results"]["perturbation"]["gradcam"]["deletion"]
    assert [deletion["ys"][0], deletion["ys"][-1]] == pytest.approx(ends.tolist(), abs=1e-6)


def test_without_a_profile_probabilities_stay_as_they_are(trust: Trust, session: Session) -> None:
    (message,) = trust.assess(Visit(), session)
    opinions = message["assessed"]["opinions"]
    reading = session.current
    assert reading is not None
    assert [opinion["kind"] for opinion in opinions] == ["medicalpatchnet", "cnn"]
    assert all(opinion["calibrated"] is None and opinion["note"] == NO_PROFILE for opinion in opinions)
    assert opinions[0]["raw"] == pytest.approx(expit(reading.explanations["raw"].logits.astype(float)).tolist())
    assert len(opinions[1]["deviation"]) == 14 and message["assessed"]["quality"] is None


def test_nothing_open_and_unknown_findings_are_one_sentence(trust: Trust, session: Session) -> None:
    assert "open one in Explore" in next(trust.assess(Visit(), Session()))["error"]
    assert "reload the page" in next(trust.check(Visit(), session, "Toothache"))["error"]


def test_a_stopped_check_ends(trust: Trust, session: Session) -> None:
    visit = Visit()
    messages = trust.check(visit, session, "Edema")
    next(messages)
    visit.begin()
    assert list(messages) == []


def test_triage_says_what_is_wrong_with_a_file_and_goes_on(trust: Trust) -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (300, 300), np.uint8)).save(buffer, "PNG")
    files: list[tuple[str, bytes | str]] = [("a.png", b"no image"), ("b.png", buffer.getvalue()), ("c.png", "lost")]
    *_, last = trust.triage(Visit(), files)
    wrong, fine, lost = last["triage"]["rows"]
    assert "a.png" in wrong["error"] and lost["error"] == "lost" and not last["busy"]
    assert set(fine["opinions"]) == {"medicalpatchnet", "cnn"} and fine["thumbnail"].startswith("data:image/jpeg")
    assert "1 to 100" in next(trust.triage(Visit(), files * 40))["error"]


def test_the_view_is_judged_as_the_radiograph_is() -> None:
    path = profile_path(embedded_path("medicalpatchnet"))
    profile = read_profile(path, json.loads(path.read_text())["weights_sha256"])
    known = Profiles({"medicalpatchnet": profile}, {"medicalpatchnet": ""})
    assert profile.quality is not None
    for case in bundled_cases()[:6]:
        radiograph = case.read()
        judged, whole = known.judge(CaseView.of(case, radiograph).grey), quality(radiograph, profile.quality)
        assert judged is not None and judged.flags == whole.flags
        assert judged.values["likeness"] == pytest.approx(whole.values["likeness"], abs=0.01)


def test_a_cohort_shows_what_the_command_wrote(tmp_path: Path) -> None:
    (tmp_path / "cases.csv").write_text(
        "check,method,case,patient,finding,metric,setting,value,reason\n"
        "attended,raw,one,p,Edema,difference,,0.5,\nattended,raw,two,q,Edema,difference,,-0.25,\n"
        "attended,raw,three,r,Edema,difference,,,blank map\n"
    )
    (tmp_path / "summary.csv").write_text(
        "check,method,metric,setting,n,mean,sd,low,high,minimum,q05,q25,q50,q75,q95,maximum,undefined,reasons\n"
        "attended,raw,difference,,2,0.125,0.53,-0.25,0.5,-0.25,-0.2,0,0.125,0.3,0.4,0.5,1,blank map: 1\n"
    )
    cohort = read_cohort(tmp_path, CHECKS)
    assert cohort is not None and cohort["n"] == 3
    (group,) = cohort["groups"]
    (row,) = group["rows"]
    assert row["values"] == [0.5, -0.25] and row["undefined"] == 1 and row["label"] == "Raw patch map"
    assert [cohort["cases"][place] for place, *_ in row["worst"]] == ["two", "one"]  # higher is better


def test_a_folder_without_results_is_refused_and_a_missing_one_is_none(tmp_path: Path) -> None:
    assert read_cohort(tmp_path / "nothing", CHECKS) is None
    with pytest.raises(InputError, match=r"Expected cases\.csv"):
        read_cohort(tmp_path, CHECKS)

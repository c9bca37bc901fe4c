"""The named endpoints, called by gradio_client as the README says, on the app as a Space runs it."""

import contextlib
import re
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import numpy as np
import pytest
from fastapi.openapi.models import OpenAPI
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from data_cache.demo import bundled_cases
from data_cache.findings import FINDINGS
from data_cache.images import read_radiograph
from explainers.model_run import model_runs
from explainers.run import explain_all
from models.predictor import load_predictor
from models.registry import DEFAULT_MODELS
from tests.ui.space import ROOT, Space, own_maps
from ui import VERSION

pytestmark = [pytest.mark.filterwarnings("ignore::ResourceWarning"), pytest.mark.usefixtures("collected")]


@pytest.fixture(scope="module")
def client(space: Space) -> Client:
    return Client(space.address, verbose=False)


@pytest.fixture(scope="module")
def chest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("chest") / "chest.png"
    small = Image.fromarray(np.random.default_rng(0).integers(0, 256, (16, 16), dtype=np.uint8))
    small.resize((300, 280), Image.Resampling.BICUBIC).save(path)
    return path


@pytest.fixture(scope="module")
def readme(space: Space, chest: Path) -> dict[str, Any]:
    """What the README's calls leave."""
    own_maps(chest.with_name("maps.zip"))
    (code,) = re.findall(r"```python\n(from gradio_client.*?)```", (ROOT / "ui" / "README.md").read_text(), re.DOTALL)
    done: dict[str, Any] = {}
    with contextlib.chdir(chest.parent):
        exec(compile(code.replace("http://127.0.0.1:7860", space.address), "ui/README.md", "exec"), done)
    return done


def test_the_readmes_calls_work_as_they_stand(readme: dict[str, Any], chest: Path) -> None:
    done = readme
    assert len(done["cases"]) == 24 and all(case["phantom"] for case in done["cases"])
    rows = {(row["method"], row["finding"]): row for row in done["rows"]}
    assert rows["own", "Edema"]["n_hit"] and rows["own", "Edema"]["threshold"] == 0.5
    expected = explain_all(
        model_runs(
            read_radiograph(chest.read_bytes(), "chest.png"),
            {key: load_predictor("demo", key, "torch-cpu") for key in DEFAULT_MODELS},
        ),
        ("raw", "gradcam"),
        {"raw": {"shift_steps": 2}},
    )
    with np.load(done["maps"]) as maps:
        assert set(maps.files) == set(expected)
        for key, explanation in expected.items():
            scale = float(np.abs(explanation.maps).max())
            np.testing.assert_allclose(maps[key], explanation.maps, atol=1e-4 * scale)  # backends may differ
    logits = expected["raw"].logits.astype(float)
    found = done["report"]["probabilities"]["medicalpatchnet"]
    assert [found[name] for name in FINDINGS] == pytest.approx((1 / (1 + np.exp(-logits))).tolist(), abs=1e-4)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"methods": ["nonsense"]}, "Unknown method 'nonsense': expected one of raw"),
        ({"methods": []}, "Expected a list of methods"),
        ({"methods": ["raw@cnn"]}, "Expected a model that raw can explain: it needs logits of patches; cnn has"),
        ({"methods": ["gradcam@timm:resnet18"]}, "Expected a model among medicalpatchnet, cnn for gradcam"),
        (
            {"methods": ["rise@cnn"]},
            "Expected at most 200 passes for a map on this host (EXPLORER_PASSES), found 4,001",
        ),
        ({"shift_steps": 3}, "Expected shift_steps one of 1, 2, 4, 8, found 3"),
        ({"maps": "xml"}, "Expected maps one of npz, json, none"),
    ],
)
def test_wrong_arguments_are_one_sentence(client: Client, chest: Path, arguments: dict, sentence: str) -> None:
    with pytest.raises(AppError, match=re.escape(sentence)):
        client.predict(handle_file(str(chest)), api_name="/explain", **arguments)


def test_a_file_that_is_no_radiograph_is_one_sentence(client: Client, tmp_path: Path, space: Space) -> None:
    (tmp_path / "Miller.png").write_bytes(b"no image")
    with pytest.raises(AppError, match=r"upload\.png"):
        client.predict(handle_file(str(tmp_path / "Miller.png")), api_name="/explain")
    with pytest.raises(AppError, match="Expected cohort one of phantom-val, phantom-test"):
        client.predict("chexpert", api_name="/benchmark")
    assert "Miller" not in space.log.read_text()


def test_a_path_on_the_server_is_refused_and_left_alone(space: Space, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    Image.fromarray(np.eye(64, dtype=np.uint8)).save(secret)
    image = {"path": str(secret), "orig_name": "secret.png", "meta": {"_type": "gradio.FileData"}}
    with httpx.Client(base_url=space.address, trust_env=False, timeout=60) as http:
        dependencies = http.get("config").json()["dependencies"]
        explain = next(one["id"] for one in dependencies if one["api_name"] == "explain")
        body = {"data": [image, None, 1, "none"], "fn_index": explain, "session_hash": "abc"}
        http.post("gradio_api/queue/join", json=body).raise_for_status()
        said = http.get("gradio_api/queue/data", params={"session_hash": "abc"}).text
    assert "expected a file that was just uploaded" in said
    assert "probabilities" not in said and secret.exists()


def test_an_address_in_place_of_a_file_is_one_sentence(client: Client, space: Space) -> None:
    with pytest.raises(AppError, match="found an address: download it"):
        client.predict(handle_file("https://radiographs.example/chest.png"), api_name="/explain")
    assert space.asked == []


CASE = "patientPHANTOM80140_study1_view1_frontal"


def test_a_listed_case_is_explained_by_its_id(client: Client) -> None:
    """With the same numbers as its file, which is bundled."""
    report, file = client.predict(CASE, methods=["gradcam"], maps="none", api_name="/explain_case")
    assert file is None and report["maps"] is None
    (case,) = [case for case in bundled_cases() if case.id == CASE]
    predictor = load_predictor("demo", "cnn", "torch-cpu")
    (run,) = model_runs(case.read(), {"cnn": predictor}).values()
    logits = np.asarray(run.prediction.logits, float)
    found = [report["probabilities"]["cnn"][name] for name in FINDINGS]
    assert found == pytest.approx((1 / (1 + np.exp(-logits))).tolist(), abs=1e-4)


@pytest.mark.parametrize("case", ["Miller", "../../etc/passwd", ""])
def test_a_case_that_is_not_listed_is_one_sentence(client: Client, case: str) -> None:
    with pytest.raises(AppError, match=f"Expected the id of a case that /cases lists, found {case!r}"):
        client.predict(case, api_name="/explain_case")


def test_several_radiographs_in_one_call_have_their_own_results(client: Client, chest: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no image")
    with Image.open(chest) as image:
        image.save(tmp_path / "again.bmp")  # the same pixels in another file
    files = [handle_file(str(path)) for path in (chest, tmp_path / "broken.png", tmp_path / "again.bmp")]
    found = client.predict(
        images=files, methods=["gradcam"], maps="json", cases=[CASE, "none"], api_name="/explain_many"
    )
    assert [one["name"] for one in found] == ["upload-1.png", "upload-2.png", "upload-3.bmp", CASE, "none"]
    assert [bool(one["error"]) for one in found] == [False, True, False, False, True]
    assert "upload-2.png" in found[1]["error"] and "/cases lists" in found[4]["error"]
    assert all((one["report"] is None) == bool(one["error"]) for one in found)
    alone, _ = client.predict(handle_file(str(chest)), methods=["gradcam"], maps="json", api_name="/explain")
    for one in (found[0], found[2]):
        np.testing.assert_allclose(one["report"]["maps"]["gradcam"], alone["maps"]["gradcam"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("arguments", [{}, {"images": [], "cases": []}, {"cases": [CASE] * 17}, {"cases": CASE}])
def test_none_or_too_many_are_one_sentence(client: Client, arguments: dict) -> None:
    with pytest.raises(AppError, match=r"Expected (1 to 16|lists of) images and"):
        client.predict(api_name="/explain_many", **arguments)


def test_the_openapi_document_says_what_is_taken_and_given(space: Space, chest: Path, readme: dict[str, Any]) -> None:
    """It is valid, states this program's version, and a program that knows nothing else gets what it describes.

    What `benchmark` gives is what the README's call got, which takes seconds to compute.
    """
    with httpx.Client(base_url=space.address, trust_env=False, timeout=120) as http:
        http.get("config")
        document = http.get("openapi.json").json()
        OpenAPI.model_validate(document)
        assert document["info"]["version"] == VERSION
        paths = {
            f"/gradio_api/run/{name}" for name in ("explain", "explain_case", "explain_many", "benchmark", "cases")
        }
        assert set(document["paths"]) == {"/gradio_api/upload", *paths}
        (sent,) = http.post("gradio_api/upload", files={"files": ("chest.png", chest.read_bytes())}).json()
        calls: dict[str, list[Any]] = {
            "explain": [{"path": sent, "orig_name": "chest.png"}, ["gradcam"], 1, "json"],
            "explain_case": [CASE, ["gradcam"], 1, "none"],
            "explain_many": [None, ["gradcam"], 1, "none", [CASE, "none"]],
            "cases": [],
            "benchmark": ["phantom-test", {"path": sent, "orig_name": "maps.zip"}, 0.5],
        }
        answered: dict[str, Any] = {}
        for name, data in calls.items():
            operation = document["paths"][f"/gradio_api/run/{name}"]["post"]
            body = {"data": data, "session_hash": "abc"}
            taken = operation["requestBody"]["content"]["application/json"]["schema"]
            jsonschema.validate(body, taken)
            with pytest.raises(jsonschema.ValidationError, match="'session_hash' is a required property"):
                jsonschema.validate({"data": data}, taken)
            assert http.post(f"gradio_api/run/{name}", json={"data": data}).status_code == 400
            if name == "benchmark":
                answered["data"] = [readme["rows"]]
            else:
                answer = http.post(f"gradio_api/run/{name}", json=body)
                assert answer.status_code == 200, answer.text
                answered = answer.json()
            given = operation["responses"]["200"]["content"]["application/json"]["schema"]
            jsonschema.validate(answered, given)
            with pytest.raises(jsonschema.ValidationError):  # the types are no empty words
                jsonschema.validate({"data": [{"a": 1}] * len(answered["data"])}, given)
        body = {"data": ["x", None, 1, "npz"], "session_hash": "abc"}
        wrong = http.post("gradio_api/run/explain_case", json=body)
        assert wrong.status_code == 422 and "/cases lists" in wrong.json()["error"]


EVENT = {"path": "x", "name": "y"}


@pytest.mark.parametrize(
    ("place", "body", "status", "sentence"),
    [
        ("queue/join", {"fn_index": 99999, "data": []}, 404, "Expected an endpoint"),
        ("queue/join", {"fn_index": "0", "data": []}, 404, "Expected an endpoint"),
        ("queue/join", {"fn_index": [1], "data": []}, 404, "Expected an endpoint"),
        ("queue/join", {"data": []}, 404, "Expected an endpoint"),
        ("run/nope", {"data": []}, 404, "Expected an endpoint"),
        ("run/cases", {"fn_index": 99999, "data": []}, 404, "Expected an endpoint"),
        ("run/cases", {}, 400, "Expected a list of 0 values as data, found no list"),
        ("run/cases", {"data": [1]}, 400, "Expected a list of 0 values as data, found 1"),
        ("run/explain_case", {"data": []}, 400, "Expected a list of 4 values as data, found 0"),
        ("run/on_read", {"data": []}, 400, "Expected a list of 1 values as data, found 0"),
        ("run/on_read", {"data": [None]}, 400, "Expected event_data"),
        ("run/on_read", {"data": [None], "event_data": []}, 400, "Expected event_data"),
        ("run/on_read", {"data": [None], "event_data": {"path": "x"}}, 400, "Expected name in event_data"),
        ("run/on_read", {"data": [None], "event_data": {**EVENT, "path": []}}, 400, "Expected path in event_data"),
        ("run/on_refine", {"data": [None], "event_data": {"steps": "x"}}, 400, "Expected steps in event_data"),
        (
            "run/on_sort",
            {"data": [None], "event_data": {"batch": 1, "files": [1]}},
            400,
            "Expected files in event_data",
        ),
        ("run/on_own", {"data": [None], "event_data": {**EVENT, "turn": "x"}}, 400, "Expected turn in event_data"),
        ("component_server", {"component_id": 99999, "fn_name": "cases", "data": None}, 404, "Expected a component"),
        ("run/benchmark", {"data": ["phantom-val", None, "x"]}, 422, "Expected threshold between 0 and 1, found 'x'"),
        ("run/benchmark", {"data": [["a"], None, 0.5]}, 422, "Expected cohort one of"),
        ("run/benchmark", {"data": ["phantom-val", 7, 0.5]}, 422, "Expected an uploaded file"),
        ("run/explain", {"data": [7, None, 1, "none"]}, 422, "Expected an uploaded file"),
        ("run/explain_many", {"data": [7, None, 1, "none", None]}, 422, "Expected lists of images and of cases"),
        ("run/explain_case", {"data": [CASE, {"a": 1}, 1, "none"]}, 422, "Expected a list of methods"),
        ("run/explain_case", {"data": [CASE, None, {}, []]}, 422, "Expected shift_steps"),
    ],
)
def test_nonsense_over_http_is_one_sentence_and_nothing_in_the_log(
    space: Space, place: str, body: dict[str, Any], status: int, sentence: str
) -> None:
    before = space.log.read_text()
    with httpx.Client(base_url=space.address, trust_env=False, timeout=120) as http:
        http.get("config")
        answer = http.post(f"gradio_api/{place}", json={**body, "session_hash": "abc"})
    assert answer.status_code == status and sentence in answer.json()["error"]
    assert "Traceback" not in space.log.read_text().removeprefix(before)

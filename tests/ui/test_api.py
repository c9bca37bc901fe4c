"""The named endpoints, called by gradio_client as the README says, on the app as a Space runs it."""

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from data_cache.demo import DEMO_ROOT
from data_cache.findings import FINDINGS
from data_cache.images import read_radiograph
from evaluation.ground_truth import read_masks
from explainers.model_run import model_runs
from explainers.run import explain_all
from models.predictor import load_predictor
from models.registry import DEFAULT_MODELS
from tests.ui.space import ROOT, Space

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module")
def client(space: Space) -> Client:
    return Client(space.address, verbose=False)


@pytest.fixture
def chest(tmp_path: Path) -> Path:
    path = tmp_path / "chest.png"
    small = Image.fromarray(np.random.default_rng(0).integers(0, 256, (16, 16), dtype=np.uint8))
    small.resize((300, 280), Image.Resampling.BICUBIC).save(path)
    return path


def own_maps(path: Path) -> Path:
    """An archive with the masks themselves as maps of two findings: nothing can point better."""
    masks = read_masks(DEMO_ROOT / "outputs-test-masks.json")
    with zipfile.ZipFile(path, "w") as archive:
        for case, drawn in list(masks.cases.items())[:40]:
            for finding in ("Cardiomegaly", "Edema"):
                buffer = io.BytesIO()
                np.save(buffer, drawn[finding].decode()[::8, ::8].astype(np.float32))
                archive.writestr(f"{case}/{finding}.npy", buffer.getvalue())
    return path


def test_the_readmes_calls_work_as_they_stand(
    space: Space, chest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_maps(tmp_path / "maps.zip")
    (code,) = re.findall(r"```python\n(from gradio_client.*?)```", (ROOT / "ui" / "README.md").read_text(), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    done: dict[str, Any] = {}
    exec(compile(code.replace("http://127.0.0.1:7860", space.address), "ui/README.md", "exec"), done)
    assert len(done["cases"]) == 24 and all(case["phantom"] for case in done["cases"])
    rows = {(row["method"], row["finding"]): row for row in done["rows"]}
    assert rows["own", "Edema"]["n_hit"] and rows["own", "Edema"]["threshold"] == 0.5
    expected = explain_all(
        model_runs(
            read_radiograph(chest.read_bytes(), "chest.png"),
            {key: load_predictor("demo", key) for key in DEFAULT_MODELS},
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
        ({"shift_steps": 3}, "Expected shift_steps one of 1, 2, 4, 8, found 3"),
        ({"maps": "xml"}, "Expected maps one of npz, json, none"),
    ],
)
def test_wrong_arguments_are_one_sentence(client: Client, chest: Path, arguments: dict, sentence: str) -> None:
    with pytest.raises(AppError, match=re.escape(sentence)):
        client.predict(handle_file(str(chest)), api_name="/explain", **arguments)


def test_a_file_that_is_no_radiograph_is_one_sentence(client: Client, tmp_path: Path, space: Space) -> None:
    (tmp_path / "Miller.png").write_bytes(b"no image")
    with pytest.raises(AppError, match=r"Miller\.png"):
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

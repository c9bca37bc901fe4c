"""What the host gives out to devices, and what it says where it has nothing."""

import gzip
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from models.exporting.device_model import DeviceModel
from ui.device.content import device_content
from ui.device.runtime import FILES
from ui.device.served import BUNDLED, Shop, worker
from ui.engine import Engine
from ui.settings import Settings


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of the right sizes, which is all that the host looks at: hashes are for the browser to check."""
    folder = tmp_path_factory.mktemp("runtime")
    for file in FILES:
        with (folder / file.name).open("wb") as empty:
            empty.truncate(file.bytes)
    return folder


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(Settings(models={"medicalpatchnet": "demo", "cnn": "demo"}, backend="torch-cpu"))


def test_each_file_is_named_by_its_hash_and_served_packed_or_plain(runtime: Path) -> None:
    shop = Shop(Settings(device="offer", device_runtime=runtime))
    client = TestClient(Starlette(routes=shop.routes()))
    graph = shop.graphs["cnn"]
    plain = client.get(f"/{graph.address}", headers={"Accept-Encoding": "identity"})
    packed = client.get(f"/{graph.address}", headers={"Accept-Encoding": "gzip"})
    assert plain.content == packed.content == gzip.decompress(graph.packed) == (BUNDLED / "cnn/model.onnx").read_bytes()
    assert hashlib.sha256(plain.content).hexdigest() == graph.sha256 and graph.sha256[:16] in graph.address
    assert "content-encoding" not in plain.headers and packed.headers["content-encoding"] == "gzip"
    assert "immutable" in plain.headers["cache-control"] and plain.headers["vary"] == "Accept-Encoding"
    script = client.get(f"/{worker().address}")
    assert script.headers["content-type"].startswith("text/javascript") and "js/device/worker.js" in script.text
    assert len({route.path for route in shop.routes()}) == len(FILES) + len(shop.graphs) + 1


def test_the_page_is_told_models_with_the_weights_in_use_and_their_profiles(runtime: Path, engine: Engine) -> None:
    content = device_content(Shop(Settings(models=engine_models(), device="offer", device_runtime=runtime)), engine)
    assert not content["problem"] and {one["speaker"]["key"] for one in content["models"]} == {"medicalpatchnet", "cnn"}
    for one in content["models"]:
        key = one["speaker"]["key"]
        described = DeviceModel.model_validate_json((BUNDLED / key / "model.json").read_bytes())
        model, profile = engine.models()[key], engine.profiles().of[key]
        assert one["speaker"]["weights"] == model.info.weights_sha256 == described.weights_sha256
        assert profile is not None and profile.quality is not None
        assert one["check"]["logits"] == described.check.logits
        expected = [None if np.isnan(value) else value for value in profile.temperatures]
        assert one["temperatures"] == expected and one["reference"]["template"] == profile.quality.template
    assert json.loads(json.dumps(content)) == content


def test_where_something_is_missing_it_says_why_and_what_to_do(tmp_path: Path, runtime: Path, engine: Engine) -> None:
    bare = device_content(Shop(Settings(device="offer", device_runtime=tmp_path)), engine)
    assert "`python -m ui.device fetch` brings it" in bare["problem"] and not bare["models"]
    none = Shop(Settings(models=engine_models(), device="offer", device_runtime=runtime, device_models=tmp_path))
    assert "`python -m models export` writes them" in device_content(none, engine)["problem"]
    (tmp_path / "cnn").mkdir()
    said = json.loads((BUNDLED / "cnn" / "model.json").read_text("utf-8")) | {"precision": "float8"}
    (tmp_path / "cnn" / "model.json").write_text(json.dumps(said))
    (tmp_path / "cnn" / "model.onnx").write_bytes((BUNDLED / "cnn" / "model.onnx").read_bytes())
    wrong = Shop(Settings(models=engine_models(), device="offer", device_runtime=runtime, device_models=tmp_path))
    assert "found another at precision; export the model again" in device_content(wrong, engine)["problem"]


def engine_models() -> dict[str, str]:
    return {"medicalpatchnet": "demo", "cnn": "demo"}

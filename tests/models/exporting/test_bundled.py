"""The graphs that come with the program for the visitor's own device: they say what the embedded weights say."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from data_cache.demo import bundled_cases
from data_cache.findings import FINDINGS
from data_cache.images.preprocessing import preprocess
from data_cache.images.reading import read_radiograph
from models.__main__ import app
from models.embedded import device_folder
from models.exporting import export
from models.exporting.device_model import DeviceModel
from models.exporting.images import check_image
from models.predictor import load_predictor

pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: requirements-onnx.txt")

KEYS = ("cnn", "medicalpatchnet")


def session(folder: Path) -> Any:
    import onnxruntime

    return onnxruntime.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])


def logits_of(folder: Path, described: DeviceModel, image: np.ndarray) -> np.ndarray:
    """As a device computes them, by numpy alone: patches cut row by row, and their mean."""
    side, rows = described.input.side, described.input.patches_per_side
    assert image.shape == (side, side)
    if rows is None:
        return session(folder).run(["logits"], {"images": image[None, None]})[0][0]
    patch = side // rows
    patches = [
        image[row * patch : (row + 1) * patch, column * patch : (column + 1) * patch]
        for row in range(rows)
        for column in range(rows)
    ]
    return session(folder).run(["patch_logits"], {"patches": np.stack(patches)[:, None]})[0].mean(axis=0)


@pytest.mark.parametrize("key", KEYS)
def test_bundled_graphs_say_what_the_embedded_weights_say(key: str) -> None:
    folder = device_folder(key)
    described = DeviceModel.model_validate_json((folder / "model.json").read_text(encoding="utf-8"))
    content = (folder / "model.onnx").read_bytes()
    assert len(content) == described.graph.bytes <= 700_000
    assert hashlib.sha256(content).hexdigest() == described.graph.sha256
    model = load_predictor("demo", key, "torch-cpu")
    assert described.weights_sha256 == model.info.weights_sha256
    assert tuple(described.findings) == FINDINGS
    path = bundled_cases()[0].image_path
    assert path is not None
    image, _ = preprocess(read_radiograph(path), described.input.side)
    np.testing.assert_allclose(
        logits_of(folder, described, image), model.predict(image).logits, atol=1e-4
    )  # float32 sums
    drawn = check_image(described.input.side)
    np.testing.assert_allclose(logits_of(folder, described, drawn), described.check.logits, atol=1e-3)


@pytest.mark.thorough
@pytest.mark.parametrize("key", KEYS)
def test_bundled_files_are_what_the_command_writes_now(key: str, tmp_path: Path) -> None:
    compare_with_written(key, tmp_path, parity_images=24)
    model = DeviceModel.model_validate_json((device_folder(key) / "model.json").read_text(encoding="utf-8"))
    drawn = check_image(model.input.side)
    found, bundled = (logits_of(folder, model, drawn) for folder in (tmp_path / key, device_folder(key)))
    np.testing.assert_allclose(found, bundled, rtol=0, atol=1e-6)


@pytest.mark.parametrize("key", KEYS)
def test_bundled_descriptions_are_what_the_command_writes_now(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the bundled graph: to follow the network takes seconds, and is thorough."""
    onnx = pytest.importorskip("onnx")
    monkeypatch.setattr(export, "PARITY_IMAGES", 2)
    monkeypatch.setattr(export, "_traced", lambda *_: onnx.load(device_folder(key) / "model.onnx"))
    compare_with_written(key, tmp_path, parity_images=2)


def compare_with_written(key: str, tmp_path: Path, parity_images: int) -> None:
    """Descriptions alike but for the graph's hash and last digits, which another processor may sum otherwise."""
    arguments = ["export", "--precision", "float16", "--model", f"{key}=demo", "--out", str(tmp_path)]
    assert CliRunner().invoke(app, arguments).exception is None
    written, bundled = tmp_path / key, device_folder(key)
    described = [json.loads((folder / "model.json").read_text(encoding="utf-8")) for folder in (written, bundled)]
    checks = [one.pop("check") for one in described]
    parities = [one.pop("parity") for one in described]
    for one in described:
        del one["graph"]
    assert described[0] == described[1]
    assert checks[0]["image"] == checks[1]["image"]
    np.testing.assert_allclose(checks[0]["logits"], checks[1]["logits"], atol=1e-4)
    assert [(one["images"], one["limit"]) for one in parities] == [(parity_images, 1e-4), (24, 1e-4)]


@pytest.mark.parametrize("key", KEYS)
def test_the_readme_has_the_bytes_and_the_parity_of_bundled_graphs(key: str) -> None:
    described = DeviceModel.model_validate_json((device_folder(key) / "model.json").read_text(encoding="utf-8"))
    readme = (Path(__file__).parents[3] / "models" / "README.md").read_text(encoding="utf-8")
    (row,) = [line for line in readme.splitlines() if line.startswith(f"| `{key}` |") and "logits 14" in line]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    outputs = ", ".join(f"{output.name} {'×'.join(map(str, output.shape))}" for output in described.outputs)
    assert cells[1] == outputs
    assert cells[3] == f"{described.graph.bytes:,}"
    assert cells[4] == f"{described.parity.logit:g} ({described.parity.finding})"


@pytest.mark.parametrize("key", KEYS)
def test_bundled_descriptions_hold_no_name_of_a_machine(key: str) -> None:
    content = (device_folder(key) / "model.onnx").read_bytes()
    for mark in (b".py", b"File ", b"pytorch", b"pkg.torch"):
        assert mark not in content
    assert json.loads((device_folder(key) / "model.json").read_text(encoding="utf-8"))["format"] == 1

"""The command that exports, and what it refuses before anything is computed."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from data_cache.errors import InputError
from models.__main__ import app
from models.exporting import graph

pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: requirements-onnx.txt")


def refusal(*options: str) -> str:
    error = CliRunner().invoke(app, ["export", *options]).exception
    assert isinstance(error, InputError)
    return str(error)


def test_what_is_refused_before_a_model_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = ["--out", str(tmp_path / "out")]
    assert refusal(*out, "--format", "tflite") == "Expected --format onnx, found 'tflite'; name a known one."
    precision = refusal(*out, "--precision", "int4")
    assert precision == "Expected --precision float32 or float16 or int8, found 'int4'; name a known one."
    assert "Expected --calibrate with --precision int8, found it with float32" in refusal(*out, "--calibrate", ".")
    file = tmp_path / "file"
    file.write_text("something")
    assert refusal("--out", str(file)).endswith("found a file; name another place.")
    assert file.read_text() == "something"
    monkeypatch.setattr(graph, "PACKAGES", ("onnx", "no_such_package"))
    assert "found no no_such_package: pip install -r requirements-onnx.txt" in refusal(*out)
    assert not (tmp_path / "out").exists()


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.safetensors"
    wrong.write_bytes(b"no weights")
    assert "wrong.safetensors" in refusal("--out", str(tmp_path / "out"), "--model", f"cnn={wrong}")

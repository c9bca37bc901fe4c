"""The command line, in this process."""

import sys
from pathlib import Path

import pytest
import torch

from data_cache.cli import run
from models.__main__ import app


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["models", *arguments])
    with pytest.raises(SystemExit) as caught:
        run(app)
    code = caught.value.code
    return code if isinstance(code, int) else 0


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


def test_list_says_what_is_there_and_how_to_get_the_rest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "list") == 0
    lines = capsys.readouterr().out
    assert "medicalpatchnet: MedicalPatchNet" in lines
    assert "cnn: Baseline CNN" in lines
    assert lines.count("not in the Hugging Face cache; `python -m models fetch`") == 2


def test_verify_describes_our_own_weights(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], own_weights: dict[str, Path]
) -> None:
    assert call(monkeypatch, "verify", str(own_weights["medicalpatchnet"])) == 0
    lines = capsys.readouterr().out
    assert "kind: medicalpatchnet\n" in lines
    assert "width × 0.25, depth × 0.25, input 128, patch 32\n" in lines
    assert "tensors: all 242 that it needs (float32, int64)" in lines
    assert "official: no" in lines


def test_verify_describes_a_cnn_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], own_weights: dict[str, Path]
) -> None:
    assert call(monkeypatch, "verify", str(own_weights["cnn"])) == 0
    assert "kind: cnn\n" in capsys.readouterr().out


def test_verify_refuses_what_does_not_fit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "odd.pt"
    torch.save({"a": torch.ones(1)}, path)
    assert call(monkeypatch, "verify", str(path)) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "'odd.pt'" in captured.err


def test_fetch_from_an_empty_folder_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert call(monkeypatch, "fetch", "--from", str(tmp_path)) == 1
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert "MedicalPatchNet_weights.pt" in captured.err


def test_a_wrong_call_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    assert call(monkeypatch, "verify") == 2


def test_all_commands_of_the_contract_are_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "--help") == 0
    shown = capsys.readouterr().out
    assert all(command in shown for command in ("list", "fetch", "verify", "prepare", "train", "evaluate"))

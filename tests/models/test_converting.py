"""Networks saved whole become safetensors that hold the same numbers, and say where they came from."""

import hashlib
import json
import os
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from torch import nn

from data_cache.cli import run
from data_cache.errors import InputError
from models.__main__ import app
from models.converting import Conversion, convert
from models.families.xrv import XRV_WEIGHTS, findings_of
from models.weight_files import read_weights
from tests.models.xrv_networks import xrv


def small(**attributes: object) -> nn.Module:
    network = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    for name, value in attributes.items():
        setattr(network, name, value)
    return network


def saved(path: Path, network: object) -> Path:
    torch.save(network, path)
    return path


def metadata(path: Path) -> dict[str, str]:
    with safe_open(path, framework="pt") as file:
        return file.metadata()


@pytest.mark.parametrize("zipped", [True, pytest.param(False, marks=pytest.mark.thorough)])
def test_a_densenet_of_the_library(tmp_path: Path, zipped: bool) -> None:
    """A narrow one that says of itself what a released one does; released ones go all the way in test_xrv.py."""
    network = xrv().models.DenseNet(growth_rate=4, block_config=(1, 1), num_init_features=8)
    network.targets = network.pathologies = xrv().models.model_urls["densenet121-res224-nih"]["labels"]
    network.weights = "densenet121-res224-nih"
    source = tmp_path / "whole.pt"
    torch.save(network, source, _use_new_zipfile_serialization=zipped)
    made = convert(source)
    tensors, described = read_weights(tmp_path / "whole.safetensors")
    expected = network.state_dict()
    assert set(tensors) == set(expected)
    for name, tensor in expected.items():
        torch.testing.assert_close(tensors[name], tensor, rtol=0, atol=0, equal_nan=True)
    targets = XRV_WEIGHTS["xrv-densenet121-res224-nih"].targets
    parameters = sum(parameter.numel() for parameter in network.parameters())
    name = "torchxrayvision.models.DenseNet"
    assert made == Conversion(tmp_path / "whole.safetensors", len(expected), parameters, name, targets)
    assert described["format"] == "state dict"
    assert described["source_class"] == name
    assert described["source_sha256"] == hashlib.sha256(source.read_bytes()).hexdigest()
    assert tuple(json.loads(described["outputs"])) == targets
    assert findings_of(tuple(json.loads(described["outputs"]))) == XRV_WEIGHTS["xrv-densenet121-res224-nih"].findings
    assert json.loads(described["attributes"])["weights"] == "densenet121-res224-nih"


def test_what_a_network_says_of_itself(tmp_path: Path) -> None:
    network = small(pathologies=["Edema", ""], limits=(0.5, float("nan")), scale=float("inf"), apply=True)
    made = convert(saved(tmp_path / "a.pt", network))
    assert made.outputs == ("Edema", "")
    described = metadata(made.path)
    assert json.loads(described["outputs"]) == ["Edema", ""]
    assert json.loads(described["attributes"]) == {
        "pathologies": ["Edema", ""],
        "limits": [0.5, None],
        "scale": None,
        "apply": True,
    }


@pytest.mark.parametrize("attributes", [{}, {"targets": []}, {"targets": [1, 2]}, {"targets": "Edema"}])
def test_a_network_that_names_no_outputs(tmp_path: Path, attributes: dict[str, object]) -> None:
    made = convert(saved(tmp_path / "a.pt", small(**attributes)))
    assert made.outputs is None
    assert "outputs" not in metadata(made.path)


def test_the_first_of_two_names_for_the_outputs(tmp_path: Path) -> None:
    assert convert(saved(tmp_path / "a.pt", small(pathologies=["b"], targets=["a"]))).outputs == ("a",)


def test_another_place_is_made_and_an_older_outcome_replaced(tmp_path: Path) -> None:
    source, out = saved(tmp_path / "a.pt", small()), tmp_path / "deep/er/b.safetensors"
    assert convert(source, out).path == out
    before = out.read_bytes()
    saved(source, small())  # other random numbers
    convert(source, out)
    assert out.read_bytes() != before
    assert [path.name for path in out.parent.iterdir()] == ["b.safetensors"]


def test_places_that_are_refused(tmp_path: Path) -> None:
    source = saved(tmp_path / "a.pt", small())
    (tmp_path / "folder.safetensors").mkdir()
    (tmp_path / "linked.safetensors").symlink_to(source)
    os.link(saved(tmp_path / "b.safetensors", small()), tmp_path / "c.safetensors")
    for path, out, found in (
        (source, tmp_path / "a.bin", r"ends in \.safetensors, found 'a\.bin'"),
        (source, tmp_path / "folder.safetensors", "Expected to write"),
        (source, source / "a.safetensors", "Expected to write"),
        (source, tmp_path / "linked.safetensors", "for both"),
        (tmp_path / "b.safetensors", None, "for both"),
        (tmp_path / "b.safetensors", tmp_path / "c.safetensors", "for both"),
        (tmp_path / "none.pt", None, "found no file"),
    ):
        before = source.read_bytes()
        with pytest.raises(InputError, match=found):
            convert(path, out)
        assert source.read_bytes() == before
    assert not list(tmp_path.rglob("*.partial"))


def test_a_refused_file_leaves_nothing(tmp_path: Path) -> None:
    source = saved(tmp_path / "a.pt", small().state_dict())
    with pytest.raises(InputError, match="found a state dict, which needs no conversion: use it as it is"):
        convert(source)
    assert [path.name for path in tmp_path.iterdir()] == ["a.pt"]


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    monkeypatch.setattr(sys, "argv", ["models", "convert", *arguments])
    with pytest.raises(SystemExit) as caught:
        run(app)
    return caught.value.code


def test_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    source = saved(tmp_path / "a.pt", small(targets=["Edema", "", "a\x1b[31m"]))
    assert call(monkeypatch, str(source), "--out", str(tmp_path / "b.safetensors")) == 0
    assert capsys.readouterr().out.splitlines() == [
        "7 tensors, 12 parameters of torch.nn.modules.container.Sequential",
        "outputs: Edema, (not trained), a?[31m",
        f"written to {tmp_path / 'b.safetensors'}",
    ]
    assert call(monkeypatch, str(saved(tmp_path / "c.pt", small()))) == 0
    assert "outputs: the file does not name them" in capsys.readouterr().out
    assert call(monkeypatch, str(tmp_path / "none.pt")) == 1
    assert capsys.readouterr().err.startswith("Error: Expected a pickled module, found no file 'none.pt'")

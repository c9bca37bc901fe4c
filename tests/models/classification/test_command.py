"""The command line on a small folder in the CheXlocalize layout."""

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import typer
from PIL import Image

from data_cache import cli
from data_cache.findings import FINDINGS
from models.checkpoints import save_checkpoint
from models.classification.command import evaluate
from models.registry import MODELS
from tests.models.classification.fakes import Brightness
from tests.models.networks import shape

SPLITS = {"val": 4, "test": 8}
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two images a patient, noise, every finding present in every other image; one label of Fracture uncertain."""
    rng = np.random.default_rng(0)
    for split, n in SPLITS.items():
        rows = [["Path", *FINDINGS]]
        for k in range(n):
            place = Path(split, f"patient{k // 2}", f"study{k % 2}", "view1_frontal.png")
            file = tmp_path / "data" / "CheXpert" / place
            file.parent.mkdir(parents=True)
            Image.fromarray(rng.integers(0, 256, (40, 48), dtype=np.uint8)).save(file)
            labels = [str((k + j) % 2) for j in range(14)]
            labels[FINDINGS.index("Fracture")] = "-1" if k == 0 else str(k % 2)
            rows.append([str(place), *labels])
        with (tmp_path / "data" / "CheXpert" / f"{split}_labels.csv").open("w", newline="") as table:
            csv.writer(table).writerows(rows)
    return tmp_path / "data"


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    architecture = shape("medicalpatchnet", channel_multiplier=0.1, depth_multiplier=0.1, input_size=64, patch_size=32)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        save_checkpoint(path, MODELS["medicalpatchnet"].build(architecture), architecture)
    return path


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command as `python -m` does: (exit code, stdout, stderr)."""
    app = typer.Typer()
    app.command()(evaluate)

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["evaluate", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.run(app)
        output = capsys.readouterr()
        return int(end.value.code or 0), output.out, output.err

    return call


@pytest.fixture
def quick_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.predictor.load_predictor", lambda *arguments: Brightness())


def test_a_model_file_is_scored(command: Command, root: Path, weights: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ("--root", root, "--weights", weights, "--bootstrap", 50, "--backend", "torch-cpu", "--out", out)
    code, said, errors = command(*arguments)
    assert (code, errors) == (0, "")
    assert "Mean (14 findings): AUROC 0." in said
    with (out / "classification.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 16 * 6
    fracture = next(row for row in rows if row["finding"] == "Fracture")
    assert (fracture["n"], fracture["n_positive"], fracture["n_unknown"]) == ("7", "4", "1")
    assert rows[0]["n_patients"] == "4"
    content = json.loads((out / "classification.json").read_text())
    assert content["context"]["split"] == "test, 8 images of 4 patients"
    assert content["context"]["thresholds"] == "chosen on val, 4 images"
    assert "caution" not in content["context"]
    assert str(tmp_path) not in (out / "classification.json").read_text()

    first = (out / "classification.csv").read_bytes()
    stored = [out / f"predictions-{split}.npz" for split in SPLITS]
    before = [file.stat().st_ino for file in stored]  # writing makes a new file and renames it
    assert command(*arguments)[0] == 0
    assert [file.stat().st_ino for file in stored] == before
    assert (out / "classification.csv").read_bytes() == first


@pytest.mark.usefixtures("quick_model")
def test_bad_images_are_named_and_the_rest_is_scored(command: Command, root: Path, tmp_path: Path) -> None:
    (root / "CheXpert/test/patient1/study0/view1_frontal.png").unlink()
    (root / "CheXpert/test/patient2/study1/view1_frontal.png").write_bytes(b"torn")
    code, _, errors = command("--root", root, "--bootstrap", 0, "--out", tmp_path / "out")
    assert code == 0
    lines = errors.strip().splitlines()
    assert [line.split(":")[:2] for line in lines] == [
        ["Left out of test", " patient1_study0_view1_frontal"],
        ["Left out of test", " patient2_study1_view1_frontal"],
    ]
    assert "test, 6 images" in (tmp_path / "out" / "classification.md").read_text()


@pytest.mark.usefixtures("quick_model")
def test_thresholds_from_the_scored_images_are_cautioned_against(command: Command, root: Path, tmp_path: Path) -> None:
    arguments = ("--root", root, "--bootstrap", 0, "--split", "val", "--out", tmp_path)
    assert command(*arguments)[0] == 0
    assert (
        "caution: thresholds were chosen on the images that are scored" in (tmp_path / "classification.md").read_text()
    )


def one_error(result: tuple[int, str, str], *words: str) -> None:
    code, said, errors = result
    assert (code, said) == (1, "")
    assert errors.startswith("Error: ")
    assert errors.count("\n") == 1
    for word in words:
        assert word in errors


def test_wrong_inputs_are_said_in_one_line(command: Command, root: Path, weights: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    one_error(command("--root", tmp_path / "nowhere", "--weights", weights, "--out", out), "nowhere")
    one_error(command("--root", root, "--weights", weights, "--split", "tset", "--out", out), "'tset'", "val, test")
    one_error(command("--root", root, "--weights", tmp_path / "no.pt", "--out", out), "no.pt")
    one_error(command("--root", root, "--weights", weights, "--out", weights), weights.name, "--out")
    for image in root.glob("CheXpert/val/*/*/*.png"):
        image.write_bytes(b"torn")
    one_error(
        command("--root", root, "--weights", weights, "--out", out),
        "images that can be read in split val",
        "none of 4",
        "patient0_study0_view1_frontal",
    )


@pytest.mark.parametrize(
    "option", [("--bootstrap", "-1"), ("--seed", "-3"), ("--kind", "resnet"), ("--backend", "abacus")]
)
def test_wrong_usage_ends_with_2(command: Command, root: Path, tmp_path: Path, option: tuple[str, str]) -> None:
    code, _, errors = command("--root", root, "--out", tmp_path / "out", *option)
    assert code == 2
    assert option[0] in errors

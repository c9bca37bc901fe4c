"""`python -m explainers dicom`: maps of small random networks, cut and placed as by hand, with the assessment."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydicom import dcmread

from data_cache.annotations import Place, read_annotations
from data_cache.cli import run
from data_cache.findings import FINDINGS
from explainers.__main__ import app
from tests.data_cache.images.dicom_files import complete_dicom, dicom_bytes
from tests.explainers.conftest import save_small

pytest.importorskip("highdicom", reason="highdicom is not installed: requirements-dicom.txt")

SIZE = (150, 128)
LABEL = "Grad-CAM, CNN"


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_small("cnn", tmp_path_factory.mktemp("weights"))


def _call(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr(sys, "argv", ["explainers", "dicom", *map(str, words)])
    with pytest.raises(SystemExit) as left:
        run(app)
        raise SystemExit(0)
    return int(left.value.code or 0)


def test_what_a_map_marks_lies_in_the_square_that_the_model_saw(
    weights: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = np.random.default_rng(0).integers(0, 4096, SIZE).astype(np.uint16)
    film[40:80, 40:80] = 4095
    (tmp_path / "film.dcm").write_bytes(dicom_bytes(complete_dicom(film, BitsStored=12)))
    words = ["--cnn", weights, "--methods", "gradcam", "--findings", "Edema,Fracture", "--backend", "torch-cpu"]
    assert _call(monkeypatch, tmp_path / "film.dcm", "--out", tmp_path / "out", "--threshold", 0.25, *words) == 0
    said = capsys.readouterr()
    assert "Research use only, not for diagnosis." in said.out
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["sc.dcm", "seg-gradcam.dcm", "sr.dcm"]

    from data_cache.images import read_radiograph
    from explainers.model_run import ModelRun
    from explainers.run import explain_all
    from models.predictor import load_predictor

    model = load_predictor(str(weights), "cnn", "torch-cpu")
    made = explain_all({"cnn": ModelRun.of(read_radiograph(tmp_path / "film.dcm"), model)}, ["gradcam"])["gradcam"]
    file = read_annotations((tmp_path / "out" / "seg-gradcam.dcm").read_bytes(), "s.dcm", Place("", SIZE, "1.2.3.4.5"))
    for one in file.annotations:
        own = np.maximum(made.maps[made.findings.index(one.finding)], 0)
        large = cv2.resize(own, (128, 128), interpolation=cv2.INTER_LINEAR)  # one pixel of the film each
        by_hand = np.zeros(SIZE, bool)
        by_hand[11:139] = large > 0.25 * large.max()
        assert np.array_equal(one.mask.decode(), by_hand)
    assert "Not assessable" in dcmread(tmp_path / "out" / "sr.dcm").to_json() and "Not assessable" in said.err
    assert dcmread(tmp_path / "out" / "sc.dcm").DerivationDescription.startswith("Outlines")
    segments = dcmread(tmp_path / "out" / "seg-gradcam.dcm")
    said_first = [one.SegmentDescription for one in segments.SegmentSequence] + [segments.ContentDescription]
    assert all(words.startswith("Not assessable. Research use only.") for words in said_first)


def test_no_finding_is_chosen_by_what_a_model_says_that_cannot_assess_the_image(
    weights: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = np.random.default_rng(0).integers(0, 4096, SIZE).astype(np.uint16)
    (tmp_path / "noise.dcm").write_bytes(dicom_bytes(complete_dicom(film, BitsStored=12)))
    words = ["--cnn", weights, "--methods", "gradcam", "--backend", "torch-cpu"]
    assert _call(monkeypatch, tmp_path / "noise.dcm", "--out", tmp_path / "out", *words) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["sc.dcm", "sr.dcm"]
    assert dcmread(tmp_path / "out" / "sc.dcm").DerivationDescription.startswith("No map")
    said = "Nothing of its maps is written, since it cannot assess this image."
    report = dcmread(tmp_path / "out" / "sr.dcm").to_json()
    assert said in capsys.readouterr().err and said in report
    assert not any(finding in report for finding in FINDINGS)


def test_a_map_that_marks_nothing_is_named(
    weights: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = np.random.default_rng(0).integers(0, 4096, SIZE).astype(np.uint16)
    (tmp_path / "noise.dcm").write_bytes(dicom_bytes(complete_dicom(film, BitsStored=12)))
    words = [
        "--cnn",
        weights,
        "--methods",
        "gradcam",
        "--findings",
        "Edema",
        "--threshold",
        1,
        "--backend",
        "torch-cpu",
    ]
    assert _call(monkeypatch, tmp_path / "noise.dcm", "--out", tmp_path / "out", *words) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["sc.dcm", "sr.dcm"]
    said = capsys.readouterr().err.splitlines()
    assert [line for line in said if "egmentation" in line] == [f"No segmentation of {LABEL}: nothing is marked."]


def test_a_file_that_results_cannot_refer_to_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "film.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    for name in ("film.png", "none.dcm"):
        assert _call(monkeypatch, tmp_path / name, "--out", tmp_path / "out") == 1
        said = capsys.readouterr().err
        assert said.startswith("Error: ") and said.count("\n") == 1 and "expected a DICOM" in said.replace("E", "e")
    monkeypatch.setattr("explainers.dicom.writing.find_spec", lambda _: None)
    assert _call(monkeypatch, tmp_path / "film.png", "--out", tmp_path / "out") == 1
    assert "pip install -r requirements-dicom.txt" in capsys.readouterr().err

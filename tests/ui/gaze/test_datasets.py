"""The gaze of registered datasets on the cases that the page offers, in the layouts of the published ones."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.gaze.registry import open_gaze
from data_cache.gaze.settings import GazeSettings
from tests.data_cache.gaze.layouts import fixation, write_egd, write_fg_cxr, write_reflacx
from ui.case_view import CaseView
from ui.catalogue import Catalogue, source_label
from ui.gaze.chosen import GazeChoice, seen
from ui.gaze.datasets import Gazes
from ui.gaze.named import named_dataset

SIZE = (90, 120)
LOOKS = [fixation(0.5, 1.5, 60, 20), fixation(2, 3, 70, 60, degree=(0, 10)), fixation(5.5, 7, 60, 45)]
WORDS = [("heart", 1.0, 1.4), ("large", 1.4, 2.0), (".", 2.0, 2.0), ("no", "when", 5.2)]
NOTHING = (0, 0, 0, 0, 0)


def image(root: Path, name: str) -> None:
    path = root / "images" / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.arange(SIZE[0] * SIZE[1], dtype=np.uint32).reshape(SIZE).astype(np.uint8)).save(path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    readings = [(f"P10{i}R1", False, "dicom-a", 11, SIZE[::-1], NOTHING, True, LOOKS) for i in (1, 2)]
    write_reflacx(tmp_path, readings, WORDS)
    image(tmp_path, "dicom-a")
    return tmp_path


def view_of(catalogue: Catalogue, case: str) -> CaseView:
    found = catalogue.get(case)
    return CaseView.of(found, found.read())


def test_a_source_that_has_gaze_brings_it_without_a_word(root: Path) -> None:
    catalogue = Catalogue(root, "reflacx")
    one, other = Gazes(catalogue.gaze).of(view_of(catalogue, "dicom-a"))
    assert (one.name, one.origin, other.name) == ("P101R1", "REFLACX", "P102R1")
    assert [(phrase.text, phrase.start, phrase.end) for phrase in one.phrases] == [("heart large", 1.0, 2.0)]
    assert "Line 3 of fixations.csv: expected pixels per degree above 0" in one.problems[0]
    assert "Line 5 of timestamps_transcription.csv" in one.problems[1] and len(one.problems) == 2
    same_name = Case("dicom-a", "x", "upload", pixels=np.zeros(SIZE, np.float32))
    assert Gazes(catalogue.gaze).of(CaseView.of(same_name, same_name.read())) == ()  # whatever an upload is called
    said = seen([one], GazeChoice(0, 1.0, 2.0))
    assert len(said.points) == 1 and said.points[0] == pytest.approx([45.5 * 512 / 90, 20.5 * 512 / 90])
    values = np.random.default_rng(1).normal(size=(512, 512)).astype(np.float32)
    assert np.isfinite(list(said.scores(values, 512).values())).all()
    assert not Gazes(catalogue.gaze).of(view_of(catalogue, next(iter(catalogue._cases.keys() - {"dicom-a"}))))


def test_other_datasets_are_named_and_bring_the_radiographs_below_their_roots(tmp_path: Path) -> None:
    egd, fg = tmp_path / "egd", tmp_path / "fg"
    write_egd(
        egd, [("a", "p1", SIZE), ("b", "p2", SIZE)], [("a", 0, 1, 60, 40), ("a", 1, 1, 70, 40), ("b", 0, 1, 9, 9)]
    )
    image(egd, "a")
    ramp = np.tile(np.arange(120), (90, 1))
    said = {"heart": "The heart is large.", "left": "Clear."}
    write_fg_cxr(fg, {"s1": ("a", said)}, {("heatmaps", "s1", part): ramp for part in said})
    catalogue = Catalogue(None, gaze=(f"egd-cxr={egd}", f"fg-cxr={fg}"))
    assert [case.id for case in catalogue.of_source("egd-cxr")] == ["a"] and source_label("egd-cxr") == "EGD-CXR"
    fixations, maps = Gazes(catalogue.gaze).of(view_of(catalogue, "a"))
    expected = open_gaze("egd-cxr", egd, GazeSettings()).readings[0].make()
    assert fixations.weigh == "count" and fixations.fixations is not None
    np.testing.assert_array_equal(fixations.fixations.points, expected.points - (15, 0))
    assert list(maps.maps) == ["heart: The heart is large.", "left: Clear."]
    with pytest.raises(InputError, match=r"Expected KEY=DIR with one of reflacx, egd-cxr, fg-cxr, i-ai for --gaze"):
        named_dataset("nih=x")

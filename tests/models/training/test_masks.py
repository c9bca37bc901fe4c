"""The cache of masks against the project's own geometry."""

import json
from pathlib import Path

import numpy as np
import pytest

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.geometry import Geometry
from data_cache.masks import Rle
from models.training import masks as subject
from models.training.masks import EMPTY, UNKNOWN, case_id, open_masks

RNG = np.random.default_rng(0)
PATHS = tuple(f"CheXpert-v1.0/train/patient{i}/study1/view1_frontal.jpg" for i in range(3))
EDEMA, OPACITY = FINDINGS.index("Edema"), FINDINGS.index("Lung Opacity")
DRAWN = np.zeros((30, 40), bool)
DRAWN[4:19, 8:23] = True


def write(path: Path, entries: dict[str, dict[str, np.ndarray]]) -> Path:
    encoded = {
        case: {name: {"size": list(mask.shape), "counts": Rle.encode(mask).counts} for name, mask in drawn.items()}
        for case, drawn in entries.items()
    }
    path.write_text(json.dumps(encoded))
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    first, third = case_id(PATHS[0]), case_id(PATHS[2])
    speckled = RNG.random((24, 24)) < 0.4
    drawings = {first: {"Edema": DRAWN, "Airspace Opacity": ~DRAWN}, third: {"Edema": DRAWN & False}, "other": {}}
    return write(tmp_path / "masks.json", {**drawings, "third": {"Edema": speckled}})


def test_masks_are_cut_and_resized_as_images_are(file: Path, tmp_path: Path) -> None:
    cache = open_masks(file, PATHS, 21, tmp_path / "cache", threads=2)
    findings, pixels = cache.masks(0)
    assert findings.tolist() == [OPACITY, EDEMA]
    for place, mask in enumerate((~DRAWN, DRAWN)):
        np.testing.assert_array_equal(pixels[place], Geometry(30, 40, 21).mask_to_input(mask))
    assert cache.index[:, EDEMA].tolist() == [cache.index[0, EDEMA], UNKNOWN, EMPTY]
    assert (cache.index[1] == UNKNOWN).all()
    for row in (1, 2):
        none, empty = cache.masks(row)
        assert (len(none), empty.shape) == (0, (0, 21, 21))


def test_pixels_inside_are_weighed_by_how_few_they_are(file: Path, tmp_path: Path) -> None:
    cache = open_masks(file, PATHS, 21, tmp_path / "cache", threads=1)
    share = Geometry(30, 40, 21).mask_to_input(DRAWN).mean() / 2  # of two known masks, one is empty
    assert cache.inside[EDEMA] == pytest.approx(share)
    weights = cache.positive_weights(100)
    assert weights[EDEMA] == pytest.approx((1 - share) / share)
    assert weights[OPACITY] == 1  # more inside than outside
    assert weights[FINDINGS.index("Fracture")] == 1
    assert cache.positive_weights(2)[EDEMA] == 2


def test_they_are_decoded_once(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = open_masks(file, PATHS, 21, tmp_path / "cache", threads=1)
    monkeypatch.setattr(subject, "read_masks", None)
    second = open_masks(file, PATHS, 21, tmp_path / "cache", threads=1)
    np.testing.assert_array_equal(second.index, first.index)
    np.testing.assert_array_equal(second.inside, first.inside)
    np.testing.assert_array_equal(second.masks(0)[1], first.masks(0)[1])
    second.file.write_bytes(second.file.read_bytes()[:-1])
    with pytest.raises(TypeError):  # a file cut short is decoded again
        open_masks(file, PATHS, 21, tmp_path / "cache", threads=1)


def test_masks_that_are_not_there_or_of_other_images_are_one_sentence(file: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^Expected the segmentations none.json in .*, found no such file\.$"):
        open_masks(tmp_path / "none.json", PATHS, 21, tmp_path, threads=1)
    strangers = tuple(path.replace("patient", "patientX") for path in PATHS)
    with pytest.raises(InputError, match="such as patientX0_study1_view1_frontal in "):
        open_masks(file, strangers, 21, tmp_path, threads=1)

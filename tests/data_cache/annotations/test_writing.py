"""What is written, read back by pycocotools and by this program."""

import contextlib
import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pycocotools.coco import COCO

from data_cache.annotations import Annotation, Place, read_annotations, write_chexlocalize, write_coco
from data_cache.annotations.annotation import fill
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.masks import Rle

PLACE = Place("case 1", (60, 80))


def annotation(mask: NDArray[np.bool_], finding: str = "Edema", name: str = "A") -> Annotation:
    return Annotation(name, finding, Rle.encode(mask), ())


def blob(*, hole: bool) -> NDArray[np.bool_]:
    rows, columns = np.mgrid[:60, :80]
    distance = np.hypot(rows - 30, columns - 35)
    return (distance < 20) & ~(hole & (distance < 8))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools' decoder
@pytest.mark.parametrize("hole", [False, True])
def test_pycocotools_reads_the_same_mask_area_and_box(tmp_path, hole: bool) -> None:
    mask = blob(hole=hole)
    path = tmp_path / "coco.json"
    path.write_bytes(write_coco([annotation(mask, "Pleural Effusion")], PLACE))
    with contextlib.redirect_stdout(io.StringIO()):
        read = COCO(str(path))
    assert [category["name"] for category in read.loadCats(read.getCatIds())] == list(FINDINGS)
    (entry,) = read.loadAnns(read.getAnnIds(catIds=[FINDINGS.index("Pleural Effusion") + 1]))
    assert np.array_equal(read.annToMask(entry).astype(bool), mask)
    assert entry["area"] == mask.sum() and isinstance(entry["segmentation"], dict if hole else list)
    rows, columns = np.nonzero(mask)
    width, height = np.ptp(columns) + 1, np.ptp(rows) + 1
    assert entry["bbox"] == [columns.min(), rows.min(), width, height]


points = st.lists(st.tuples(st.floats(0, 80), st.floats(0, 60)), min_size=3, max_size=12)


@given(st.lists(points, min_size=1, max_size=3), st.sampled_from(FINDINGS))
def test_regions_come_back_exactly(polygons: list[list[tuple[float, float]]], finding: str) -> None:
    drawn = annotation(fill(polygons, PLACE.size, "x"), finding)
    if drawn.mask.area == 0:
        return
    for written in (write_coco([drawn], PLACE), write_chexlocalize([drawn], PLACE)):
        (found,) = read_annotations(written, "x.json", PLACE).annotations
        assert found.mask.counts == drawn.mask.counts and found.finding == finding


def test_readers_are_kept_by_coco_and_refused_by_chexlocalize() -> None:
    both = [annotation(blob(hole=False), name="A"), annotation(blob(hole=True), name="B")]
    found = read_annotations(write_coco(both, PLACE), "x.json", PLACE).annotations
    assert [(one.name, one.mask.area) for one in found] == [(one.name, one.mask.area) for one in both]
    with pytest.raises(InputError, match="export COCO"):
        write_chexlocalize(both, PLACE)


def test_chexlocalize_s_own_name_of_lung_opacity() -> None:
    written = json.loads(write_chexlocalize([annotation(blob(hole=False), "Lung Opacity")], PLACE))
    assert list(written["case 1"]) == ["Airspace Opacity"]

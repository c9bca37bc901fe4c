"""Datasets under restrictions, in files of their exact layout; values by pencil."""

import numpy as np
import pytest

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.marks import Box, Ellipse, Polygon
from data_cache.sources.registry import labels_of, open_source
from tests.data_cache.sources.layouts import MS_CXR, OBJECT_CXR, PADCHEST_GR, TBX11K, VINDR, table, write


def _present(case):
    return {finding for finding in FINDINGS if case.labels[finding] == 1}


def test_vindr_has_readers_in_train_and_a_consensus_in_test(tmp_path):
    dataset = open_source("vindr", write(tmp_path, VINDR))
    assert dataset.splits() == ("train", "test") and dataset.problems("train") == ()
    nothing, drawn = dataset.cases("train")
    assert nothing.readers == ("R9", "R8", "R17") and _present(nothing) == {"No Finding"}
    assert nothing.labels["Cardiomegaly"] == 0 and nothing.masks["Cardiomegaly"].area == 0
    assert drawn.readers == ("R8", "R10", "R2") and _present(drawn) == {"Cardiomegaly", "Fracture"}
    assert drawn.marks[0].shape == Box(691.5, 1375.25, 1653, 1831)
    assert [mark.area > 0 for mark in drawn.masks_of("R2").values()].count(True) == 0
    _, consensus = dataset.cases("test")
    assert consensus.readers == ("",) and consensus.marks[0].finding == "Lung Lesion"
    assert consensus.source == "vindr-test"


def test_vindr_takes_the_other_spelling_of_readers(tmp_path):
    files = {name: text.replace("rad_id", "rad_ID") for name, text in VINDR.items()}
    assert open_source("vindr", write(tmp_path, files)).cases("train")[1].readers == ("R8", "R10", "R2")


def test_ms_cxr_s_boxes_are_of_the_stated_size_and_grouped_by_patient(tmp_path):
    dataset = open_source("ms-cxr", write(tmp_path, MS_CXR))
    first, second = dataset.cases("all")
    assert (first.id, first.patient, first.size()) == ("a1b2-c3", "p10000032", (3056, 2544))
    assert second.patient == first.patient and second.size() == (1736, 2022)
    assert first.marks[0].shape == Box(100, 200, 400, 600) and _present(first) == {"Pneumonia", "Edema"}
    assert first.masks["Edema"].area == 30 * 40 and first.labels["Atelectasis"] is None


def test_padchest_gr_keeps_both_readers_and_multiplies_fractions(tmp_path):
    dataset = open_source("padchest-gr", write(tmp_path, PADCHEST_GR))
    assert dataset.splits() == ("train", "validation", "test")
    (case,) = dataset.cases("train")
    assert case.patient == "P9" and case.readers == ("reader 1", "reader 2")
    assert [mark.shape for mark in case.marks] == [Box(256, 512, 768, 896), Box(256, 512, 512, 768)]
    (other,) = dataset.cases("test")
    assert other.readers == ("reader 1",) and _present(other) == {"Pleural Effusion"}
    assert other.masks["Pleural Effusion"].area == 2 * 512 * 512
    assert any("scoliosis (2)" in note for note in dataset.notes("test")) and dataset.problems("test") == ()
    with pytest.raises(InputError, match="found none that can be used"):
        dataset.cases("validation")


def test_padchest_gr_without_its_table_is_one_split(tmp_path):
    files = {name: content for name, content in PADCHEST_GR.items() if name.endswith(".json")}
    dataset = open_source("padchest-gr", write(tmp_path, files))
    assert dataset.splits() == ("all",) and [case.patient for case in dataset.cases("all")] == ["S1", "S2"]


def test_tbx11k_is_none_of_chexpert_s_findings_unless_somebody_says_so(tmp_path):
    root = write(tmp_path, TBX11K)
    dataset = open_source("tbx11k", root)
    assert dataset.splits() == ("train",)
    assert all(not case.marks for case in dataset.cases("train"))
    assert any("map some by --mapping" in note for note in dataset.notes("train"))
    own = tmp_path / "own.yaml"
    own.write_text("ActiveTuberculosis: {finding: Lung Opacity, relation: narrower}\n", encoding="utf-8")
    drawn, healthy = open_source("tbx11k", root, labels_of("tbx11k", own)).cases("train")
    assert drawn.id == "tb0003" and drawn.size() == (512, 512)
    assert drawn.marks[0].shape == Box(10.5, 20, 110.5, 70) and drawn.marks[0].relation == "narrower"
    assert healthy.labels["Lung Opacity"] is None  # other opacities were not looked for


def test_object_cxr_keeps_rectangles_ellipses_and_polygons(tmp_path):
    root = write(tmp_path, OBJECT_CXR)
    own = tmp_path / "own.yaml"
    own.write_text("Foreign object: Support Devices\n", encoding="utf-8")
    dataset = open_source("object-cxr", root, labels_of("object-cxr", own))
    assert dataset.splits() == ("train", "dev")
    nothing, drawn = dataset.cases("train")
    assert nothing.labels["Support Devices"] == 0
    box, ellipse, polygon = (mark.shape for mark in drawn.marks)
    assert box == Box(10, 20, 30, 60) and ellipse == Ellipse(100, 100, 140, 120)
    assert isinstance(polygon, Polygon) and polygon.points.tolist() == [[200, 200], [240, 200], [220, 260]]
    assert drawn.form_of("Support Devices") == "box"
    assert drawn.masks["Support Devices"].area == pytest.approx(20 * 40 + np.pi * 20 * 10 + 40 * 60 / 2, rel=0.02)
    assert not any(case.marks for case in open_source("object-cxr", root).cases("train"))


def test_a_table_may_be_packed(tmp_path):
    import gzip
    import zipfile

    text = table(
        'Image Index,Finding Label,Bbox [x,y,w,"h]",,,', "00013118_008.png,Atelectasis,225.08,547.01,86.7,79.1,,,"
    )
    (tmp_path / "gz").mkdir()
    (tmp_path / "gz" / "BBox_List_2017.csv.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "zip").mkdir()
    with zipfile.ZipFile(tmp_path / "zip" / "BBox_List_2017.csv.zip", "w") as archive:
        archive.writestr("BBox_List_2017.csv", text)
        archive.writestr("__MACOSX/._BBox_List_2017.csv", "x")
    plain = write(tmp_path / "plain", {"BBox_List_2017.csv": text})
    marks = [open_source("nih", root).cases("all")[0].marks for root in (tmp_path / "gz", tmp_path / "zip", plain)]
    assert marks[0] == marks[1] == marks[2] and len(marks[0]) == 1


@pytest.mark.parametrize("key", ["vindr", "vinbigdata", "nih", "rsna", "ms-cxr", "padchest-gr", "tbx11k", "object-cxr"])
def test_a_folder_that_is_none_says_what_should_be_there(key, tmp_path):
    with pytest.raises(InputError, match=r"Expected \S+.* in .*, found none; name the folder"):
        open_source(key, tmp_path)
    with pytest.raises(InputError, match="give --root"):
        open_source(key, None)
    with pytest.raises(InputError, match="check the path"):
        open_source(key, tmp_path / "nowhere")

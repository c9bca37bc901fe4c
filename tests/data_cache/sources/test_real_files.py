"""The annotations that torchxrayvision ships, real ones: published counts, and its own loaders as oracles.

Of the two largest tables the rows of every tenth image are read; thorough runs read all. What is in them pandas counts.
"""

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torchxrayvision as xrv

from data_cache.marks import Box
from data_cache.sources.registry import find_cases, labels_of, open_source

DATA = Path(xrv.__file__).parent / "data"
NIH, RSNA, VINBIGDATA = "BBox_List_2017.csv.gz", "kaggle_stage_2_train_labels.csv.zip", "vinbigdata-train.csv.gz"
THREE_HEARTS = "9a5094b2563a1ef3ff50dc5c7ff71345"  # a heart that three readers marked
EVERY = [10, pytest.param(1, marks=pytest.mark.thorough)]


def _root(tmp_path_factory, name):
    root = tmp_path_factory.mktemp("real")
    shutil.copy(DATA / name, root)
    return root


@pytest.fixture(scope="module")
def nih(tmp_path_factory):
    return open_source("nih", _root(tmp_path_factory, NIH))


def _written(tmp_path_factory, name, column, every, *further):
    """The rows of every so manieth image, and of further ones: a table, and the folder that it is in."""
    table, root = pd.read_csv(DATA / name), tmp_path_factory.mktemp("real")
    some = table[table[column].isin([*table[column].unique()[::every], *further])]
    some.to_csv(root / name, index=False)
    return some, root


@pytest.fixture(scope="module", params=EVERY)
def rsna_rows(request, tmp_path_factory):
    return _written(tmp_path_factory, RSNA, "patientId", request.param)


@pytest.fixture(scope="module")
def rsna(rsna_rows):
    return open_source("rsna", rsna_rows[1])


@pytest.fixture(scope="module", params=EVERY)
def vinbigdata_rows(request, tmp_path_factory):
    return _written(tmp_path_factory, VINBIGDATA, "image_id", request.param, THREE_HEARTS)


@pytest.fixture(scope="module")
def vinbigdata(vinbigdata_rows):
    return open_source("vinbigdata", vinbigdata_rows[1])


# NIH


def test_nih_has_the_published_boxes(nih):
    cases = nih.cases("all")
    assert (len(cases), sum(len(case.marks) for case in cases)) == (880, 984)
    assert Counter(mark.label for case in cases for mark in case.marks) == {
        "Atelectasis": 180,
        "Effusion": 153,
        "Cardiomegaly": 146,
        "Infiltrate": 123,
        "Pneumonia": 120,
        "Pneumothorax": 98,
        "Mass": 85,
        "Nodule": 79,
    }
    assert nih.problems("all") == () and nih.gaps("all") == ()
    assert any("Infiltrate for Lung Opacity (narrower, 123)" in note for note in nih.notes("all"))


def test_nih_is_grouped_by_patient_and_of_1024_pixels(nih):
    cases = {case.id: case for case in nih.cases("all")}
    case = cases["00013118_008"]
    assert (case.patient, case.size(), case.has_image, case.source) == ("00013118", (1024, 1024), False, "nih-all")
    (mark,) = case.marks
    x, y, w, h = 225.084745762712, 547.019216763771, 86.7796610169491, 79.1864406779661  # the file's second line
    assert mark.shape == Box(x, y, x + w, y + h) and (mark.finding, mark.reader) == ("Atelectasis", "")
    assert case.masks["Atelectasis"].area == (312 - 225) * (626 - 547)  # centres from 225.5 to 311.5, 547.5 to 625.5
    assert len({case.patient for case in cases.values()}) == 726


def test_nih_s_masks_are_torchxrayvision_s_but_for_fractions(nih, tmp_path):
    theirs = xrv.datasets.NIH_Dataset(imgpath=str(tmp_path))
    for case in nih.cases("all")[::40]:
        for index, mask in theirs.get_mask_dict(f"{case.id}.png", 1024).items():
            label = theirs.pathologies[index]
            finding = {"Effusion": "Pleural Effusion", "Infiltration": "Lung Opacity"}.get(label, label)
            if label in ("Mass", "Nodule"):
                continue
            for ours, expected in zip(np.nonzero(case.masks[finding].decode()), np.nonzero(mask[0]), strict=True):
                assert ours.min() - 1 <= expected.min() <= ours.min() + 1
                assert ours.max() - 2 <= expected.max() <= ours.max() + 1  # theirs cuts the fractions of sides off too


def test_nih_says_nothing_of_what_it_does_not_name(nih):
    case = nih.cases("all")[0]
    assert set(case.masks) == {"Atelectasis"} and case.labels["Pneumonia"] is None


# RSNA


def _boxes_of_rsna(table):
    """How many images, images with boxes, and boxes there are."""
    boxes = table[table["Target"] == 1]
    return table["patientId"].nunique(), boxes["patientId"].nunique(), len(boxes)


def test_rsna_has_the_published_boxes(rsna, rsna_rows):
    cases = rsna.cases("train")
    with_boxes = [case for case in cases if case.marks]
    assert _boxes_of_rsna(pd.read_csv(DATA / RSNA)) == (26_684, 6_012, 9_555)
    marks = sum(len(case.marks) for case in cases)
    assert (len(cases), len(with_boxes), marks) == _boxes_of_rsna(rsna_rows[0])
    assert rsna.problems("train") == ()
    absent = next(case for case in cases if not case.marks)
    assert absent.labels["Pneumonia"] == 0 and absent.masks["Pneumonia"].area == 0


def test_rsna_s_masks_are_torchxrayvision_s(rsna, tmp_path):
    theirs = xrv.datasets.RSNA_Pneumonia_Dataset(imgpath=str(tmp_path))
    drawn = [case for case in rsna.cases("train") if case.marks]
    assert len(drawn) > 300
    for case in drawn[:: len(drawn) // 20]:
        expected = theirs.get_mask_dict(case.id, 1024)[theirs.pathologies.index("Pneumonia")][0] > 0
        assert np.array_equal(case.masks["Pneumonia"].decode(), expected)


# VinBigData


def test_vinbigdata_has_the_published_boxes_and_readers(vinbigdata, vinbigdata_rows):
    whole = pd.read_csv(DATA / VINBIGDATA)
    assert (whole["image_id"].nunique(), whole["x_min"].notna().sum()) == (15_000, 36_096)
    rows, cases = vinbigdata_rows[0], vinbigdata.cases("train")
    assert len(cases) == rows["image_id"].nunique() >= 1_500
    assert Counter(len(case.readers) for case in cases) == {3: len(cases)}
    assert {reader for case in cases for reader in case.readers} == {f"R{n}" for n in range(1, 18)}
    assert vinbigdata.problems("train") == ()
    left_out = ["Aortic enlargement", "Calcification", "Other lesion", "Pulmonary fibrosis", "No finding"]
    assert sum(len(case.marks) for case in cases) == (~rows["class_name"].isin(left_out)).sum() > 1_500


def test_vinbigdata_s_unions_and_labels_are_torchxrayvision_s(vinbigdata, vinbigdata_rows, tmp_path):
    """Those of every fiftieth image: its loader takes long for all."""
    table = vinbigdata_rows[0]
    few = table["image_id"].unique()[:: table["image_id"].nunique() // 300]
    table[table["image_id"].isin(few)].to_csv(tmp_path / "few.csv", index=False)
    theirs = xrv.datasets.VinDr_Dataset(imgpath=str(tmp_path), csvpath=str(tmp_path / "few.csv"))
    place = {image: place for place, image in enumerate(theirs.csv["image_id"])}
    words = {"Cardiomegaly": "Cardiomegaly", "Effusion": "Pleural Effusion", "Nodule/Mass": "Lung Lesion"}
    cases = [case for case in vinbigdata.cases("train") if case.id in place]
    assert len(cases) >= 300
    for label, finding in words.items():
        said = theirs.labels[:, theirs.pathologies.index(label)]
        assert all(case.labels[finding] == said[place[case.id]] for case in cases)
    for case in [case for case in cases if case.marks][::16]:
        masks = theirs.get_mask_dict(case.id, (1, *case.size()))
        for label, finding in words.items():
            index = theirs.pathologies.index(label)
            expected = masks[index][0] > 0 if index in masks else np.zeros(case.size(), bool)
            assert np.array_equal(case.masks[finding].decode(), expected)


def test_vinbigdata_keeps_who_marked_what(vinbigdata):
    cases = vinbigdata.cases("train")
    (case,) = [case for case in cases if case.id == THREE_HEARTS]
    assert len(case.readers) == 3
    by_reader = {reader: case.masks_of(reader)["Cardiomegaly"] for reader in case.readers}
    assert by_reader["R10"].area == (1653 - 691) * (1831 - 1375)
    together = np.any([mask.decode() for mask in by_reader.values()], axis=0)
    assert np.array_equal(together, case.masks["Cardiomegaly"].decode())


def test_vinbigdata_never_denies_an_opacity_where_a_part_of_one_is_marked(vinbigdata):
    case = next(
        case
        for case in vinbigdata.cases("train")
        if case.labels["Consolidation"] == 1 and not any(mark.finding == "Lung Opacity" for mark in case.marks)
    )
    assert case.labels["Lung Opacity"] is None and "Lung Opacity" not in case.masks


def test_a_size_that_nobody_states_is_guessed_and_said(vinbigdata):
    cases = vinbigdata.cases("train")
    assert all(
        mark.shape.x1 <= case.size()[1] and mark.shape.y1 <= case.size()[0] for case in cases for mark in case.marks
    )
    assert any(f"{len(cases):,} images is stated nowhere" in note for note in vinbigdata.notes("train"))


def test_rolled_up_and_near_marks_are_more(tmp_path):
    some = pd.read_csv(DATA / VINBIGDATA, nrows=1_500)
    some.to_csv(tmp_path / "train.csv", index=False)
    count = some["class_name"].value_counts()
    cases = open_source("vinbigdata", tmp_path, labels_of("vinbigdata", roll_up=True, near=True)).cases("train")
    marks = Counter((mark.finding, mark.relation) for case in cases for mark in case.marks)
    assert marks["Enlarged Cardiomediastinum", "narrower"] == marks["Cardiomegaly", "exact"] == count["Cardiomegaly"]
    assert marks["Pleural Other", "near"] == count["Pulmonary fibrosis"] > 0
    parts = ["ILD", "Infiltration", "Nodule/Mass", "Consolidation", "Atelectasis"]
    assert marks["Lung Opacity", "narrower"] == count[parts].sum()


def test_find_cases_takes_the_only_split(nih):
    assert [case.id for case in find_cases("nih", nih.root)] == [case.id for case in nih.cases("all")]

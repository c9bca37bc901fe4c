"""Cases: one source of pixels, labels of all 14 findings, sizes that agree."""

import copy

import numpy as np
import pytest
from PIL import Image

from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.marks import Box, Disc, Mark, Polygon
from data_cache.masks import Rle
from tests.data_cache.images.test_pictures import encoded

PIXELS = np.linspace(0, 1, 300 * 400, dtype=np.float32).reshape(300, 400)


def test_an_upload_becomes_a_case_with_unknown_labels():
    case = Case.from_upload(encoded(Image.new("L", (400, 300), 80), "PNG"), "my chest.png")
    assert (case.id, case.patient, case.source) == ("my chest", "my chest", "upload")
    assert case.labels == dict.fromkeys(FINDINGS)
    assert case.positives == case.drawn == ()
    radiograph = case.read()
    assert radiograph.pixels.shape == (300, 400)
    assert radiograph.warnings == case.warnings
    assert "every pixel is the same grey" in case.warnings[0]


@pytest.mark.parametrize(
    ("name", "case_id"),
    [
        ("1.2.840.99.5", "1.2.840.99.5"),
        ("1.2.840.99.6", "1.2.840.99.6"),
        ("1.2.840.99.5.dcm", "1.2.840.99.5"),
        ("chest.JPEG", "chest"),
        ("chest", "chest"),
        ("a.b.png", "a.b"),
        (".png", ".png"),
    ],
)
def test_a_uid_s_last_part_is_no_extension(name, case_id):
    data = encoded(Image.new("L", (400, 300), 80), "PNG")
    assert Case.from_upload(data, name).id == case_id


def test_a_bad_upload_is_refused_by_name():
    with pytest.raises(InputError, match=r"^notes\.txt: expected an image"):
        Case.from_upload(b"hello", "notes.txt")


def test_pixels_or_path_not_both_not_neither(tmp_path):
    for places in ({}, {"pixels": PIXELS, "image_path": tmp_path / "a.png"}):
        with pytest.raises(ValueError, match="either the path or the pixels"):
            Case("a", "a", "upload", **places)


def test_labels_must_cover_the_findings():
    with pytest.raises(ValueError, match="14 findings"):
        Case("a", "a", "upload", pixels=PIXELS, labels={"Edema": 1})


def test_pixels_are_checked():
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        Case("a", "a", "upload", pixels=PIXELS * 2)


def test_findings_come_in_chexpert_s_order():
    mask = Rle.encode(np.ones((300, 400), dtype=bool))
    nothing = Rle.encode(np.zeros((300, 400), dtype=bool))
    masks = {"Edema": mask, "Cardiomegaly": mask, "Atelectasis": nothing}
    labels = {finding: 1 if finding in ("Fracture", "Edema") else None for finding in FINDINGS}
    case = Case("a", "a", "upload", pixels=PIXELS, labels=labels, masks=masks)
    assert case.positives == ("Edema", "Fracture")
    assert case.drawn == ("Cardiomegaly", "Edema")


def test_masks_must_be_as_large_as_the_pixels_too():
    case = Case("a", "a", "test", pixels=PIXELS, masks={"Edema": Rle.encode(np.zeros((400, 300), dtype=bool))})
    for act in (case.read, case.check):
        with pytest.raises(InputError, match="400×300 pixels, found 300×400"):
            act()


# What was marked


def marked(**more):
    marks = (
        Mark("Edema", Box(10, 20, 30, 40), reader="R1", label="oedema"),
        Mark("Edema", Disc(25, 35, 10), reader="R2"),
        Mark("Fracture", Polygon(np.array([[0.0, 0], [50, 0], [50, 30], [0, 30]])), reader="R2"),
    )
    labels = {**dict.fromkeys(FINDINGS), "Edema": 1, "Fracture": 1, "Pneumonia": 0}
    return Case("a", "p", "test-all", marks=marks, labels=labels, **more)


def test_masks_are_the_union_of_marks_at_the_annotated_size():
    case = marked(annotated_size=(300, 400), read_by=("R1", "R2", "R3"))
    assert case.size() == (300, 400) and not case.has_image
    assert set(case.masks) == {"Edema", "Fracture", "Pneumonia"} and case.drawn == ("Edema", "Fracture")
    box = np.zeros((300, 400), bool)
    box[20:40, 10:30] = True
    rows, columns = np.mgrid[:300, :400] + 0.5
    assert np.array_equal(case.masks["Edema"].decode(), box | ((columns - 25) ** 2 + (rows - 35) ** 2 <= 100))
    assert case.masks["Fracture"].area == 1500 and case.masks["Pneumonia"].area == 0
    assert np.array_equal(case.masks_of("R1")["Edema"].decode(), box)
    assert {finding: mask.area for finding, mask in case.masks_of("R3").items()} == dict.fromkeys(case.masks, 0)
    assert case.readers == ("R1", "R2", "R3")
    assert [case.form_of(finding) for finding in ("Edema", "Fracture", "Pneumonia")] == ["box", "polygon", "mask"]
    case.check()
    with pytest.raises(InputError, match="Expected the image of a, found its annotations alone"):
        case.read()


def test_marks_lie_on_the_image_that_is_there():
    case = marked(pixels=PIXELS)
    assert case.readers == ("R1", "R2")
    assert case.masks["Fracture"].size == (300, 400) and case.read().pixels.shape == (300, 400)
    assert copy.deepcopy(case).masks["Fracture"] == case.masks["Fracture"]


def test_an_image_of_another_size_than_annotated_is_refused():
    with pytest.raises(InputError, match="its annotations say, 800×600 pixels, found 400×300"):
        marked(pixels=PIXELS, annotated_size=(600, 800)).read()


def test_a_case_without_marks_is_as_before():
    case = Case("a", "a", "test", pixels=PIXELS, masks={"Edema": Rle.encode(np.ones((300, 400), bool))})
    assert (case.readers, case.form_of("Edema"), case.drawn) == ((), "mask", ("Edema",))

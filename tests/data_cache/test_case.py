"""Cases: one source of pixels, labels of all 14 findings, sizes that agree."""

import numpy as np
import pytest
from PIL import Image

from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
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

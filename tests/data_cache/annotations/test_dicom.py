"""Regions in DICOM objects lie where their standards say, by hand."""

import numpy as np
import pytest

from data_cache.annotations import AnnotationFile, Place, read_annotations
from data_cache.errors import InputError
from tests.data_cache.annotations import dicom_objects as objects

SIZE = (30, 41)  # frames of 1,230 bits do not end with a byte
PLACE = Place("upload", SIZE, objects.IMAGE)
BOX = [10.0, 5, 20, 5, 20, 15, 10, 15, 10, 5]


def _mask(top: int, bottom: int, left: int, right: int) -> np.ndarray:
    mask = np.zeros(SIZE, bool)
    mask[top:bottom, left:right] = True
    return mask


def _read(data: bytes, finding: str | None = "Fracture", place: Place = PLACE) -> AnnotationFile:
    return read_annotations(data, "theirs.dcm", place, finding)


def _masks(file: AnnotationFile) -> dict[str, np.ndarray]:
    return {one.finding: one.mask.decode() for one in file.annotations}


def test_segments_are_what_was_packed_each_under_its_finding() -> None:
    frames = np.stack([_mask(1, 9, 2, 13), _mask(20, 30, 30, 41)])
    file = _read(objects.segmentation(frames, ["Effusion", "Pulmonary edema"]))
    found = _masks(file)
    assert list(found) == ["Pleural Effusion", "Edema"] and file.note == ""
    assert np.array_equal(found["Pleural Effusion"], frames[0]) and np.array_equal(found["Edema"], frames[1])
    assert file.annotations[0].name == "net"


def test_half_of_a_fraction_is_inside_and_a_map_of_labels_has_one_frame_for_all() -> None:
    shares = np.where(_mask(0, 9, 0, 9), 128, 127)[None]
    assert np.array_equal(
        _masks(_read(objects.segmentation(shares, ["Edema"], "FRACTIONAL", 255)))["Edema"], shares[0] == 128
    )
    numbers = (_mask(0, 9, 0, 9) * 2 + _mask(20, 25, 0, 9))[None]
    found = _masks(_read(objects.segmentation(numbers, ["Edema", "Fracture"], "LABELMAP")))
    assert np.array_equal(found["Edema"], numbers[0] == 1) and np.array_equal(found["Fracture"], numbers[0] == 2)


@pytest.mark.parametrize(
    ("kind", "points", "area"),
    [
        ("POLYLINE", BOX, 100),
        ("CIRCLE", [20, 15, 28, 15], np.pi * 64),
        ("ELLIPSE", [10, 15, 30, 15, 20, 10, 20, 20], np.pi * 50),
        ("POINT", [20, 15], np.pi),
        ("MULTIPOINT", [20, 15, 30, 15], 2 * np.pi),
    ],
)
def test_shapes_of_a_report_and_of_a_presentation_state(kind: str, points: list[float], area: float) -> None:
    for data in (
        objects.report(("Edema", kind, points)),
        *([objects.presentation(kind, points)] * (kind != "MULTIPOINT")),
    ):
        mask = _masks(_read(data))["Edema"]
        assert abs(mask.sum() - area) <= max(3, 0.04 * area)  # by the pixels' centres
        assert mask[15, 20] or kind == "POLYLINE"
    if kind == "POLYLINE":
        assert np.array_equal(mask, _mask(5, 15, 10, 20))


def test_shares_of_the_display_count_from_the_displayed_areas_corners() -> None:
    """A displayed area of the pixels 11 to 30 by 6 to 25 begins at (10, 5) and is 20 by 20 pixels."""
    area = [objects.displayed((11, 6), (30, 25))]
    whole = objects.presentation(
        "POLYLINE", [0, 0, 1, 0, 1, 1, 0, 1, 0, 0], "DISPLAY", DisplayedAreaSelectionSequence=area
    )
    assert np.array_equal(_masks(_read(whole))["Edema"], _mask(5, 25, 10, 30))
    turned = objects.presentation("POLYLINE", BOX, "DISPLAY", ImageRotation=90)
    with pytest.raises(InputError, match="found a turned or flipped one"):
        _read(turned)


def test_regions_of_another_image_are_refused_and_where_that_cannot_be_known_it_is_said() -> None:
    theirs = objects.report(("Edema", "POLYLINE", BOX), image="1.2.3.99")
    with pytest.raises(InputError, match="expected regions of the open image, found those of another one"):
        _read(theirs)
    unknown = _read(theirs, place=Place("upload", SIZE))
    assert "names its image by a DICOM identifier, which is not known of upload" in unknown.note
    with pytest.raises(InputError, match="expected annotations of a radiograph of 41×31 pixels"):
        _read(objects.segmentation(_mask(0, 9, 0, 9)[None], ["Edema"]), place=Place("upload", (31, 41)))


def test_a_word_that_means_no_finding_is_taken_for_the_chosen_one_with_a_remark() -> None:
    data = objects.report(("Spiculated thing", "POLYLINE", BOX), ("Edema", "POLYLINE", BOX))
    file = _read(data)
    assert set(_masks(file)) == {"Fracture", "Edema"}
    assert "'Spiculated thing' is none of CheXpert's findings and was taken for Fracture" in file.note
    assert list(_masks(_read(data, finding=None))) == ["Edema"]


def test_another_object_or_half_of_one_is_one_sentence_without_the_patients_name() -> None:
    whole = objects.segmentation(np.ones((1, *SIZE), bool), ["Edema"])
    cut = whole[:-40]
    image = whole.replace(objects.SEGMENTATION.encode(), b"1.2.840.10008.5.1.4.1.1.1.11")
    for data in (cut, image, whole[:200]):
        with pytest.raises(InputError) as caught:
            _read(data)
        assert "SECRET" not in str(caught.value) and "\n" not in str(caught.value)

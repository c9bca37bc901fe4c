"""DICOM results as their readers take them: pydicom, highdicom, dciodvfy, and the annotations of this program."""

import json
import shutil
import subprocess
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset, dcmread

from data_cache.annotations import Place, read_annotations
from data_cache.errors import InputError
from explainers.dicom.results import WARNING, Layer, Marked, Number, Results, Spoken, without_segmentation
from explainers.dicom.sides import SINGLE
from explainers.dicom.source import Source
from explainers.dicom.writing import write_results
from tests.data_cache.images.dicom_files import PATIENT, complete_dicom, dicom_bytes, dicom_file

pytest.importorskip("highdicom", reason="highdicom is not installed: requirements-dicom.txt")
from explainers.dicom.capture import secondary_capture

SIZE = (60, 41)
PLACE = Place("upload", SIZE, "1.2.3.4.5")
REASON = "The film is turned."


def _mask(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    mask = np.zeros(SIZE, bool)
    for top, bottom, left, right in boxes:
        mask[top:bottom, left:right] = True
    return mask


EDEMA, HEART = _mask((10, 30, 5, 20), (40, 43, 30, 41)), _mask((0, 60, 0, 7))


def _results(**spoken: object) -> Results:
    source = Source.of(dicom_bytes(complete_dicom(np.zeros(SIZE, np.uint16))), "a.dcm")
    regions = (
        Marked("Edema", EDEMA, np.float32(0.6) * EDEMA, (Number("IoU", 0.25),)),
        Marked("Fracture", HEART, np.float32(0.2) * HEART),
    )
    layer = Layer("gradcam@cnn", "Grad-CAM, CNN", "cnn", {"layer": "last"}, "above 50 % of its maximum", regions)
    said = Spoken("CNN", "ab" * 32, "With caution", (REASON,), {"Edema": 0.123456789, **spoken})
    return Results(source, {"cnn": said}, (layer,), np.full((20, 30, 3), (1, 2, 3), np.uint8), "Maps", ("A remark.",))


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return write_results(_results())


@pytest.fixture(scope="module")
def objects(files: dict[str, bytes]) -> dict[str, Dataset]:
    return {name: dcmread(BytesIO(data)) for name, data in files.items()}


def test_every_object_goes_into_the_study_names_the_patient_and_refers_to_the_image(
    objects: dict[str, Dataset],
) -> None:
    assert list(objects) == ["sc.dcm", "seg-gradcam-cnn.dcm", "sr.dcm"]
    assert len({one.SeriesInstanceUID for one in objects.values()} | {"1.2.3.4"}) == 4
    for one in objects.values():
        assert (one.StudyInstanceUID, one.PatientName, one.PatientID) == ("1.2.3", PATIENT, "P-17")
        assert (one.PatientBirthDate, one.PatientSex, one.AccessionNumber) == ("19500228", "F", "A-1")
        whole = one.to_json()
        assert "1.2.3.4.5" in whole and "RESEARCH ONLY, not for diagnosis" in one.SeriesDescription
        assert "Not for diagnosis" in whole and REASON in whole
    picture = objects["sc.dcm"]
    assert picture.DerivationDescription == "Maps"
    assert picture.PhotometricInterpretation == "RGB" and (picture.pixel_array == (1, 2, 3)).all()


def test_segments_lie_on_the_sources_pixels_for_highdicom_and_for_this_program(files: dict[str, bytes]) -> None:
    import highdicom as hd

    data = files["seg-gradcam-cnn.dcm"]
    found = hd.seg.segread(BytesIO(data))
    assert (found.Rows, found.Columns, found.segmentation_type.value) == (*SIZE, "BINARY")
    assert [one.SegmentLabel for one in found.SegmentSequence] == ["Edema", "Fracture"]
    masks = found.get_pixels_by_source_instance(["1.2.3.4.5"], ignore_spatial_locations=True)[0]
    assert np.array_equal(masks[..., 0], EDEMA) and np.array_equal(masks[..., 1], HEART)
    again = read_annotations(data, "seg.dcm", PLACE)
    assert {one.finding: one.name for one in again.annotations} == dict.fromkeys(("Edema", "Fracture"), "Grad-CAM, CNN")
    assert all(np.array_equal(a.mask.decode(), m) for a, m in zip(again.annotations, (EDEMA, HEART), strict=True))


def test_a_fractional_segmentation_holds_the_strength() -> None:
    data = write_results(_results(), fractional=True)["seg-gradcam-cnn.dcm"]
    found = dcmread(BytesIO(data))
    assert found.SegmentationType == "FRACTIONAL"
    assert np.abs(found.pixel_array[0] / 255 - 0.6 * EDEMA).max() <= 1 / 255
    assert [one.finding for one in read_annotations(data, "seg.dcm", PLACE).annotations] == ["Edema"]  # at least half


def test_the_report_has_states_probabilities_scores_and_outlines(files: dict[str, bytes]) -> None:
    import highdicom as hd

    found = hd.sr.srread(BytesIO(files["sr.dcm"]))
    said = [str(item.TextValue) for item in found.ContentSequence if item.ValueType == "TEXT"]
    assert said[-3:] == [WARNING, f"CNN (weights abababab): With caution. {REASON}", "A remark."]
    (spoken,) = found.content.get_image_measurement_groups()
    assert [float(one.value) for one in spoken.get_measurements()] == [0.123457]
    parts = found.content.get_planar_roi_measurement_groups()
    assert [len(part.get_measurements()) for part in parts] == [2, 1, 1]  # scores stand with the largest part
    assert float(parts[0].get_measurements()[0].value) == 20 * 15 * 0.1  # square millimetres: pixels of 0.2 by 0.5
    again = read_annotations(files["sr.dcm"], "sr.dcm", PLACE)
    assert all(np.array_equal(a.mask.decode(), m) for a, m in zip(again.annotations, (EDEMA, HEART), strict=True))


def _of_no_finding() -> Results:
    said = Spoken("CNN", "ab" * 32, "Not assessable", (REASON,))
    return replace(_results(), models={"cnn": said}, layers=())


def test_where_nothing_may_be_said_the_report_has_the_state() -> None:
    import highdicom as hd

    files = write_results(_of_no_finding())
    assert list(files) == ["sc.dcm", "sr.dcm"]
    (spoken,) = hd.sr.srread(BytesIO(files["sr.dcm"])).content.get_image_measurement_groups()
    assert spoken.get_measurements() == []
    assert [one.value.meaning for one in spoken.get_qualitative_evaluations()] == ["Not assessable"]


def _complaints(file: Path) -> list[str]:
    """What dciodvfy says of a file; a private scheme is no "defined term"."""
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy is not installed: Debian's package dicom3tools")
    done = subprocess.run(["dciodvfy", "-new", file], capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if line.startswith(("Error", "Warning", "Abort"))]
    return [line for line in said if "99MPNEXPLORER" not in line]


def test_dciodvfy_finds_no_error(files: dict[str, bytes], tmp_path: Path) -> None:
    for name, data in (files | {"state.dcm": write_results(_of_no_finding())["sr.dcm"]}).items():
        (tmp_path / name).write_bytes(data)
        assert _complaints(tmp_path / name) == []


@pytest.mark.parametrize(
    ("part", "source", "written", "unknown"),
    [
        ("HAND", {}, {"Laterality": ""}, True),
        ("HAND", {"Laterality": "L"}, {"Laterality": "L"}, False),
        ("HAND", {"Laterality": "L", "ImageLaterality": "R"}, {"ImageLaterality": "R"}, False),
        ("HAND", {"ImageLaterality": "X"}, {"Laterality": ""}, True),
        ("CHEST", {}, {}, False),
        ("CHEST", {"Laterality": "L"}, {}, False),
        ("CHEST", {"ImageLaterality": "U"}, {"ImageLaterality": "U"}, False),
        ("", {"Laterality": "R"}, {}, False),  # taken for a chest
    ],
)
def test_a_capture_names_a_side_of_what_a_body_has_twice(
    part: str, source: dict[str, str], written: dict[str, str], unknown: bool, tmp_path: Path
) -> None:
    film = complete_dicom(np.zeros(SIZE, np.uint16), BodyPartExamined=part, **source)
    capture = secondary_capture(replace(_results(), source=Source.of(dicom_bytes(film), "a.dcm")))
    assert {one.keyword: one.value for one in capture if "Laterality" in one.keyword} == written
    capture.save_as(tmp_path / "sc.dcm")
    said = _complaints(tmp_path / "sc.dcm")
    assert [line for line in said if line.startswith("Error")] == []
    assert ["is only permitted to be empty when actually unknown" in line for line in said] == [True] * unknown


@pytest.mark.thorough
@pytest.mark.parametrize("part", [*sorted(SINGLE), "ANKLE", "BREAST", "CLAVICLE", "KNEE", "LUNG", "RIB", "FOREARM"])
def test_dciodvfy_finds_no_error_in_a_capture_of_any_part(part: str, tmp_path: Path) -> None:
    film = complete_dicom(np.zeros(SIZE, np.uint16), BodyPartExamined=part)
    secondary_capture(replace(_results(), source=Source.of(dicom_bytes(film), "a.dcm"))).save_as(tmp_path / "sc.dcm")
    assert [line for line in _complaints(tmp_path / "sc.dcm") if line.startswith("Error")] == []


def test_why_there_is_no_segmentation_is_said_once_for_all_of_whom_it_is_true() -> None:
    one = Spoken("CNN", "ab" * 32, "Not assessable", (REASON,), withheld="Nothing of its maps is written.")
    (marked,) = _results().layers
    blank = replace(marked, label="Grad-CAM, CNN", marked=())
    models = {"a": one, "b": replace(one, label="Other"), "c": replace(one, label="Third", withheld="")}
    assert without_segmentation(models, [marked, blank, replace(blank, label="Raw")], "Edema") == [
        f"No segmentation of CNN; Other: not assessable. {REASON}",
        "No segmentation of Grad-CAM, CNN; Raw: nothing of Edema is marked.",
    ]
    assert without_segmentation({"c": models["c"]}, [marked]) == []


@pytest.mark.parametrize("keyword", ["SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"])
def test_an_image_that_does_not_say_which_it_is_is_one_sentence(keyword: str) -> None:
    for value in (b"\0\0\0\0\0\0", b"1.2..3"):
        whole = dicom_bytes(complete_dicom(np.zeros(SIZE, np.uint16), **{keyword: "1.2.33"}))
        with pytest.raises(InputError, match=r"a\.dcm: expected a DICOM image with a \w+ Instance UID"):
            Source.of(whole.replace(b"1.2.33", value), "a.dcm")
    with pytest.raises(InputError, match="expected a DICOM file, whose study the results go into"):
        Source.of(b"\xff\xd8\xff", "a.jpg")
    with pytest.raises(InputError, match="expected a DICOM image with a SOP Instance UID"):
        Source.of(dicom_file(np.zeros(SIZE, np.uint16)), "a.dcm")


def test_what_the_standard_does_not_allow_is_not_repeated_and_nothing_else_is_kept() -> None:
    odd = complete_dicom(
        np.zeros(SIZE, np.uint16), PatientBirthDate="in 1950", PixelSpacing=["0", "-1"], PatientComments="SECRET"
    )
    odd.PatientName = "Müller^Jürgen"
    odd.SpecificCharacterSet = "ISO_IR 100"
    header = Source.of(dicom_bytes(odd), "a.dcm").header
    assert header.PatientBirthDate == "" and "PixelSpacing" not in header and "PatientComments" not in header
    assert str(header.PatientName) == "Müller^Jürgen" and "PixelData" not in header


@pytest.mark.parametrize(
    ("charset", "name"),
    [
        (None, PATIENT),
        ("ISO_IR 100", "Müller^Jürgen"),
        pytest.param("ISO_IR 144", "Люкceмбypг", marks=pytest.mark.thorough),
        (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう"),
    ],
)
def test_every_sign_of_names_and_words_arrives(charset: str | list[str] | None, name: str) -> None:
    film = complete_dicom(np.zeros(SIZE, np.uint16), SpecificCharacterSet=charset or "", PatientName=name)
    layer = Layer("gradcam", "Grad-CAM, CNN", "cnn", {}, "> −1.51 logit", (Marked("Edema", EDEMA),))
    said = Spoken("CNN", "ab" * 32, "With caution", ("At least ≥ 5° – so.",))
    picture = np.zeros((20, 30, 3), np.uint8)
    files = write_results(
        Results(Source.of(dicom_bytes(film), "a.dcm"), {"cnn": said}, (layer,), picture, "Maps", ("A – remark.",))
    )
    read = {key: dcmread(BytesIO(data)) for key, data in files.items()}  # warnings are errors
    for one in read.values():
        assert one.SpecificCharacterSet == "ISO_IR 192" and str(one.PatientName) == name
    texts = {key: json.dumps(one.to_json_dict(), ensure_ascii=False) for key, one in read.items()}
    assert all("?" not in text and "≥ 5° –" in text for text in texts.values())
    assert "> −1.51 logit" in texts["sr.dcm"] and "> −1.51 logit" in texts["seg-gradcam.dcm"]

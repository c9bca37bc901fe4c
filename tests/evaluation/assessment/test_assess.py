"""The verdict on a model reading an image: of films as they should be, of films laid wrongly, of other pictures."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pydicom.data
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_sample_image

from data_cache.case import Case
from data_cache.demo import bundled_cases
from data_cache.images import Radiograph, read_radiograph
from data_cache.orientation import Orientation
from data_cache.simulated import is_simulated
from evaluation.assessment import Assessment, Film, Reason, assess, film_of
from evaluation.assessment.chest import known_films
from evaluation.trust.pose import encode_template
from evaluation.trust.profile import find_profile
from evaluation.trust.quality import QualityReference
from models.checkpoints import Origin
from models.predictions import ModelInfo
from tests.data_cache.images.dicom_files import dicom_file

Pixels = NDArray[np.float32]


def radiograph(pixels: NDArray[np.floating], coloured: bool = False) -> Radiograph:
    return Radiograph(np.ascontiguousarray(pixels, np.float32), (), 8, "PNG", coloured)


@pytest.fixture(scope="module")
def phantom() -> Pixels:
    return bundled_cases()[0].read().pixels


def keys(film: Film, origin: Origin = "own", reference: QualityReference | None = None) -> list[str]:
    return [reason.key for reason in assess(film, origin, reference).reasons]


def test_bundled_phantoms_can_be_read_by_the_models_that_were_made_for_them(demo_info: ModelInfo) -> None:
    profile = find_profile("demo", demo_info)
    assert profile is not None and profile.quality is not None and profile.quality.simulated
    films = [film_of(case.read(), is_simulated(case)) for case in bundled_cases()]
    assert all(assess(film, "official").state == "readable" for film in films)
    flagged = [film for film in films if assess(film, "demo", profile.quality).state != "readable"]
    assert len(flagged) <= 0.05 * len(films) and all(film.pose.likeness >= 0.65 for film in films)


@pytest.fixture(scope="module")
def demo_info() -> ModelInfo:
    from models.predictor import load_predictor

    return load_predictor("demo", "cnn", "torch-cpu").info


@pytest.mark.parametrize(
    ("origin", "simulated", "coloured", "found"),
    [
        ("demo", True, False, []),
        ("demo", False, False, ["demo_weights"]),
        ("demo", False, True, ["colour", "demo_weights"]),
        ("official", False, True, ["colour"]),
        ("own", False, False, []),
    ],
)
def test_whose_weights_may_speak(
    phantom: Pixels, origin: Origin, simulated: bool, coloured: bool, found: list[str]
) -> None:
    film = replace(film_of(radiograph(phantom, coloured), simulated), simulated=simulated)  # its pixels tell it too
    assert keys(film, origin) == found
    assert assess(film, origin).assessable is not bool(found)


@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize("inverted", [False, True])
def test_how_a_film_lies_is_told_with_what_to_do(phantom: Pixels, quarters: int, inverted: bool) -> None:
    laid = np.rot90(1 - phantom if inverted else phantom, -quarters)  # NumPy turns counter-clockwise
    found = assess(film_of(radiograph(laid), True), "official")
    assert [(one.key, one.remedy) for one in found.reasons] == [
        *[("rotated", "rotate")] * (quarters > 0), *[("inverted", "invert")] * inverted,
    ]  # fmt: skip
    assert found.state == ("caution" if quarters or inverted else "readable")
    assert all("2,000 simulated" in one.sentence for one in found.reasons)


def test_a_film_that_stands_askew_is_told_and_one_with_a_black_margin_is_none(phantom: Pixels) -> None:
    height, width = phantom.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 25, 1)
    askew = assess(film_of(radiograph(cv2.warpAffine(phantom, turn, (width, height))), True), "own")
    assert [(one.key, one.remedy) for one in askew.reasons] == [("rotated", None)]
    assert "25° counter-clockwise" in askew.reasons[0].sentence
    assert keys(film_of(radiograph(np.pad(phantom, 90)), True)) == []


def text_page() -> Pixels:
    page = np.full((400, 400), 255, np.uint8)
    for line in range(14):
        cv2.putText(page, "Patient report, page 1", (10, 25 + 27 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 0, 2)
    return page.astype(np.float32) / 255


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (lambda: np.full((300, 300), 0.4), ["blank"]),
        (lambda: np.random.default_rng(0).random((300, 300)), ["no_chest_film"]),
        (text_page, ["no_chest_film"]),
        (lambda: load_sample_image("china.jpg").mean(axis=2) / 255, ["no_chest_film"]),
        (lambda: load_sample_image("flower.jpg").mean(axis=2) / 255, ["no_chest_film"]),
        (lambda: bundled_cases()[0].read().pixels[::12, ::12], ["tiny"]),
        (lambda: bundled_cases()[0].read().pixels[::4, ::4], ["small"]),
    ],
    ids=["blank", "noise", "text", "china", "flower", "tiny", "small"],
)
def test_what_is_no_chest_film(make: Callable[[], NDArray[np.floating]], found: list[str]) -> None:
    assert keys(film_of(radiograph(make()), False)) == found


def test_a_header_that_says_ct_is_believed() -> None:
    slice_of_ct = read_radiograph(Path(str(pydicom.data.get_testdata_file("CT_small.dcm"))))
    found = assess(film_of(slice_of_ct, False), "official")
    assert found.state == "not_assessable" and "a CT image" in found.sentence


@pytest.mark.parametrize(
    ("part", "word"),
    [("HAND", "HAND"), ("knees, both", "KNEE"), ("L FOOT AP", "FOOT"), ("FEET", "FOOT"), ("TSPINE", "TSPINE"),
     ("CHEST", ""), ("Thorax ap", ""), ("CHESTABDOMEN", ""), ("TORACE", ""), ("RIBS", ""), ("MEIER", ""), ("", "")],
)  # fmt: skip
def test_a_header_that_names_another_part_of_the_body_is_believed(phantom: Pixels, part: str, word: str) -> None:
    film = np.rint(phantom * 255).astype(np.uint8)
    found = assess(film_of(read_radiograph(dicom_file(film, BodyPartExamined=part), "x"), True), "official")
    assert found.state == ("not_assessable" if word else "readable")
    assert (f"another part of the body ({word}), not" in found.sentence) == bool(word)


@pytest.mark.parametrize(
    ("sides", "mirrored"),
    [("L\\F", False), ("R\\F", True), ("LA\\F", False), ("F\\R", False), ("H\\R", True), ("R\\H", False),
     ("A\\F", None), ("P\\F", None), ("", None)],
)  # fmt: skip
def test_a_header_says_which_films_lie_mirrored(phantom: Pixels, sides: str, mirrored: bool | None) -> None:
    film = np.rint(phantom * 255).astype(np.uint8)
    laid = read_radiograph(dicom_file(film, PatientOrientation=sides), "x")
    found = film_of(laid, True)
    assert found.mirrored is mirrored
    flagged = [(one.key, one.remedy) for one in assess(found, "official").reasons]
    assert flagged == ([("mirrored", "flip")] if mirrored else [])
    if mirrored:  # and what the remedy makes of it
        again = Orientation(flipped=True).radiograph(laid)
        assert film_of(again, True).mirrored is False


def test_a_mirrored_film_is_told_by_its_heart_where_no_header_says_how_it_lies() -> None:
    """Of the bundled phantoms half are told, and none that lies as it should; the README has more."""
    films = [case.read().pixels for case in bundled_cases()]
    assert not any("mirrored" in keys(film_of(radiograph(film), True)) for film in films)
    assert 10 <= sum("mirrored" in keys(film_of(radiograph(film[:, ::-1]), True)) for film in films) <= 14
    turned = [np.rot90(film[:, ::-1]) for film in films]
    found = [assess(film_of(radiograph(film), True), "official").reasons for film in turned]
    both = [reasons for reasons in found if len(reasons) == 2]
    assert all([one.remedy for one in reasons] == ["rotate", "flip"] for reasons in both) and len(both) >= 8


@pytest.mark.parametrize("code", ["", "1", "2f", "3fi"])
def test_a_bundled_film_is_known_however_it_was_laid_and_written_anew(phantom: Pixels, code: str) -> None:
    laid = Orientation.parse(code).radiograph(radiograph(phantom)).pixels
    ok, written = cv2.imencode(".jpg", np.rint(laid * 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 75])
    case = Case.from_upload(written.tobytes(), "film.jpg")
    assert ok and is_simulated(case)
    reasons = assess(film_of(case.read(), False), "demo").reasons
    assert "demo_weights" not in [one.key for one in reasons]
    assert {one.key for one in reasons} <= {"rotated", "mirrored", "inverted"}


def test_other_films_are_no_bundled_ones(phantom: Pixels) -> None:
    other = bundled_cases()[1].read().pixels
    for film in (phantom[60:], (cv2.resize(other, phantom.shape[::-1]) + phantom) / 2, np.zeros((99, 99)), text_page()):
        assert not film_of(radiograph(film), False).simulated


def test_what_is_unusual_is_a_caution_unless_the_pose_says_it_already(phantom: Pixels) -> None:
    film = film_of(radiograph(phantom), True)
    usual = {"low": -9.0, "median": 0.0, "high": 9.0}
    names = ("sharpness", "middle", "range", "black", "white", "likeness", "angle", "cropping", "polarity")
    template = encode_template(known_films()[2])
    ranges = dict.fromkeys(names, usual) | {"middle": usual | {"low": 0.99}}
    reference = QualityReference.model_validate(
        {"images": 7, "percentiles": (0.1, 99.9), "ranges": ranges, "template": template}
    )
    dark = assess(film, "own", reference)
    assert dark.state == "caution" and [one.key for one in dark.reasons] == ["dark"]
    assert "the 7 images that the model learned from" in dark.sentence
    turned = replace(film, pose=replace(film.pose, quarters=1))
    assert keys(turned, "own", reference) == ["rotated", "dark"]


def test_only_what_can_be_read_has_no_reasons() -> None:
    for state, reasons in (("readable", (Reason("a", "b"),)), ("caution", ()), ("not_assessable", ())):
        with pytest.raises(ValueError, match="reasons"):
            Assessment(state, reasons)  # type: ignore[arg-type]


def test_a_bundled_film_is_known_by_its_content_and_other_phantoms_by_their_name(tmp_path: Path) -> None:
    path = bundled_cases()[0].image_path
    assert path is not None
    copy = tmp_path / "chest.jpg"
    copy.write_bytes(path.read_bytes())
    assert is_simulated(Case.from_upload(copy.read_bytes(), "chest.jpg"))
    assert is_simulated(Case("chest", "chest", "file", image_path=copy))
    copy.write_bytes(path.read_bytes() + b"\0")
    assert not is_simulated(Case("chest", "chest", "file", image_path=copy))
    other = np.rint(np.random.default_rng(0).random((64, 64)) * 255).astype(np.uint8)
    assert not is_simulated(Case.from_upload(cv2.imencode(".png", other)[1].tobytes(), "phantom.png"))
    assert is_simulated(Case("patientPHANTOM1_study1", "a", "file", image_path=copy))

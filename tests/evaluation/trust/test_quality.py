"""Image quality on the bundled phantoms: each corruption raises its own flag, clean films raise none."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from data_cache.demo import bundled_cases
from data_cache.errors import InputError
from data_cache.images import Radiograph, read_radiograph
from evaluation.trust.pose import POSE_SIDE, decode_template, encode_template, find_pose, ranks
from evaluation.trust.profile import Profile, profile_path
from evaluation.trust.quality import MEASURES, SENTENCES, Quality, QualityReference, make_reference, measure, quality
from models.embedded import embedded_path

Change = Callable[[np.ndarray], np.ndarray]


def film(pixels: np.ndarray) -> Radiograph:
    return Radiograph(np.ascontiguousarray(np.clip(pixels, 0, 1), dtype=np.float32), (), 8, "pixels")


@cache
def phantoms() -> tuple[np.ndarray, ...]:
    return tuple(case.read().pixels for case in bundled_cases())


@cache
def reference() -> QualityReference:
    """Of the 2,000 training phantoms that the bundled profile was made with."""
    path = profile_path(embedded_path("medicalpatchnet"))
    stored = Profile.model_validate_json(path.read_bytes()).quality
    assert stored is not None
    return stored


def turned(pixels: np.ndarray, angle: float) -> np.ndarray:
    height, width = pixels.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1)
    return np.asarray(cv2.warpAffine(pixels, matrix, (width, height)))


def noise(pixels: np.ndarray) -> np.ndarray:
    return pixels + np.random.default_rng(0).normal(0, 0.15, pixels.shape)


def letter(pixels: np.ndarray) -> np.ndarray:
    page = np.full((512, 512), 255, np.uint8)
    for line in range(12):
        cv2.putText(page, f"Discharge letter {line}", (20, 40 * line + 40), 0, 1, 0, 2)
    return page / 255


def clouds(pixels: np.ndarray) -> np.ndarray:
    """Noise with the spectrum of natural pictures, another one for each film."""
    random = np.random.default_rng(int(pixels[:8].sum() * 1e3))
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(256), np.fft.fftfreq(256)))
    frequency[0, 0] = 1
    found = np.fft.ifft2(np.fft.fft2(random.normal(size=(256, 256))) / frequency**1.2).real
    return (found - found.min()) / np.ptp(found)


CORRUPTIONS: list[tuple[str, Change]] = [
    ("blurred", lambda p: cv2.GaussianBlur(p, (0, 0), 3)),
    ("grainy", noise),
    ("dark", lambda p: 0.3 * p),
    ("bright", lambda p: 0.5 + 0.6 * p),
    ("flat", lambda p: 0.4 + 0.25 * p),
    ("saturated", lambda p: 2 * p),
    ("black", lambda p: 1.4 * p - 0.4),
    ("rotated", lambda p: np.rot90(p)),
    ("rotated", lambda p: np.rot90(p, 2)),
    ("rotated", lambda p: turned(p, 20)),
    ("inverted", lambda p: 1 - p),
    ("framing", lambda p: p[:, int(0.4 * p.shape[1]) :]),
    ("framing", lambda p: p[:, : int(0.6 * p.shape[1])]),
    ("framing", lambda p: p[int(0.4 * p.shape[0]) :]),
    ("unfamiliar", letter),
    ("unfamiliar", clouds),
    ("unfamiliar", lambda p: np.random.default_rng(1).random((300, 300))),
    ("unfamiliar", lambda p: np.full((300, 400), 0.5)),
]


@pytest.mark.parametrize(("flag", "change"), CORRUPTIONS)
def test_each_corruption_raises_its_own_flag_in_nine_of_ten_films(flag: str, change: Change) -> None:
    flagged = [flag in quality(film(change(pixels)), reference()).flags for pixels in phantoms()[::2]]
    assert np.mean(flagged) > 0.9


def test_at_most_one_in_twenty_clean_films_raises_any() -> None:
    flagged = [bool(quality(film(pixels), reference()).flags) for pixels in phantoms()]
    assert np.mean(flagged) <= 0.05


@pytest.mark.parametrize("flag", ["rotated", "inverted", "framing", "unfamiliar", "blurred", "grainy"])
def test_no_other_corruption_of_exposure_raises_flags_of_pose_and_sharpness(flag: str) -> None:
    for change in (lambda p: 0.3 * p, lambda p: 0.5 + 0.5 * p, lambda p: 0.4 + 0.25 * p):
        raised = [flag in quality(film(change(pixels)), reference()).flags for pixels in phantoms()[::6]]
        assert not any(raised)


@pytest.mark.parametrize("angle", [-90, -20, 16, 90, 150])
def test_the_angle_is_the_one_it_was_turned_by(angle: int) -> None:
    for pixels in phantoms()[:6]:
        side = min(pixels.shape)
        square = pixels[(len(pixels) - side) // 2 :][:side, (pixels.shape[1] - side) // 2 :][:, :side]
        found = quality(film(turned(square, angle)), reference())
        assert found.values["angle"] == pytest.approx(angle, abs=6)
        (sentence,) = (sentence for sentence in found.sentences if "rotated" in sentence)
        assert ("counter-clockwise" in sentence) == (angle > 0)


def test_films_that_are_turned_and_inverted_are_rarely_called_cut_as_well() -> None:
    """Parts of the template are tried on the film turned upright, by steps of 10°: a few stay near the limit."""
    found = [quality(film(1 - np.rot90(pixels)), reference()) for pixels in phantoms()[::2]]
    assert all({"rotated", "inverted"} <= set(one.flags) for one in found)
    assert np.mean(["framing" in one.flags for one in found]) < 0.2


def test_the_field_in_view_is_said() -> None:
    shares = [_zoomed(pixels).values["field"] for pixels in phantoms()]
    assert np.median(shares) == pytest.approx(1 / 1.5**2, abs=0.15)


def _zoomed(pixels: np.ndarray) -> Quality:
    height, width = pixels.shape
    return quality(film(pixels[height // 6 : -height // 6, width // 6 : -width // 6]), reference())


@pytest.mark.parametrize("shape", [(16, 16), (20, 300), (400, 17), (1500, 1200)])
def test_any_size_is_taken(shape: tuple[int, int]) -> None:
    found = quality(film(np.random.default_rng(0).random(shape)), reference())
    assert all(np.isfinite(value) for value in found.values.values())
    assert set(found.values) == {*MEASURES, "part", "field"}


def test_measures_of_a_picture_worked_out_by_hand() -> None:
    pixels = np.zeros((256, 256), np.float32)
    pixels[:, 128:] = 1
    pixels[:64] = 0.5
    found = measure(film(pixels), decode_template(reference().template), 0.0)
    assert (found["black"], found["white"], found["middle"], found["range"]) == (0.375, 0.375, 0.5, 1.0)
    # The Laplacian is ±1 beside the black-white edge (192 rows), ±0.5 beside the grey one, and both add up at 4 pixels.
    edges = np.zeros((256, 256))
    edges[64:, 127], edges[64:, 128] = 1, -1
    edges[63, :128] += -0.5
    edges[63, 128:] += 0.5
    edges[64, :128] += 0.5
    edges[64, 128:] += -0.5
    assert found["sharpness"] == pytest.approx(np.log10(edges.var() / 0.1875), abs=1e-5)


def test_contrast_is_that_of_the_average_which_leaves_grain_out_and_the_sentence_says_so() -> None:
    grain = np.tile(np.array([[0, 254], [254, 0]], np.float32) / 255, (256, 256))  # 512×512: averages to even grey
    found = quality(film(grain), reference())
    assert np.ptp(grain) > 0.99 and found.values["range"] == pytest.approx(0, abs=1e-6)
    (said,) = (sentence for sentence in found.sentences if "contrast" in sentence)
    assert said.startswith("The image, averaged to 256×256 pixels, has less contrast than 99.9 % of the 2,000")
    assert said.endswith("at that size; grain finer than that is left out.")
    at_that_size = np.tile(np.array([[0, 254], [254, 0]], np.float32) / 255, (128, 128))
    assert not any("contrast" in sentence for sentence in quality(film(at_that_size), reference()).sentences)


def test_a_blank_film_is_none() -> None:
    found = quality(film(np.zeros((64, 64))), reference())
    assert found.values["likeness"] == 0 and found.values["sharpness"] == -9
    assert {"unfamiliar", "blurred", "flat", "dark", "black"} == set(found.flags)
    assert [sentence[:20] for sentence in found.sentences] == [SENTENCES[flag][:20] for flag in found.flags]
    assert all("the 2,000 simulated films that the model learned from" in sentence for sentence in found.sentences)


def test_sentences_say_whose_images_they_compare_with_and_claim_no_more() -> None:
    real = reference().model_copy(update={"simulated": False, "images": 12})
    letter_said = " ".join(quality(film(letter(np.empty(0))), real).sentences)
    assert "the 12 images that the model learned from" in letter_said and "simulated" not in letter_said
    words = " ".join(SENTENCES.values())
    assert not any(claim in words for claim in ("chest radiograph", "means nothing", "usual field"))


def test_a_film_a_little_askew_is_not_called_turned() -> None:
    for pixels in phantoms()[:6]:
        assert "rotated" not in quality(film(turned(pixels, 8)), reference()).flags


def test_real_films_are_measured_against_simulated_ones_without_a_false_word(sample_root: Path) -> None:
    films = [read_radiograph(path) for path in sorted(sample_root.rglob("view1_frontal.jpg"))]
    assert len(films) == 2
    for real in films:
        assert not quality(real, reference()).flags
        assert "inverted" in quality(film(1 - real.pixels), reference()).flags


def test_ranks_do_not_depend_on_exposure_and_share_ties() -> None:
    picture = np.random.default_rng(0).random((64, 64)).astype(np.float32).round(2)
    np.testing.assert_array_equal(ranks(picture), ranks(picture**2 * 0.5 + 0.1))
    assert not ranks(np.full((64, 64), 0.3, np.float32)).any()


def test_a_template_survives_storing_and_matches_itself() -> None:
    template = ranks(cv2.GaussianBlur(np.random.default_rng(0).random((64, 64)).astype(np.float32), (0, 0), 4))
    stored = decode_template(encode_template(template))
    assert np.corrcoef(stored.ravel(), template.ravel())[0, 1] > 0.9999
    found = find_pose(template, stored, 0.9)
    assert found["likeness"] > 0.999 and (found["angle"], found["polarity"], found["field"]) == (0, 1, 1)
    assert find_pose(-template, stored, 0.9)["polarity"] == -1


def test_a_reference_holds_percentiles_of_the_films_it_was_made_from() -> None:
    made = make_reference(film(pixels) for pixels in phantoms())
    middles = [np.median(cv2.resize(_square(p), (256, 256), interpolation=cv2.INTER_AREA)) for p in phantoms()]
    assert made.images == len(phantoms())
    assert made.ranges["middle"].median == pytest.approx(np.median(middles), abs=1e-4)
    assert made.ranges["middle"].low == pytest.approx(np.percentile(middles, 0.1), abs=1e-4)
    assert made.ranges["middle"].high == pytest.approx(np.percentile(middles, 99.9), abs=1e-4)
    assert made.ranges["polarity"].low == 1


def _square(pixels: np.ndarray) -> np.ndarray:
    side = min(pixels.shape)
    top, left = ((length - side) // 2 for length in pixels.shape)
    return pixels[top : top + side, left : left + side]


def test_references_without_images_or_of_other_measures_are_refused() -> None:
    with pytest.raises(InputError, match="training image"):
        make_reference([])
    stored = reference().model_dump()
    with pytest.raises(ValidationError, match="measures"):
        QualityReference(**{**stored, "ranges": {}})
    with pytest.raises(ValidationError, match=f"{POSE_SIDE}×{POSE_SIDE}"):
        QualityReference(**{**stored, "template": "AAAA"})

"""Whether an image can be read, found on the visitor's own device: the server's numbers, verdicts and words."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_sample_image

from data_cache.demo import bundled_cases
from data_cache.images import Radiograph, read_radiograph
from data_cache.images.stored import stored_bytes
from evaluation.assessment import Film, assess, film_of
from evaluation.trust.quality import QualityReference
from models.checkpoints import Origin
from tests.ui.device.node import given, in_node
from tests.ui.test_javascript import NODE, ROOT
from ui.content import assessment_content
from ui.device.assessing_tables import assessing_tables

pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node, which tests/requirements.txt installs")
SCRIPT = """
const { assess, filmOf } = await import("DEVICE/assessing/assess.js");
const { quality } = await import("DEVICE/assessing/quality.js");
const { bilinear, byArea, plane } = await import("DEVICE/assessing/resizing.js");
const { tables, references, images, speakers, sizes } = given;
const grey = ({ bytes }) => {
  const values = new Float32Array(bytes); // much faster than `from` with a function
  for (let i = 0; i < values.length; i++) values[i] /= 255;
  return values;
};
const films = images.map((image) => {
  const radiograph = { ...image, pixels: grey(image) };
  const before = process.cpuUsage();
  const film = filmOf(radiograph, false, tables);
  const values = quality(film.square, references[1], tables.quality).values;
  const { user, system } = process.cpuUsage(before);
  const judged = speakers.map(([origin, place]) => assess(film, origin, references[place], tables));
  const square = film.square.values.filter((_, i) => i % 7 === 0);
  return { ...film, square, judged, values, seconds: (user + system) / 1e6 };
});
const small = plane(grey(images[0]), images[0].height, images[0].width);
answer({
  films,
  resized: sizes.map(([height, width]) => [byArea, bilinear].map((way) => way(small, height, width).values)),
});
"""
SPEAKERS: list[tuple[Origin, int]] = [("official", 0), ("demo", 1), ("own", 2)]  # whose weights, and which reference
PROFILE = ROOT / "models" / "embedded" / "cnn-demo.profile.json"
SIZES = [(64, 64), (195, 160), (320, 256), (500, 256), (999, 333), (400, 640)]


@dataclass(frozen=True)
class Image:
    """Pixels as bytes, and what their file would say."""

    pixels: NDArray[np.uint8]
    coloured: bool = False
    stated: str = ""
    edges: tuple[str, str, str, str] = ("", "", "", "")

    @property
    def radiograph(self) -> Radiograph:
        grey = (self.pixels / np.float32(255)).astype(np.float32)
        stored = replace(stored_bytes(grey), edges=self.edges)
        return Radiograph(grey, (), 8, "PNG", self.coloured, self.stated, stored)

    @property
    def content(self) -> dict[str, Any]:
        height, width = self.pixels.shape
        said = {"coloured": self.coloured, "stated": self.stated, "film": {"edges": self.edges}}
        return {"bytes": given(self.pixels), "height": height, "width": width, **said}


def images() -> Iterator[Image]:
    """Films as they should be, films laid and cut wrongly, and other pictures."""
    films = [np.round(case.read().pixels * 255).astype(np.uint8) for case in bundled_cases()[:12:6]]
    yield from map(Image, films)
    one, other = films[0], films[1]
    yield from (Image(np.ascontiguousarray(np.rot90(one, quarters))) for quarters in (1, 2, 3))
    yield from (Image(255 - one), Image(np.ascontiguousarray(other[:, ::-1])))
    yield Image(np.pad(one, 40))  # collimated
    yield Image(np.ascontiguousarray(one[one.shape[0] // 5 : -one.shape[0] // 5, one.shape[1] // 6 :]))
    yield Image(np.ascontiguousarray(one[130:-130, 130:-130]))
    yield from (Image(tilted(one, angle)) for angle in (10, -20))
    yield Image(np.clip(other.astype(float) * 0.2 + 200, 0, 255).astype(np.uint8))  # overexposed
    yield Image(np.asarray(cv2.GaussianBlur(other, (0, 0), 6), np.uint8))
    for side in (200, 50):
        yield Image(np.asarray(cv2.resize(other, (side, side), interpolation=cv2.INTER_AREA), np.uint8))
    yield Image(one, edges=("L", "R", "H", "F"))
    yield Image(one, edges=("H", "F", "R", "L"))
    yield Image(one, stated="a CT image", edges=("R", "L", "H", "F"))
    yield from others()


def tilted(film: NDArray[np.uint8], degrees: float) -> NDArray[np.uint8]:
    height, width = film.shape
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1)
    return np.asarray(cv2.warpAffine(film, matrix, (width, height)), np.uint8)


def others() -> Iterator[Image]:
    """What is no chest film."""
    draw = np.random.default_rng(5)
    yield Image(draw.integers(0, 256, (300, 260), np.uint8))
    across, down = np.meshgrid(np.arange(400), np.arange(300))
    yield Image((across * 255 / 399).astype(np.uint8))
    yield Image((127 + 60 * np.sin(across / 30) + 60 * np.cos(down / 50)).astype(np.uint8))
    photograph = load_sample_image("china.jpg")
    yield from (Image(np.ascontiguousarray(photograph[:, :, 1])), Image(photograph[:, :, 0].copy(), coloured=True))
    yield Image(np.full((120, 120), 90, np.uint8))


@pytest.fixture(scope="module")
def references() -> list[QualityReference | None]:
    """None, that of the demonstration weights, and the same as if real films differed more."""
    known = QualityReference.model_validate(json.loads(PROFILE.read_text("utf-8"))["quality"])
    wide = {name: one.model_copy(update={"low": one.low - 0.3}) for name, one in known.ranges.items()}
    return [None, known, known.model_copy(update={"ranges": wide, "simulated": False})]


# Places among the images of what is like another one: turned, tilted and cut otherwise, further patterns and signs.
ALIKE = (1, 3, 4, 7, 8, 10, 11, 16, 19, 20, 21)


@pytest.fixture(scope="module", params=["some", pytest.param("all", marks=pytest.mark.thorough)])
def shown(request: pytest.FixtureRequest) -> list[Image]:
    """Them, and a real film where there is one."""
    folder = os.environ.get("CHEXLOCALIZE_SAMPLE")
    real = sorted(Path(folder).rglob("*.jpg"))[:1] if folder and request.param == "all" else []
    drawn = [one for place, one in enumerate(images()) if request.param == "all" or place not in ALIKE]
    return [*drawn, *(Image(np.round(read_radiograph(path).pixels * 255).astype(np.uint8)) for path in real)]


@pytest.fixture(scope="module")
def films(shown: list[Image]) -> list[Film]:
    return [film_of(image.radiograph, False) for image in shown]


@pytest.fixture(scope="module")
def told(shown: list[Image], references: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    asked = {
        "tables": assessing_tables(),
        "references": [one and one.model_dump(mode="json") for one in references],
        "images": [image.content for image in shown],
        "speakers": SPEAKERS,
        "sizes": SIZES,
    }
    return in_node(SCRIPT, asked, tmp_path_factory.mktemp("node"))


def test_pictures_are_made_smaller_and_larger_as_opencv_does(shown: list[Image], told: Any) -> None:
    pixels = shown[0].radiograph.pixels
    # OpenCV counts places in single precision
    for (height, width), found in zip(SIZES, told["resized"], strict=True):
        for way, values in zip((cv2.INTER_AREA, cv2.INTER_LINEAR), found, strict=True):
            wanted = cv2.resize(pixels, (width, height), interpolation=way)
            np.testing.assert_allclose(values.reshape(wanted.shape), wanted, rtol=0, atol=2e-5)


def test_films_lie_as_the_server_sees_them(films: list[Film], told: Any) -> None:
    for place, (film, found) in enumerate(zip(films, told["films"], strict=True)):
        said = (film.side, film.coloured, film.stated, film.blank, film.simulated, film.mirrored)
        names = ("side", "coloured", "stated", "blank", "simulated", "mirrored")
        assert tuple(found[name] for name in names) == said, place
        pose = found["pose"]
        assert (pose["quarters"], pose["inverted"], pose["tilt"]) == (
            film.pose.quarters, film.pose.inverted, film.pose.tilt,
        ), place  # fmt: skip
        assert (pose["likeness"], pose["swapped"]) == pytest.approx((film.pose.likeness, film.pose.swapped), abs=1e-3)
        np.testing.assert_allclose(found["square"], film.square.ravel()[::7], rtol=0, atol=2e-5)


def test_measures_are_those_of_the_server(films: list[Film], references: Any, told: Any) -> None:
    for place, (film, found) in enumerate(zip(films, told["films"], strict=True)):
        assert found["values"] == pytest.approx(film.compared(references[1]).values, abs=1e-3), place


def test_verdicts_and_sentences_are_those_of_the_server(films: list[Film], references: Any, told: Any) -> None:
    states, keys = set(), set()
    for place, (film, found) in enumerate(zip(films, told["films"], strict=True)):
        for (origin, reference), assessment in zip(SPEAKERS, found["judged"], strict=True):
            assert assessment == assessment_content(assess(film, origin, references[reference])), (place, origin)
            states.add(assessment["state"])
            keys |= {reason["key"] for reason in assessment["reasons"]}
    assert len(states) == 3
    assert keys >= {"rotated", "inverted", "mirrored", "no_chest_film", "colour", "blank", "tiny", "small", "framing"}
    assert keys >= {"stated", "demo_weights", "bright", "blurred"}


def test_an_image_is_assessed_while_nobody_waits(told: Any) -> None:
    assert np.median([film["seconds"] for film in told["films"]]) < 0.5

"""Films as JPEG: the page reads Pillow's pixels, and no file goes out that holds more than them."""

import base64
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from data_cache.case import Case
from data_cache.images.stored import Stored
from data_cache.simulated_mark import marked
from tests.ui.device.node import in_node
from tests.ui.static.site import BUNDLED
from tests.ui.test_javascript import NODE
from ui.case_view import CaseView
from ui.catalogue import Catalogue
from ui.content import case_content
from ui.film import Film
from ui.static.cases import seen_in_film
from ui.static.files import Files
from ui.static.films import film_file, is_bare

needs_node = pytest.mark.skipif(NODE is None, reason="needs Node, which tests/requirements.txt installs")
READ = """
const { greyOf } = await import("DEVICE/../film/jpeg.js");
answer(given.map((one) => greyOf(Uint8Array.from(Buffer.from(one, "base64")))));
"""
FETCHED = """
const { fetchArray } = await import("DEVICE/../arrays.js");
globalThis.fetch = async (url) => new Response(readFileSync(given.folder + "/" + url.split("#")[0]));
answer(await Promise.all(given.arrays.map(fetchArray)));
"""


def jpeg(pixels: NDArray[np.uint8], **options: Any) -> bytes:
    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", **options)
    return file.getvalue()


def pixels_of(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(BytesIO(data)))


def noise(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(height).integers(0, 256, (height, width), np.uint8)


def steps(height: int, width: int) -> NDArray[np.uint8]:
    """Black and white in turns: coefficients overshoot, and pixels go beyond what 8 bits hold."""
    return (255 * (np.add.outer(np.arange(height) // 3, np.arange(width) // 5) % 2)).astype(np.uint8)


def bundled_file(case_id: str) -> bytes:
    path = Catalogue(None).get(case_id).image_path
    assert path is not None
    return path.read_bytes()


@needs_node
def test_the_page_reads_the_pixels_that_pillow_reads(tmp_path: Path) -> None:
    sizes = [(1, 1), (17, 33), (64, 80), (50, 7), (120, 90)]
    files = [
        jpeg(draw(*size), quality=quality, optimize=quality == 75)
        for quality, size in zip((100, 1, 30, 75, 95), sizes, strict=True)
        for draw in (noise, steps)
    ]
    files.append(bundled_file(BUNDLED[1]))
    assert all(is_bare(data) for data in files)
    found = in_node(READ, [base64.b64encode(data).decode() for data in files], tmp_path)
    for data, codes in zip(files, found, strict=True):
        np.testing.assert_array_equal(codes, pixels_of(data).ravel())


def test_every_bundled_radiograph_is_such_a_file() -> None:
    catalogue = Catalogue(None)
    for row in catalogue.rows():
        data = bundled_file(row["id"])
        assert film_file(catalogue.get(row["id"]), Film(catalogue.get(row["id"]).read().film)) == data


GREY = noise(24, 40)
COLOURS = np.dstack([GREY, GREY, GREY])
BARE = jpeg(GREY)
SCAN = BARE.index(b"\xff\xda")
JFIF_END = 20


@pytest.mark.parametrize(
    "data",
    [
        jpeg(GREY, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"),
        jpeg(GREY, comment=b"MEIER, Hans"),
        jpeg(GREY, icc_profile=b"profile"),
        marked(BARE),
        BARE + b"behind the end",
        BARE + BARE[-2:],
        BARE[:18] + b"\1\1" + BARE[JFIF_END:],
        BARE[:JFIF_END] + b"\xff\xe9\0\x06mine" + BARE[JFIF_END:],
        BARE[:-200],
        BARE[:SCAN],
        BARE[:SCAN] + b"\xff\xd9",
        b"",
        b"\xff\xd8\xff\xd9",
        jpeg(GREY, progressive=True),
        jpeg(GREY, restart_marker_blocks=4),
        jpeg(COLOURS),
        jpeg(GREY, qtables=[[300] * 64]),
    ],
)
def test_a_file_with_anything_else_or_of_another_way_is_none(data: bytes) -> None:
    assert is_bare(BARE) and not is_bare(data)


def test_a_film_is_its_file_only_where_that_has_its_pixels_and_no_tiles(tmp_path: Path) -> None:
    def shown(pixels: NDArray[np.uint8], data: bytes) -> tuple[Case, Film]:
        (tmp_path / "case.jpg").write_bytes(data)
        return Case("case", "case", "upload", image_path=tmp_path / "case.jpg"), Film(Stored(pixels))

    large = steps(700, 800)
    assert film_file(*shown(pixels_of(BARE), BARE)) == BARE
    assert film_file(*shown(255 - pixels_of(BARE), BARE)) is None
    assert film_file(*shown(pixels_of(jpeg(large)), jpeg(large))) is None
    assert film_file(*shown(pixels_of(BARE).astype(np.uint16), BARE)) is None
    assert film_file(Case("case", "case", "upload", pixels=np.zeros((24, 40), np.float32)), Film(Stored(GREY))) is None


@needs_node
def test_what_the_models_see_is_read_from_a_film_of_either_kind(tmp_path: Path) -> None:
    case, files = Catalogue(None).get(BUNDLED[1]), Files(tmp_path)
    view = CaseView.of(case, case.read())
    packed = case_content(view, "k", files.array)
    own = {"file": files.lay_out(bundled_file(case.id), "film.jpg"), "dtype": "uint8", "shape": [*view.film.size]}
    messages = [packed, {**packed, "film": {**packed["film"], "packed": own}}]
    arrays = [seen_in_film(message, view) for message in messages]
    files.value([own, *messages, *arrays])
    assert [one["file"]["url"].partition("#")[0].rpartition(".")[2] for one in arrays] == ["bin", "jpg"]
    assert all(one["file"]["url"].endswith("#608,512,48,0.part") for one in arrays)
    *seen, film = in_node(FETCHED, {"folder": str(tmp_path), "arrays": [*arrays, own]}, tmp_path)
    for one in seen:
        np.testing.assert_array_equal(one, view.grey.ravel())
    np.testing.assert_array_equal(film, np.rint(255 * case.read().pixels).ravel())

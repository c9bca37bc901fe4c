"""Tiles are the original, packed and let go; windows over stored values are pydicom's."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.pixels.processing import apply_windowing

from data_cache.errors import InputError
from data_cache.images import read_radiograph
from data_cache.images.radiograph import check_size
from data_cache.images.stored import Lut, Stored, Window
from tests.data_cache.images.dicom_files import dicom_dataset, dicom_file
from ui.film import TILE, Film, Films, packed

ROOT = Path(__file__).parents[2]
NODE = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="needs Node, which tests/requirements.txt installs")


def codes(dtype: type, height: int, width: int) -> np.ndarray:
    return np.random.default_rng(3).integers(0, np.iinfo(dtype).max, (height, width), dtype, endpoint=True)


def node(body: str) -> Any:
    """What a module of the page's, run by Node, says as JSON."""
    script = f"""
        const {{ inflate, tilesFrom, halved }} = await import("{ROOT}/ui/js/film/packing.js");
        const {{ greysOf, valuesOf }} = await import("{ROOT}/ui/js/film/shades.js");
        console.log(JSON.stringify(await (async () => {{ {body} }})()));
    """
    done = subprocess.run(
        [str(NODE), "--no-warnings", "--input-type=module"], input=script, text=True, capture_output=True, check=True
    )
    return json.loads(done.stdout)


@needs_node
@pytest.mark.parametrize("dtype", [pytest.param(np.uint8, marks=pytest.mark.thorough), np.uint16])
def test_tiles_arrive_in_the_browser_as_they_are(dtype: type) -> None:
    film = Film(Stored(codes(dtype, 300, 270)))
    tiles = film.tiles(0, [(1, 1), (0, 0)])
    np.testing.assert_array_equal(tiles[0], codes(dtype, 300, 270)[TILE:, TILE:])
    shapes = [list(tile.shape) for tile in tiles]
    depth = 8 * np.dtype(dtype).itemsize
    got = node(f"""
        const bytes = await inflate(Uint8Array.from({packed(tiles).tolist()}));
        const [first, second] = tilesFrom(bytes, {shapes}, {depth});
        return [[...first], [...second], [...halved(first, ...{shapes[0]})]];
    """)
    for found, tile in zip(got, tiles, strict=False):
        np.testing.assert_array_equal(np.reshape(found, tile.shape), tile)
    half = np.asarray(got[2]).reshape(22, 7)  # of 44×14, by hand
    wide = tiles[0].astype(int)
    np.testing.assert_array_equal(
        half, (wide[::2, ::2] + wide[1::2, ::2] + wide[::2, 1::2] + wide[1::2, 1::2] + 2) // 4
    )


def test_a_coarser_level_is_the_mean_of_what_there_is_at_odd_ends() -> None:
    original = codes(np.uint16, 601, 771).astype(float)
    film = Film(Stored(original.astype(np.uint16)))
    even = np.pad(original, ((0, 1), (0, 1)), mode="edge")
    means = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4
    np.testing.assert_array_equal(film.tiles(1, [(0, 0)])[0], np.floor(means + 0.5)[:TILE, :TILE])


def test_films_are_let_go_the_oldest_first_and_read_again_or_refused() -> None:
    large = Stored(codes(np.uint8, 800, 800))
    read = read_radiograph(dicom_file(codes(np.uint16, 800, 800)), "x")
    listed, upload = Film(read.film, lambda: read), Film(large)
    films = Films(listed.held + 10)
    films.keep(listed)
    films.keep(upload)
    assert listed.needs_reading and not upload.needs_reading
    np.testing.assert_array_equal(listed.tiles(0, [(3, 3)])[0], read.film.codes[3 * TILE :, 3 * TILE :])
    upload.let_go()
    with pytest.raises(InputError, match="open the file again"):
        upload.tiles(0, [(0, 0)])
    with pytest.raises(InputError, match="outside"):
        listed.tiles(0, [(4, 0)])


@needs_node
@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_every_window_of_a_file_is_pydicoms(function: str) -> None:
    """Over all 65,536 stored values, with a slope; the second window by its name."""
    stored = np.arange(1 << 16, dtype=np.uint16).reshape(256, 256)
    tags = {
        "WindowCenter": [20000, 31000.5], "WindowWidth": [9000, 301], "VOILUTFunction": function,
        "WindowCenterWidthExplanation": ["LUNG", "BONE"], "RescaleSlope": 2, "RescaleIntercept": -1000,
        "BitsStored": 16,
    }  # fmt: skip
    dataset = dicom_dataset(stored, **tags)
    film = read_radiograph(dicom_file(stored, **tags), "x").film
    assert [one.name for one in film.windows] == ["LUNG", "BONE", "All values"] and "rescale" in film.unit
    values = 2.0 * stored.ravel() - 1000
    np.testing.assert_array_equal(film.values, values.astype(np.float32))
    windows = [one for one in film.windows[:2] if isinstance(one, Window)]
    assert len(windows) == 2
    looks = [{"level": one.level, "width": one.width, "function": function} for one in windows]
    greys = node(f"""
        const values = valuesOf({{ depth: 16 }}, Float32Array.from({{ length: 65536 }}, (_, i) => 2 * i - 1000));
        return {json.dumps(looks)}.map((look) => [...greysOf(values, look)]);
    """)
    for index, found in enumerate(greys):
        low, high = -1000.0, 2.0 * 65535 - 1000  # what pydicom spreads the window over
        oracle = 255 * (apply_windowing(values, dataset, index=index) - low) / (high - low)
        np.testing.assert_allclose(found, oracle, atol=0.51)


@pytest.mark.parametrize(
    ("low", "tags", "limits"),
    [
        (0, {}, (0, 4095)),
        (-7, {}, (-2048, 2047)),
        (0, {"RescaleSlope": -2, "RescaleIntercept": 9}, (-8181, 9)),
        (-7, {"RescaleSlope": 0.5, "RescaleIntercept": -100}, (-1124, 923.5)),
        (5000, {}, (0, 5999)),  # beyond the bits that it states
    ],
)
def test_values_that_there_can_be_are_those_of_the_bits_stored(low: int, tags: dict, limits: tuple) -> None:
    stored = (np.arange(1000) + low).reshape(20, 50).astype(np.uint16 if low >= 0 else np.int16)
    assert read_radiograph(dicom_file(stored, BitsStored=12, HighBit=11, **tags), "x").film.limits == limits


def test_voi_luts_are_offered_by_name_and_the_first_is_shown() -> None:
    stored = np.tile(np.arange(256, dtype=np.uint16), (32, 1))
    table = dicom_dataset(stored)
    table.LUTDescriptor, table.LUTExplanation = [256, 0, 8], "REVERSED"
    table.LUTData = (255 - np.arange(256)).astype("<u2").tobytes()
    dataset = {"VOILUTSequence": [table], "WindowCenter": 100, "WindowWidth": 50, "BitsStored": 8}
    film = read_radiograph(dicom_file(stored, **dataset), "x").film
    first, second, _ = film.windows
    assert isinstance(first, Lut) and (first.name, second.name) == ("REVERSED", "Window 1")
    np.testing.assert_array_equal(first.shades, 255 - np.arange(256))


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"ImagerPixelSpacing": [0.2, 0.1]}, "at the detector"),
        ({"ImagerPixelSpacing": [0.2, 0.1], "PixelSpacing": [0.2, 0.1]}, "at the detector"),
        ({"ImagerPixelSpacing": [0.2, 0.1], "EstimatedRadiographicMagnificationFactor": 1.25}, "magnification of 1.25"),
        ({"PixelSpacing": [0.2, 0.1], "PixelSpacingCalibrationType": "FIDUCIAL"}, "calibrated by fiducial"),
        ({"PixelSpacing": [0.2, 0.2]}, "calibration not said"),
        ({"PixelSpacing": [0, 0.1]}, ""),
    ],
)
def test_a_spacing_says_what_it_was_measured_on(tags: dict, words: str) -> None:
    radiograph = read_radiograph(dicom_file(codes(np.uint16, 32, 32), PatientOrientation=["L", "F"], **tags), "x")
    spacing = radiograph.film.spacing
    assert (words in spacing.words) if spacing else not words
    assert radiograph.film.edges == ("R", "L", "H", "F")
    assert any("lengths are in pixels" in said for said in radiograph.warnings) == (not words)
    assert spacing or radiograph.film.unscaled == "its pixel spacing cannot be used"
    assert any("drawn as squares" in said for said in radiograph.warnings) == (
        bool(words) and tags.get("PixelSpacing") != [0.2, 0.2]
    )


@pytest.mark.parametrize(("ratio", "said"), [(["4", "3"], "4 high to 3 wide"), (["1", "1"], ""), (["0", "1"], "")])
def test_pixels_that_are_not_square_are_said_without_a_spacing_too(ratio: list[str], said: str) -> None:
    radiograph = read_radiograph(dicom_file(codes(np.uint16, 32, 32), PixelAspectRatio=ratio), "x")
    found = [warning for warning in radiograph.warnings if "drawn as squares" in warning]
    assert (said in found[0]) if said else not found


def test_a_side_of_more_than_20000_pixels_is_refused_in_a_sentence() -> None:
    with pytest.raises(InputError, match=r"at most 20,000 pixels a side, found 20001×20; export"):
        check_size(20001, 20, "x")

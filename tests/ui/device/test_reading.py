"""What a visitor's own device reads of a file against Python's readers, on the same files, made here.

JPEG and WebP, which take a browser, are in tests/browser/test_device_reading.py.
"""

import random
from pathlib import Path

import numpy as np
import pydicom.data
import pytest

from data_cache.errors import InputError
from data_cache.images import dicom_views
from tests.fuzz.mutation import mutated
from tests.ui.device.films import dicom_files
from tests.ui.device.on_device import (
    NEEDED,
    ROOT,
    File,
    assert_same_film,
    assert_same_input,
    assert_same_pixels,
    read_on_device,
)
from tests.ui.device.pictures import png_files
from tests.ui.device.refused import refused_files, refused_here

CODES = ("1", "2", "3", "0f", "1fi", "2f", "3fi", "0i")
SIDES = (64, 512, 97, 224, 64, 48, 97)
# pydicom's own files of which only grey ones in a syntax that is read here are compared
SHIPPED = (
    *("MR_small.dcm", "MR_small_RLE.dcm", "MR_small_jp2klossless.dcm", "MR_small_bigendian.dcm", "MR_small_padded.dcm"),
    *("MR_small_implicit.dcm", "MR_small_expb.dcm", "CT_small.dcm", "J2K_pixelrep_mismatch.dcm", "693_J2KI.dcm"),
    *("JPEG2000.dcm", "examples_overlay.dcm", "liver_expb_1frame.dcm"),
)
BROKEN = 1200
SMALL = 60_000  # bytes

pytestmark = NEEDED


def shipped(name: str) -> bytes:
    """One of pydicom's own files."""
    return (Path(pydicom.data.__file__).parent / "test_files" / name).read_bytes()


def files_to_read(every: bool) -> list[File]:
    """All of them, or of the pictures each second one: half of the depths with every kind of colour and of order."""
    files = [*png_files(), *dicom_files(), *((name, shipped(name)) for name in SHIPPED), ("JPCLN001.IMG", jsrt())]
    return [
        File(name, content, SIDES[i % len(SIDES)], CODES[i // 5 % len(CODES)] if i % 5 == 0 else "")
        for i, (name, content) in enumerate(files)
        if every or not name.endswith(".png") or i % 4 in (0, 3)
    ]


def jsrt() -> bytes:
    """A film of the JSRT database, some values of which lie beyond 12 bits."""
    values = np.arange(2048 * 2048).reshape(2048, 2048) % 4099
    return values.astype(">u2").tobytes()


def refused_by_both() -> list[File]:
    coloured = ("colour.dcm", shipped("SC_rgb_jpeg.dcm"))
    return [File(name, content) for name, content in [*refused_files(), coloured]]


class Results:
    """What the device says of files that are read, of those that both refuse, and of those that it alone does.

    Args:
        folder: where arrays are put.
        every: read all of those that are read.
    """

    def __init__(self, folder: Path, every: bool) -> None:
        kinds = (files_to_read(every), refused_by_both(), [File(name, content) for name, content, _ in refused_here()])
        found = iter(read_on_device(folder, [file for files in kinds for file in files]))
        self.read, self.refused, self.refused_here = ([(file, next(found)) for file in files] for files in kinds)
        self.without_library, self.without_memory = found


@pytest.fixture(scope="module", params=["some", pytest.param("all", marks=pytest.mark.thorough)])
def results(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The files, read by one process of Node."""
    return Results(tmp_path_factory.mktemp("device"), request.param == "all")


def test_pixels_and_facts_are_pythons(results: Results) -> None:
    assert len(results.read) > 100
    for file, found in results.read:
        assert_same_pixels(file, found)


def test_what_the_models_get_is_pythons(results: Results) -> None:
    for file, found in results.read:
        assert_same_input(file, found)


def test_films_are_pythons(results: Results) -> None:
    for file, found in results.read:
        assert_same_film(file, found)


def sentence(file: File) -> str | None:
    """Python's refusal; None where it reads."""
    try:
        _ = file.expected
    except InputError as error:
        return str(error)
    return None


def test_what_the_server_refuses_is_refused_with_the_same_sentence(results: Results) -> None:
    wrong = [(found.refused, sentence(file)) for file, found in results.refused if found.refused != sentence(file)]
    assert not wrong


def test_what_only_the_server_reads_is_said_and_the_server_offered(results: Results) -> None:
    for (_, found), (_, _, words) in zip(results.refused_here, refused_here(), strict=True):
        assert words in (found.refused or "")


def test_a_library_that_cannot_be_loaded_is_said_and_the_server_offered(results: Results) -> None:
    words = "twelve.dcm: expected this page's reader of DICOM, found that it could not be loaded; check the connection"
    said = results.without_library.refused or ""
    assert said.startswith(words) and said.endswith("or compute on the server.")


def test_too_little_memory_is_no_damage(results: Results) -> None:
    assert (results.without_memory.refused or "").startswith("a.png: expected enough memory to read it on this device")


def test_parts_of_the_body_are_pythons() -> None:
    text = (ROOT / "ui" / "js" / "device" / "reading" / "dicom" / "views.js").read_text("utf-8")
    assert set(text.split("`")[1].split()) == dicom_views._OTHER_PARTS


@pytest.mark.thorough
def test_broken_files_that_both_read_are_read_alike(tmp_path: Path) -> None:
    """Nothing but refusals comes of strangers' bytes, nearly always the server's, and hardly ever another picture."""
    rng = random.Random(19)
    whole = [(name, content) for name, content in [*png_files(), *dicom_files()] if len(content) < SMALL]
    files = [File(name, mutated(content, rng)) for name, content in rng.choices(whole, k=BROKEN)]
    files.append(File("twelve.dcm", dict(whole)["twelve.dcm"]))
    otherwise = different = 0
    for file, found in zip(files, read_on_device(tmp_path, files), strict=False):
        otherwise += found.refused != sentence(file)
        if found.refused is None and sentence(file) is None:
            try:
                assert_same_pixels(file, found)
                assert_same_film(file, found)
            except AssertionError:
                different += 1
    assert otherwise < BROKEN * 0.1
    assert different < BROKEN * 0.01  # 2 to 5 of 1,200: elements that stand twice, or are of a type that nobody writes

"""What a visitor's own device reads of a file against Python's readers, on the same files, made here.

The modules of ui/js/device/reading run in one process of Node over all files; JPEG and WebP, which take a browser, are
in tests/browser/test_device_reading.py.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pydicom.data
import pytest
from numpy.typing import NDArray

from data_cache.errors import InputError
from data_cache.images import Radiograph, dicom_views, preprocess, read_radiograph
from data_cache.images.stored import Lut
from data_cache.orientation import Orientation
from tests.ui.device.films import dicom_files
from tests.ui.device.pictures import png_files
from tests.ui.device.refused import refused_files, refused_here
from ui.film import OVERVIEW, pyramid

ROOT = Path(__file__).parents[3]
NODE = shutil.which("node", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
CODES = ("1", "2", "3", "0f", "1fi", "2f", "3fi", "0i")
SIDES = (512, 64, 224, 97)
TYPES = {"Float32Array": np.float32, "Uint8Array": np.uint8, "Uint16Array": np.uint16}
# pydicom's own files of which only grey ones in a syntax that is read here are compared
SHIPPED = (
    *("MR_small.dcm", "MR_small_RLE.dcm", "MR_small_jp2klossless.dcm", "MR_small_bigendian.dcm", "MR_small_padded.dcm"),
    *("MR_small_implicit.dcm", "MR_small_expb.dcm", "CT_small.dcm", "J2K_pixelrep_mismatch.dcm", "693_J2KI.dcm"),
    *(
        "JPEG2000.dcm",
        "examples_overlay.dcm",
        "liver_expb_1frame.dcm",
    ),
)

pytestmark = [
    pytest.mark.skipif(NODE is None, reason="needs Node, which tests/requirements.txt installs"),
    pytest.mark.skipif(
        not (ROOT / "node_modules" / "dicom-parser").is_dir(), reason="needs node_modules, which `make lint` installs"
    ),
]


@dataclass(frozen=True)
class File:
    """A file as both read it: laid by a code, prepared for a model of so many pixels a side."""

    name: str
    content: bytes
    side: int = 16
    code: str = ""

    @cached_property
    def expected(self) -> Radiograph:
        """As Python reads and lays it."""
        radiograph = read_radiograph(self.content, self.name)
        return Orientation.parse(self.code).radiograph(radiograph) if self.code else radiograph


@dataclass(frozen=True)
class Results:
    """What the device says of files that are read, and of those that both and it alone refuse."""

    folder: Path
    read: list[tuple[dict[str, Any], File]]
    refused: list[tuple[dict[str, Any], File]]
    refused_here: list[tuple[dict[str, Any], File]]
    without_libraries: dict[str, Any]

    def array(self, facts: dict[str, str]) -> NDArray:
        """An array that was written beside the files."""
        return np.fromfile(self.folder / facts["place"], TYPES[facts["type"]])

    def pairs(self) -> Iterator[tuple[str, dict[str, Any], Radiograph]]:
        """Name, what was found, what Python has."""
        for found, file in self.read:
            yield file.name, found, file.expected


def shipped(name: str) -> bytes:
    """One of pydicom's own files."""
    return (Path(pydicom.data.__file__).parent / "test_files" / name).read_bytes()


def files_to_read() -> list[File]:
    return [
        File(name, content, SIDES[i % len(SIDES)], CODES[i // 5 % len(CODES)] if i % 5 == 0 else "")
        for i, (name, content) in enumerate(
            [*png_files(), *dicom_files(), *((name, shipped(name)) for name in SHIPPED)]
        )
    ]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """All files, read by one process of Node."""
    folder = tmp_path_factory.mktemp("device")
    read = files_to_read()
    refused = [File(name, content) for name, content in [*refused_files(), ("colour.dcm", shipped("SC_rgb_jpeg.dcm"))]]
    here = [File(name, content) for name, content, _ in refused_here()]
    listed = []
    for i, file in enumerate([*read, *refused, *here]):
        (folder / f"{i}.in").write_bytes(file.content)
        listed.append({"file": f"{i}.in", "name": file.name, "side": file.side, "code": file.code})
    (folder / "files.json").write_text(json.dumps(listed), "utf-8")
    command = [str(NODE), str(Path(__file__).with_name("read_all.js")), str(folder), str(ROOT / "node_modules")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    found = iter(json.loads((folder / "results.json").read_text("utf-8")))
    paired = [[(next(found), file) for file in files] for files in (read, refused, here)]
    return Results(folder, *paired, next(found))


def test_pixels_and_facts_are_pythons(results: Results) -> None:
    assert len(results.read) > 120
    for name, found, expected in results.pairs():
        assert "pixels" in found, (name, found)
        pixels = results.array(found["pixels"]).reshape(found["height"], found["width"])
        np.testing.assert_array_equal(pixels, expected.pixels, err_msg=name)
        facts = {key: found[key] for key in ("bits", "format", "coloured", "stated", "warnings")}
        assert facts == {
            "bits": expected.bits,
            "format": expected.format,
            "coloured": expected.coloured,
            "stated": expected.stated,
            "warnings": list(expected.warnings),
        }, name


def test_what_the_models_get_is_pythons(results: Results) -> None:
    worst = 0.0
    for (name, found, expected), (_, file) in zip(results.pairs(), results.read, strict=True):
        image, geometry = preprocess(expected, file.side)
        assert found["geometry"] == json.loads(geometry.to_json()), name
        worst = max(worst, float(np.abs(results.array(found["image"]) - image.ravel()).max()))
    assert worst <= 1e-6  # 1.8e-7 measured; the order in which PyTorch adds up decides the last bit


def test_films_are_pythons(results: Results) -> None:
    for name, found, expected in results.pairs():
        film, here = expected.film, found["film"]
        codes = results.array(here["codes"])
        assert codes.dtype == film.codes.dtype, name
        np.testing.assert_array_equal(codes, film.codes.ravel(), err_msg=name)
        overview = next(level for level in pyramid(film.codes) if max(level.shape) <= OVERVIEW)
        np.testing.assert_array_equal(results.array(found["overview"]), overview.ravel(), err_msg=name)
        values = None if here["values"] is None else results.array(here["values"]).tolist()
        assert values == (None if film.values is None else film.values.tolist()), name
        spacing = film.spacing and vars(film.spacing)
        plain = ("first", "step", "unit", "inverted", "photometric", "unscaled", "view")
        assert {key: here[key] for key in plain} == {key: getattr(film, key) for key in plain}, name
        assert (here["spacing"], tuple(here["edges"])) == (spacing, film.edges), name
        windows = [w | {"shades": results.array(w["shades"]).tolist()} if "shades" in w else w for w in here["windows"]]
        assert windows == [
            {"name": w.name, "shades": w.shades.tolist()} if isinstance(w, Lut) else vars(w) for w in film.windows
        ], name


def test_what_was_done_to_lay_it_is_said_as_by_python(results: Results) -> None:
    for found, file in results.read:
        assert found["words"] == Orientation.parse(file.code).words


def test_what_the_server_refuses_is_refused_with_the_same_sentence(results: Results) -> None:
    wrong = []
    for found, file in results.refused:
        try:
            expected = {"read": file.expected.format}
        except InputError as error:
            expected = {"refused": str(error)}
        wrong += [(found, expected)] if found != expected else []
    assert not wrong


def test_what_only_the_server_reads_is_said_and_the_server_offered(results: Results) -> None:
    for (found, _), (_, _, words) in zip(results.refused_here, refused_here(), strict=True):
        assert words in found.get("refused", ""), found


def test_a_library_that_cannot_be_loaded_is_said_and_the_server_offered(results: Results) -> None:
    words = "twelve.dcm: expected this page's reader of DICOM, found that it could not be loaded; check the connection"
    assert results.without_libraries["refused"].startswith(words)
    assert results.without_libraries["refused"].endswith("or compute on the server.")


def test_parts_of_the_body_are_pythons() -> None:
    text = (ROOT / "ui" / "js" / "device" / "reading" / "dicom" / "views.js").read_text("utf-8")
    assert set(text.split("`")[1].split()) == dicom_views._OTHER_PARTS

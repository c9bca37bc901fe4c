"""Files read as a visitor's own device reads them, by one process of Node, and what must be as in Python."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from data_cache.images import Radiograph, preprocess, read_radiograph
from data_cache.images.stored import Lut, Stored
from data_cache.orientation import Orientation
from ui.film import OVERVIEW, pyramid

ROOT = Path(__file__).parents[3]
NODE = shutil.which("node", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
NEEDED = [
    pytest.mark.skipif(NODE is None, reason="needs Node, which tests/requirements.txt installs"),
    pytest.mark.skipif(
        not (ROOT / "node_modules" / "dicom-parser").is_dir(), reason="needs node_modules, which `make lint` installs"
    ),
]
_TYPES = {"Float32Array": np.float32, "Uint8Array": np.uint8, "Uint16Array": np.uint16}
_OFF = 1e-6  # of the models' input; 1.8e-7 measured: the order in which PyTorch adds up decides the last bit


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
class Found:
    """What the device says of a file: `facts`, with arrays that lie in a folder; or `refused`, a sentence."""

    folder: Path
    facts: dict[str, Any]

    @property
    def refused(self) -> str | None:
        """The sentence of a refusal; None where it was read."""
        assert "fault" not in self.facts, self.facts
        return self.facts.get("refused")

    def array(self, facts: dict[str, str]) -> NDArray:
        """An array that was written there."""
        return np.fromfile(self.folder / facts["place"], _TYPES[facts["type"]])


def read_on_device(folder: Path, files: Sequence[File]) -> list[Found]:
    """What the device says of each file, then of twelve.dcm whose reader cannot be loaded, and without memory."""
    listed = []
    for i, file in enumerate(files):
        (folder / f"{i}.in").write_bytes(file.content)
        listed.append({"file": f"{i}.in", "name": file.name, "side": file.side, "code": file.code})
    (folder / "files.json").write_text(json.dumps(listed), "utf-8")
    command = [str(NODE), str(Path(__file__).with_name("read_all.js")), str(folder), str(ROOT / "node_modules")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return [Found(folder, facts) for facts in json.loads((folder / "results.json").read_text("utf-8"))]


def assert_same_pixels(file: File, found: Found) -> None:
    """Pixels, and all that is said of them."""
    facts, expected = found.facts, file.expected
    assert found.refused is None, found.refused
    pixels = found.array(facts["pixels"]).reshape(facts["height"], facts["width"])
    np.testing.assert_array_equal(pixels, expected.pixels, err_msg=file.name)
    plain = {key: getattr(expected, key) for key in ("bits", "format", "coloured", "stated")}
    assert plain | {"warnings": list(expected.warnings)} == {key: facts[key] for key in (*plain, "warnings")}, file.name
    assert facts["words"] == Orientation.parse(file.code).words


def assert_same_input(file: File, found: Found) -> None:
    """What the models get."""
    image, geometry = preprocess(file.expected, file.side)
    assert found.facts["geometry"] == json.loads(geometry.to_json()), file.name
    assert np.abs(found.array(found.facts["image"]) - image.ravel()).max() <= _OFF, file.name


def assert_same_film(file: File, found: Found) -> None:
    """The stored values, the overview as the page unpacks it, windows and tables, spacing and marks."""
    film, here = file.expected.film, found.facts["film"]
    codes = found.array(here["codes"])
    assert codes.dtype == film.codes.dtype, file.name
    np.testing.assert_array_equal(codes, film.codes.ravel(), err_msg=file.name)
    overview = next(level for level in pyramid(film.codes) if max(level.shape) <= OVERVIEW)
    np.testing.assert_array_equal(found.array(found.facts["overview"]), overview.ravel(), err_msg=file.name)
    arrays = {"values": here["values"] and found.array(here["values"]).tolist()}
    windows = [w | {"shades": found.array(w["shades"]).tolist()} if "shades" in w else w for w in here["windows"]]
    assert here | arrays | {"windows": windows, "codes": None} == _film_facts(film), file.name


def _film_facts(film: Stored) -> dict[str, Any]:
    return vars(film) | {
        "codes": None,
        "values": None if film.values is None else film.values.tolist(),
        "spacing": film.spacing and vars(film.spacing),
        "edges": list(film.edges),
        "limits": film.limits and list(film.limits),
        "windows": [
            {"name": w.name, "shades": w.shades.tolist()} if isinstance(w, Lut) else vars(w) for w in film.windows
        ],
    }

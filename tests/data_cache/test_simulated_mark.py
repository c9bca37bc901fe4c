"""The note in images of phantoms: seen by other readers, lost by saving anew, believed of uploads, on a device too."""

import io
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data_cache.case import Case
from data_cache.phantom.layout import encode_image
from data_cache.simulated import is_simulated
from data_cache.simulated_mark import NOTE, is_marked, marked
from tests.ui.test_javascript import NODE

SCRIPT = Path(__file__).parents[2] / "ui/js/device/assessing/marked.js"
PIXELS = np.random.default_rng(0).integers(0, 256, (96, 80), dtype=np.uint8)
FILES = {suffix: encode_image(PIXELS, suffix) for suffix in ("png", "jpg")}


@pytest.mark.parametrize("suffix", FILES)
def test_the_note_is_read_by_others_and_changes_no_pixel(suffix: str) -> None:
    noted = Image.open(io.BytesIO(marked(FILES[suffix])))
    said = noted.info["Source"] if suffix == "png" else noted.info["comment"].decode()
    assert said == NOTE
    assert np.array_equal(np.asarray(noted), np.asarray(Image.open(io.BytesIO(FILES[suffix]))))
    again = encode_image(np.asarray(noted), suffix)  # saved anew
    assert is_marked(marked(FILES[suffix])) and not is_marked(FILES[suffix]) and not is_marked(again)


@pytest.mark.parametrize("suffix", FILES)
def test_an_upload_with_the_note_is_simulated_whatever_it_is_called(suffix: str) -> None:
    assert is_simulated(Case.from_upload(marked(FILES[suffix]), f"upload-1-1852.{suffix}"))
    for name in ("upload-1-1852", "upload-1-1852-phantom"):  # whoever calls a patient's film so makes it no phantom
        assert not is_simulated(Case.from_upload(FILES[suffix], f"{name}.{suffix}"))


def test_a_note_elsewhere_and_other_files_are_none() -> None:
    assert not is_marked(FILES["jpg"] + NOTE.encode()) and not is_marked(b"") and marked(b"BM") == b"BM"


def test_a_device_knows_the_same(tmp_path: Path) -> None:
    if NODE is None:
        pytest.skip("needs Node, which tests/requirements.txt installs")
    files = [*FILES.values(), *map(marked, FILES.values()), b"", FILES["jpg"] + NOTE.encode()]
    places = [tmp_path / str(number) for number in range(len(files))]
    for place, data in zip(places, files, strict=True):
        place.write_bytes(data)
    script = (
        f"const {{ isMarked }} = await import({SCRIPT.as_uri()!r}); const {{ readFileSync }} = await import('fs');"
        f"console.log(JSON.stringify({json.dumps(list(map(str, places)))}.map((p) => isMarked(readFileSync(p)))));"
    )
    done = subprocess.run([str(NODE), "--input-type=module", "-e", script], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [is_marked(data) for data in files]

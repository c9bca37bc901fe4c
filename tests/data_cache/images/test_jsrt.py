"""Raw radiographs of JSRT: big-endian numbers, dark film large, bone bright once read."""

import numpy as np
import pytest

from data_cache.errors import InputError
from data_cache.images import image_size, read_radiograph


@pytest.fixture
def stored():
    values = np.full((2048, 2048), 4095, ">u2")  # black film
    values[:1024] = 1000
    values[0, 0] = 0
    return values


def test_bone_is_bright(stored, tmp_path):
    path = tmp_path / "JPCLN001.IMG"
    path.write_bytes(stored.tobytes())
    radiograph = read_radiograph(path)
    assert radiograph.pixels[0, 0] == 1 and radiograph.pixels[2000, 5] == 0
    assert radiograph.pixels[3, 3] == pytest.approx(1 - 1000 / 4095, abs=1e-6)
    assert (radiograph.bits, radiograph.format, radiograph.warnings) == (12, "JSRT", ())
    assert image_size(path) == (2048, 2048)


def test_values_beyond_twelve_bits_are_said(stored):
    stored[5, 7] = 60_000
    radiograph = read_radiograph(stored.tobytes(), "x.img")
    assert radiograph.pixels[5, 7] == 0 and "1 values lie beyond 12 bits" in radiograph.warnings[-1]


def test_a_file_of_another_length_or_name_is_none(stored, tmp_path):
    for name, data in (("a.IMG", stored.tobytes()[:-2]), ("a.raw", stored.tobytes())):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(InputError, match="expected an image"):
            read_radiograph(tmp_path / name)
        with pytest.raises(InputError, match="expected an image"):
            image_size(tmp_path / name)

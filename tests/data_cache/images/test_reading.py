"""What is no radiograph is named; content counts, not names; paths and uploads alike."""

import threading
import warnings

import numpy as np
import pytest
from PIL import Image

from data_cache.errors import InputError
from data_cache.images import image_size, read_radiograph
from tests.data_cache.images.test_pictures import SHADES, encoded

PICTURE = encoded(Image.fromarray(SHADES), "PNG")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "an empty file"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "a PDF document"),
        (b"GIF89a\1\0\1\0", "a GIF"),
        (b"PK\3\4\x14\0", "a ZIP archive"),
        (b"\x1f\x8b\x08", "a gzip archive"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"\0\0\0\x18ftypheic", "a HEIC or AVIF picture"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000"),
        (b"\x08\0\x05\0CS\n\0ISO_IR 100", "perhaps a DICOM file without its header"),
        (b"\xff\xd8\xff\xe0", "a damaged JPEG"),
        (b"\x89PNG\r\n\x1a\n", "a damaged PNG"),
        (b"Path,Sex,Age\n", "a text"),
        (b"\x93NUMPY\1\0", "a NumPy array"),
        (b"\0\1\2\3" * 9, "something else"),
    ],
)
def test_what_is_no_image_is_named(tmp_path, data, found):
    sentence = rf"chest\.png: expected an image.*, found {found}"
    with pytest.raises(InputError, match=sentence):
        read_radiograph(data, "chest.png")
    (tmp_path / "chest.png").write_bytes(data)
    with pytest.raises(InputError, match=sentence):
        read_radiograph(tmp_path / "chest.png")
    with pytest.raises(InputError, match=sentence):
        image_size(tmp_path / "chest.png")


def test_content_counts_not_the_name(tmp_path):
    path = tmp_path / "radiograph.pdf"
    path.write_bytes(PICTURE)
    assert read_radiograph(path).format == "PNG"
    assert read_radiograph(str(path)).format == "PNG"
    assert image_size(path) == (60, 40)


def test_messages_use_the_file_s_name_or_the_one_given(tmp_path):
    (tmp_path / "a.png").write_bytes(b"no")
    with pytest.raises(InputError, match=r"^a\.png: "):
        read_radiograph(tmp_path / "a.png")
    with pytest.raises(InputError, match=r"^upload 3: "):
        read_radiograph(tmp_path / "a.png", "upload 3")
    with pytest.raises(InputError, match=r"^the image: "):
        read_radiograph(b"no")


@pytest.mark.parametrize("read", [read_radiograph, image_size])
def test_missing_files_and_folders(tmp_path, read):
    with pytest.raises(InputError, match=r"none\.png: expected an image file at .*, found none"):
        read(tmp_path / "none.png")
    with pytest.raises(InputError, match=r"expected an image file, found a folder"):
        read(tmp_path)


def test_files_of_gigabytes_are_not_read(tmp_path):
    path = tmp_path / "volume.raw"
    with path.open("wb") as file:
        file.truncate((1 << 30) + 1)  # sparse: takes no space
    with pytest.raises(InputError, match=r"volume\.raw: expected an image file of at most 1024 MiB, found 1024 MiB"):
        read_radiograph(path)


def test_readers_in_threads_do_not_disturb_the_warning_filters():
    before = list(warnings.filters)
    found = []

    def read() -> None:
        found.extend(read_radiograph(PICTURE).pixels.shape for _ in range(20))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [(40, 60)] * 80
    assert list(warnings.filters) == before


def test_pixels_do_not_depend_on_the_way_in(tmp_path):
    (tmp_path / "a").write_bytes(PICTURE)
    np.testing.assert_array_equal(read_radiograph(PICTURE).pixels, read_radiograph(tmp_path / "a").pixels)

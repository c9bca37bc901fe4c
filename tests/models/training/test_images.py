"""The cache of decoded images, and what is missing or broken."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from data_cache.errors import InputError
from data_cache.images import preprocess, read_radiograph
from models.training.images import check_images, find_image, open_cache
from models.training.labels import LabelTable


def table(*paths: str) -> LabelTable:
    return LabelTable("t.csv", paths, paths, np.zeros((len(paths), 14), np.float32))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for name in ("a.png", "b.png", "c.png"):
        cv2.imwrite(str(tmp_path / name), rng.integers(0, 256, (40, 56), dtype=np.uint8))
    return tmp_path


def test_images_are_the_official_preprocessing_in_8_bits(folder: Path) -> None:
    cache = open_cache(table("a.png", "b.png"), folder, 24, folder / "cache", 2)
    assert cache.images.shape == (2, 24, 24)
    for image, name in zip(cache.images, ("a.png", "b.png"), strict=True):
        expected, _ = preprocess(read_radiograph(folder / name, name), 24)
        np.testing.assert_allclose(image / 255, expected, rtol=0, atol=0.5 / 255 + 1e-6)
    assert check_images("t.csv", cache, "stop") is None


def test_the_second_opening_decodes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = open_cache(table("a.png", "b.png"), folder, 24, folder / "cache", 1)
    monkeypatch.setattr("models.training.images.read_radiograph", lambda *_: pytest.fail("decoded again"))
    again = open_cache(table("a.png", "b.png"), folder, 24, folder / "cache", 1)
    np.testing.assert_array_equal(first.images, again.images)


@pytest.mark.parametrize(("suffix", "content"), [(".json", b""), (".json", b"[1]"), (".u8", b""), (".u8", b"short")])
def test_what_a_crash_of_the_machine_left_is_decoded_again(folder: Path, suffix: str, content: bytes) -> None:
    expected = open_cache(table("a.png", "no.png"), folder, 24, folder / "cache", 1).images.copy()
    (damaged,) = (folder / "cache").glob(f"*{suffix}")
    damaged.write_bytes(content)
    again = open_cache(table("a.png", "no.png"), folder, 24, folder / "cache", 1)
    np.testing.assert_array_equal(again.images, expected)
    np.testing.assert_array_equal(again.rows, [0])


def test_a_changed_image_and_another_size_are_decoded_anew(folder: Path) -> None:
    first = open_cache(table("a.png"), folder, 24, folder / "cache", 1).images.copy()
    cv2.imwrite(str(folder / "a.png"), np.full((40, 50), 9, np.uint8))
    np.testing.assert_array_equal(open_cache(table("a.png"), folder, 24, folder / "cache", 1).images, 9)
    assert first.max() > 9
    assert open_cache(table("a.png"), folder, 12, folder / "cache", 1).images.shape == (1, 12, 12)


def test_missing_and_broken_images_are_named_and_counted(folder: Path) -> None:
    (folder / "b.png").write_bytes(b"no picture")
    cache = open_cache(table("a.png", "b.png", "gone.png", "c.png"), folder, 24, folder / "cache", 2)
    np.testing.assert_array_equal(cache.rows, [0, 3])
    assert [path for path, _ in cache.bad] == ["b.png", "gone.png"]
    with pytest.raises(InputError) as error:
        check_images("t.csv", cache, "stop")
    assert "2 of 4 images of t.csv could not be read (first: b.png: " in str(error.value)
    assert "data.on_bad_image to skip" in str(error.value)
    assert "\n" not in str(error.value)
    assert str(check_images("t.csv", cache, "skip")).startswith("Skipped: 2 of 4 images of t.csv")


def test_with_nothing_left_it_stops_in_any_case(folder: Path) -> None:
    cache = open_cache(table("gone.png"), folder, 24, folder / "cache", 1)
    with pytest.raises(InputError, match="at least one readable image"):
        check_images("t.csv", cache, "skip")


@pytest.mark.parametrize(
    ("on_disk", "written"),
    [
        ("a/x.png", "a/x.png"),
        ("train/patient1/x.jpg", "CheXpert-v1.0/train/patient1/x.jpg"),
        ("train/patient1/x.jpg", "CheXpert-v1.0-small/train/patient1/x.jpg"),
        ("CheXpert/val/patient1/x.jpg", "CheXpert-v1.0/valid/patient1/x.jpg"),
        ("CheXpert/test/patient1/x.jpg", "test/patient1/x.jpg"),
    ],
)
def test_where_images_are(tmp_path: Path, on_disk: str, written: str) -> None:
    (tmp_path / on_disk).parent.mkdir(parents=True)
    (tmp_path / on_disk).touch()
    assert find_image(tmp_path, written) == tmp_path / on_disk
    assert find_image(tmp_path, "test/none.jpg") == tmp_path / "test/none.jpg"

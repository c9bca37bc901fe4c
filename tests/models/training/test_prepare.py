"""Preparing CheXpert: squares as published, and what goes wrong."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from models.training.command import prepare
from models.training.labels import read_labels
from models.training.prepare import label_files, square

PATHS = [
    "CheXpert-v1.0/train/patient00001/study1/view1_frontal.jpg",
    "CheXpert-v1.0/train/patient00002/study1/view1_frontal.jpg",
]


@pytest.fixture
def chexpert(tmp_path: Path) -> Path:
    root = tmp_path / "chexpert"
    rng = np.random.default_rng(0)
    for i, path in enumerate(PATHS):
        file = root / path.removeprefix("CheXpert-v1.0/")
        file.parent.mkdir(parents=True)
        coarse = rng.integers(0, 256, (7, 9 + i), dtype=np.uint8)
        cv2.imwrite(str(file), cv2.resize(coarse, (90 + 11 * i, 70), interpolation=cv2.INTER_CUBIC))
    table = pd.DataFrame(0, index=range(2), columns=list(FINDINGS))
    table.insert(0, "Path", PATHS)
    table.to_csv(root / "train.csv", index=False)
    (root / "notes.csv").write_text("a,b\n1,2\n")
    return root


def published(path: Path, size: int) -> np.ndarray:
    """The published preprocessing in Pillow's words: the centre square, margins rounded down, Lanczos."""
    image = Image.open(path).convert("L")
    width, height = image.size
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    return np.asarray(image.crop((left, top, left + side, top + side)).resize((size, size), Image.Resampling.LANCZOS))


def test_images_are_prepared_as_published(chexpert: Path, tmp_path: Path) -> None:
    prepare(chexpert, tmp_path / "out", size=32, threads=2)
    assert label_files(tmp_path / "out") == [tmp_path / "out/train.csv"]
    assert len(read_labels(tmp_path / "out/train.csv")) == 2
    for path in PATHS:
        file = path.removeprefix("CheXpert-v1.0/")
        written = np.asarray(Image.open(tmp_path / "out" / file))
        assert written.shape == (32, 32)
        # JPEG at quality 100 rounds to within two grey levels.
        np.testing.assert_allclose(written.astype(int), published(chexpert / file, 32).astype(int), atol=2)


@pytest.mark.parametrize(("height", "width"), [(5, 8), (8, 5), (7, 7), (9, 4)])
def test_the_square_is_cut_as_published(height: int, width: int) -> None:
    pixels = np.arange(height * width, dtype=np.float32).reshape(height, width) * 2 / 255
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    expected = np.rint(pixels[top : top + side, left : left + side] * 255)
    np.testing.assert_array_equal(np.asarray(square(pixels, side)), expected)


def test_what_is_there_is_kept(chexpert: Path, tmp_path: Path) -> None:
    prepare(chexpert, tmp_path / "out", size=32)
    file = tmp_path / "out" / PATHS[0].removeprefix("CheXpert-v1.0/")
    file.write_bytes(b"mine")
    prepare(chexpert, tmp_path / "out", size=32)
    assert file.read_bytes() == b"mine"
    assert not list((tmp_path / "out").rglob("*.partial"))


def test_a_bad_image_stops_or_is_skipped(chexpert: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (chexpert / PATHS[0].removeprefix("CheXpert-v1.0/")).write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"found CheXpert-v1\.0/train/patient00001"):
        prepare(chexpert, tmp_path / "out", size=32)
    prepare(chexpert, tmp_path / "out", size=32, on_bad_image="skip")
    assert f"Images in {tmp_path / 'out'}: 1; skipped: 1." in capsys.readouterr().out
    with pytest.raises(InputError, match="stop or skip"):
        prepare(chexpert, tmp_path / "out", size=32, on_bad_image="maybe")


def test_a_folder_without_label_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="CSV files with a column Path"):
        prepare(tmp_path, tmp_path / "out")

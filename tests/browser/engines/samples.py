"""Radiographs as visitors bring them, made of a bundled phantom."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from pydicom.uid import JPEG2000Lossless, RLELossless

from data_cache.bundled_films import DEMO_ROOT
from data_cache.images.reading import read_radiograph
from tests.data_cache.images.dicom_files import dicom_bytes, dicom_dataset


def write_samples(folder: Path) -> dict[str, Path]:
    """One phantom, wider than high, as files of each kind; returns them by what they are."""
    folder.mkdir(parents=True)
    pixels = np.pad(read_radiograph(sorted(DEMO_ROOT.rglob("*.jpg"))[3]).pixels, ((0, 0), (70, 51)))
    grey = Image.fromarray(np.rint(255 * pixels).astype(np.uint8))
    for kind in ("png", "jpg", "webp"):
        grey.save(folder / f"film.{kind}", quality=92)  # which PNG, without loss, passes over
    stored = np.rint(4095 * pixels).astype(np.uint16)
    for name, syntax in (("rle", RLELossless), ("j2k", JPEG2000Lossless)):
        dataset = dicom_dataset(stored, BitsStored=12, WindowCenter=2048, WindowWidth=4096)
        dataset.compress(syntax, encoding_plugin="pylibjpeg" if name == "j2k" else "pydicom")
        (folder / f"{name}.dcm").write_bytes(dicom_bytes(dataset))
    _large(pixels, folder / "large.jpg")
    return {
        "PNG": folder / "film.png",
        "JPEG": folder / "film.jpg",
        "WebP": folder / "film.webp",
        "DICOM, RLE": folder / "rle.dcm",
        "DICOM, JPEG 2000": folder / "j2k.dcm",
        "JPEG of 2828×2320": folder / "large.jpg",
    }


def _large(pixels: np.ndarray, path: Path) -> None:
    """The same at the size of a film."""
    large = cv2.resize(np.asarray(pixels, np.float32), (2828, 2320), interpolation=cv2.INTER_CUBIC)
    Image.fromarray(np.rint(255 * large.clip(0, 1)).astype(np.uint8)).save(path, quality=92)


def write_folder(folder: Path) -> Path:
    """A folder to sort: two films."""
    folder.mkdir(parents=True)
    for number, film in enumerate(sorted(DEMO_ROOT.rglob("*.jpg"))[:2]):
        (folder / f"film-{number}.jpg").write_bytes(film.read_bytes())
    return folder

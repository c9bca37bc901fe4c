"""Reading an image file by its content, whatever its name says."""

from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from data_cache.errors import InputError
from data_cache.images.radiograph import Radiograph

MAX_PIXELS = 50_000_000
MIN_SIDE = 16
FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP")


def read_radiograph(source: Path | str | bytes, name: str | None = None) -> Radiograph:
    """Read a radiograph from a file or from its bytes."""
    shown = name or (Path(source).name if isinstance(source, str | Path) else "upload")
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            pixels = np.asarray(ImageOps.exif_transpose(image).convert("L"), dtype=np.float32) / np.float32(255)
            return Radiograph(pixels, (), 8, image.format or "")
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(
            f"{shown}: expected an image ({', '.join(FORMATS)} or DICOM), found something else."
        ) from error

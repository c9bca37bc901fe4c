"""Many cases beside each other in one picture."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from data_cache.store import write_bytes


def contact_sheet(
    images: Sequence[np.ndarray], captions: Sequence[str], columns: int = 6, side: int = 400
) -> np.ndarray:
    """Tile greyscale images, uint8 (h, w) each, with captions below; uint8 (H, W). Images keep their aspect."""
    strip = 22
    rows = -(-len(images) // columns)
    sheet = np.zeros((rows * (side + strip), columns * side), np.uint8)
    for index, (image, caption) in enumerate(zip(images, captions, strict=True)):
        top, left = (index // columns) * (side + strip), (index % columns) * side
        scale = side / max(image.shape)
        shape = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
        small = cv2.resize(image, shape, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        sheet[top : top + small.shape[0], left : left + small.shape[1]] = small
        cv2.putText(sheet, caption, (left + 4, top + side + 15), cv2.FONT_HERSHEY_SIMPLEX, 0.38, 220, 1, cv2.LINE_AA)
    return sheet


def write_sheet(path: Path, sheet: np.ndarray) -> None:
    """Write a sheet as PNG."""
    encoded = cv2.imencode(".png", sheet)[1]
    write_bytes(path, encoded.tobytes())

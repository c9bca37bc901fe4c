"""The models' square as the page's window shows it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from data_cache.images.dicom_values import windowed
from data_cache.images.stored import Lut
from data_cache.images.stored import Window as Shown
from ui.case_view import DISPLAY_SIZE, CaseView
from ui.exports.request import Window


def shown_through(window: Window, view: CaseView) -> NDArray[np.float32]:
    """Return the square, float32 (DISPLAY_SIZE, DISPLAY_SIZE) in [0, 1].

    Of films of 8 bits, and through the window that the file is shown with at first, it is the models' own view; else
    the film's overview, whose values go through the window as in the browser.
    """
    about, first = view.film.about, window.offer == 0
    if first or (view.film.dtype == np.uint8 and about.values is None and not about.inverted):
        plain = view.grey.astype(np.float32) / np.float32(255)
        grey = plain if first else window.apply(view.grey, inverted=False)
        return 1 - grey if window.invert else grey
    codes = _square(view)
    offered = about.windows[window.offer] if window.offer is not None and window.offer < len(about.windows) else None
    if isinstance(offered, Lut):
        grey = offered.shades[np.minimum(codes, len(offered.shades) - 1)].astype(np.float32) / np.float32(255)
    else:
        table = about.values
        values = about.first + about.step * codes if table is None else table[np.minimum(codes, len(table) - 1)]
        by_hand = Shown("", window.level, window.width, "LINEAR_EXACT" if offered is None else offered.function)
        grey = windowed(np.asarray(values, np.float64), by_hand)[0].astype(np.float32)
    return 1 - grey if window.invert != about.inverted else grey


def _square(view: CaseView) -> NDArray[np.int64]:
    """Codes of the square, from the overview."""
    step, geometry = 1 << view.film.overview, view.geometry
    top, left = geometry.top // step, geometry.left // step
    side = max(1, geometry.side // step)
    square = view.film.coarse[top : top + side, left : left + side].astype(np.float32)
    return np.rint(cv2.resize(square, (DISPLAY_SIZE, DISPLAY_SIZE), interpolation=cv2.INTER_LINEAR)).astype(np.int64)

"""Masks for Hypothesis, drawn as a few bytes: to draw each pixel by itself takes most of a test's time."""

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

SIDES = st.integers(1, 12)


@st.composite
def drawn_masks(
    draw: Callable, heights: st.SearchStrategy[int] = SIDES, widths: st.SearchStrategy[int] = SIDES
) -> NDArray[np.bool_]:
    """A mask of some size: pixels here and there, many or few, or long runs; empty and full ones too."""
    height, width = draw(heights), draw(widths)
    length = (height * width + 7) // 8
    several = st.binary(min_size=length, max_size=length)
    bits = np.unpackbits(np.frombuffer(draw(several), np.uint8), count=height * width).astype(bool)
    if draw(st.booleans()):
        bits &= np.unpackbits(np.frombuffer(draw(several), np.uint8), count=height * width).astype(bool)
    if draw(st.booleans()):
        bits = np.logical_xor.accumulate(bits)  # each pixel that is set begins a run, or ends one
    return bits.reshape(height, width)

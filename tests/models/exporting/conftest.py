"""What every graph is compared on is drawn once: to draw it takes longer than to write and to compare a small graph."""

from collections.abc import Iterator
from functools import cache

import pytest

from models.exporting import calibration, export, images


@pytest.fixture(scope="package", autouse=True)
def phantoms_drawn_once() -> Iterator[None]:
    drawn = cache(images.phantoms)

    def copied(*asked: int) -> images.FloatArray:
        return drawn(*asked).copy()

    with pytest.MonkeyPatch.context() as patch:
        for place in (export, calibration):
            patch.setattr(place, "phantoms", copied)
        yield

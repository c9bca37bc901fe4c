"""The verdict on a model reading an image: what is decided, and for which reasons."""

import numpy as np
import pytest

from data_cache.images import Radiograph
from evaluation.assessment import Assessment, Reason, assess, film_of
from models.checkpoints import Origin


def film(coloured: bool = False, simulated: bool = False):
    pixels = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (64, 1))
    return film_of(Radiograph(pixels, (), 8, "PNG", coloured), simulated)


@pytest.mark.parametrize(
    ("origin", "simulated", "coloured", "keys"),
    [
        ("demo", True, False, []),
        ("demo", False, False, ["demo_weights"]),
        ("demo", False, True, ["colour", "demo_weights"]),
        ("official", False, True, ["colour"]),
        ("own", False, False, []),
    ],
)
def test_what_nobody_may_speak_about(origin: Origin, simulated: bool, coloured: bool, keys: list[str]) -> None:
    found = assess(film(coloured, simulated), origin)
    assert [reason.key for reason in found.reasons] == keys
    assert found.assessable is (found.state == "readable") is (not keys)


def test_only_what_can_be_read_has_no_reasons() -> None:
    for state, reasons in (("readable", (Reason("a", "b"),)), ("caution", ()), ("not_assessable", ())):
        with pytest.raises(ValueError, match="reasons"):
            Assessment(state, reasons)  # type: ignore[arg-type]

"""The viewer's state as the browser sends it, and the regions drawn in it."""

import base64
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from data_cache.errors import InputError
from data_cache.geometry import Geometry
from ui.exports.request import Drawing, State, Window

GEOMETRY = Geometry(1000, 1400, 512)
ROWS, COLUMNS = np.mgrid[:512, :512]
DISC = np.hypot(ROWS - 255.5, COLUMNS - 255.5) < 150
RING = DISC & (np.hypot(ROWS - 255.5, COLUMNS - 255.5) > 80)


def bits(mask: NDArray[np.bool_]) -> str:
    return base64.b64encode(np.packbits(mask)).decode()


def circle(radius: float) -> list[list[float]]:
    angles = np.linspace(0, 2 * np.pi, 400)
    return (256 + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)).tolist()


def on_original(inner: float = 0) -> NDArray[np.bool_]:
    rows, columns = np.mgrid[:1000, :1400] + 0.5
    distance = np.hypot(rows - 500, columns - 700) * 512 / 1000
    return (distance < 150) & (distance >= inner)


def drawn(**given: Any) -> NDArray[np.bool_]:
    return Drawing(finding="Edema", **given).annotation(GEOMETRY).mask.decode()


def iou(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return (one & other).sum() / (one | other).sum()


def test_bits_and_polygons_are_the_same_region_in_the_view() -> None:
    assert np.array_equal(Drawing(finding="Edema", bits=bits(DISC)).mask(), DISC)
    assert iou(Drawing(finding="Edema", polygons=[circle(150)]).mask(), DISC) > 0.99


def test_on_the_original_outlines_that_fit_the_bits_are_sharper_than_their_pixels() -> None:
    assert iou(drawn(polygons=[circle(150)]), on_original()) > 0.999
    assert iou(drawn(polygons=[circle(150)], bits=bits(DISC)), on_original()) > 0.999
    assert 0.98 < iou(drawn(bits=bits(DISC)), on_original()) < 0.9999
    assert iou(drawn(polygons=[circle(40)], bits=bits(DISC)), on_original()) > 0.98  # those are of something else


def test_a_polygon_inside_another_is_a_hole_where_the_bits_say_so() -> None:
    assert iou(drawn(polygons=[circle(150), circle(80)], bits=bits(RING)), on_original(80)) > 0.998
    assert iou(drawn(polygons=[circle(150), circle(80)]), on_original()) > 0.999


def test_windows_by_pencil() -> None:
    grey = np.array([[0, 64, 128, 192, 255]], np.uint8)
    np.testing.assert_allclose(Window().apply(grey) * 255, grey, atol=1e-4)
    narrow = Window(level=128, width=128, invert=True)
    np.testing.assert_allclose(narrow.apply(grey), [[1, 1, 0.5, 0, 0]], atol=1e-6)


def test_names_of_findings_are_any_known_and_unknown_fields_are_passed_over() -> None:
    state = State.of({"finding": "airspace opacity", "colour of the sky": "blue"})
    assert state.finding == "Lung Opacity" and len(state.methods) == 5 and state.level("raw") == 32500
    assert State.of({"finding": "Edema", "levels": {"raw": -1}}).level("raw") == -1


BAD: dict[str, Any] = {
    "no finding": {},
    "unknown finding": {"finding": "Flu"},
    "no object": "Edema",
    "unknown method": {"finding": "Edema", "methods": ["lime"]},
    "opacity": {"finding": "Edema", "opacity": 2},
    "not finite": {"finding": "Edema", "threshold": float("nan")},
    "window": {"finding": "Edema", "window": {"width": 0}},
    "level": {"finding": "Edema", "levels": {"raw": 65001}},
    "patch": {"finding": "Edema", "switched_off": [-1]},
    "many drawings": {"finding": "Edema", "annotations": [{"finding": "Edema"}] * 21},
    "many points": {"finding": "Edema", "annotations": [{"finding": "Edema", "polygons": [[[1, 1]] * 9000] * 3}]},
    "far away": {"finding": "Edema", "annotations": [{"finding": "Edema", "polygons": [[[1e9, 1]]]}]},
    "long name": {"finding": "Edema", "annotations": [{"finding": "Edema", "name": "x" * 101}]},
    "long bits": {"finding": "Edema", "annotations": [{"finding": "Edema", "bits": "A" * 99_999}]},
}


@pytest.mark.parametrize("bad", BAD)
def test_a_wrong_state_is_one_sentence(bad: str) -> None:
    with pytest.raises(InputError, match="Expected") as caught:
        State.of(BAD[bad])
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


@pytest.mark.parametrize("text", ["!", "AAAA", "", "é", "AAAA€"])
def test_wrong_bits_are_one_sentence(text: str) -> None:
    with pytest.raises(InputError, match="32,768 bytes"):
        Drawing(finding="Edema", bits=text).mask()

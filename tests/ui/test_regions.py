"""Boxes of a model's blocks as the page tells them, and teacher beside student: in Python, and by Node in the page's
own modules."""

import pytest

from data_cache.geometry import Geometry
from models.predictions import Region
from tests.ui.test_hands import in_node
from tests.ui.test_javascript import NODE
from ui.regions import region_content

SCRIPT = """
const { boxWords, numberPlaces } = await import("JS/regions.js");
const { lessonsAmong, orderOf } = await import("JS/lesson.js");
const box = (x0, y0) => ({ block: "one", box: [x0, y0, 512, 512], pixels: [x0, y0, 9, 9] });
const speaker = (key, weights, teacher) => ({ key, weights, teacher });
const taught = (weights) => ({ key: "cnn", label: "CNN", weights });
const named = (all) => lessonsAmong(all).map(({ student, teacher }) => [student.key, teacher.key]);
console.log(JSON.stringify({
  words: boxWords(box(3, 4)),
  places: numberPlaces([box(0, 0), box(2, 3), box(0, 0), box(100, 0)], 1),
  small: numberPlaces([box(0, 0), box(2, 3), box(0, 0), box(100, 0)], 2),
  known: named([speaker("cnn", "a", null), speaker("mxa", "b", taught("a"))]),
  others: named([speaker("cnn", "other", null), speaker("mxa", "b", taught("a"))]),
  alone: named([speaker("mxa", "b", taught("a"))]),
  order: orderOf([0.2, null, 0.9, 0.2]),
}));
"""


def test_boxes_lie_in_the_view_and_in_the_radiographs_own_pixels() -> None:
    """A film of 200×300 pixels, of which the models see the middle 200×200: 256 pixels to a model, 512 in the view."""
    region = Region("stage 1, block 1", (64.0, 0.0, 128.0, 256.0), None)  # type: ignore[arg-type]
    (found,) = region_content([region], 256, Geometry(200, 300, 512))
    assert found == {
        "block": "stage 1, block 1",
        "box": [128, 0, 256, 512],
        "pixels": [50 + 50, 0, 50 + 100, 200],
    }


@pytest.mark.skipif(NODE is None, reason="needs Node, which tests/requirements.txt installs")
def test_the_page_numbers_boxes_and_finds_who_taught_whom() -> None:
    told = in_node(SCRIPT)
    assert told["words"] == "one: x 3 to 9, y 4 to 9 px"
    for unit, places in ((1, told["places"]), (2, told["small"])):  # pixels of the view for one of the screen
        assert places[0] == [5 * unit, 17 * unit] and places[3] == [100 + 5 * unit, 17 * unit]
        for i, (x, y) in enumerate(places):  # no number stands on another
            assert all(abs(x - a) >= 17 * unit or abs(y - b) >= 17 * unit for a, b in places[:i])
    assert told["known"] == [["mxa", "cnn"]]
    assert told["others"] == told["alone"] == []  # other weights of the same model taught nothing
    assert told["order"] == [2, 0, 3, 1]

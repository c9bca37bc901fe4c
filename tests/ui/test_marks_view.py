"""Marks of readers in the view, against shapes worked out by hand and NumPy."""

import re
from typing import Any

import numpy as np
import pytest

from data_cache.case import Case
from data_cache.findings import FINDINGS
from data_cache.marks import Box, Disc, Ellipse, Mark, Polygon, Runs
from data_cache.masks import Rle
from evaluation.readers.consensus import agreed
from tests.ui.test_content import keep, viewed
from ui.content import case_content
from ui.exports.truth import Truth

SCALE = 512 / 100  # of the central square of a radiograph of 200 × 100 pixels, whose left edge is at x = 50


def read_case(*marks: Mark, **given: Any) -> Case:
    pixels = np.tile(np.linspace(0, 1, 200, dtype=np.float32), (100, 1))
    return Case("wide", "wide", "vinbigdata-train", pixels=pixels, marks=marks, **given)


def boxed(reader: str, x0: float, y0: float, x1: float, y1: float, finding: str = "Edema") -> Mark:
    return Mark(finding, Box(x0, y0, x1, y1), reader=reader)


def region(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    """Pixels of the view whose centres lie in a box of the original, where its edges are those of pixels of both."""
    centres = (np.arange(512) + 0.5) / SCALE
    rows, columns = (centres >= y0) & (centres < y1), (centres + 50 >= x0) & (centres + 50 < x1)
    return rows[:, None] & columns[None, :]


def numbers(path: str) -> list[float]:
    return [float(text) for text in re.findall(r"-?[\d.]+", path)]


def test_every_shape_is_sent_as_the_line_that_it_is() -> None:
    mask = np.zeros((100, 200), bool)
    mask[25:50, 75:100] = True
    case = read_case(
        Mark("Edema", Box(75, 25, 100, 50), "R1", label="edema"),
        Mark("Edema", Ellipse(75, 25, 100, 75), "R1", label="oedema", relation="near"),
        Mark("Edema", Disc(100, 50, 25), "R2", certainty=3.0),
        Mark("Fracture", Polygon(np.array([[50.0, 0], [75, 0], [75, 25]])), "R2"),
        Mark("Fracture", Runs(Rle.encode(mask)), "R2"),
    )
    first, second = case_content(viewed(case), "k", keep)["case"]["readers"]
    assert (first["name"], second["name"]) == ("R1", "R2")
    box, ellipse = first["marks"]["Edema"]
    assert box["form"] == "box" and box["path"] == "M128.0 128.0H256.0V256.0H128.0Z" and box["at"] == [128, 128]
    assert box["label"] == "" and (ellipse["label"], ellipse["relation"]) == ("oedema", "near")
    assert ellipse["path"] == "M128.0 256.0A64.0 128.0 0 0 1 256.0 256.0A64.0 128.0 0 0 1 128.0 256.0Z"
    (disc,) = second["marks"]["Edema"]
    assert disc["certainty"] == 3.0 and disc["path"].startswith("M128.0 256.0A128.0 128.0")
    polygon, runs = second["marks"]["Fracture"]
    assert polygon["path"] == "M0 0L128 0L128 128Z" and runs["at"] == [128, 128]
    points = np.reshape(numbers(runs["path"]), (-1, 2))
    np.testing.assert_allclose([points.min(0), points.max(0)], [[128, 128], [256, 256]], atol=SCALE)


def test_each_reader_has_an_own_mask_and_the_majority_is_more_than_half_of_those_who_looked() -> None:
    marks = [boxed("A", 75, 25, 100, 50), boxed("B", 88, 25, 113, 50), boxed("C", 75, 25, 100, 50, "Fracture")]
    content = case_content(viewed(read_case(*marks, read_by=("A", "B", "C", "D"))), "k", keep)
    layers = content["layers"]
    masks = np.unpackbits(layers["array"]).reshape(-1, 512, 512).astype(bool)
    known = dict(zip(zip(layers["keys"], layers["findings"], strict=True), masks, strict=True))
    assert set(known) == {("0", "Edema"), ("1", "Edema"), ("2", "Fracture")}  # two of four are no majority
    np.testing.assert_array_equal(known["0", "Edema"], region(75, 25, 100, 50))
    np.testing.assert_array_equal(known["1", "Edema"], region(88, 25, 113, 50))

    three = viewed(read_case(*marks, read_by=("A", "B", "C")))
    both = region(88, 25, 100, 50)
    np.testing.assert_array_equal(three.layer("majority", "Edema"), both)
    assert three.layer("majority", "Fracture") is None
    np.testing.assert_array_equal(three.mask("Edema"), region(75, 25, 113, 50))


@pytest.mark.parametrize("readers", ["ABC", "ABCD", "ABCDE"])
def test_the_page_s_majority_is_the_one_that_maps_are_scored_against(readers: str) -> None:
    rng = np.random.default_rng(len(readers))
    marks = []
    for reader in readers[:-1]:  # the last one looked and marked nothing
        for finding in ("Edema", "Fracture"):
            x, y = rng.integers((40, 0), (100, 40)).tolist()
            marks.append(boxed(reader, x, y, x + 80, y + 60, finding))
    case = read_case(*marks, read_by=tuple(readers))
    view, scored = viewed(case), agreed(case, "majority")
    assert all(mask.area for mask in scored.values())
    for finding, mask in scored.items():
        votes = sum(case.masks_of(reader)[finding].decode().astype(int) for reader in readers)
        np.testing.assert_array_equal(mask.decode(), 2 * votes > len(readers))
        shown = view.layer("majority", finding)
        seen = view.geometry.mask_to_input(mask.decode())
        assert (shown is None) == (not seen.any())
        if shown is not None:
            np.testing.assert_array_equal(shown, seen)


def test_one_reader_is_no_layer_and_its_shapes_are_the_outline() -> None:
    labels = dict.fromkeys(FINDINGS) | {"Fracture": 0}
    content = case_content(
        viewed(read_case(boxed("", 75, 25, 100, 50), boxed("", 75, 0, 100, 25), labels=labels)), "k", keep
    )
    assert content["case"]["readers"] == [] and content["layers"] is None
    assert content["case"]["outlines"] == {"Edema": "M128.0 128.0H256.0V256.0H128.0ZM128.0 0.0H256.0V128.0H128.0Z"}
    assert content["case"]["forms"] == {"Edema": "box"}


@pytest.mark.parametrize(
    ("chosen", "name", "box", "form"),
    [
        ("union", "union of 2 readers", (75, 25, 125, 50), "box"),
        ("majority", "majority of 2 readers", (75, 25, 100, 50), "box"),
        ("0", "A", (75, 25, 125, 50), "box"),
        ("1", "B", (75, 25, 100, 50), "polygon"),
        ("7", "union of 2 readers", (75, 25, 125, 50), "box"),
    ],
)
def test_exports_name_what_is_scored_against(chosen: str, name: str, box: Any, form: str) -> None:
    corners = np.array([[75.0, 25], [100, 25], [100, 50], [75, 50]])
    view = viewed(read_case(boxed("A", 75, 25, 125, 50), Mark("Edema", Polygon(corners), "B")))
    truth = Truth.of(view, chosen)
    assert (truth.name, truth.form("Edema")) == (name, form)
    assert bool(truth.note("Edema")) == (form == "box")
    mask = truth.mask("Edema")
    assert (
        mask is not None and (mask != region(*box)).sum() <= 256
    )  # COCO's filling moves an edge by a fifth of a pixel

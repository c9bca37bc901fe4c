"""Counts by hand, and shapes on a smaller radiograph against those on the whole of it."""

import pickle

import numpy as np
import pytest

from data_cache.case import Case
from data_cache.findings import FINDINGS
from data_cache.marks import Box, Disc, Ellipse, Mark, Polygon, Runs
from data_cache.masks import Rle
from evaluation.geometry.truths import LARGEST, SIDE, Truths
from evaluation.truth.ground_truth import Masks
from tests.evaluation.making import SIZE, blob

SHAPES = (
    Box(300, 400.5, 900.2, 1000),
    Ellipse(300, 400, 900, 1000),
    Disc(1000, 800, 250),
    Polygon(np.array([[300.0, 400], [1200, 500], [700, 1500]])),
)


def case(name: str, marks=(), size=(2000, 1600), patient="", readers=()) -> Case:
    labels = dict.fromkeys(FINDINGS) | {"Edema": 0}
    return Case(
        name, patient or name, "test", labels=labels, marks=tuple(marks), annotated_size=size, read_by=tuple(readers)
    )


def test_counts():
    edema, other = Mark("Edema", SHAPES[0], "A"), Mark("Edema", SHAPES[1], "B")
    lesion = Mark("Lung Lesion", SHAPES[2], "A")
    cases = [case("a", [edema, other, lesion]), case("b", [edema], patient="a"), case("c", readers=("A", "C"))]
    found = Truths.of_cases(cases)
    assert found.images == 3 and list(found.masks.cases) == ["a", "b"]
    assert found.marks == {"Edema": 3, "Lung Lesion": 1}
    assert found.readers == ("A", "B", "C")
    assert found.masks.findings == ("Lung Lesion", "Edema")
    assert found.masks.forms == {"a": {"Edema": "box", "Lung Lesion": "disc"}, "b": {"Edema": "box"}}
    assert found.patients == {"a": "a", "b": "a"}


@pytest.mark.parametrize("shape", SHAPES)
def test_shares_stay_on_a_smaller_radiograph(shape):
    """As a share of the radiograph, to the rounding of edges to pixels."""
    found = Truths.of_cases([case("a", [Mark("Edema", shape)])]).masks.cases["a"]["Edema"]
    assert found.size == (SIDE, round(SIDE * 0.8))
    whole = shape.encode((2000, 1600))
    assert found.area / (found.size[0] * found.size[1]) == pytest.approx(whole.area / 3_200_000, rel=0.01)


def test_small_radiographs_and_masks_stay_as_they_are():
    small = Truths.of_cases([case("a", [Mark("Edema", Box(10, 20, 30, 40))], (LARGEST, 700))]).masks.cases["a"]["Edema"]
    assert small.size == (LARGEST, 700) and small.area == 400
    mask = Rle.encode(np.pad(blob(1), ((0, 1940), (0, 1516))))
    both = [Mark("Edema", Runs(mask)), Mark("Edema", Box(0, 0, 5, 5))]
    assert Truths.of_cases([case("a", both)]).masks.cases["a"]["Edema"].size == mask.size


def test_a_case_travels_to_another_process():
    found = Truths.of_cases([case("a", [Mark("Edema", SHAPES[0])])]).masks.cases["a"]
    assert pickle.loads(pickle.dumps(found))["Edema"] == found["Edema"]  # noqa: S301


def test_masks_of_a_file():
    cases = {"p1_study1": {"Edema": Rle.encode(blob(1))}, "p2_study1": {"Edema": Rle.encode(np.zeros(SIZE, bool))}}
    found = Truths.of_masks(Masks(cases))
    assert found.images == 2 and list(found.masks.cases) == ["p1_study1"]
    assert found.marks == {"Edema": 1} and found.patients == {"p1_study1": "p1"}

"""One truth by hand, by formula, and against the ceilings of the benchmark."""

import numpy as np
import pytest

from data_cache.case import Case
from data_cache.marks import Box, Mark
from evaluation.box_ceiling import iou_with_own_boxes
from evaluation.cases import CaseJob
from evaluation.ceilings import ceilings_of_case
from evaluation.floors.fitting import fit_floors
from evaluation.geometry.measuring import CEILINGS, QUANTITIES, Subject, ceiling_key, measure_case
from evaluation.geometry.truths import Truths
from evaluation.pixels.mask_runs import MaskRuns
from evaluation.truth.ground_truth import Masks

SIZE = (200, 300)
PLACES = {f"p{k}": Box(100 + k, 60, 200 + k, 140) for k in range(12)}  # 100 × 80 around the middle, shifted


def truths(form="box") -> Masks:
    cases = {case: {"Edema": box.encode(SIZE)} for case, box in PLACES.items()}
    return Masks(cases, findings=("Edema",), forms={case: {"Edema": form} for case in cases})


def measured(masks):
    floors, _ = fit_floors(masks, Masks({}), "paper")
    jobs = [CaseJob(case, drawn, masks.findings, masks.forms[case]) for case, drawn in masks.cases.items()]
    return [one for job in jobs for one in measure_case(floors, Subject(job))], jobs


def test_a_box_around_the_middle():
    found, _ = measured(truths())
    for one in found:
        assert (one.finding, one.form) == ("Edema", "box")
        assert one.values["area"] == one.values["hit_random"] == 8000 / 60000
        assert one.values["parts"] == 1
        assert one.values["hit_centre"] == one.values["hit_prior"] == 1
        assert "outline_in_box" not in one.values
        assert set(one.values) <= set(QUANTITIES)
    # The mean of boxes that lie nearly alike, cut where it is best, is nearly each of them.
    assert np.mean([one.values["iou_prior"] for one in found]) > 0.9
    assert np.mean([one.values["iou_centre"] for one in found]) < np.mean([one.values["iou_prior"] for one in found])


def test_ceilings_are_those_of_the_benchmark():
    found, jobs = measured(truths())
    for one, job in zip(found, jobs, strict=True):
        expected = {ceiling_key(c.resolution, c.alignment): c.best for c in ceilings_of_case(job)}
        assert {name: one.values[name] for name in CEILINGS} == expected


def test_outlines_are_compared_with_their_boxes():
    found, jobs = measured(truths("polygon"))
    mask = MaskRuns.of(jobs[0].masks["Edema"])
    assert found[0].values["outline_in_box"] == iou_with_own_boxes(mask) == 1


def test_a_region_by_chance_has_a_small_overlap():
    """Of as many pixels drawn at random, a share a lies inside, where a is the area: the IoU is near a / (2 − a)."""
    found, _ = measured(truths())
    area = 8000 / 60000
    assert found[0].values["iou_random"] == pytest.approx(area / (2 - area), rel=1e-3)


def test_readers_of_one_case():
    """A and B mark boxes that overlap by a third, C marks nothing: one of three pairs has both."""
    marks = (Mark("Edema", Box(0, 0, 20, 10), "A"), Mark("Edema", Box(10, 0, 30, 10), "B"))
    case = Case("a", "a", "test", marks=marks, read_by=("A", "B", "C"), annotated_size=SIZE)
    truths = Truths.of_cases([case])
    assert truths.readings["a"].readers == ("A", "B", "C")
    floors, _ = fit_floors(truths.masks, Masks({}), "paper")
    (one,) = measure_case(floors, Subject(CaseJob("a", truths.masks.cases["a"], ("Edema",)), truths.readings["a"]))
    assert one.values["readers_both"] == pytest.approx(1 / 3, abs=1e-15)
    assert one.values["readers_iou"] == pytest.approx(1 / 3, abs=1e-15)
    assert one.values["readers_hit"] in (0, 0.5, 1)  # both middles lie on the edge of the other's box

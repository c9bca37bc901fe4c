"""The floors' rows of a case, and the prior with a model's probability."""

import numpy as np
import pytest

from data_cache.masks import Rle
from evaluation.cases import CaseJob
from evaluation.floors import CENTRE, LUNGS, PRIOR, RANDOM
from evaluation.floors.chance import iou_of_random_region
from evaluation.floors.confidence import SAME, Confidence, confidence_rows, different
from evaluation.floors.fitting import fit_floors
from evaluation.floors.scoring import NO_LUNGS, NO_PRIOR, middle_of, score_floors
from evaluation.scores import EMPTY, NO_CASE, NO_ENTRY
from evaluation.truth.ground_truth import Masks
from tests.evaluation.making import blob

SIZE = (260, 325)
FINDINGS = ("Edema", "Atelectasis", "Pneumothorax")
NOTHING = Rle.encode(np.zeros(SIZE, bool))


def mask(seed):
    return Rle.encode(blob(seed, SIZE))


@pytest.fixture(scope="module")
def known():
    """Edema of six, Atelectasis of one, nobody has a pneumothorax."""
    cases = {
        f"patient{k}_study1_view1_frontal": {
            "Edema": mask(k) if k < 6 else NOTHING,
            "Atelectasis": mask(70) if k == 1 else NOTHING,
            "Pneumothorax": NOTHING,
        }
        for k in range(10)
    }
    return Masks(cases, findings=FINDINGS)


@pytest.fixture(scope="module")
def fitted(known):
    return fit_floors(Masks({"x": {}}, findings=FINDINGS), known, "paper")


def rows_of(floors, masks, **further):
    rows = score_floors(floors, 15, CaseJob("x", masks, FINDINGS, **further))
    return {(row.method, row.finding): row.scores for row in rows}


def test_a_drawn_mask_against_whole_arrays(fitted):
    floors, _ = fitted
    truth = blob(100, SIZE)
    found = rows_of(floors, dict.fromkeys(FINDINGS, Rle.encode(truth)))
    for floor in (PRIOR, CENTRE):
        one = floors.one_map(floor, "Edema")
        region = np.kron(one.values, np.ones((4, 5), np.float32))  # cells of 4 by 5 pixels, without smoothing
        scaled = (region - region.min()) / (region.max() - region.min())
        marked = scaled > one.threshold
        iou = (marked & truth).sum() / (marked | truth).sum()
        assert found[floor, "Edema"].values["iou_tp"] == pytest.approx(iou, abs=0.02)  # edges within a cell
        assert found[floor, "Edema"].values["iou_all"] == found[floor, "Edema"].values["iou_tp"]
    assert found[CENTRE, "Edema"].values["hit"] == float(truth[129, 162])
    by_chance = found[RANDOM, "Edema"].values
    assert by_chance["hit"] == truth.mean() and by_chance["iou_tp"] == iou_of_random_region(truth.sum(), truth.size)


def test_a_finding_without_tuning_masks_says_so(fitted):
    floors, _ = fitted
    found = rows_of(floors, dict.fromkeys(FINDINGS, mask(100)))
    prior, centre = found[PRIOR, "Pneumothorax"], found[CENTRE, "Pneumothorax"]
    assert set(prior.reasons.values()) == {NO_PRIOR} and np.isnan(list(prior.values.values())).all()
    assert centre.values["hit"] in (0.0, 1.0)  # the middle needs no masks, the size of a region does
    assert centre.reasons == {"iou_tp": NO_PRIOR, "iou_all": NO_PRIOR}


def test_where_nothing_is_drawn_a_floor_marks_something_all_the_same(fitted):
    floors, _ = fitted
    found = rows_of(floors, dict.fromkeys(FINDINGS, NOTHING))
    for floor in (RANDOM, CENTRE, PRIOR):
        assert found[floor, "Edema"].values["iou_all"] == 0.0
        assert found[floor, "Edema"].reasons == {"hit": EMPTY, "iou_tp": EMPTY}
    assert rows_of(floors, None)[PRIOR, "Edema"].reasons == {"hit": NO_CASE, "iou_tp": NO_CASE}
    assert set(rows_of(floors, {})[PRIOR, "Edema"].reasons.values()) == {NO_ENTRY}


def test_the_middle_of_the_lungs_where_they_are_known(fitted):
    floors, _ = fitted
    lungs, heart = np.zeros(SIZE, bool), np.zeros(SIZE, bool)
    lungs[40:101, 50:90] = lungs[60:141, 200:251] = True
    heart[90, 150] = True
    drawn = dict.fromkeys(FINDINGS, Rle.encode(heart))
    assert middle_of(Rle.encode(lungs)) == (90, 150)
    assert (LUNGS, "Edema") not in rows_of(floors, drawn)
    found = rows_of(floors, drawn, anatomy={"lungs": Rle.encode(lungs)})[LUNGS, "Edema"]
    assert found.values["hit"] == 1.0 and np.isnan(found.values["iou_tp"])
    nowhere = rows_of(floors, drawn, anatomy={"lungs": NOTHING})[LUNGS, "Edema"]
    assert nowhere.reasons["hit"] == NO_LUNGS


def priors(floors, cases):
    return [
        row
        for case, masks in cases.items()
        for row in score_floors(floors, 15, CaseJob(case, masks, FINDINGS))
        if row.method == PRIOR
    ]


def test_the_cut_off_silences_the_prior_and_counts_for_the_iou_over_all(known, fitted):
    floors, masked = fitted
    odds = {(f, case): 0.75 if m.area else 0.35 for case, masks in known.cases.items() for f, m in masks.items()}
    scored = {"yes": {f: mask(100) for f in FINDINGS}, "no": dict.fromkeys(FINDINGS, NOTHING), "who": {}}
    said = {("Edema", "yes"): 0.75, ("Edema", "no"): 0.35, ("Atelectasis", "yes"): 0.2, ("Atelectasis", "no"): 0.9}
    rows, cutoffs = confidence_rows(floors, masked, known.cases, Confidence("m", odds, said), priors(floors, scored))
    assert cutoffs["Edema", 0] == 0.4  # the first above all those who have none
    found = {(row.finding, row.case): row.scores for row in rows}
    alone = {(row.finding, row.case): row.scores for row in priors(floors, scored)}
    assert found["Edema", "yes"].values["iou_all"] == alone["Edema", "yes"].values["iou_all"] > 0
    assert np.isnan(found["Edema", "no"].values["iou_all"])  # nothing marked and nothing drawn
    assert found["Atelectasis", "yes"].values["iou_all"] == 0.0  # drawn, and silenced
    assert found["Atelectasis", "no"].values["iou_all"] == 0.0  # marked, and nothing drawn
    assert found["Edema", "yes"].reasons == {"hit": SAME, "iou_tp": SAME}
    assert all(np.isnan(one.values["iou_all"]) for (_, case), one in found.items() if case == "who")


def test_models_that_say_the_same_make_one_row():
    a, same = (Confidence(name, {}, {("Edema", "x"): 0.5}) for name in "ab")
    none = Confidence("none", {}, {})
    other = Confidence("c", {}, {("Edema", "x"): 0.25})
    assert [one.model for one in different([a, same, none, other])] == ["a", "c"]

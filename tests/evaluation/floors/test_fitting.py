"""What floors are made of: never of masks of the patients who are scored with them."""

import numpy as np

from data_cache.masks import Rle
from evaluation.floors import CENTRE, PRIOR
from evaluation.floors.fitting import fit_floors
from evaluation.floors.folds import Folds
from evaluation.floors.maps import drawn, prior_map
from evaluation.pixels.mask_runs import MaskRuns
from evaluation.truth.ground_truth import Masks
from tests.evaluation.making import SIZE, blob

FINDINGS = ("Edema", "Pneumothorax")
EMPTY = Rle.encode(np.zeros(SIZE, bool))


def truth(patients, seed=0, studies=(1, 2)):
    cases = {}
    for patient in patients:
        for study in studies:
            edema = Rle.encode(blob(seed + 10 * patient + study))
            cases[f"patient{patient}_study{study}_view1_frontal"] = {"Edema": edema, "Pneumothorax": EMPTY}
    return Masks(cases, findings=FINDINGS)


def values_of(floors, case, finding="Edema"):
    return floors.map_for(PRIOR, finding, case).values


def mean_of(masks):
    return prior_map([drawn(case, MaskRuns.of(one["Edema"]), "paper") for case, one in masks.items()])


def test_with_a_tuning_set_the_test_masks_do_not_matter():
    """Delete the test masks: the same prior."""
    test, known = truth(range(5)), truth(range(20, 25), 500)
    floors, _ = fit_floors(test, known, "paper")
    without, _ = fit_floors(Masks({case: {} for case in test.cases}, findings=FINDINGS), known, "paper")
    for case in test.cases:
        np.testing.assert_array_equal(values_of(floors, case), mean_of(known.cases))
        np.testing.assert_array_equal(values_of(floors, case), values_of(without, case))
        for floor in (PRIOR, CENTRE):
            one, other = (made.map_for(floor, "Edema", case).threshold for made in (floors, without))
            assert one == other


def test_without_a_tuning_set_no_mask_of_the_same_patient_is_in_a_prior():
    test = truth(range(7))
    floors, _ = fit_floors(test, Masks({}), "paper")
    assert floors.folds.count == 5 and floors.one_map(PRIOR, "Edema") is None
    for case in test.cases:
        patient = case.split("_")[0] + "_"
        changed = {
            other: ({**masks, "Edema": Rle.encode(~masks["Edema"].decode())} if other.startswith(patient) else masks)
            for other, masks in test.cases.items()
        }
        again, _ = fit_floors(Masks(changed, findings=FINDINGS), Masks({}), "paper")
        for floor in (PRIOR, CENTRE):
            one, other = (made.map_for(floor, "Edema", case) for made in (floors, again))
            np.testing.assert_array_equal(one.values, other.values)
            assert one.threshold == other.threshold


def test_each_fold_is_made_of_all_the_others():
    test = truth(range(7))
    floors, _ = fit_floors(test, Masks({}), "paper")
    for case in test.cases:
        fold = floors.folds.place(case)
        others = {other: masks for other, masks in test.cases.items() if floors.folds.place(other) != fold}
        np.testing.assert_array_equal(values_of(floors, case), mean_of(others))
        assert floors.map_for(PRIOR, "Edema", case).masks == len(others)


def test_patients_who_are_in_both_sets_are_left_out_of_their_own_prior():
    both = truth(range(6))
    floors, _ = fit_floors(both, both, "paper")
    alone, _ = fit_floors(both, Masks({}), "paper")
    for case in both.cases:
        np.testing.assert_array_equal(values_of(floors, case), values_of(alone, case))


def test_a_case_without_masks_is_scored_with_its_patients_fold():
    known = truth(range(6), studies=(1,))
    later = {f"patient{k}_study9_view1_frontal": {"Edema": EMPTY, "Pneumothorax": EMPTY} for k in (0, 3, 40)}
    folds = Folds.between(known, Masks(later, findings=FINDINGS))
    for k in (0, 3):
        assert folds.place(f"patient{k}_study9_view1_frontal") == folds.place(f"patient{k}_study1_view1_frontal")
    assert folds.place("patient40_study9_view1_frontal") == folds.count  # of whom there is nothing to leave out


def test_the_datasets_own_patients_count():
    cases = dict(truth(range(4), studies=(1,)).cases)
    same = dict.fromkeys(cases, "one and the same")
    floors, _ = fit_floors(Masks(cases, findings=FINDINGS, patients=same), Masks({}), "paper")
    assert {floors.map_for(PRIOR, "Edema", case) for case in cases} == {None}


def test_a_finding_without_masks_has_no_prior():
    floors, _ = fit_floors(truth(range(3)), truth(range(20, 23), 500), "paper")
    assert floors.one_map(PRIOR, "Pneumothorax") is None
    assert np.isnan(floors.one_map(CENTRE, "Pneumothorax").threshold)


def test_folds_are_the_same_in_every_run_and_about_as_large():
    folds = [Folds.between(truth(range(23)), truth(range(23))) for _ in range(2)]
    assert folds[0] == folds[1]
    sizes = np.bincount(list(folds[0].of_case.values()))
    assert len(sizes) == 5 and sizes.max() - sizes.min() <= 2

"""One case: deterministic, the same anatomy at every size, masks that agree with labels and with each other."""

from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context

import cv2
import numpy as np
import pytest

from data_cache.errors import InputError
from data_cache.findings import FINDINGS, LOCALIZED_FINDINGS
from data_cache.phantom.prevalence import Condition, labels_of
from data_cache.phantom.simulate import PhantomCase, simulate_case

SMALL = 128
FROZEN = [
    [94.3, 120.1, 115.5, 70.3],
    [116.6, 92.6, 93.0, 150.2],
    [55.5, 135.2, 135.5, 63.9],
    [139.3, 224.4, 212.2, 78.3],
]


def only(severities: dict[str, float], patient: int = 7, size: int | tuple[int, int] = SMALL) -> PhantomCase:
    """A case with just these signs."""
    return simulate_case(3, patient, 1, size, condition=Condition(severities, labels_of(severities), False))


@pytest.fixture(scope="module")
def cases() -> list[PhantomCase]:
    return [simulate_case(11, patient, 1, SMALL, "balanced") for patient in range(1, 9)]


def same(one: PhantomCase, other: PhantomCase) -> bool:
    masks = all(np.array_equal(one.masks[name], other.masks[name]) for name in one.masks)
    return np.array_equal(one.pixels, other.pixels) and masks and one.labels == other.labels


def test_a_case_depends_on_its_seed_patient_and_study_alone(cases: list[PhantomCase]) -> None:
    for index in (6, 4, 1):  # another order, other neighbours
        assert same(simulate_case(11, index + 1, 1, SMALL, "balanced"), cases[index])
    assert not same(simulate_case(12, 5, 1, SMALL, "balanced"), cases[4])
    assert not same(simulate_case(11, 5, 2, SMALL, "balanced"), cases[4])


@pytest.mark.thorough
def test_another_process_gives_the_same_case(cases: list[PhantomCase]) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert same(pool.submit(simulate_case, 11, 3, 1, SMALL, "balanced").result(), cases[2])


def test_frozen_look_of_a_seed() -> None:
    """Networks were trained on these pictures: a seed keeps its look (block means; ±2 grey levels for other builds
    of OpenCV)."""
    pixels = simulate_case(11, 2, 1, 256, "balanced").pixels
    blocks = pixels.reshape(4, 64, 4, 64).mean((1, 3))
    assert blocks == pytest.approx(np.array(FROZEN), abs=2)


def test_studies_of_a_patient_share_the_anatomy() -> None:
    one, two = simulate_case(1, 9, 1, SMALL), simulate_case(1, 9, 2, SMALL)
    assert (one.details["sex"], one.details["age"]) == (two.details["sex"], two.details["age"])


def test_every_label_is_zero_or_one_and_every_localised_finding_has_a_mask(cases: list[PhantomCase]) -> None:
    for case in cases:
        assert tuple(case.labels) == FINDINGS
        assert set(case.labels.values()) <= {0, 1}
        assert tuple(case.masks) == LOCALIZED_FINDINGS
        for mask in case.masks.values():
            assert mask.dtype == bool
            assert mask.shape == case.pixels.shape


def test_a_mask_is_empty_exactly_where_the_finding_is_absent(cases: list[PhantomCase]) -> None:
    for case in cases:
        for name, mask in case.masks.items():
            assert mask.any() == bool(case.labels[name]), (case.id, name)


def test_masks_overlap_as_the_findings_do(cases: list[PhantomCase]) -> None:
    for case in cases:
        opacity, shadow = case.masks["Lung Opacity"], case.masks["Enlarged Cardiomediastinum"]
        for child in ("Consolidation", "Edema", "Atelectasis", "Lung Lesion"):
            assert not (case.masks[child] & ~opacity).any(), (case.id, child)
        assert not (case.masks["Cardiomegaly"] & ~shadow).any(), case.id


def test_no_finding_goes_with_nothing_but_devices(cases: list[PhantomCase]) -> None:
    for case in cases:
        others = [case.labels[name] for name in FINDINGS if name not in ("No Finding", "Support Devices")]
        assert case.labels["No Finding"] == int(not any(others))


def test_the_same_anatomy_at_every_resolution() -> None:
    signs = {"Cardiomegaly": 0.6, "Consolidation": 0.7, "Pneumothorax": 0.7, "Pleural Effusion": 0.7, "Edema": 0.5}
    fine, coarse = only(signs, size=512), only(signs, size=256)
    for name in signs:
        small = cv2.resize(fine.masks[name].astype(np.float32), (256, 256), interpolation=cv2.INTER_AREA) > 0.5
        iou = (small & coarse.masks[name]).sum() / (small | coarse.masks[name]).sum()
        assert iou > 0.9, name
    shrunk = cv2.resize(fine.pixels, (256, 256), interpolation=cv2.INTER_AREA).astype(float)
    assert np.corrcoef(shrunk.ravel(), coarse.pixels.ravel())[0, 1] > 0.995


@pytest.mark.parametrize("size", [(256, 200), (200, 256), (300, 200), 128])
def test_sizes(size: int | tuple[int, int]) -> None:
    case = only({"Cardiomegaly": 0.5}, size=size)
    assert case.pixels.shape == (size if isinstance(size, tuple) else (size, size))
    assert case.pixels.dtype == np.uint8
    rows, columns = np.nonzero(case.masks["Cardiomegaly"])
    assert abs(columns.mean() / case.pixels.shape[1] - 0.5) < 0.15  # the chest stays in the middle of the film
    assert 0.4 < rows.mean() / case.pixels.shape[0] < 0.8


@pytest.mark.parametrize("size", [127, 2049, (128, 256)])
def test_impossible_sizes_are_refused(size: int | tuple[int, int]) -> None:
    with pytest.raises(InputError, match="choose another size"):
        simulate_case(0, 1, 1, size)


def test_patients_count_from_one() -> None:
    with pytest.raises(InputError, match="count from 1"):
        simulate_case(0, 0, 1, SMALL)


@cache
def plain(patient: int) -> np.ndarray:
    """A film without any sign, grey levels (h, w)."""
    return only({}, patient).pixels.astype(float)


@pytest.mark.parametrize(
    ("sign", "brighter"),
    [
        ("Consolidation", True),
        ("Edema", True),
        ("Lung Lesion", True),
        ("Pleural Effusion", True),
        ("Pneumothorax", False),
    ],
)
def test_a_sign_changes_the_film_where_its_mask_lies(sign: str, brighter: bool) -> None:
    """Opacities whiten and pleural air blackens the masked region more than the rest of the film."""
    for patient in (2, 5):
        case = only({sign: 0.8}, patient)
        change, mask = case.pixels - plain(patient), case.masks[sign]
        contrast = change[mask].mean() - change[~mask].mean()
        assert contrast > 8 if brighter else contrast < -8, (patient, contrast)


@pytest.mark.parametrize("sign", ["Pneumonia", "Pleural Other", "Fracture"])
def test_signs_without_a_mask_show_too(sign: str) -> None:
    """By more than 12 grey levels over more than 20 pixels of 128²: a callus is fainter than a consolidation."""
    assert (np.abs(only({sign: 0.8}, 4).pixels - plain(4)) > 12).sum() > 20


def test_severity_grows_the_extent() -> None:
    for sign in ("Cardiomegaly", "Pneumothorax", "Pleural Effusion", "Edema"):
        areas = [only({sign: severity}).masks[sign].sum() for severity in (0.15, 0.5, 0.95)]
        assert areas == sorted(areas), sign
        assert areas[0] < areas[-1], sign

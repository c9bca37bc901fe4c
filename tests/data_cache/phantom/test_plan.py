"""Which cases a cohort has."""

import numpy as np
import pytest

from data_cache.errors import InputError
from data_cache.phantom.plan import plan, shares, size_rule, studies_of


def test_no_patient_is_in_two_splits() -> None:
    planned = plan(3, {"train": 400, "val": 80, "test": 120}, "256")
    patients = {split: {p.patient for p in planned if p.split == split} for split in ("train", "val", "test")}
    assert not patients["train"] & patients["val"]
    assert not patients["train"] & patients["test"]
    assert not patients["val"] & patients["test"]
    assert [sum(p.split == split for p in planned) for split in patients] == [400, 80, 120]


def test_a_longer_cohort_begins_with_a_shorter_one() -> None:
    assert plan(3, {"train": 500}, "native")[:100] == plan(3, {"train": 100}, "native")


def test_patients_have_one_to_three_studies() -> None:
    counts = np.bincount([studies_of(0, patient) for patient in range(1, 2001)], minlength=4)
    assert counts[0] == 0
    assert len(counts) == 4
    assert counts[1] > counts[2] > counts[3] > 200


@pytest.mark.parametrize(("n", "expected"), [(24, (17, 2, 5)), (3, (1, 1, 1)), (1, (1, 0, 0)), (99, (69, 10, 20))])
def test_shares(n: int, expected: tuple[int, int, int]) -> None:
    assert tuple(shares(n, "all").values()) == expected


def test_one_split_takes_all() -> None:
    assert shares(9, "test") == {"train": 0, "val": 0, "test": 9}


def test_sizes_are_read() -> None:
    assert size_rule("300")(0, 1, 1) == (300, 300)
    assert size_rule("300x256")(0, 1, 1) == (300, 256)
    drawn = [size_rule("300-302")(0, patient, 1) for patient in range(1, 60)]
    assert set(drawn) == {(300, 300), (301, 301), (302, 302)}
    assert {size_rule("300,300x256")(0, patient, 1) for patient in range(1, 60)} == {(300, 300), (300, 256)}
    native = {size_rule("native")(0, patient, 1) for patient in range(1, 200)}
    assert any(h < w for h, w in native)
    assert any(h > w for h, w in native)
    assert max(max(shape) for shape in native) == 2048


@pytest.mark.parametrize("text", ["big", "64", "4096", "400-300", "128x2048", "1x2x3", "-5", ""])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        size_rule(text)


@pytest.mark.parametrize(("count", "split"), [(0, "all"), (-1, "test"), (5, "dev")])
def test_impossible_shares_are_refused(count: int, split: str) -> None:
    with pytest.raises(InputError):
        shares(count, split)

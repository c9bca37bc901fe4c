"""Choosing the cases that come with the program."""

from pathlib import Path

import pytest

from data_cache.chexlocalize import CheXlocalize
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.phantom.bundle import bundle_cases, choose
from data_cache.phantom.cohort import CohortSettings, write_cohort

TABLES = {"train": "balanced", "val": "realistic", "test": "balanced"}


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cohort") / "out"
    counts = {"train": 0, "val": 0, "test": 6}
    list(write_cohort(folder, CohortSettings(3, counts, "128", TABLES, None, "jpg", train_masks=False)))
    return folder


def test_a_bundle_is_a_small_root_with_the_same_cases(cohort: Path, tmp_path: Path) -> None:
    ids = bundle_cases(cohort, tmp_path / "demo", 3)

    whole = {case.id: case for case in CheXlocalize(cohort).cases("test")}
    bundled = CheXlocalize(tmp_path / "demo")
    assert bundled.is_phantom
    assert not bundled.gaps("test")
    assert tuple(case.id for case in bundled.cases("test")) == ids
    for case in bundled.cases("test"):
        assert (case.labels, case.masks) == (whole[case.id].labels, whole[case.id].masks)
        assert case.image_path is not None
        assert whole[case.id].image_path is not None
        assert case.image_path.read_bytes() == whole[case.id].image_path.read_bytes()


def test_bundling_again_replaces_the_cases(cohort: Path, tmp_path: Path) -> None:
    bundle_cases(cohort, tmp_path, 5)
    ids = bundle_cases(cohort, tmp_path, 2)
    assert len(list((tmp_path / "CheXpert").rglob("*.jpg"))) == len(ids) == 2


def test_rare_findings_come_before_another_of_a_frequent_one() -> None:
    def labels(*present: str) -> dict[str, int]:
        return {finding: int(finding in present) for finding in FINDINGS}

    cases = [labels("Edema"), labels("Edema", "Fracture"), labels("Edema"), labels("Pneumonia")]
    assert choose(cases, 2) == [1, 3]


def test_too_few_cases_and_no_cohort_are_said(cohort: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least 7 cases"):
        bundle_cases(cohort, tmp_path, 7)
    with pytest.raises(InputError, match=r"found no phantom\.json"):
        bundle_cases(tmp_path, tmp_path / "out", 1)

"""Tables of a split against scikit-learn on the same columns, and predictions at several contrasts."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from data_cache.case import Case
from data_cache.findings import FINDINGS
from evaluation.trust.augmentation import change_contrast
from evaluation.trust.predicting import predict_logits
from evaluation.trust.probability_tables import MEAN, Resampling, Split, cohort_checks, write_tables
from evaluation.trust.profile import Profile, Validation, make_profile
from tests.models.classification.fakes import INFO

UNKNOWN = dict.fromkeys(FINDINGS)


def drawn(seed: int, n: int = 90) -> Split:
    """Overconfident logits; the 3rd finding is never there, the 4th never known."""
    random = np.random.default_rng(seed)
    true = random.normal(size=(n, 14))
    labels = (random.random((n, 14)) < expit(true)).astype(float)
    labels[:, 2], labels[:, 3], labels[4, 0] = 0, np.nan, np.nan
    return Split(labels, 3 * true, [f"p{i // 2}" for i in range(n)])


@pytest.fixture(scope="module")
def profile() -> Profile:
    split = drawn(0, 400)
    validation = Validation(data="made up", split="val", images=400, patients=200, computed_by="hand")
    return make_profile(INFO, split.labels, split.logits, validation)


@pytest.fixture(scope="module")
def tables(profile: Profile) -> dict[str, list]:
    shifted = Split(drawn(1).labels, drawn(1).logits / 2, drawn(1).patients, contrast=0.5)
    return cohort_checks([drawn(1), shifted], profile, Resampling(50, 0))


def find(rows: list, **wanted: object) -> dict:
    (row,) = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    return row


def test_calibration_is_that_of_scikit_learn_before_and_after(tables: dict[str, list], profile: Profile) -> None:
    split = drawn(1)
    for column in (0, 5):
        known = ~np.isnan(split.labels[:, column])
        labels, logits = split.labels[known, column], split.logits[known, column]
        for when, temperature in (("before", 1.0), ("after", profile.findings[column].temperature)):
            row = find(tables["calibration"], finding=FINDINGS[column], when=when, contrast=1.0)
            p = expit(logits / temperature)
            assert row["brier"] == pytest.approx(brier_score_loss(labels, p), abs=1e-12)
            assert row["nll"] == pytest.approx(log_loss(labels, p), rel=1e-9)
            assert row["nll_low"] < row["nll"] < row["nll_high"]
            assert (row["n"], row["n_positive"], row["temperature"]) == (known.sum(), labels.sum(), temperature)
            assert row["n_patients"] == 45


def test_calibration_on_other_images_of_the_kind_becomes_better(tables: dict[str, list], profile: Profile) -> None:
    before, after = (find(tables["calibration"], finding=MEAN, when=when, contrast=1.0) for when in ("before", "after"))
    assert after["nll"] < before["nll"] and after["ece"] < before["ece"] and after["brier"] < before["brier"]
    findings = [row for row in tables["calibration"] if row["when"] == "after" and row["contrast"] == 1.0]
    values = [row["ece"] for row in findings if row["finding"] not in (MEAN, FINDINGS[2], FINDINGS[3])]
    assert after["ece"] == pytest.approx(np.mean(values)) and after["reason"].startswith("of 12 findings")
    assert np.nanmedian(profile.temperatures) == pytest.approx(3, rel=0.15)


def test_changed_contrast_has_rows_of_its_own(tables: dict[str, list]) -> None:
    plain, half = (find(tables["calibration"], finding="Edema", when="before", contrast=c) for c in (1.0, 0.5))
    assert plain["nll"] != half["nll"]
    assert {row["when"] for row in tables["selective"]} == {"before", "after"}


def test_a_temperature_changes_neither_auroc_nor_the_order_of_abstention(tables: dict[str, list]) -> None:
    for finding in ("Edema", "Fracture"):
        before, after = (find(tables["risk_coverage"], finding=finding, when=when) for when in ("before", "after"))
        assert before["area"] == pytest.approx(after["area"], abs=1e-12)
    split, column = drawn(1), FINDINGS.index("Edema")
    assert roc_auc_score(split.labels[:, column], expit(split.logits[:, column] / 3)) == roc_auc_score(
        split.labels[:, column], split.logits[:, column]
    )


def test_one_class_and_unknown_findings_say_why(tables: dict[str, list]) -> None:
    never = find(tables["calibration"], finding=FINDINGS[2], when="after", contrast=1.0)
    assert np.isnan(never["ece"]) and never["reason"] == "no positive image"
    unknown = find(tables["calibration"], finding=FINDINGS[3], when="before", contrast=1.0)
    assert np.isnan(unknown["ece"]) and unknown["n"] == 0 and unknown["reason"] == "no image with a known label"
    assert find(tables["sensitivity"], finding=FINDINGS[3])["reason"] == "no image with a known label"
    assert not [row for row in tables["reliability"] if row["finding"] == FINDINGS[3]]


def test_abstention_at_each_threshold_by_counting(tables: dict[str, list]) -> None:
    split, column = drawn(1), 5
    p, labels = expit(split.logits[:, column]), split.labels[:, column]
    row = find(tables["selective"], finding=FINDINGS[column], when="before", threshold=0.9)
    answered = (p >= 0.9) | (p <= 0.1)
    assert row["answered"] == answered.sum() and row["coverage"] == pytest.approx(answered.mean())
    assert row["risk"] == pytest.approx(((p > 0.5) != labels)[answered].mean())
    assert row["coverage_low"] <= row["coverage"] <= row["coverage_high"]
    assert row["risk_low"] <= row["risk"] <= row["risk_high"]
    assert find(tables["selective"], finding=FINDINGS[column], when="after", threshold=0.5)["coverage"] == 1


def test_intervals_resample_whole_patients(profile: Profile) -> None:
    one = drawn(1)
    alone = Split(one.labels, one.logits, ["the only patient"] * 90)
    for row in cohort_checks([alone], profile, Resampling(10, 0))["calibration"]:
        if not np.isnan(row["nll"]):
            assert row["nll_low"] == pytest.approx(row["nll"], rel=1e-6)  # counts and sums are float32 products
            assert row["nll_high"] == pytest.approx(row["nll"], rel=1e-6)


def test_the_files_hold_the_rows(tables: dict[str, list], tmp_path: Path) -> None:
    write_tables(tmp_path, tables)
    read = list(csv.DictReader(io.StringIO((tmp_path / "calibration.csv").read_text())))
    assert len(read) == len(tables["calibration"]) == 2 * (2 * 14 + 2)
    assert float(read[0]["ece"]) == tables["calibration"][0]["ece"]


class Grey:
    """A model whose 14 logits are the deviation of the image's grey values."""

    info, input_size = INFO, 32

    def logits(self, images: np.ndarray) -> np.ndarray:
        return np.repeat(images.std(axis=(1, 2))[:, None], 14, axis=1).astype(np.float32)


def test_logits_at_each_contrast_and_what_cannot_be_read(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).random((32, 32)).astype(np.float32)
    damaged = tmp_path / "damaged.jpg"
    damaged.write_bytes(b"no picture")
    cases = [
        Case(id="a", patient="p", source="test", pixels=pixels, labels=UNKNOWN | {"Edema": 1}),
        Case(id="b", patient="p", source="test", image_path=damaged, labels=UNKNOWN),
    ]
    found = predict_logits(Grey(), cases, (0.5, 1.0))
    assert found.cases == ("a",) and found.logits.shape == (2, 1, 14) and len(found.unreadable) == 1
    assert found.plain[0, 0] == pytest.approx(pixels.std(), abs=1e-6)
    assert found.logits[0, 0, 0] == pytest.approx(change_contrast(pixels, 0.5).std(), abs=1e-6)
    assert found.labels[0, FINDINGS.index("Edema")] == 1 and np.isnan(found.labels[0, 0])
    assert predict_logits(Grey(), []).plain.shape == (0, 14)
    with pytest.raises(ValueError, match="contrast 1"):
        predict_logits(Grey(), [], (0.5,))

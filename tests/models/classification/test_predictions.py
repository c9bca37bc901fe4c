"""Running a model over cases, and keeping what it said."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data_cache.case import Case
from data_cache.findings import FINDINGS
from models.classification.predictions import (
    Predictions,
    fingerprint,
    label_row,
    load_predictions,
    predict_cases,
    save_predictions,
)
from models.predictions import Prediction
from tests.models.classification.fakes import INFO, Brightness


def grey_case(grey: float, **labels: int | None) -> Case:
    known = {name.replace("_", " "): value for name, value in labels.items()}
    return Case(
        id=f"grey{grey}",
        patient=f"patient{grey}",
        source="test",
        pixels=np.full((48, 40), grey, np.float32),
        labels=dict.fromkeys(FINDINGS) | known,
    )


@pytest.fixture
def broken(tmp_path: Path) -> Case:
    (tmp_path / "torn.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    return Case(id="torn", patient="p", source="test", image_path=tmp_path / "torn.jpg")


def predictions(*cases: Case) -> Predictions:
    return predict_cases(Brightness(), cases)


def test_probabilities_are_the_sigmoid_of_the_logits_in_double_precision() -> None:
    found = predictions(grey_case(0.25, Edema=1, Fracture=0), grey_case(0.5))
    assert found.cases == ("grey0.25", "grey0.5")
    assert found.patients == ("patient0.25", "patient0.5")
    expected = 1 / (1 + np.exp(-(np.array([[0.25], [0.5]]) + np.arange(14))))
    np.testing.assert_allclose(found.probabilities, expected, rtol=0, atol=1e-6)  # the resize rounds in float32
    assert found.probabilities.dtype == np.float64


def test_labels_that_are_not_certain_are_nan() -> None:
    row = label_row(grey_case(0.5, Edema=1, Fracture=0, Pneumonia=-1))
    assert row[FINDINGS.index("Edema")] == 1
    assert row[FINDINGS.index("Fracture")] == 0
    assert np.isnan(row).sum() == 12


def test_an_unreadable_image_is_named_and_the_rest_goes_on(broken: Case) -> None:
    found = predictions(grey_case(0.1), broken, grey_case(0.2))
    assert found.cases == ("grey0.1", "grey0.2")
    assert len(found.unreadable) == 1
    assert "torn" in found.unreadable[0]


def test_a_model_without_an_answer_leaves_the_case_out() -> None:
    class Broken(Brightness):
        def predict(self, image: np.ndarray) -> Prediction:
            return Prediction(np.full(14, np.nan, np.float32))

    found = predict_cases(Broken(), [grey_case(0.1)])
    assert found.labels.shape == found.probabilities.shape == (0, 14)
    assert found.unreadable == ("grey0.1: expected finite logits, found NaN or infinity; check the weights.",)


def test_what_is_stored_comes_back(tmp_path: Path, broken: Case) -> None:
    stored = predictions(grey_case(0.3, Edema=1), broken)
    save_predictions(tmp_path / "a" / "p.npz", stored, "made from this")
    found = load_predictions(tmp_path / "a" / "p.npz", "made from this")
    assert found is not None
    for field in dataclasses.fields(Predictions):
        np.testing.assert_array_equal(getattr(found, field.name), getattr(stored, field.name))
    assert (found.cases, found.unreadable) == (stored.cases, stored.unreadable)


def test_what_is_missing_damaged_or_of_something_else_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "p.npz"
    assert load_predictions(path, "x") is None
    save_predictions(path, predictions(grey_case(0.3)), "x")
    assert load_predictions(path, "y") is None
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", b"no archive at all"):
        path.write_bytes(damaged)
        assert load_predictions(path, "x") is None


def test_the_fingerprint_follows_whatever_predictions_depend_on(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    Image.new("L", (40, 40), 90).save(path)
    case = Case(id="x", patient="p", source="test", image_path=path)
    first = fingerprint(INFO, [case])
    assert fingerprint(INFO, [case]) == first
    others = [
        fingerprint(dataclasses.replace(INFO, weights_sha256="1" * 64), [case]),
        fingerprint(dataclasses.replace(INFO, precision="bfloat16"), [case]),
        fingerprint(INFO, [case, grey_case(0.5)]),
        fingerprint(INFO, [dataclasses.replace(case, patient="q")]),
        fingerprint(INFO, [dataclasses.replace(case, labels=dict.fromkeys(FINDINGS, 1))]),
    ]
    Image.new("L", (50, 50), 200).save(path)
    others.append(fingerprint(INFO, [case]))
    path.unlink()
    others.append(fingerprint(INFO, [case]))
    assert len({first, *others}) == 8

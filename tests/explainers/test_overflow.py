"""Finite weights whose logits are no numbers explain nothing."""

from types import SimpleNamespace

import numpy as np
import pytest

from data_cache.errors import InputError
from data_cache.geometry import Geometry
from explainers.model_run import ModelRun

PREDICTED = np.arange(14) < 5


def run_that_says(logits: np.ndarray) -> ModelRun:
    architecture = SimpleNamespace(predicted=PREDICTED)
    model = SimpleNamespace(
        info=SimpleNamespace(id="mine", key="cnn", architecture=architecture),
        predict=lambda image: SimpleNamespace(logits=logits),
    )
    return ModelRun(np.zeros((8, 8), np.float32), Geometry(8, 8, 8), model)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_an_overflow_is_named(value: float) -> None:
    logits = np.zeros(14, np.float32)
    logits[3] = value
    with pytest.raises(InputError, match="NaN or infinity: its weights overflow"):
        _ = run_that_says(logits).logits


def test_findings_that_are_not_predicted_may_be_none() -> None:
    logits = np.where(PREDICTED, np.float32(1), np.float32(np.nan))
    np.testing.assert_array_equal(run_that_says(logits).logits, logits)

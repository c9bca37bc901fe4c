"""Selective prediction against counting by hand and against every order of ties."""

import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.trust.selective import abstains, confidence, risk_coverage, select, slider

PAIRS = st.lists(st.tuples(st.floats(0, 1), st.sampled_from([0.0, 1.0, np.nan])), min_size=1, max_size=25).filter(
    lambda pairs: not all(np.isnan(label) for _, label in pairs)
)

P = np.array([0.95, 0.70, 0.50, 0.20, 0.05, 0.30])
LABELS = np.array([1.0, 0, 0, 0, 1, np.nan])


def test_counts_by_hand() -> None:
    found = select(LABELS, P, [0, 0.6, 0.75, 0.9, 0.96])
    assert found.answered.tolist() == [5, 4, 3, 2, 0]  # confidences .95 .70 .50 .80 .95
    assert found.missed.tolist() == [1, 1, 1, 1, 0]
    assert found.false_alarms.tolist() == [2, 1, 0, 0, 0]  # at 0.5 the answer is "present"
    np.testing.assert_allclose(found.coverage, [1, 0.8, 0.6, 0.4, 0])
    np.testing.assert_allclose(found.risk[:4], [3 / 5, 2 / 4, 1 / 3, 1 / 2])
    assert math.isnan(found.risk[4])


@settings(max_examples=60)
@given(PAIRS)
def test_a_threshold_of_0_covers_all_and_coverage_never_rises(pairs: list[tuple[float, float]]) -> None:
    p, labels = np.array(pairs).T
    found = select(labels, p)
    assert found.coverage[0] == 1
    assert np.all(np.diff(found.coverage) <= 0)
    known = ~np.isnan(labels)
    for tau, answered in zip(found.thresholds, found.answered, strict=True):
        assert answered == np.sum(~abstains(p[known], tau))


def test_abstaining_is_below_the_threshold_and_where_nothing_is_known() -> None:
    assert abstains(np.array([0.9, 0.1, 0.89, np.nan]), 0.9).tolist() == [False, False, True, True]
    np.testing.assert_array_equal(confidence(np.array([0.25, 0.5, 1.0])), [0.75, 0.5, 1.0])


def test_the_slider_is_json_with_an_entry_for_every_hundredth() -> None:
    found = json.loads(json.dumps(slider(LABELS, P), allow_nan=False))
    assert len(found["thresholds"]) == 101
    for tau in (0, 50, 70, 95):
        assert found["thresholds"][tau] == pytest.approx(tau / 100)
        assert found["coverage"][tau] == select(LABELS, P, [tau / 100]).coverage[0]
    assert found["risk"][100] is None and found["answered"][100] == 0


def test_the_area_is_the_mean_over_all_orders_of_equals() -> None:
    p, labels = np.array([0.9, 0.7, 0.3, 0.7, 0.6]), np.array([1.0, 0, 0, 1, 0])
    errors = ((p >= 0.5) != (labels == 1)).astype(float)
    certainty = np.round(np.maximum(p, 1 - p), 9)
    areas = []
    for order in itertools.permutations(range(5)):
        if all(certainty[a] >= certainty[b] for a, b in itertools.pairwise(order)):
            areas.append(np.mean(np.cumsum(errors[list(order)]) / np.arange(1, 6)))
    exact = np.array([0.9, 0.75, 0.25, 0.75, 0.6])  # 1 − 0.3 is not 0.7 in floats, 1 − 0.25 is 0.75
    assert len(areas) == 6
    assert risk_coverage(labels, exact).area == pytest.approx(np.mean(areas), abs=1e-12)


def test_the_curve_has_a_point_for_each_confidence() -> None:
    found = risk_coverage(LABELS, P)
    np.testing.assert_allclose(found.thresholds, [0.95, 0.8, 0.7, 0.5])
    np.testing.assert_allclose(found.coverage, [0.4, 0.6, 0.8, 1])
    np.testing.assert_allclose(found.risk, [1 / 2, 1 / 3, 2 / 4, 3 / 5])
    assert found.by_chance == pytest.approx(0.6)


def test_without_an_image_everything_is_undefined() -> None:
    nothing = np.array([np.nan]), np.array([0.4])
    assert np.isnan(select(*nothing).coverage).all() and np.isnan(select(*nothing).risk).all()
    assert math.isnan(risk_coverage(*nothing).area) and not len(risk_coverage(*nothing).risk)


def test_wrong_arguments_are_refused() -> None:
    for labels, p in (([1.0], [1.2]), ([0.5], [0.5]), ([1.0], [0.5, 0.5])):
        with pytest.raises(ValueError, match="Expected"):
            select(np.array(labels), np.array(p))

"""Each way against enumeration and pencil, on games whose every coalition is known."""

from itertools import permutations, product

import numpy as np
import pytest

from evaluation.one_map.gates import along_gates, most_passes
from evaluation.one_map.occlusion import occlusion
from evaluation.one_map.shapley import shapley
from evaluation.one_map.surrogate import surrogate

PLAYERS = 5
TERMS = {(0,): 1.5, (1,): -0.5, (2,): 0.25, (0, 1): 2.0, (1, 3): -1.0, (0, 2, 4): 3.0}  # nothing of 3 and 4 alone
EVERY = np.array(list(product([False, True], repeat=PLAYERS)))


def worth(coalitions: np.ndarray) -> np.ndarray:
    """Sums of what all members of a term bring when they are together."""
    return 0.7 + sum(value * coalitions[:, list(cells)].all(axis=1) for cells, value in TERMS.items())


def additive(coalitions: np.ndarray) -> np.ndarray:
    return 0.7 + coalitions @ np.arange(-2.0, 3.0)


def by_enumeration() -> np.ndarray:
    """Shapley's definition, over all 120 orders."""
    found = np.zeros(PLAYERS)
    for order in permutations(range(PLAYERS)):
        members = np.zeros((1, PLAYERS), bool)
        for cell in order:
            before = worth(members)
            members[0, cell] = True
            found[cell] += (worth(members) - before)[0]
    return found / 120


class EveryOrder:
    """Stands for a generator: draws each order once."""

    def __init__(self) -> None:
        self._orders = iter(permutations(range(PLAYERS)))

    def permutation(self, _players: int) -> np.ndarray:
        return np.array(next(self._orders))


class EveryCoalition:
    """Stands for a generator: draws each coalition once."""

    def random(self, shape: tuple[int, int]) -> np.ndarray:
        assert shape == EVERY.shape
        return np.where(EVERY, 0.0, 1.0)


def test_by_pencil() -> None:
    together = {0: 1.5 + 2.0 / 2 + 3.0 / 3, 1: -0.5 + 2.0 / 2 - 1.0 / 2, 2: 0.25 + 1.0, 3: -0.5, 4: 1.0}
    np.testing.assert_allclose(by_enumeration(), list(together.values()), atol=1e-12)
    np.testing.assert_allclose(occlusion(worth, PLAYERS).values, [6.5, 0.5, 3.25, -1.0, 3.0], atol=1e-12)


def test_shapley_values_over_every_order_are_those_of_the_definition() -> None:
    found = shapley(worth, PLAYERS, 120, EveryOrder())  # type: ignore[arg-type]
    np.testing.assert_allclose(found.values, by_enumeration(), atol=1e-12)


def test_sampled_shapley_values_lie_within_their_error_and_add_up() -> None:
    exact, off = by_enumeration(), []
    for seed in range(200):
        found = shapley(worth, PLAYERS, 6, np.random.default_rng(seed))
        assert found.values.sum() == pytest.approx(worth(EVERY[-1:])[0] - worth(EVERY[:1])[0], abs=1e-12)
        off.append(((found.values - exact) ** 2).mean() / found.error**2)
    assert 0.8 < np.mean(off) < 1.6  # the squared error is as large as the error says, of few pairs a little larger
    assert np.isnan(shapley(worth, PLAYERS, 1, np.random.default_rng(0)).error)


def test_what_two_do_together_one_pair_of_orders_shares_evenly() -> None:
    two = {cells: value for cells, value in TERMS.items() if len(cells) < 3}

    def up_to_two(coalitions: np.ndarray) -> np.ndarray:
        return sum(value * coalitions[:, list(cells)].all(axis=1) for cells, value in two.items())

    found = shapley(up_to_two, PLAYERS, 2, np.random.default_rng(3))
    np.testing.assert_allclose(found.values, [2.5, 0.0, 0.25, -0.5, 0.0], atol=1e-12)
    assert found.error == pytest.approx(0, abs=1e-12)


def test_the_line_through_every_coalition_has_banzhafs_values() -> None:
    banzhaf = []
    for cell in range(PLAYERS):
        without = EVERY[~EVERY[:, cell]]
        with_it = without.copy()
        with_it[:, cell] = True
        banzhaf.append((worth(with_it) - worth(without)).mean())
    found = surrogate(worth, PLAYERS, len(EVERY), EveryCoalition())  # type: ignore[arg-type]
    np.testing.assert_allclose(found.values, banzhaf, atol=1e-12)
    with pytest.raises(ValueError, match="at least 12 samples for 5 cells, found 11"):
        surrogate(worth, PLAYERS, 11, np.random.default_rng(0))


def test_the_error_of_the_line_is_that_of_repeated_draws() -> None:
    draws = [surrogate(worth, PLAYERS, 60, np.random.default_rng(seed)) for seed in range(300)]
    spread = np.sqrt(np.var([one.values for one in draws], axis=0).mean())
    assert np.sqrt(np.mean([one.error**2 for one in draws])) == pytest.approx(spread, rel=0.3)


def test_gates_of_a_polynomial_are_integrated_exactly() -> None:
    """f = 3 g0² g1 + g2: derivatives 6 g0 g1, 3 g0², 1; on the diagonal 6t², 3t², 1, of integral 2, 1, 1."""
    asked = []

    def slopes(t: float) -> np.ndarray:
        asked.append(t)
        return np.array([6 * t * t, 3 * t * t, 1.0])

    found = along_gates(slopes, 128)
    np.testing.assert_allclose(found.values, [2, 1, 1], atol=1e-12)
    assert len(asked) == 17 and found.error < 1e-12  # no more than one halving
    assert min(asked) == 0 and max(asked) == 1
    np.testing.assert_allclose(along_gates(lambda t: np.array([t**8, t**7]), 8).values, [1 / 9, 1 / 8], atol=1e-12)


def test_a_sharp_bend_takes_more_steps_and_the_error_says_so() -> None:
    """Runge's 1/(1 + (20 t)²), of integral arctan(20)/20."""
    truth, asked = np.arctan(20) / 20, []

    def slopes(t: float) -> np.ndarray:
        asked.append(t)
        return np.array([1 / (1 + (20 * t) ** 2)])

    coarse, fine = along_gates(slopes, 16), along_gates(slopes, 256)
    assert abs(fine.values[0] - truth) < 1e-8 < abs(coarse.values[0] - truth) < coarse.error
    assert 2 * len(asked) < most_passes(16) + most_passes(256) + 1
    assert np.isnan(along_gates(slopes, 8).error)
    for wrong in (0, 12, 24):
        with pytest.raises(ValueError, match=f"times a power of two, found {wrong}"):
            along_gates(slopes, wrong)


def test_of_an_additive_game_all_are_the_terms() -> None:
    rng = np.random.default_rng(1)
    gates = along_gates(lambda _t: np.arange(-2.0, 3.0), 8)
    for found in (occlusion(additive, 5), shapley(additive, 5, 2, rng), surrogate(additive, 5, 17, rng), gates):
        np.testing.assert_allclose(found.values, np.arange(-2.0, 3.0), atol=1e-12)
        assert np.isnan(found.error) or found.error < 1e-12

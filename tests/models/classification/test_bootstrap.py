"""Resamples as counts: what is drawn, with whom, and from which random numbers."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from models.classification.bootstrap import resample_counts

PATIENTS = ["p3", "p1", "p3", "p2", "p1", "p3", "p9"]


def all_counts(groups: object, n: int, seed: int = 0, chunk: int | None = None) -> np.ndarray:
    return np.concatenate(list(resample_counts(groups, n, seed, chunk)))  # type: ignore[arg-type]


def test_counts_are_those_of_the_drawn_indices() -> None:
    drawn = np.random.default_rng(7).integers(0, 50, size=(600, 50))
    expected = np.stack([np.bincount(row, minlength=50) for row in drawn])
    counts = all_counts(range(50), 600, seed=7)
    assert counts.dtype == np.float32
    np.testing.assert_array_equal(counts, expected)


def test_patients_stay_whole_and_as_many_are_drawn_as_there_are() -> None:
    counts = all_counts(PATIENTS, 500)
    for patient in set(PATIENTS):
        own = counts[:, [name == patient for name in PATIENTS]]
        assert (own == own[:, :1]).all()
    one_image_each = counts[:, [PATIENTS.index(name) for name in sorted(set(PATIENTS))]]
    assert (one_image_each.sum(axis=1) == len(set(PATIENTS))).all()


def test_patients_are_drawn_evenly() -> None:
    counts = all_counts(PATIENTS, 40_000)
    # Binomial(4, 1/4): mean 1, variance 3/4; five standard errors of the two estimates.
    np.testing.assert_allclose(counts.mean(axis=0), 1.0, atol=5 * np.sqrt(0.75 / 40_000))
    np.testing.assert_allclose(counts.var(axis=0), 0.75, atol=0.03)


@pytest.mark.parametrize("chunk", [1, 7, 255, 256, 257, 1000])
def test_the_chunk_size_changes_nothing(chunk: int) -> None:
    np.testing.assert_array_equal(all_counts(PATIENTS, 600, 3, chunk), all_counts(PATIENTS, 600, 3))


def test_chunks_are_as_long_as_asked_for() -> None:
    assert [len(counts) for counts in resample_counts(range(5), 10, 0, chunk=4)] == [4, 4, 2]
    assert list(resample_counts(range(5), 0, 0)) == []


@pytest.mark.thorough
def test_chunks_of_many_items_are_small() -> None:
    first = next(resample_counts(range(100_000), 1000, 0))
    assert first.nbytes < 64e6


def test_the_seed_decides_and_other_threads_do_not() -> None:
    alone = all_counts(PATIENTS, 300, seed=11)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda _: all_counts(PATIENTS, 300, seed=11), range(4)))
    for counts in together:
        np.testing.assert_array_equal(counts, alone)
    assert not np.array_equal(all_counts(PATIENTS, 300, seed=12), alone)


def test_names_do_not_matter_where_each_item_is_its_own_group() -> None:
    np.testing.assert_array_equal(all_counts(["z", "a", "m"], 50), all_counts(range(3), 50))


def test_one_item_is_always_drawn() -> None:
    np.testing.assert_array_equal(all_counts(["only"], 5), np.ones((5, 1)))


@pytest.mark.parametrize(
    ("groups", "n", "chunk", "message"),
    [
        ([], 10, None, "at least one"),
        ([[1, 2]], 10, None, "at least one"),
        ([1], -1, None, "n_resamples"),
        ([1], 1, 0, "chunk"),
    ],
)
def test_senseless_arguments_are_refused_at_once(groups: object, n: int, chunk: int | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        resample_counts(groups, n, 0, chunk)  # type: ignore[arg-type]

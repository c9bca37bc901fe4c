"""Exact search, against scikit-learn and against what must hold."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from explainers.nearest.index import Facts, IndexedCase, PatchIndex
from explainers.nearest.search import distances, nearest

PATIENTS = ("p", "q", "p", "r", "s")


def index_of(embeddings, patients=PATIENTS):
    """An index with chosen embeddings (cases, 4, C)."""
    cases = tuple(IndexedCase(id=f"{i}", patient=name, source="file") for i, name in enumerate(patients))
    facts = Facts(
        model="m", model_id="m", weights_sha256="0" * 64, input_size=4, patch_size=2, typical=1.0, kept=1.0, cases=cases
    )
    count = len(cases)
    nothing = np.zeros((count, 4, 14), np.float32)
    labels, pictures = np.zeros((count, 14), np.int8), np.zeros(count, np.uint8)
    ends = np.arange(1, count + 1)
    return PatchIndex(facts, embeddings, nothing, labels, nothing.astype(np.float16), pictures, ends)


@pytest.fixture(scope="module")
def index():
    return index_of(np.random.default_rng(0).normal(size=(5, 4, 9)).astype(np.float16))


@pytest.mark.parametrize("without", [None, "p", "nobody"])
def test_the_nearest_are_scikit_learns(index, without):
    flat = index.embeddings.reshape(20, 9).astype(np.float64)
    kept = np.flatnonzero(np.repeat(index.patients != without, 4))
    for query in np.random.default_rng(1).normal(size=(5, 9)).astype(np.float16):
        oracle = NearestNeighbors(n_neighbors=7, algorithm="brute").fit(flat[kept])
        expected, places = oracle.kneighbors(query[None].astype(np.float64))
        found = nearest(index, query, 7, without)
        assert [4 * one.case + one.patch for one in found] == kept[places[0]].tolist()
        np.testing.assert_allclose([one.distance for one in found], expected[0], rtol=1e-12)


def test_a_patch_of_the_cohort_finds_itself_first_and_its_patient_only_where_it_is_wanted(index):
    whole = index.embeddings[2, 3].astype(np.float32) * (1 + 1e-5)  # what single precision says of the same patch
    assert (nearest(index, whole, 1)[0].case, nearest(index, whole, 1)[0].patch) == (2, 3)
    assert nearest(index, whole, 1)[0].distance == 0
    others = nearest(index, whole, 100, "p")
    assert len(others) == 12 and {one.case for one in others} == {1, 3, 4}
    assert nearest(index_of(index.embeddings[:1], ("p",)), whole, 8, "p") == []


@given(st.permutations(range(5)), st.permutations(range(4)))
def test_the_order_of_cases_and_patches_does_not_matter(index, cases, patches):
    shuffled = index_of(index.embeddings[cases][:, patches], [PATIENTS[case] for case in cases])
    query = index.embeddings[0, 0] + np.float16(0.1)
    found = [(cases[one.case], patches[one.patch]) for one in nearest(shuffled, query, 8)]
    assert found == [(one.case, one.patch) for one in nearest(index, query, 8)]


def test_of_equally_near_patches_the_first_comes_first(index):
    same = replace(index, embeddings=np.zeros((5, 4, 9), np.float16))
    assert [(one.case, one.patch) for one in nearest(same, np.ones(9), 5)] == [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0)]


def test_a_distance_bounds_the_difference_of_every_logit(index):
    """What is near must get nearly the same logits: Cauchy and Schwarz, for any linear layer."""
    weight = np.random.default_rng(2).normal(size=(14, 9))
    query = np.random.default_rng(3).normal(size=9).astype(np.float16)
    difference = np.abs((index.embeddings.astype(np.float64) - query) @ weight.T)
    bound = distances(index, query)[..., None] * np.linalg.norm(weight, axis=1)
    assert (difference <= bound + 1e-12).all()


def test_an_embedding_of_another_length_is_refused(index):
    with pytest.raises(ValueError, match="number of columns"):
        distances(index, np.zeros(8))

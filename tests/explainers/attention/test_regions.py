"""Gates laid back into their boxes: where a planted hot cell lands, and what is asked of which block."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_cache.errors import InputError
from data_cache.geometry import Geometry
from explainers.attention.regions import laid
from explainers.model_run import ModelRun
from explainers.run import explain_all
from models.families.mxa_efficientvit import ENTRY
from models.predictions import Region
from models.predictor import load_predictor
from tests.models.mxa.small import write_small

SIZE = 64


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    model = load_predictor(write_small(tmp_path_factory.mktemp("mxa")), ENTRY.key, "torch-cpu")
    image = np.random.default_rng(2).random((SIZE, SIZE), np.float32)
    return ModelRun(image, Geometry(SIZE, SIZE, SIZE), model)


@given(st.integers(0, 3), st.integers(0, 3))
def test_a_hot_cell_lands_at_its_pixels(row, column):
    """A gate of 4×4 cells over the lower left quarter of 64 pixels: a cell has 8, two by two of the map's cells."""
    gate = np.zeros((4, 4), np.float32)
    gate[row, column] = 1.0
    found = laid(Region("one", (0.0, 32.0, 32.0, 64.0), gate), SIZE)
    assert found.shape == (16, 16)
    hottest = np.argwhere(found == found.max())
    assert {*map(tuple, hottest)} <= {(8 + 2 * row + i, 2 * column + j) for i in (0, 1) for j in (0, 1)}
    assert found[:8].max() == found[:, 8:].max() == 0


def test_an_open_gate_is_its_box():
    """Of 64 pixels those whose middle, four by four, lies in the box."""
    found = laid(Region("one", (8.0, 20.0, 41.0, 60.0), np.ones((3, 5), np.float32)), SIZE)
    expected = np.zeros((16, 16), np.float32)
    expected[5:15, 2:10] = 1  # middles at 22, 26, … 58 and at 10, 14, … 38
    np.testing.assert_array_equal(found, expected)


def test_between_cells_the_gate_is_bilinear():
    found = laid(Region("one", (0.0, 0.0, 64.0, 64.0), np.array([[0.0, 1.0]], np.float32)), SIZE)
    np.testing.assert_allclose(found[3, 4:12], (np.arange(4, 12) * 4 + 2 - 16) / 32, atol=1e-6)
    np.testing.assert_array_equal(found[:, :4], 0)
    np.testing.assert_array_equal(found[:, 12:], 1)


def shown(run, **parameters):
    """The map with such parameters."""
    return explain_all({run.key: run}, ["regions"], {"regions": parameters}, "a case")["regions"]


def test_each_block_and_the_mean_of_all(run):
    regions = run.model.regions(run.image)
    single = [shown(run, block=number) for number in range(1, len(regions) + 1)]
    for one, region in zip(single, regions, strict=True):
        np.testing.assert_array_equal(one.maps[0], laid(region, SIZE))
        np.testing.assert_array_equal(one.maps, np.broadcast_to(one.maps[0], one.maps.shape))
        assert one.note.startswith(region.block.capitalize())
    together = shown(run)
    np.testing.assert_allclose(together.maps[3], np.mean([one.maps[3] for one in single], axis=0), atol=1e-6)


def test_a_block_that_is_not_there_is_one_sentence(run):
    with pytest.raises(InputError, match=r"Expected a block from 1 to 4 of mxa-efficientvit, or 0 .* found 5"):
        shown(run, block=5)

"""Maps on a gaze map's grid: PyTorch's interpolation, and the geometry's."""

import numpy as np
import pytest
import torch

from data_cache.geometry import Geometry
from evaluation.gaze.laying import lay

SIZE = (48, 64)


@pytest.fixture
def values():
    return np.random.default_rng(0).normal(size=(8, 8)).astype(np.float32)


def interpolated(values, shape):
    tensor = torch.from_numpy(values)[None, None]
    return torch.nn.functional.interpolate(tensor, size=shape, mode="bilinear", align_corners=False)[0, 0].numpy()


def test_a_map_is_stretched_over_everything_as_pytorch_does(values):
    for geometry, alignment in ((None, "aligned"), (Geometry(*SIZE, 32), "paper")):
        found = lay(values, SIZE, (24, 32), geometry, alignment)
        np.testing.assert_allclose(found, interpolated(values, (24, 32)), atol=1e-6)
        assert found.dtype == np.float32


def test_a_map_lies_where_the_crop_was(values):
    geometry = Geometry(*SIZE, 32)
    found = lay(values, SIZE, SIZE, geometry, "aligned")
    expected = geometry.map_to_original(values, "aligned")
    np.testing.assert_allclose(found, np.where(np.isnan(expected), values.min(), expected), atol=5e-6)


def test_a_map_of_the_grids_own_size_stays_as_it_is(values):
    np.testing.assert_array_equal(lay(values, SIZE, (8, 8), None, "paper"), values)

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pytorch_grad_cam.utils.image import scale_cam_image

from data_cache.geometry import Geometry
from explainers.explanation import Explanation, enlarge
from explainers.published import cam_picture, patch_export

MAPS = hnp.arrays(np.float32, (3, 4, 5), elements=st.floats(-50, 50, width=32))


@given(MAPS)
def test_picture_equals_the_librarys_steps(maps):
    expected = scale_cam_image(np.maximum(scale_cam_image(np.maximum(maps, 0), (20, 20)), 0))
    np.testing.assert_allclose(cam_picture(maps, 20), expected, atol=1e-6)


def test_picture_of_a_map_without_positive_values_is_blank():
    assert not cam_picture(np.full((1, 4, 4), -3.0, np.float32), 8).any()


def test_export_by_hand():
    maps = np.array([[[-1000, -200], [0, 100]]], np.float32)
    expected = [[0, 0, 0, 0], [0, 0, 0, 0], [0.5, 0.5, 0.75, 0.75], [0.5, 0.5, 0.75, 0.75]]
    np.testing.assert_array_equal(patch_export(maps, 4)[0], expected)


@given(MAPS)
def test_nearest_repeats_and_keeps_every_value(maps):
    large = enlarge(maps, 20, "nearest")
    np.testing.assert_array_equal(large[:, ::5, ::4], maps)
    np.testing.assert_array_equal(large, np.kron(maps, np.ones((5, 4), np.float32)))


@given(MAPS)
def test_bilinear_is_opencvs(maps):
    for large, small in zip(enlarge(maps, 20, "bilinear"), maps, strict=True):
        np.testing.assert_array_equal(large, cv2.resize(small, (20, 20)))


def test_cells_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="divide 10, found 4×5"):
        enlarge(np.zeros((1, 4, 5), np.float32), 10, "nearest")


def explanation(maps, logits):
    return Explanation(
        "raw", "cnn", "case", maps, "model", "0" * 64, {}, logits, Geometry(8, 8, 8), True, True, "nearest", 0.0
    )


def test_explanation_finds_a_map_by_its_finding():
    maps = np.arange(14, dtype=np.float32)[:, None, None] * np.ones((1, 2, 2), np.float32)
    assert (explanation(maps, np.zeros(14, np.float32)).map_of("Edema") == 5).all()


@pytest.mark.parametrize(
    ("maps", "logits"),
    [
        (np.zeros((14, 2, 2)), np.zeros(14, np.float32)),
        (np.zeros((13, 2, 2), np.float32), np.zeros(14, np.float32)),
        (np.zeros((14, 4), np.float32), np.zeros(14, np.float32)),
        (np.zeros((14, 2, 2), np.float32), np.zeros(13, np.float32)),
    ],
)
def test_explanation_of_another_shape_or_type_is_refused(maps, logits):
    with pytest.raises(ValueError, match="Expected"):
        explanation(maps, logits)

"""Fused boxes: the authors' own implementation, and by hand."""

import numpy as np
import pytest
from ensemble_boxes import weighted_boxes_fusion

from evaluation.readers.fusion import fuse


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("iou", [0.1, 0.4])
def test_boxes_are_fused_as_the_authors_do(seed, iou):
    rng = np.random.default_rng(seed)
    readers = [rng.uniform(0, 0.8, (rng.integers(0, 6), 2)) for _ in range(3)]
    boxes = [np.concatenate([corner, corner + rng.uniform(0.05, 0.2, corner.shape)], axis=1) for corner in readers]
    weights = [rng.uniform(0.1, 1, len(one)) for one in boxes]
    theirs, _, _ = weighted_boxes_fusion(
        [one.tolist() for one in boxes],
        [one.tolist() for one in weights],
        [[0] * len(one) for one in boxes],
        iou_thr=iou,
        skip_box_thr=0,
    )
    found, members = fuse(np.concatenate(boxes), np.concatenate(weights), iou)
    assert members.sum() == sum(map(len, boxes))
    np.testing.assert_allclose(sorted(found.tolist()), sorted(np.reshape(theirs, (-1, 4)).tolist()), atol=1e-6)


def test_equals_meet_in_the_middle():
    boxes = np.array([[0.0, 0, 10, 10], [2, 0, 12, 10], [30, 30, 40, 40]])
    found, members = fuse(boxes, np.ones(3), 0.4)
    assert found.tolist() == [[1, 0, 11, 10], [30, 30, 40, 40]]
    assert members.tolist() == [2, 1]


def test_an_overlap_must_exceed_the_threshold():
    """Two squares of which each covers half of the other: one third."""
    boxes = np.array([[0.0, 0, 10, 10], [5, 0, 15, 10]])
    assert len(fuse(boxes, np.ones(2), 1 / 3)[0]) == 2
    assert len(fuse(boxes, np.ones(2), 0.33)[0]) == 1


def test_nothing_is_fused_to_nothing():
    found, members = fuse(np.zeros((0, 4)), np.zeros(0))
    assert found.shape == (0, 4) and members.shape == (0,)

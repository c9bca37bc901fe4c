"""Average precision against pycocotools' evaluation, and by pencil."""

import contextlib
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from evaluation.boxes.components import Found
from evaluation.boxes.matching import LEVELS
from evaluation.boxes.precision import average_precision, judge, nothing_found, precisions
from tests.evaluation.boxes.test_matching import some_boxes


def of_coco(found: list[Found], truths: list[np.ndarray]) -> np.ndarray:
    """Average precision by level as pycocotools gives it, one category."""
    marked = [(k, box) for k, boxes in enumerate(truths) for box in boxes]
    images, categories = [{"id": k + 1} for k in range(len(truths))], [{"id": 1}]
    annotations = [
        {"id": n + 1, "image_id": k + 1, "category_id": 1, "bbox": _xywh(box), "area": 1.0, "iscrowd": 0}
        for n, (k, box) in enumerate(marked)
    ]
    detected = [
        {"image_id": k + 1, "category_id": 1, "bbox": _xywh(box), "score": float(rank)}
        for k, one in enumerate(found)
        for box, rank in zip(one.boxes, one.ranks, strict=True)
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = {"images": images, "categories": categories, "annotations": annotations}
        truth.createIndex()
        run = COCOeval(truth, truth.loadRes(detected), "bbox")
        run.params.iouThrs = np.array(LEVELS)
        run.params.areaRng, run.params.areaRngLbl = [[0, 1e10]], ["all"]
        run.evaluate()
        run.accumulate()
    return run.eval["precision"][:, :, 0, 0, -1].mean(axis=1)


def _xywh(box: np.ndarray) -> list[float]:
    return [*box[:2].tolist(), *(box[2:] - box[:2]).tolist()]


@settings(max_examples=30)
@given(st.integers(0, 9999), st.integers(1, 6))
def test_equals_pycocotools(seed, cases):
    rng = np.random.default_rng(seed)
    truths = [some_boxes(seed + k, rng.integers(1, 4)) for k in range(cases)]
    found = []
    for k, truth in enumerate(truths):
        near = truth[rng.integers(0, len(truth), 2)] + rng.integers(-4, 5, (2, 4))
        near[:, 2:] = np.maximum(near[:, 2:], near[:, :2] + 1)
        boxes = np.concatenate([near, some_boxes(seed + 77 + k, rng.integers(0, 3))])
        found.append(Found(boxes, np.sort(rng.random(len(boxes)))[::-1]))
    ours = precisions([judge([one] * 3, truth) for one, truth in zip(found, truths, strict=True)])
    values = [one.value for one in ours if one.measure == "iou" and one.threshold == 0.5]
    np.testing.assert_allclose(values, of_coco(found, truths), atol=1e-12)


def test_pencil():
    """Right, wrong, right of 2: precision 1 up to recall ½, 2/3 beyond: (51 + 50 · 2/3) / 101."""
    found = average_precision(np.array([0.9, 0.8, 0.7]), np.array([True, False, True]), 2)
    assert found == pytest.approx((51 + 50 * 2 / 3) / 101, abs=1e-12)
    assert average_precision(np.empty(0), np.empty(0, bool), 3) == 0
    assert np.isnan(average_precision(np.empty(0), np.empty(0, bool), 0))


def test_a_map_that_marks_nothing_counts_its_true_boxes():
    truth = np.array([[0.0, 0, 10, 10]])
    perfect = judge([Found(truth, np.ones(1))] * 3, truth)
    both = precisions([perfect, nothing_found(truth)])
    assert {one.truths for one in both} == {2} and {one.found for one in both} == {1}
    assert both[0].value == pytest.approx(51 / 101, abs=1e-12)

"""Shortcuts: a network trained on phantoms with a planted marker is flagged, one trained on clean phantoms is not."""

import numpy as np
import pytest
import torch
from torch import nn

from data_cache.phantom.film import Shortcut, draw_shortcut
from evaluation.trust.shortcut import (
    NO_EVIDENCE,
    ShortcutSettings,
    boxes,
    evidence_share,
    fill_of,
    flagged,
    interior,
    map_changes,
    margin_changes,
    region_of,
)
from tests.evaluation.trust.toys import FINDING, SIDE, Looks, phantom

PATIENTS = 32
MARKER = Shortcut("Cardiomegaly", "marker", 1.0)


class Trained:
    """A small convolutional network."""

    input_size = SIDE

    def __init__(self, images: np.ndarray, labels: np.ndarray) -> None:
        torch.manual_seed(0)
        self.network = nn.Sequential(
            nn.Conv2d(1, 8, 3, 2, 1), nn.ReLU(), nn.MaxPool2d(4),
            nn.Conv2d(8, 16, 3, 1, 1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(16 * 64, 1),
        )  # fmt: skip
        optimizer = torch.optim.AdamW(self.network.parameters(), 6e-3, weight_decay=1e-2)
        batch, target = torch.from_numpy(images)[:, None], torch.from_numpy(labels)
        for _ in range(60):
            optimizer.zero_grad()
            loss = nn.functional.binary_cross_entropy_with_logits(self.network(batch)[:, 0], target)
            loss.backward()
            optimizer.step()
        self.loss = float(loss.detach())

    def logits(self, images: np.ndarray) -> np.ndarray:
        found = np.zeros((len(images), 14), np.float32)
        with torch.inference_mode():
            found[:, FINDING] = self.network(torch.from_numpy(np.ascontiguousarray(images))[:, None])[:, 0].numpy()
        return found


@pytest.fixture(scope="module")
def cohort():
    """Clean phantoms, the same with a marker where the heart is large, and the labels."""
    cases = [phantom(patient) for patient in range(1, PATIENTS + 1)]
    clean = np.stack([case.pixels for case in cases]).astype(np.float32) / 255
    labels = np.array([case.labels["Cardiomegaly"] for case in cases], np.float32)
    rng = np.random.default_rng(0)
    pairs = zip(clean, labels, strict=True)
    planted = np.stack([draw_shortcut(one, MARKER, rng) if label else one for one, label in pairs])
    return clean, planted, labels


@pytest.mark.thorough
@pytest.mark.parametrize("planted", [False, True])
def test_the_network_that_reads_the_marker_is_flagged_and_the_clean_one_is_not(cohort, planted) -> None:
    clean, marked, labels = cohort
    images = marked if planted else clean
    model = Trained(images, labels)
    assert model.loss < 0.25  # it has learned something
    sick = images[labels == 1][:12]
    corners = [margin_changes(model, image, FINDING)[0] for image in sick]
    excesses = np.array([change.excess for change in corners])
    assert flagged(excesses) == planted
    shares = np.mean([change.flagged for change in corners])
    assert shares > 0.7 if planted else shares < 0.2
    if planted:  # the marker is in the lower left corner
        assert np.mean([change.parts.argmax() == 2 for change in corners]) > 0.8


def test_a_model_of_the_corner_by_pencil() -> None:
    mask = np.zeros((64, 64), bool)
    mask[58:62, 2:6] = True
    image = np.full((64, 64), 0.2, np.float32)
    image[mask] = 1.0
    corners, border = margin_changes(Looks(mask, 10.0, -2.0), image, FINDING)

    def p(brightness: float) -> float:
        return 1 / (1 + np.exp(2.0 - 10 * brightness))

    assert corners.probability == pytest.approx(p(1.0), abs=1e-6)
    assert corners.change == pytest.approx(p(1.0) - p(0.2), abs=1e-6)
    assert corners.logit_change == pytest.approx(8, abs=1e-5)
    assert corners.control_changes == pytest.approx(np.zeros(8), abs=1e-6)
    assert corners.parts == pytest.approx([0, 0, corners.change, 0], abs=1e-6)
    assert corners.flagged
    assert corners.area == pytest.approx(4 / 64)
    assert border.area == pytest.approx(1 - (56 / 64) ** 2)
    assert border.parts.argmax() in (1, 2)
    assert not margin_changes(Looks(np.pad(np.ones((16, 16), bool), 24)), image, FINDING)[0].flagged


@pytest.mark.parametrize("side", [64, 96, 128, 100, 512])
def test_controls_have_the_same_area_inside(side) -> None:
    settings, rng = ShortcutSettings(), np.random.default_rng(0)
    for margin in ("corners", "border"):
        four = boxes(margin, side, settings)
        region = region_of(four, side)
        edge = max(1, round(settings.border * side))
        for _ in range(20):
            control = region_of(interior(four, side, settings, rng), side)
            assert not control[:edge].any() and not control[:, :edge].any()
            assert not control[-edge:].any() and not control[:, -edge:].any()
            odd = 4 * 2 * edge if side % 2 or (side // 2) % 2 else 0  # a side of odd length loses a row
            assert 0 <= region.sum() - control.sum() <= odd


def test_filling_takes_small_things_away() -> None:
    image = np.full((64, 64), 0.3, np.float32)
    image[2:5, 2:5] = 1
    filled = fill_of(image, boxes("corners", 64, ShortcutSettings()))
    np.testing.assert_allclose(filled, 0.3)
    assert image[3, 3] == 1  # the argument is left alone


def test_evidence_by_pencil() -> None:
    values = np.array([[2.0, -5.0], [1.0, 1.0]], np.float32)
    region = np.array([[True, True], [False, False]])
    assert evidence_share(values, region) == pytest.approx(0.5)
    assert np.isnan(evidence_share(-np.abs(values), region)), NO_EVIDENCE
    image = np.random.default_rng(0).random((64, 64)).astype(np.float32)
    changes = margin_changes(Looks(np.eye(64) > 0), image, FINDING)
    for one, change in zip(map_changes(image, changes, lambda change: change.image), changes, strict=True):
        assert one.ratio == pytest.approx(one.share / change.area)
        assert one.kept == pytest.approx(1, abs=1e-9)  # outside the margin the image itself did not change


def test_verdict_of_a_cohort() -> None:
    assert not flagged(np.array([]))
    assert not flagged(np.array([np.nan, 0.05]))
    assert flagged(np.array([np.nan, 0.15, 0.1]))

"""Order and shares of batches: functions of the seed and the step alone."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from models.training.batches import StagePlan, StepBatches
from models.training.config import AugmentationConfig, SecondViewConfig, Stage
from models.training.images import ImageCache
from models.training.masks import EMPTY, UNKNOWN, MaskCache

RNG = np.random.default_rng(0)
N = 22
IMAGES = RNG.integers(0, 256, (N + 3, 16, 16), dtype=np.uint8)
ROWS = np.delete(np.arange(N + 3), [1, 5, 9])  # three images could not be read
LABELS = RNG.integers(0, 2, (N, 14)).astype(np.float32)
LABELS[4, 2:5] = np.nan
PLAN = StagePlan((Stage(share=0.5, input_size=8, patch_size=4),), Stage(share=1, input_size=16, patch_size=8), 12)
PLAIN = AugmentationConfig(crop_scale=(1, 1), rotation_degrees=0, brightness=0)


Make = Callable[..., StepBatches]


@pytest.fixture
def batches(tmp_path: Path) -> Make:
    IMAGES.tofile(tmp_path / "images")
    cache = ImageCache(tmp_path / "images", N + 3, 16, ROWS, ())

    def make(
        rank: int = 0,
        processes: int = 1,
        seed: int = 1,
        augmentation: AugmentationConfig | None = None,
        more: dict[str, Any] | None = None,
    ) -> StepBatches:
        share = {"rank": rank, "processes": processes, **(more or {})}
        return StepBatches(cache, LABELS, augmentation or AugmentationConfig(), PLAN, seed=seed, batch_size=4, **share)

    return make


def test_an_epoch_holds_every_row_at_most_once_and_epochs_differ(batches: Make) -> None:
    made = batches()
    assert len(made) == 12
    assert made.steps_per_epoch == 5
    epochs = [np.concatenate([made.rows(5 * epoch + i) for i in range(5)]) for epoch in range(2)]
    for order in epochs:
        assert len(set(order)) == 20
    assert list(epochs[0]) != list(epochs[1])
    assert list(batches(seed=2).rows(0)) != list(made.rows(0))


def test_a_step_is_the_same_whenever_it_is_asked_for(batches: Make) -> None:
    first, later = batches(), batches()
    for step in (7, 3, 7):
        torch.testing.assert_close(first[step].images, later[step].images, rtol=0, atol=0)


def test_every_step_draws_its_variation_anew(batches: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made, drawn = batches(), []
    monkeypatch.setattr(StepBatches, "rows", lambda self, step: np.arange(4))
    for step in (6, 7, 11):
        drawn.append(made[step].images)
    assert not torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[1], drawn[2])


def test_processes_share_the_global_batch(batches: Make) -> None:
    for step in (2, 8):
        whole = batches()[step]
        halves = [batches(rank, 2)[step] for rank in range(2)]
        torch.testing.assert_close(torch.cat([h.images for h in halves]), whole.images, rtol=0, atol=0)
        torch.testing.assert_close(torch.cat([h.labels for h in halves]), whole.labels, equal_nan=True)
        assert {h.known for h in halves} == {whole.known}


def test_known_labels_are_counted_over_the_global_batch(batches: Make) -> None:
    made = batches()
    counts = [made[step].known for step in range(5)]
    assert sorted(counts)[-1] == 4 * 14
    step = next(s for s in range(5) if 4 in made.rows(s))
    assert counts[step] == 4 * 14 - 3


def test_images_and_labels_belong_together_past_skipped_images(batches: Make) -> None:
    made = batches(augmentation=PLAIN)
    rows, batch = made.rows(9), made[9]  # step 9 is past the half-size stage
    np.testing.assert_allclose(batch.images[:, 0].numpy() * 255, IMAGES[ROWS[rows]], atol=1e-4)
    np.testing.assert_array_equal(batch.labels.numpy(), LABELS[rows])


def test_stages(batches: Make) -> None:
    assert [PLAN.at(step).input_size for step in (0, 5, 6, 11)] == [8, 8, 16, 16]
    assert batches()[0].images.shape == (4, 1, 8, 8)
    assert batches()[6].images.shape == (4, 1, 16, 16)


def test_batches_travel_to_loader_processes_without_their_images(batches: Make) -> None:
    packed = pickle.dumps(batches())
    assert len(packed) < 10_000
    torch.testing.assert_close(pickle.loads(packed)[3].images, batches()[3].images, rtol=0, atol=0)  # noqa: S301


@pytest.fixture
def masks(tmp_path: Path) -> MaskCache:
    """Of every second row finding 5 is drawn, of every third finding 8 known to be absent; the rest is unknown."""
    index = np.full((N, 14), UNKNOWN, np.int32)
    index[::2, 5], index[::3, 8] = np.arange(len(index[::2])), EMPTY
    drawn = RNG.random((len(index[::2]), 16, 16)) < 0.5
    np.packbits(drawn, axis=2).tofile(tmp_path / "bits")
    return MaskCache(tmp_path / "bits", len(drawn), 16, index, np.full(14, np.nan))


def test_masks_follow_their_images(batches: Make, masks: MaskCache) -> None:
    made = batches(augmentation=PLAIN, more={"masks": masks})
    step = next(step for step in range(6, 12) if len({row % 2 for row in made.rows(step)}) == 2)
    rows, batch = made.rows(step), made[step]
    assert batch.masks is not None
    np.testing.assert_array_equal(batch.masks.known.numpy(), masks.index[rows] != UNKNOWN)
    drawn = [(place, row) for place, row in enumerate(rows) if row % 2 == 0]
    assert batch.masks.places.tolist() == [[place, 5] for place, _ in drawn]
    for found, (_, row) in zip(batch.masks.filled, drawn, strict=True):
        np.testing.assert_array_equal(found.numpy(), masks.masks(row)[1][0])
    assert batch.masks.known_in_all == sum(int(row % 2 == 0) + int(row % 3 == 0) for row in rows)
    assert batch.masks.filled_in_all == sum(int(row % 2 == 0) for row in rows)


def test_processes_share_masks_and_second_views(batches: Make, masks: MaskCache) -> None:
    more = {"masks": masks, "second_view": SecondViewConfig()}
    whole, halves = batches(more=more)[8], [batches(rank, 2, more=more)[8] for rank in range(2)]
    assert whole.masks is not None
    assert whole.views is not None
    assert torch.equal(torch.cat([h.masks.filled for h in halves if h.masks]), whole.masks.filled)
    assert {(h.masks.known_in_all, h.masks.filled_in_all) for h in halves if h.masks} == {
        (whole.masks.known_in_all, whole.masks.filled_in_all)
    }
    assert torch.equal(torch.cat([h.views.numbers for h in halves if h.views]), whole.views.numbers)
    other = batches(more=more)[9].views
    assert other is not None
    assert not torch.equal(other.numbers, whole.views.numbers)
    torch.testing.assert_close(batches()[8].images, whole.images, rtol=0, atol=0)  # neither changes what is drawn

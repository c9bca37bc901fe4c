"""Dice of a split, by pencil."""

from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from torch import nn

from data_cache.findings import FINDINGS
from models.training.data import Split
from models.training.images import ImageCache
from models.training.labels import LabelTable
from models.training.masks import EMPTY, UNKNOWN, MaskCache
from models.training.validation import mean_dice, predict_split, validate


class Bright(nn.Module):
    """Sees every finding in the upper half's bright pixels, at half the resolution."""

    gives_pixels = True

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        pixels = (images[:, :, ::2, ::2] - 0.5).repeat(1, 14, 1, 1)
        return pixels.amax(dim=(2, 3)), pixels


@pytest.fixture
def split(tmp_path: Path) -> Split:
    """Three images of 8×8; the first's upper half is bright."""
    images = np.zeros((3, 8, 8), np.uint8)
    images[0, :4] = 255
    images.tofile(tmp_path / "images")
    drawn = np.zeros((2, 8, 8), bool)
    drawn[0, 2:6], drawn[1] = True, True
    np.packbits(drawn, axis=2).tofile(tmp_path / "bits")
    index = np.full((3, 14), UNKNOWN, np.int32)
    index[0, 3], index[1, 3], index[1, 5], index[2, 5] = 0, 1, EMPTY, EMPTY
    masks = MaskCache(tmp_path / "bits", 2, 8, index, np.full(14, np.nan))
    labels = np.eye(3, 14, dtype=np.float32)
    table = LabelTable("x.csv", ("a", "b", "c"), ("a", "b", "c"), labels)
    return Split(table, ImageCache(tmp_path / "images", 3, 8, np.arange(3), ()), None, masks)


def test_dice_of_each_mask_that_is_not_empty(split: Split) -> None:
    """Rows 2 to 5 of 8 drawn, rows 0 to 3 found (bilinear at twice the size ends where it should): 2·16 / (32 + 32).

    A mask of everything where nothing is found has Dice 0, and empty and unknown masks have none.
    """
    network = Bright().train()
    found = predict_split(network, split, Accelerator(cpu=True))
    assert found.dice is not None
    expected = np.full((3, 14), np.nan)
    expected[0, 3], expected[1, 3] = 0.5, 0
    np.testing.assert_allclose(found.dice, expected, rtol=0, atol=1e-7)
    np.testing.assert_allclose(found.logits[:, 0], [0.5, -0.5, -0.5])
    assert network.training
    means = mean_dice(found.dice)
    assert means[3] == 0.25
    assert np.isnan(np.delete(means, 3)).all()


def test_an_entry_says_what_is_undefined(split: Split) -> None:
    entry = validate(Bright(), split, 7, Accelerator(cpu=True))
    assert (entry["step"], entry["mean_dice"]) == (7, 0.25)
    assert entry["dice"]["Edema"] is None
    assert entry["auroc"]["No Finding"] == 1
    assert entry["auroc"][FINDINGS[3]] is None
    plain = Split(split.table, split.cache, None)
    assert "dice" not in validate(Bright(), plain, 7, Accelerator(cpu=True))

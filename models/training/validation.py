"""What a network says of a whole split, shared between processes, and how good that is."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from accelerate import Accelerator
from torch import nn
from torch.nn import functional

from data_cache.findings import FINDINGS
from models.training.data import Split
from models.training.objective import aurocs, calibration_errors, logits_of, masked_loss
from models.training_outputs import PixelClassifier

_BATCH = 32


class Predicted(NamedTuple):
    """What a network says of a split.

    Attributes:
        logits: float32 (n, 14).
        dice: float32 (n, 14) of each image and finding at probability 1/2, 2 |P ∩ T| / (|P| + |T|); NaN where no mask
            is known, or an empty one; None without masks, or where the network gives no logits of pixels.
    """

    logits: np.ndarray
    dice: np.ndarray | None


def validate(network: nn.Module, split: Split, step: int, accelerator: Accelerator) -> dict[str, Any]:
    """Return the entry of a run's history after a step: loss, AUROC and calibration, and Dice where there are masks.

    What is undefined is None for a finding; of the means, the AUROC's is −inf then, so that any other is better.
    """
    logits, dice = predict_split(network, split, accelerator)
    values = aurocs(split.labels, logits)
    known = int(np.count_nonzero(~np.isnan(split.labels)))
    entry = {
        "step": step,
        "loss": float(masked_loss(torch.from_numpy(logits), torch.from_numpy(split.labels), known)),
        "mean_auroc": _mean(values, float("-inf")),
        "ece": _mean(calibration_errors(split.labels, logits), 1.0),
        "auroc": _by_finding(values),
    }
    if dice is not None:
        means = mean_dice(dice)
        entry |= {"mean_dice": _mean(means, 0.0), "dice": _by_finding(means)}
    return entry


@torch.inference_mode()
def predict_split(network: nn.Module, split: Split, accelerator: Accelerator) -> Predicted:
    """Classify a split's images, in its order, on every process.

    Each process takes every P-th batch; the network is in evaluation mode meanwhile and in its former mode after.
    """
    shape = len(split.table), len(FINDINGS)
    logits, dice = (torch.zeros(shape, device=accelerator.device) for _ in range(2))
    masks = split.masks if isinstance(network, PixelClassifier) else None
    was_training = network.training
    network.eval()
    try:
        for rows, images in _batches(split, accelerator):
            with accelerator.autocast():
                outputs = network(images)
            logits[rows] = logits_of(outputs).float()
            if masks is not None:
                pixels = _at_size(outputs[1].float(), masks.size)
                for place, row in enumerate(range(rows.start, rows.stop)):
                    dice[row] = _dice(pixels[place] >= 0, *masks.masks(row))
    finally:
        network.train(was_training)
    found = [accelerator.reduce(values, "sum").cpu().numpy() for values in (logits, dice)]
    return Predicted(found[0], found[1] if masks is not None else None)


def mean_dice(dice: np.ndarray) -> np.ndarray:
    """Return the mean over images by finding, (14,), of Dice (n, 14); NaN for a finding without a mask."""
    counts = (~np.isnan(dice)).sum(axis=0)
    means = np.full(dice.shape[1], np.nan)
    np.divide(np.nansum(dice, axis=0), counts, out=means, where=counts > 0)
    return means


def _dice(inside: torch.Tensor, findings: np.ndarray, masks: np.ndarray) -> torch.Tensor:
    """Dice (14,) of one image's pixels, bool (14, s, s), with its masks that are not empty."""
    found = torch.full((len(inside),), torch.nan, device=inside.device)
    chosen = torch.from_numpy(findings).to(inside.device)
    target = torch.from_numpy(masks).to(inside.device).bool()
    own = inside[chosen]
    sizes = own.sum(dim=(1, 2)) + target.sum(dim=(1, 2))
    overlap = 2 * (own & target).sum(dim=(1, 2))
    found[chosen] = torch.where(target.any(dim=2).any(dim=1), overlap / sizes.clamp_min(1), torch.nan)
    return found


def _at_size(pixels: torch.Tensor, side: int) -> torch.Tensor:
    if pixels.shape[-2:] == (side, side):
        return pixels
    return functional.interpolate(pixels, (side, side), mode="bilinear", align_corners=False)


def _batches(split: Split, accelerator: Accelerator) -> Iterator[tuple[slice, torch.Tensor]]:
    """This process's batches: their rows, and images float32 (n, 1, s, s) in [0, 1] on its device."""
    total = len(split.table)
    for number, start in enumerate(range(0, total, _BATCH)):
        if number % accelerator.num_processes == accelerator.process_index:
            rows = slice(start, min(start + _BATCH, total))
            pixels = torch.from_numpy(split.cache.images[split.cache.rows[rows]])
            yield rows, pixels.to(accelerator.device)[:, None].float() / 255


def _by_finding(values: np.ndarray) -> dict[str, float | None]:
    return {f: (None if np.isnan(v) else float(v)) for f, v in zip(FINDINGS, values, strict=True)}


def _mean(values: np.ndarray, otherwise: float) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else otherwise

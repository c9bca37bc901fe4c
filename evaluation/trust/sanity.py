"""Does the map depend on what the model has learned?

Source: Adebayo et al., "Sanity checks for saliency maps", NeurIPS 2018. The network's weights are made random layer by
layer from the output down (cascading), or the network is trained on shuffled labels; a map that looks the same
afterwards explains the image and not the model, as an edge detector does. Similarity is Spearman's rank correlation of
the signed maps at their own resolution, and SSIM (Wang et al., 2004; scikit-image) of the maps scaled to [0, 1] by
minimum and maximum and brought to 64×64, so that maps of different resolutions are treated alike.

Departures: random weights are normal with the mean and standard deviation of the trained tensor, and the batch norms of
random layers take their statistics from images given; with weights and statistics that do not belong together the
network's activations would vanish or overflow, and maps would change for that reason alone.
"""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from scipy.stats import rankdata
from skimage.metrics import structural_similarity
from torch import nn

from evaluation.trust.base import NAN, FloatArray, Values
from evaluation.trust.ranking import flaw
from models.backends.torch_backend import TorchBackend
from models.checkpoints import Checkpoint
from models.cnn import BaselineCnn
from models.predictions import ModelInfo
from models.predictor import CnnPredictor, PatchPredictor

SIDE = 64  # at which SSIM compares
MOST_RANK = 0.5  # |rank correlation| with the map of the random network, from which on a map fails
MOST_SSIM = 0.7  # SSIM with it, from which on a map fails


@dataclass(frozen=True, eq=False)
class Sanity:
    """How similar a map stays while the network loses what it has learned.

    Attributes:
        stages: what had become random, cumulatively, from the output down; or how the other network was trained.
        maps: float32 (stages, h, w), the map of each.
        rank: float64 (stages,), Spearman's rank correlation with the map of the trained network, −1 … 1; NaN where a
            map is constant or not finite.
        ssim: float64 (stages,), −1 … 1; NaN likewise.
        passed: whether, in the last stage, |rank| < 0.5 and SSIM < 0.7; a network without knowledge that gives a
            constant map passes, for that map does not show what the trained one's shows.
        reason: why the trained network's own map cannot be compared; then everything is NaN and `passed` False.
    """

    stages: tuple[str, ...]
    maps: FloatArray
    rank: Values
    ssim: Values
    passed: bool
    reason: str = ""


def sanity(values: FloatArray, others: FloatArray, stages: Sequence[str]) -> Sanity:
    """Compare a map with those of networks that know less and less.

    Args:
        values: (h, w) float32, the trained network's map at its own resolution, signed.
        others: (n, h, w) float32, n at least 1, the other networks' maps of the same image.
        stages: their names.

    Raises:
        ValueError: the shapes do not fit.
    """
    if others.shape != (len(stages), *values.shape) or not len(stages):
        raise ValueError(f"Expected {len(stages)} maps of shape {values.shape}, found {others.shape}.")
    reason = flaw(values)
    if reason:
        nothing = np.full(len(stages), NAN)
        return Sanity(tuple(stages), others, nothing, nothing, False, reason)
    rank = np.array([rank_correlation(values, other) for other in others])
    ssim = np.array([structure(values, other) for other in others])
    passed = not (abs(rank[-1]) >= MOST_RANK or ssim[-1] >= MOST_SSIM)
    return Sanity(tuple(stages), others, rank, ssim, passed)


def rank_correlation(values: FloatArray, other: FloatArray) -> float:
    """Spearman's rank correlation, equal values sharing their mean rank; NaN for a constant or non-finite map."""
    if flaw(values) or flaw(other):
        return NAN
    return float(np.corrcoef(rankdata(values), rankdata(other))[0, 1])


def structure(values: FloatArray, other: FloatArray) -> float:
    """SSIM of two maps scaled to [0, 1] at 64×64; NaN for a constant or non-finite map."""
    if flaw(values) or flaw(other):
        return NAN
    return float(structural_similarity(_scaled(values), _scaled(other), data_range=1.0))


def _scaled(values: FloatArray) -> FloatArray:
    how = cv2.INTER_AREA if min(values.shape) > SIDE else cv2.INTER_LINEAR
    small = cv2.resize(np.ascontiguousarray(values), (SIDE, SIDE), interpolation=how)
    return (small - small.min()) / max(float(small.max() - small.min()), 1e-12)


def cascade(
    checkpoint: Checkpoint, info: ModelInfo, images: FloatArray, seed: int = 0
) -> Iterator[tuple[str, PatchPredictor | CnnPredictor]]:
    """The model with more and more random layers, from the classifier down to the first convolution.

    Args:
        checkpoint: the trained weights; not changed.
        info: of the trained model.
        images: (n, s, s) float32, a few inputs, from which random layers' batch norms take their statistics.
        seed: of the weights.

    Returns:
        An iterator over (the layer that became random last, a predictor of its own, on PyTorch on the CPU).
    """
    module = copy.deepcopy(checkpoint.build())
    batch = torch.from_numpy(np.ascontiguousarray(images, np.float32))[:, None]
    generator = torch.Generator().manual_seed(seed)
    norms: list[nn.BatchNorm2d] = []
    for name, part in layers(module.get_submodule("backbone")):
        _randomise(part, generator)
        norms += [layer for layer in part.modules() if isinstance(layer, nn.BatchNorm2d)]
        _settle(module, norms, batch)
        yield name, _predictor(copy.deepcopy(module), info, name)


def layers(backbone: nn.Module) -> list[tuple[str, nn.Module]]:
    """The parts of a backbone that have weights, the last first: its children, stages of blocks one by one.

    A batch norm belongs to the layer before it.
    """
    parts: list[tuple[str, nn.Module]] = []
    for name, child in backbone.named_children():
        if isinstance(child, nn.Sequential):
            parts += [(f"{name}.{inner}", part) for inner, part in child.named_children()]
        elif isinstance(child, nn.BatchNorm2d) and parts:
            parts[-1] = (parts[-1][0], nn.ModuleList([parts[-1][1], child]))
        else:
            parts.append((name, child))
    return [(name, part) for name, part in reversed(parts) if any(True for _ in part.parameters())]


@torch.no_grad()
def _randomise(part: nn.Module, generator: torch.Generator) -> None:
    for tensor in part.parameters():
        spread = float(tensor.std()) if tensor.numel() > 1 else 0.0
        tensor.copy_(torch.randn(tensor.shape, generator=generator) * spread + tensor.mean())


@torch.no_grad()
def _settle(module: nn.Module, norms: list[nn.BatchNorm2d], images: torch.Tensor) -> None:
    """Give batch norms the statistics of these images; everything else stays in eval mode."""
    module.eval()
    for norm in norms:
        norm.train()
        norm.momentum = 1.0
    if norms:
        module(images)
    module.eval()


def _predictor(module: nn.Module, info: ModelInfo, name: str) -> PatchPredictor | CnnPredictor:
    told = replace(
        info, id=f"{info.id}, random to {name}", backend="PyTorch on CPU", precision="float32", note="random weights"
    )
    if isinstance(module, BaselineCnn):
        return CnnPredictor(told, TorchBackend(module, torch.device("cpu")), module)
    return PatchPredictor(told, TorchBackend(module.get_submodule("backbone"), torch.device("cpu")))


def edge_map(image: FloatArray) -> FloatArray:
    """Sobel edges of an image (s, s): what an explanation must not be; it knows no model, so it fails the check."""
    across, down = (cv2.Sobel(np.ascontiguousarray(image), cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))
    return np.hypot(across, down).astype(np.float32)

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
from torch.nn.modules.batchnorm import _BatchNorm

from evaluation.trust.base import NAN, FloatArray, Values
from evaluation.trust.ranking import flaw
from models.backends.torch_backend import TorchBackend
from models.capabilities import Logits
from models.checkpoints import Checkpoint
from models.predictor import with_module

_NORMS = (_BatchNorm, nn.LayerNorm, nn.GroupNorm)
_NEARLY_ALL = 0.9  # of a network's weights
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


def cascade(checkpoint: Checkpoint, model: Logits, images: FloatArray, seed: int = 0) -> Iterator[tuple[str, Logits]]:
    """The model with more and more random layers, from the output down to the input.

    Args:
        checkpoint: the trained weights; not changed.
        model: with these weights, ready to run.
        images: (n, s, s) float32, a few inputs, from which random layers' batch norms take their statistics.
        seed: of the weights.

    Returns:
        An iterator over (the layer that became random last, a model of its own, on PyTorch on the CPU).

    Raises:
        InputError: the model runs no PyTorch network.
    """
    module = copy.deepcopy(checkpoint.build())
    batch = torch.from_numpy(np.ascontiguousarray(images, np.float32))[:, None]
    generator = torch.Generator().manual_seed(seed)
    norms: list[nn.Module] = []
    for layer in layers(module):
        _randomise(layer, generator)
        norms += [part for part in layer.modules() if isinstance(part, _BatchNorm)]
        _settle(module, norms, batch)
        told = replace(
            model.info,
            id=f"{model.info.id}, random to {layer.name}",
            backend="PyTorch on CPU",
            precision="float32",
            note="random weights",
        )
        yield layer.name, with_module(model, copy.deepcopy(module), told, _on_cpu)


def _on_cpu(module: nn.Module) -> TorchBackend:
    return TorchBackend(module, torch.device("cpu"))


@dataclass(frozen=True, eq=False)
class Layer:
    """A part of a network that becomes random at once.

    Attributes:
        name: of its first module, below the wrappers around the whole network.
        parts: its modules; a normalisation belongs to the layer before it.
        loose: parameters that belong to no module below the network itself, such as a transformer's class token.
    """

    name: str
    parts: tuple[nn.Module, ...]
    loose: tuple[nn.Parameter, ...] = ()

    def modules(self) -> Iterator[nn.Module]:
        """All modules of the layer, at any depth."""
        for part in self.parts:
            yield from part.modules()

    def parameters(self) -> Iterator[nn.Parameter]:
        """All its weights."""
        for part in self.parts:
            yield from part.parameters()
        yield from self.loose


def layers(module: nn.Module) -> list[Layer]:
    """The parts of a network that have weights, in the order of its definition, the last first.

    A wrapper around one part is looked into; the parts are then its children, those of a sequence (the stages of many
    networks) one by one, as are those of a part that holds nearly all weights (a backbone beside a second head).
    Weights of the network or its wrappers themselves go with the first layer.
    """
    loose: list[nn.Parameter] = []
    while True:
        loose += module.parameters(recurse=False)
        weighted = [child for child in module.children() if _has_weights(child)]
        if len(weighted) != 1 or isinstance(weighted[0], nn.Sequential) or not any(weighted[0].children()):
            break
        (module,) = weighted
    found: list[Layer] = []
    for name, part in _parts(module):
        if found and isinstance(part, _NORMS):
            found[-1] = replace(found[-1], parts=(*found[-1].parts, part))
        elif _has_weights(part):
            found.append(Layer(name, (part,)))
    if found and loose:
        found[0] = replace(found[0], loose=tuple(loose))
    return found[::-1]


def _parts(module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    whole = _size(module)
    for name, child in module.named_children():
        if isinstance(child, nn.Sequential):
            yield from ((f"{name}.{inner}", part) for inner, part in child.named_children())
        elif _size(child) >= _NEARLY_ALL * whole and next(child.parameters(recurse=False), None) is None:
            yield from ((f"{name}.{inner}", part) for inner, part in _parts(child))
        else:
            yield name, child


def _size(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


def _has_weights(module: nn.Module) -> bool:
    return next(module.parameters(), None) is not None


@torch.no_grad()
def _randomise(layer: Layer, generator: torch.Generator) -> None:
    for tensor in layer.parameters():
        spread = float(tensor.std()) if tensor.numel() > 1 else 0.0
        tensor.copy_(torch.randn(tensor.shape, generator=generator) * spread + tensor.mean())


@torch.no_grad()
def _settle(module: nn.Module, norms: list[nn.Module], images: torch.Tensor) -> None:
    """Give batch norms the statistics of these images; everything else stays in eval mode."""
    module.eval()
    for norm in norms:
        norm.train()
        norm.momentum = 1.0  # type: ignore[assignment]
    if norms:
        module(images)
    module.eval()


def edge_map(image: FloatArray) -> FloatArray:
    """Sobel edges of an image (s, s): what an explanation must not be; it knows no model, so it fails the check."""
    across, down = (cv2.Sobel(np.ascontiguousarray(image), cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))
    return np.hypot(across, down).astype(np.float32)

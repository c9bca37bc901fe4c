"""How far a graph's answers are from PyTorch's: measured at each export, and refused beyond a limit."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import torch
from numpy.typing import NDArray

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from models.capabilities import Exportable, PatchLogits
from models.exporting.device_model import Parity, Precision
from models.exporting.graph import DeviceNetwork
from models.exporting.running import GraphRunner, as_inputs, image_logits

FloatArray = NDArray[np.float32]

LIMITS: Mapping[Precision, float] = MappingProxyType({"float32": 1e-4, "float16": 1e-4, "int8": 0.03})
ROUNDED = LIMITS["int8"]  # also of float16 where weights are not float16 already
_STEP = 16


def measured(
    model: Exportable, run: GraphRunner, images: FloatArray, patch_size: int | None, precision: Precision, limit: float
) -> Parity:
    """Compare a graph with what the model says by itself, in its own order of the findings.

    Args:
        model: whose graph it is.
        run: the graph.
        images: (n, s, s) float32 in [0, 1], s being the model's `input_size`.
        patch_size: None where images are not cut.
        precision: of the graph.
        limit: what a logit of an image may differ by.

    Raises:
        InputError: a logit of an image differs by more than that, or one side is not a number, or another output of a
            graph that does not round differs by more than that share of its largest value.
    """
    found = run(as_inputs(images, patch_size))
    patches = None if patch_size is None else (model.input_size // patch_size) ** 2
    worst = _apart(model.logits(images), image_logits(found, patches))
    place = int(worst.argmax())
    if not worst[place] <= limit:
        raise InputError(_refusal(model, precision, float(worst[place]), FINDINGS[place], limit))
    expected = _others(model, images, patch_size)
    others = {name: _share(array, found[name]) for name, array in expected.items()}
    for name, share in others.items():
        if limit < ROUNDED and not share <= limit:
            raise InputError(_refusal(model, precision, share, f"{name} (as a share of the largest)", limit))
    return Parity(images=len(images), logit=_rounded(worst[place]), finding=FINDINGS[place], limit=limit, others=others)


def _others(model: Exportable, images: FloatArray, patch_size: int | None) -> dict[str, FloatArray]:
    """What the graph gives beside logits of images: patch logits by the model, the rest by its network in PyTorch."""
    names = [name for name in model.graph_outputs if name != "logits"]
    if isinstance(model, PatchLogits):
        return {"patch_logits": model.patch_logits(as_inputs(images, patch_size))}
    return {name: array for name, array in _by_network(model, images).items() if name in names} if names else {}


def _by_network(model: Exportable, images: FloatArray) -> dict[str, FloatArray]:
    """What PyTorch on the CPU gives for images (n, s, s): outputs by name, batch first."""
    network = DeviceNetwork(model).cpu().eval()
    starts = range(0, len(images), _STEP)
    with torch.inference_mode():
        parts = [network(torch.from_numpy(images[start : start + _STEP])[:, None]) for start in starts]
    outputs = (torch.cat(arrays).numpy() for arrays in zip(*parts, strict=True))
    return dict(zip(network.names, outputs, strict=True))


def _apart(expected: FloatArray, found: FloatArray) -> FloatArray:
    """The largest difference of each finding (14,): 0 where it is not predicted on either side, ∞ where on one."""
    difference = np.abs(expected - found)
    difference[np.isnan(expected) & np.isnan(found)] = 0
    return np.nan_to_num(difference, nan=np.inf).max(axis=0)


def _share(expected: FloatArray, found: FloatArray) -> float:
    """The largest difference over the largest value, NaN left out."""
    return _rounded(np.nanmax(np.abs(expected - found)) / max(float(np.nanmax(np.abs(expected))), 1e-12))


def _rounded(value: float) -> float:
    return float(f"{value:.2g}")


def _refusal(model: Exportable, precision: Precision, worst: float, finding: str, limit: float) -> str:
    other = "float32" if precision == "float16" else "float32 or float16"
    remedy = f"take --precision {other}" if precision != "float32" else "export another model"
    return (
        f"Expected the {precision} graph of {model.info.id} within {limit:g} of PyTorch, found {worst:.2g} "
        f"for {finding}; {remedy}."
    )

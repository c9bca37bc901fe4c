"""Choosing what computes, and measuring how far it is from the reference, PyTorch on the CPU in float32."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Literal

import numpy as np
import torch
from torch import nn

from data_cache.errors import InputError
from models.backends.base import BACKEND_NAMES, Backend, BackendName, FloatArray, UnavailableError
from models.backends.torch_backend import TorchBackend, accelerator
from models.backends.zero_gpu import ZeroGpuBackend, lent_gpus

# `auto` takes a faster backend only where its logits on the probe images stay this close to the reference: half of what
# backends may differ by. Trained weights stay well below; random ones can multiply rounding errors a millionfold, and
# then only the reference itself repeats the official code's numbers.
AGREEMENT = 5e-5

Builder = Callable[[nn.Module], Backend]

_CPU = torch.device("cpu")


@dataclass(frozen=True)
class Selection:
    """A backend, and in words its precision, its measured error and why any faster one was passed over.

    `outputs` is what it gave on the probe images, or on the first of them where nothing was compared.
    """

    backend: Backend
    precision: str
    outputs: tuple[FloatArray, ...]


def select_backend(network: nn.Module, probes: FloatArray, name: BackendName = "auto") -> Selection:
    """Make a network ready to run.

    "auto" takes a GPU that ZeroGPU lends, where the hardware does; else the first of CUDA, MPS and OpenVINO that this
    machine has and that agrees with PyTorch on the CPU to `AGREEMENT`; else PyTorch on the CPU. Reduced precision is
    only ever used when asked for by name.

    Args:
        network: in eval mode, on the CPU; its first output is (n, 14) logits. PyTorch moves it to its device.
        probes: (n, 1, h, w) float32, images on which backends are compared.
        name: what to use.

    Raises:
        InputError: there is no such backend, or this machine cannot use it.
    """
    if name not in BACKEND_NAMES:
        raise InputError(f"Expected a backend out of {', '.join(BACKEND_NAMES)}, found {name!r}.")
    if name == "auto":
        spaces = lent_gpus()
        return _first_that_agrees(network, probes) if spaces is None else _lent(network, probes, spaces)
    try:
        return _forced(network, probes, name)
    except UnavailableError as error:
        raise InputError(f"Expected a machine that can use the backend {name}, but {error}; use auto.") from error


def logit_error(found: FloatArray, reference: FloatArray) -> float:
    """Largest difference between logits (n, 14), relative to the image's largest logit where that is above 1."""
    scale = np.maximum(np.abs(reference).max(axis=1, keepdims=True), 1.0)
    with np.errstate(invalid="ignore"):  # an overflow on either side gives NaN, which agrees with nothing
        return float((np.abs(found - reference) / scale).max())


def _first_that_agrees(network: nn.Module, probes: FloatArray) -> Selection:
    reference_backend = TorchBackend(network, _CPU)
    reference = reference_backend(probes)
    reasons = []
    for build in _candidates():
        try:
            backend, outputs, error = _measured(build, network, probes, reference[0])
        except UnavailableError as reason:
            reasons.append(str(reason))
            continue
        if error <= AGREEMENT:
            return Selection(backend, _in_words(backend, error), outputs)
        reasons.append(f"with these weights {backend.name} differs by {error:.1g} on probe images")
    network.to(_CPU)
    return Selection(reference_backend, "; ".join(["float32", *reasons]), reference)


def _lent(network: nn.Module, probes: FloatArray, spaces: ModuleType) -> Selection:
    """A GPU that is there only while a visitor asks: what it computes cannot be compared while models are loaded."""
    outputs = TorchBackend(network, _CPU)(probes)
    return Selection(ZeroGpuBackend(network, spaces), "float32, not compared with the CPU on loading", outputs)


def _measured(
    build: Builder, network: nn.Module, probes: FloatArray, reference: FloatArray
) -> tuple[Backend, tuple[FloatArray, ...], float]:
    """Build a backend, run it once and measure its error; drivers that fail only then are found out here."""
    try:
        backend = build(network)
        outputs = backend(probes)
        return backend, outputs, logit_error(outputs[0], reference)
    except UnavailableError:
        raise
    except RuntimeError as error:
        first_line = (str(error).splitlines() or ["no reason given"])[0]
        raise UnavailableError(f"it failed on the probe images ({first_line})") from error


def _candidates() -> list[Builder]:
    device = accelerator()
    if device is not None:
        return [lambda network: TorchBackend(network, device), _openvino]
    return [_openvino]


def _openvino(network: nn.Module, dtype: Literal["float32", "bfloat16"] = "float32") -> Backend:
    try:
        from models.backends.openvino_backend import OpenvinoBackend
    except ImportError as error:
        raise UnavailableError(f"OpenVINO cannot be imported ({error})") from error
    return OpenvinoBackend(network.to(_CPU), dtype)


def _forced(network: nn.Module, probes: FloatArray, name: BackendName) -> Selection:
    device = accelerator() or _CPU
    if name == "torch-cpu" or (name == "torch" and device == _CPU):
        backend: Backend = TorchBackend(network, _CPU)
        return Selection(backend, "float32", backend(probes[:1]))  # there is nothing to compare
    builders: dict[BackendName, Builder] = {
        "torch": lambda network: TorchBackend(network, device),
        "torch-bf16": lambda network: TorchBackend(network, device, torch.bfloat16),
        "openvino": _openvino,
        "openvino-bf16": lambda network: _openvino(network, "bfloat16"),
    }
    reference = TorchBackend(network, _CPU)(probes)[0]
    backend, outputs, error = _measured(builders[name], network, probes, reference)
    return Selection(backend, _in_words(backend, error), outputs)


def _in_words(backend: Backend, error: float) -> str:
    if error == 0:
        return f"{backend.dtype}, the same numbers as PyTorch's float32 on test images"
    digits = int(-math.log10(error))
    same = f"the same to {digits} digit{'s' * (digits != 1)}" if digits > 0 else f"different by up to {error:.0%}"
    return f"{backend.dtype}; compared with PyTorch's float32 on test images when loaded, logits were {same}"

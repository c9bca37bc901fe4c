"""What several benchmarks share: full-size networks without trained weights, a picture, and timing side by side."""

import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from models.checkpoints import save_checkpoint
from models.registry import MODELS

SEED = 0


def save_network(kind: str, folder: Path) -> Path:
    """Write an EfficientNetV2-S of full width whose activations stay at unit scale; the numbers mean nothing."""
    architecture = MODELS[kind].architecture.model_validate({"kind": kind})
    torch.manual_seed(SEED)
    module = MODELS[kind].build(architecture)
    for part in module.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.momentum = None  # statistics of all batches seen
    with torch.no_grad():
        module(torch.from_numpy(np.stack([picture(seed)[:256, :256] for seed in range(4)]))[:, None])
    path = folder / f"{kind}.safetensors"
    save_checkpoint(path, module.eval(), architecture)
    return path


def picture(seed: int = SEED) -> NDArray[np.float32]:
    """Blobs of many sizes, float32 (512, 512) in [0, 1]."""
    generator = torch.Generator().manual_seed(seed)
    layers = [
        torch.nn.functional.interpolate(torch.rand((1, 1, n, n), generator=generator), size=512, mode="bicubic")
        for n in (4, 8, 16, 32, 64, 128)
    ]
    mixed = torch.stack(layers).mean(0)[0, 0]
    return ((mixed - mixed.min()) / (mixed.max() - mixed.min())).numpy()


def side_by_side(
    tasks: Mapping[str, Callable[[], object]], repeats: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, list[float]]:
    """Time tasks in turn, so that all meet the same machine; seconds, after one run that does not count."""
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for task in tasks.values():
        task()
    for _ in range(repeats):
        for name, task in tasks.items():
            started = clock()
            task()
            times[name].append(clock() - started)
    return times


def told(name: str, seconds: list[float]) -> str:
    """A line with the median and the raw samples in milliseconds."""
    raw = " ".join(f"{1000 * sample:.1f}" for sample in seconds)
    return f"  {name}: median {1000 * statistics.median(seconds):.1f} ms; raw, ms: {raw}"

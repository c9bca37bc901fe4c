"""Assembling shifted patch maps: a box filter against adding the shifted maps one by one."""

import os
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch

from data_cache.findings import FINDINGS
from explainers.patch_maps import FloatArray, ShiftGrid, assemble
from tests.benchmarks.networks import side_by_side, told

GRID = ShiftGrid(input_size=512, patch_size=64, steps=64)
REPEATS = 9


def run(report: Callable[[str], object]) -> None:
    shape = (GRID.steps**2, GRID.grid**2, len(FINDINGS))
    logits = np.random.default_rng(0).normal(-1, 2, shape).astype(np.float32)
    report(f"Assembly of {shape[0]:,} shifts × {shape[2]} findings at 512², load {os.getloadavg()[0]:.1f}")
    ours = side_by_side({"box filter": lambda: assemble(logits, GRID)}, REPEATS)["box filter"]
    report(told("box filter", ours))
    started = time.perf_counter()
    expected = one_by_one(logits)
    seconds = time.perf_counter() - started
    report(told("shifted maps added one by one, as the official code does", [seconds]))
    difference = np.abs(assemble(logits, GRID) - expected).max()
    ratio = seconds / statistics.median(ours)
    report(f"  ratio {ratio:.0f}; largest difference {difference:.1e} of {np.ptp(expected):.1f}")


def one_by_one(logits: FloatArray) -> FloatArray:
    """Enlarge each shift's logits to a picture, move it back, add it up (with PyTorch, in float32)."""
    p, size, g = GRID.patch_size, GRID.input_size, GRID.grid
    total = torch.zeros((logits.shape[-1], size, size))
    for (row, column), values in zip(GRID.pairs(), torch.from_numpy(logits), strict=True):
        picture = values.T.reshape(-1, g, g).repeat_interleave(p, dim=1).repeat_interleave(p, dim=2)
        padded = torch.nn.functional.pad(picture, (p // 2,) * 4)
        top, left = p // 2 - row, p // 2 - column
        total += padded[:, top : top + size, left : left + size]
    return (total / len(logits)).numpy()

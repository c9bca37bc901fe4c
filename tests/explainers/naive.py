"""The slow way to shifted patch maps, step by step as the paper's code works: the oracle of the fast one."""

import numpy as np


def shifts(patch_size, steps):
    moved = [round(patch_size * (k / steps)) for k in range(steps)]
    return sorted((s + patch_size // 2) % patch_size - patch_size // 2 for s in moved)


def cut(image, patch_size, shift):
    pad = patch_size // 2
    padded = np.pad(image, pad)
    size = len(image)
    window = padded[pad + shift[0] : pad + shift[0] + size, pad + shift[1] : pad + shift[1] + size]
    return [
        window[r : r + patch_size, c : c + patch_size]
        for r in range(0, size, patch_size)
        for c in range(0, size, patch_size)
    ]


def shifted_map(logits, patch_size, size, steps, edge):
    """Add up the maps of all shifts one by one in double precision; logits (N², g², findings) -> (findings, s, s)."""
    findings = logits.shape[-1]
    total = np.zeros((findings, size, size))
    count = np.zeros((size, size))
    pairs = [(r, c) for r in shifts(patch_size, steps) for c in shifts(patch_size, steps)]
    per_row = size // patch_size
    for pair, patches in zip(pairs, logits, strict=True):
        for index, values in enumerate(patches):
            top = pair[0] + patch_size * (index // per_row)
            left = pair[1] + patch_size * (index % per_row)
            rows, columns = slice(max(top, 0), top + patch_size), slice(max(left, 0), left + patch_size)
            total[:, rows, columns] += values.astype(np.float64)[:, None, None]
            count[rows, columns] += 1
    return total / (steps**2 if edge == "paper" else count)

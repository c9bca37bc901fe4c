"""Models and phantoms whose truth is known."""

from functools import cache

import numpy as np

from data_cache.phantom.simulate import PhantomCase, simulate_case

SIDE = 128
FINDING = 2


class Looks:
    """A model whose logit of one finding depends on the mean brightness in a mask, and on nothing else."""

    def __init__(self, mask: np.ndarray, gain: float = 20.0, offset: float = -4.0) -> None:
        self.input_size = len(mask)
        self.mask, self.gain, self.offset = mask, gain, offset
        self.images = 0

    def logits(self, images: np.ndarray) -> np.ndarray:
        self.images += len(images)
        found = np.zeros((len(images), 14), np.float32)
        found[:, FINDING] = self.offset + self.gain * images[:, self.mask].mean(axis=1, dtype=np.float64)
        return found


class Patches:
    """A patch model with a logit that is not linear in the pixels; counts the patches it is asked about."""

    patch_size = 16

    def __init__(self, side: int = 64, seed: int = 0) -> None:
        self.input_size = side
        self.weights = np.random.default_rng(seed).normal(size=(self.patch_size**2, 14)) / 4
        self.patches = 0

    def patch_logits(self, patches: np.ndarray) -> np.ndarray:
        self.patches += len(patches)
        flat = patches.reshape(len(patches), -1).astype(np.float64)
        return (3 * np.sin(flat @ self.weights) + flat.std(axis=1, keepdims=True)).astype(np.float32)

    def logits(self, images: np.ndarray) -> np.ndarray:
        p, g = self.patch_size, self.input_size // self.patch_size
        cells = [image[r * p : r * p + p, c * p : c * p + p] for image in images for r in range(g) for c in range(g)]
        found = self.patch_logits(np.stack(cells))
        return found.reshape(len(images), g * g, 14).mean(axis=1, dtype=np.float64).astype(np.float32)


@cache
def phantom(patient: int = 1) -> PhantomCase:
    """A simulated radiograph with a large and a small finding."""
    return simulate_case(7, patient, 1, SIDE, "balanced")


def drawn_phantoms(count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Images float32 and one mask of each, of phantoms that have a mask between 1 and 20 % of the film."""
    found, patient = [], 0
    while len(found) < count:
        patient += 1
        case = phantom(patient)
        masks = [mask for mask in case.masks.values() if 0.01 < mask.mean() < 0.2]
        if masks:
            found.append((case.pixels.astype(np.float32) / 255, masks[0]))
    return found


def random_map(seed: int, side: int = SIDE) -> np.ndarray:
    """A map without information, smooth enough to have regions."""
    import cv2

    noise = np.random.default_rng(seed).normal(size=(side, side)).astype(np.float32)
    return cv2.GaussianBlur(noise, (0, 0), 5)

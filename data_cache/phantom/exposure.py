"""From attenuation to a display-ready radiograph: Beer–Lambert, scatter, quantum noise, tone curve."""

from dataclasses import dataclass

import cv2
import numpy as np

from data_cache.phantom.grid import Field, Grid

_REFERENCE_SCALE = 512.0
_AIR = 0.35


@dataclass(frozen=True)
class Technique:
    """Exposure settings: photons per pixel in the open beam (at 512 pixels a unit), scatter fraction and its spread
    (units), blur (units), share of histogram equalisation in the tone curve, and the output's gamma."""

    photons: float
    scatter: float
    spread: float
    unsharp: float
    equalise: float
    gamma: float


def sample_technique(rng: np.random.Generator, bedside: bool) -> Technique:
    """Draw an exposure; bedside ones have more scatter and fewer photons."""
    return Technique(
        photons=float(np.exp(rng.uniform(np.log(1.2e4), np.log(5e4)))) * (0.6 if bedside else 1.0),
        scatter=rng.uniform(0.10, 0.22) + (0.08 if bedside else 0.0),
        spread=rng.uniform(0.05, 0.09),
        unsharp=rng.uniform(0.0008, 0.0016),
        equalise=rng.uniform(0.45, 0.85),
        gamma=float(np.exp(rng.normal(0, 0.13))),
    )


def transmit(attenuation: Field) -> Field:
    """Beer–Lambert: the share of photons that pass, exp(-attenuation); 1 in the open beam."""
    return np.exp(-attenuation)


def detect(attenuation: Field, grid: Grid, technique: Technique, rng: np.random.Generator) -> tuple[Field, Field]:
    """Log exposure (nepers below the open beam) without and with quantum noise, float32 (h, w) each.

    Poisson noise is drawn in its Gaussian limit (tens to thousands of photons a pixel); photons per pixel go with
    the pixel's side to the power 1.4 rather than 2, since a detector's blur averages noise over small neighbours.
    """
    primary = grid.blur(transmit(attenuation), technique.unsharp)
    scatter = technique.scatter * grid.blur(np.minimum(primary, 0.35), technique.spread)
    signal = primary + scatter
    count = technique.photons * (_REFERENCE_SCALE / grid.scale) ** 1.4
    noise = rng.standard_normal(signal.shape, dtype=np.float32) / np.sqrt(signal * np.float32(count))
    clean = -np.log(signal)
    return clean, clean + noise


def tone(clean: Field, noisy: Field, used: np.ndarray, technique: Technique) -> Field:
    """Display values in [0, 1], rising with attenuation: a mix of a linear window and histogram equalisation.

    The curve is found on the noise-free exposure inside the collimated field `used`, on a small raster, so that it does
    not depend on the resolution; the open beam beside the patient takes no part.
    """
    small = cv2.resize(clean, (96, 96), interpolation=cv2.INTER_AREA)
    sample = np.sort(small[cv2.resize(used.astype(np.uint8), (96, 96), interpolation=cv2.INTER_NEAREST) > 0])
    sample = sample[sample > _AIR] if (sample > _AIR).mean() > 0.2 else sample
    low, high = np.quantile(sample, [0.004, 0.992])
    knots = np.linspace(low - 0.15, high + 0.6, 192)
    ranks = np.searchsorted(sample, knots) / len(sample)
    ranks = np.convolve(np.pad(ranks, 4, mode="edge"), np.hanning(11)[1:-1] / np.hanning(11).sum(), "valid")
    window = np.clip((knots - low) / (high - low), 0, 1)
    curve = technique.equalise * ranks + (1 - technique.equalise) * window
    curve = np.maximum.accumulate(curve) ** technique.gamma
    return np.interp(noisy.ravel(), knots, 0.02 + 0.97 * curve).reshape(noisy.shape).astype(np.float32)

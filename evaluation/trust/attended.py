"""Does it matter to the model what the map points at, more than anything else of the same size?

The drop in probability when the top k % of the map are replaced by a baseline, minus the mean drop when random regions
of exactly the same area are. Related: the area-matched random control of Samek et al., "Evaluating the visualization of
what a deep neural network has learned", IEEE TNNLS 2017, and of ROAR (Hooker et al., NeurIPS 2019), without retraining.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from evaluation.trust.base import NAN, FloatArray, Model, Values, probability
from evaluation.trust.masking import Baseline, Masks, baseline_image, masked_logits
from evaluation.trust.ranking import flaw, top

Control = Literal["shape", "pixels"]


@dataclass(frozen=True)
class AttendedSettings:
    """How much is removed, by what, and against what it is compared.

    Attributes:
        share: of the image's area, above 0 and at most 1.
        baseline: what replaces it.
        control: "shape": the region itself, turned by quarters, mirrored and moved (around the image's edges, so that
            its area stays exactly the same); "pixels": as many single pixels.
        regions: random regions.
        seed: of the draws.
    """

    share: float = 0.1
    baseline: Baseline = "blur"
    control: Control = "shape"
    regions: int = 16
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Attended:
    """What removing the attended region did, and what random regions did.

    Attributes:
        region: bool (s, s), what the map points at.
        controls: bool (n, s, s), the random regions.
        probability: of the whole image.
        drop: fall in probability without the attended region; negative where it rises.
        random_drops: float64 (n,), the same without each random region.
        difference: `drop` minus the mean of `random_drops`; above 0 where the map found what matters.
        reason: why drop and difference are NaN, and region and controls empty; empty where they are defined.
    """

    region: Masks
    controls: Masks
    probability: float
    drop: float
    random_drops: Values
    difference: float
    reason: str = ""


def attended_against_random(
    model: Model, image: FloatArray, values: FloatArray, finding: int, settings: AttendedSettings | None = None
) -> Attended:
    """Compare the attended region with random regions of equal area.

    A random region may overlap the attended one: a map without any information then has an expected difference of 0
    with shapes as with pixels.

    Args:
        model: whose probability is followed.
        image: (s, s) float32 in [0, 1], the model's input.
        values: (s, s) float32, the map at the input's size.
        finding: its index.
        settings: how.
    """
    settings = settings or AttendedSettings()
    reason = flaw(values)
    if reason:
        alone = float(probability(model.logits(image[None]))[0, finding])
        nothing = np.zeros((0, *image.shape), bool)
        return Attended(np.zeros(image.shape, bool), nothing, alone, NAN, np.empty(0), NAN, reason)
    region = top(values, settings.share)
    controls = random_regions(region, settings.regions, np.random.default_rng(settings.seed), settings.control)
    masks = np.concatenate([np.zeros_like(region)[None], region[None], controls])
    logits = masked_logits(model, image, baseline_image(image, settings.baseline), masks)
    found = probability(logits)[:, finding]
    drops = found[0] - found[1:]
    return Attended(region, controls, float(found[0]), float(drops[0]), drops[1:], float(drops[0] - drops[1:].mean()))


def random_regions(region: Masks, count: int, rng: np.random.Generator, control: Control = "shape") -> Masks:
    """Random regions of exactly the same area, bool (count, s, s); see `AttendedSettings.control`.

    Raises:
        ValueError: there is no such control, or fewer than one region is asked for.
    """
    if count < 1:
        raise ValueError(f"Expected at least one random region, found {count}.")
    if control == "pixels":
        return np.stack([rng.permutation(region.ravel()).reshape(region.shape) for _ in range(count)])
    if control != "shape":
        raise ValueError(f"Expected the control shape or pixels, found {control!r}.")
    return np.stack([_moved(region, rng) for _ in range(count)])


def _moved(region: Masks, rng: np.random.Generator) -> Masks:
    turned = np.rot90(region, int(rng.integers(4)))
    if rng.random() < 0.5:
        turned = turned[:, ::-1]
    down, right = rng.integers(0, region.shape)
    return np.roll(turned, (int(down), int(right)), axis=(0, 1))

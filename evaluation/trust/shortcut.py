"""Does the model read the film's margin, where markers, letters and collimators are, rather than the patient?

Corners and borders are replaced and the change of the probability is compared with that of equal areas inside the
image; the share of a map's positive evidence in the margin is compared with the margin's share of the area. Each
replaced rectangle is filled with its own median, so that small things in it vanish and no new edge appears where it was
even.

Related: Zech et al., "Variable generalization performance of a deep learning model to detect pneumonia in chest
radiographs", PLOS Medicine 2018; DeGrave et al., "AI for radiographic COVID-19 detection selects shortcuts over
signal", Nature Machine Intelligence 2021.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evaluation.trust.base import NAN, FloatArray, Model, Values, probability
from evaluation.trust.masking import Masks, masked_logits
from evaluation.trust.stability import similarity

Margin = Literal["corners", "border"]
MARGINS: tuple[Margin, ...] = ("corners", "border")
FLAGGED_FROM = 0.1  # excess change of probability from which on a case or the mean of a cohort is flagged
_DRAWS = 100
NO_EVIDENCE = "no positive evidence"
BLANK = "blank map"
Box = tuple[int, int, int, int]  # top, left, height, width


@dataclass(frozen=True)
class ShortcutSettings:
    """Sizes relative to the image's side, and the controls.

    Attributes:
        corner: side of each of the four corner squares.
        border: width of the frame.
        controls: random sets of interior rectangles for each margin.
        seed: of their places.
    """

    corner: float = 1 / 8
    border: float = 1 / 16
    controls: int = 8
    seed: int = 0


@dataclass(frozen=True, eq=False)
class MarginChange:
    """What the model says without one margin, whatever the map.

    Attributes:
        margin: which.
        region: bool (s, s), what was replaced.
        image: (s, s) float32, the image without it.
        area: its share of the image.
        probability: of the whole image.
        change: probability of the whole image minus that without the margin; positive where the margin spoke for the
            finding.
        logit_change: the same in logits.
        parts: float64 (4,), the changes when only one corner or side is replaced: top left, top right, bottom left,
            bottom right; or top, bottom, left, right.
        control_regions: bool (n, s, s), interior rectangles of the same area.
        control_changes: float64 (n,), their changes.
        excess: |change| minus the mean of |control changes|.
        flagged: excess of at least 0.1, and |change| above that of every control.
    """

    margin: Margin
    region: Masks
    image: FloatArray
    area: float
    probability: float
    change: float
    logit_change: float
    parts: Values
    control_regions: Masks
    control_changes: Values
    excess: float
    flagged: bool


@dataclass(frozen=True, eq=False)
class MapChange:
    """What the map says of a margin.

    Attributes:
        margin: which.
        share: of the map's positive values that lies in the margin, 0 … 1; NaN where no value is positive.
        ratio: share divided by the margin's share of the area: 1 where evidence is spread evenly.
        kept: S (see `stability`) of the maps with and without the margin, over the pixels outside it; NaN for a map
            that is zero there.
        values: (s, s) float32, the map without the margin.
    """

    margin: Margin
    share: float
    ratio: float
    kept: float
    values: FloatArray


def boxes(margin: Margin, side: int, settings: ShortcutSettings) -> list[Box]:
    """The four rectangles of a margin, without overlap."""
    if margin == "corners":
        c = max(1, round(settings.corner * side))
        far = side - c
        return [(0, 0, c, c), (0, far, c, c), (far, 0, c, c), (far, far, c, c)]
    w = max(1, round(settings.border * side))
    return [(0, 0, w, side), (side - w, 0, w, side), (w, 0, side - 2 * w, w), (w, side - w, side - 2 * w, w)]


def region_of(rectangles: Sequence[Box], side: int) -> Masks:
    """The pixels in any of the rectangles, bool (s, s)."""
    covered = np.zeros((side, side), bool)
    for top, left, height, width in rectangles:
        covered[top : top + height, left : left + width] = True
    return covered


def fill_of(image: FloatArray, rectangles: Sequence[Box]) -> FloatArray:
    """The image with each rectangle filled with its own median, (s, s) float32."""
    filled = image.copy()
    for top, left, height, width in rectangles:
        part = np.s_[top : top + height, left : left + width]
        filled[part] = np.median(image[part])
    return filled


def margin_changes(
    model: Model, image: FloatArray, finding: int, settings: ShortcutSettings | None = None
) -> tuple[MarginChange, ...]:
    """Replace corners, border and interior controls, all in one batch; one result for each of `MARGINS`.

    Args:
        model: whose probability is followed.
        image: (s, s) float32 in [0, 1], the model's input, s at least 16.
        finding: its index.
        settings: sizes and controls.
    """
    settings = settings or ShortcutSettings()
    side = len(image)
    rng = np.random.default_rng(settings.seed)
    wanted: list[list[Box]] = [[]]
    for margin in MARGINS:
        four = boxes(margin, side, settings)
        wanted += [four, *([box] for box in four)]
        wanted += [interior(four, side, settings, rng) for _ in range(settings.controls)]
    masks = np.stack([region_of(rectangles, side) for rectangles in wanted])
    fills = np.stack([fill_of(image, rectangles) for rectangles in wanted])
    logits = masked_logits(model, image, fills, masks)[:, finding].astype(np.float64)
    each = 5 + settings.controls
    return tuple(
        _change(margin, slice(1 + k * each, 1 + (k + 1) * each), masks, fills, logits)
        for k, margin in enumerate(MARGINS)
    )


def _change(margin: Margin, mine: slice, masks: Masks, fills: FloatArray, logits: Values) -> MarginChange:
    whole = float(probability(logits[:1])[0])
    changes = whole - probability(logits[mine])
    change, parts, controls = float(changes[0]), changes[1:5], changes[5:]
    usual, largest = (float(np.abs(controls).mean()), float(np.abs(controls).max())) if len(controls) else (0.0, 0.0)
    excess = abs(change) - usual
    return MarginChange(
        margin=margin,
        region=masks[mine][0],
        image=fills[mine][0],
        area=float(masks[mine][0].mean()),
        probability=whole,
        change=change,
        logit_change=float(logits[0] - logits[mine][0]),
        parts=parts,
        control_regions=masks[mine][5:],
        control_changes=controls,
        excess=excess,
        flagged=excess >= FLAGGED_FROM and abs(change) > largest,
    )


def interior(rectangles: Sequence[Box], side: int, settings: ShortcutSettings, rng: np.random.Generator) -> list[Box]:
    """Rectangles of the same areas at random places inside the frame, without overlap.

    A square keeps its shape; a side of the frame is folded to twice its width and half its length (of an odd length
    one row less), for it would not fit.

    Raises:
        ValueError: there is no room for them.
    """
    edge = max(1, round(settings.border * side))
    shapes = [_folded(height, width, side - 2 * edge) for _, _, height, width in rectangles]
    for _ in range(_DRAWS):
        placed = _placed(shapes, side, edge, rng)
        if placed is not None:
            return placed
    raise ValueError(f"Expected room for {len(shapes)} rectangles inside an image of {side} pixels, found none.")


def _folded(height: int, width: int, room: int) -> tuple[int, int]:
    """A square as it is; a strip with twice its width and half its length."""
    if height == width and height <= room:
        return height, width
    return (2 * height, width // 2) if width > height else (height // 2, 2 * width)


def _placed(shapes: Sequence[tuple[int, int]], side: int, edge: int, rng: np.random.Generator) -> list[Box] | None:
    """Random places, each rectangle clear of those before it; None where one finds none."""
    taken = np.zeros((side, side), bool)
    placed: list[Box] = []
    for height, width in shapes:
        for _ in range(_DRAWS):
            top = int(rng.integers(edge, side - edge - height + 1))
            left = int(rng.integers(edge, side - edge - width + 1))
            part = np.s_[top : top + height, left : left + width]
            if not taken[part].any():
                taken[part] = True
                placed.append((top, left, height, width))
                break
        else:
            return None
    return placed


def map_changes(
    values: FloatArray, changes: Sequence[MarginChange], explain: Callable[[MarginChange], FloatArray]
) -> tuple[MapChange, ...]:
    """Where the map sees evidence, and how it changes without each margin.

    Args:
        values: (s, s) float32, the map of the whole image at the input's size, signed.
        changes: what `margin_changes` found.
        explain: gives the map (s, s) of the image without a margin.
    """
    found = []
    for change in changes:
        other = explain(change)
        share = evidence_share(values, change.region)
        kept = similarity(values, other, ~change.region)
        found.append(MapChange(change.margin, share, share / change.area, kept, other))
    return tuple(found)


def evidence_share(values: FloatArray, region: Masks) -> float:
    """Share of a map's positive values that lies in a region; NaN where none is positive or one is not finite."""
    positive = np.maximum(values.astype(np.float64), 0)
    total = float(positive.sum())
    return float(positive[region].sum()) / total if np.isfinite(total) and total > 0 else NAN


def flagged(excesses: Values) -> bool:
    """Verdict over a cohort: whether the mean excess change of a margin is at least 0.1; False without any case."""
    defined = excesses[~np.isnan(excesses)]
    return bool(len(defined) and defined.mean() >= FLAGGED_FROM)

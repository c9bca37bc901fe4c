"""RISE: the mean of random masks, weighted by what the model says of the image seen through them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from data_cache.findings import FINDINGS
from explainers.base import Explainer, Parameters, Stage
from explainers.baselines import BASELINE_WORDS, BaselineName, baseline_of
from explainers.entry import Entry, View
from explainers.explanation import Explanation
from explainers.perturbation.coarse import stage_counts
from explainers.perturbation.passes import altered_logits
from explainers.published import cam_picture
from explainers.threads import one_thread
from explainers.types import FloatArray, IsCancelled
from models.capabilities import LOGITS, Logits

if TYPE_CHECKING:
    from explainers.model_run import ModelRun

Formula = Literal["centred", "paper"]
_LEAST = 50  # masks of which a coarse map is made
_SIDE = 128  # the map's, or up to twice that; masks are smooth, so that more values say no more
_AT_ONCE = 64  # masks in memory while they are added up


class RiseParameters(Parameters):
    """How many masks, and how they are drawn."""

    masks: int = Field(
        default=4000, ge=1, le=100_000, title="Masks", description="Random masks, each of which takes one pass."
    )
    cells: int = Field(default=7, ge=1, le=64, title="Cells", description="Cells of a mask along one side.")
    probability: float = Field(
        default=0.5, gt=0, lt=1, title="Probability", description="That a cell of a mask lets the image through."
    )
    seed: int = Field(
        default=0, ge=0, le=2**32 - 1, title="Seed", description="Of the random masks: the same gives the same maps."
    )
    formula: Formula = Field(
        default="centred",
        title="Formula",
        description="paper: the mean probability where the pixel is seen; centred: the same less the mean over all "
        "masks, which has a sign and less noise.",
    )
    baseline: BaselineName = Field(default="mean", title="Baseline", description=BASELINE_WORDS)


@dataclass(frozen=True)
class Masks:
    """Random masks of one kind over images of one size, each of which can be drawn by itself."""

    size: int
    cells: int
    probability: float
    seed: int

    def draw(self, numbers: Sequence[int]) -> FloatArray:
        """The masks of these numbers, (n, s, s) float32 in [0, 1].

        A grid of cells that are 1 with the given probability, enlarged bilinearly by one cell more than the image
        has, and cut out at a random place within a cell (section 3.2).
        """
        return np.stack([self._draw(number) for number in numbers])

    def _draw(self, number: int) -> FloatArray:
        random = np.random.default_rng((self.seed, number))
        grid = (random.random((self.cells, self.cells)) < self.probability).astype(np.float32)
        cell = -(-self.size // self.cells)
        side = (self.cells + 1) * cell
        row, column = random.integers(0, cell, 2)
        large = cv2.resize(grid, (side, side), interpolation=cv2.INTER_LINEAR)
        return large[row : row + self.size, column : column + self.size].clip(0, 1)


class Rise(Explainer[RiseParameters]):
    """(1 / (N · p)) Σ σ(y(x seen through mask i)) · mask i (Petsiuk et al., BMVC 2018, equation 6).

    That ("paper") is in expectation the probability of the finding where the pixel is seen. "centred", the default,
    takes the mean probability over all masks off each summand: in expectation the same less a constant, with less
    noise, and with a sign. The N masks are numbered, so that a map of fewer masks takes the first ones of a map of
    more. Departures: what a mask hides becomes the baseline, not 0 (which "black" gives; the official code masks the
    normalised image, where 0 is a mean grey); where the input's side is at least twice 128, values are means over
    squares of pixels.
    """

    def stages(self, run: "ModelRun", cancelled: IsCancelled) -> Iterator[Stage]:
        """One stage for each of several growing numbers of masks; each continues the sums of the last."""
        asked, size = self.parameters, run.model.input_size
        masks = Masks(size, asked.cells, asked.probability, asked.seed)
        baseline = baseline_of(run.image, asked.baseline)
        way = ("rise", masks, asked.baseline)
        square = _square(size)
        sums = Sums(square, size // square)

        def seen(numbers: Sequence[int]) -> FloatArray:
            drawn = masks.draw(numbers)
            return np.asarray(run.image * drawn + baseline * (1 - drawn), np.float32)

        for count in stage_counts(asked.masks, _LEAST):
            while sums.count < count:
                numbers = range(sums.count, min(sums.count + _AT_ONCE, count))
                logits = altered_logits(run, way, numbers, seen, cancelled)
                sums.add(logits, masks.draw(numbers))
            maps = sums.maps(asked.formula) / asked.probability
            yield Stage(maps.astype(np.float32), asked.model_copy(update={"masks": count}))


class Sums:
    """What is added up over masks, in float64, each value over a square of pixels.

    Args:
        square: side of such a square in pixels.
        side: squares along the image's side.
    """

    def __init__(self, square: int, side: int) -> None:
        self._square, self._side = square, side
        self.count = 0
        self._seen = np.zeros((side, side))
        self._probability = np.zeros(len(FINDINGS))
        self._both = np.zeros((len(FINDINGS), side, side))

    def add(self, logits: FloatArray, masks: FloatArray) -> None:
        """Take the masks (n, s, s) and what the model said through them, (n, 14)."""
        from scipy.special import expit  # slow to import, and not needed to know the methods

        probability = expit(logits.astype(np.float64))
        squares = masks.reshape(-1, self._side, self._square, self._side, self._square)
        means = squares.mean(axis=(2, 4), dtype=np.float64)
        self.count += len(masks)
        self._seen += means.sum(axis=0)
        self._probability += probability.sum(axis=0)
        with one_thread():
            self._both += (probability.T @ means.reshape(len(means), -1)).reshape(self._both.shape)

    def maps(self, formula: Formula) -> NDArray[np.float64]:
        """The mean of probability · mask, (14, h, w); less the product of both means where it is centred."""
        both = self._both / self.count
        if formula == "paper":
            return both
        return both - self._probability[:, None, None] * self._seen / self.count**2


def _square(size: int) -> int:
    """The side of the largest squares that leave the map at least 128 values a side; 1 where none do."""
    return next(square for square in range(max(1, size // _SIDE), 0, -1) if size % square == 0)


def _cost(parameters: RiseParameters, _model: Logits | None) -> int:
    return 1 + parameters.masks


def _remark(explanation: Explanation) -> str:
    masks, baseline = explanation.parameters["masks"], explanation.parameters["baseline"]
    return f"No unit; from {masks:,} random masks, baseline: {baseline}. Few masks leave speckles."


ENTRY = Entry(
    key="rise",
    label="RISE",
    needs=LOGITS,
    parameters=RiseParameters,
    factory=Rise,
    cost=_cost,
    paper="Petsiuk et al., RISE, BMVC 2018",
    words="The image is seen through thousands of random masks: how much more probable the finding is with those that "
    "show a place than with all of them.",
    view=View(
        sign="signed",
        floor="zero",
        resampling="bilinear",
        published=cam_picture,
        negative_means="The finding is less probable where this place is seen.",
        negative_opposes=True,
        remark=_remark,
    ),
    kind="perturbation",
    standard=False,
    own_passes=True,
    coarse="masks",
)

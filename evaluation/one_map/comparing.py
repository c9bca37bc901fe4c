"""All ways for one model, and how far they agree."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from evaluation.one_map.covering import OnPass, cells_across, raw_shares, slopes_of, worth_of
from evaluation.one_map.gates import along_gates, most_passes
from evaluation.one_map.occlusion import occlusion
from evaluation.one_map.shapley import shapley
from evaluation.one_map.surrogate import surrogate
from evaluation.one_map.types import Shares, Values
from evaluation.trust.sanity import rank_correlation
from explainers.model_run import ModelRun
from explainers.types import IsCancelled, never
from models.capabilities import MODULE

RAW, GATES = "raw", "gates"
LABELS = {
    RAW: "Raw map, less the filler",
    "occlusion": "Occlusion",
    "shapley": "Shapley values",
    GATES: "Integrated gradients",
    "surrogate": "Linear surrogate",
}


@dataclass(frozen=True)
class Effort:
    """How much is spent.

    Attributes:
        pairs: of random orders for Shapley values, at least 1; from 2 on their error is known.
        samples: coalitions a cell that the line is fitted to, at least 3.
        steps: of integrated gradients at most, 8 times a power of two.
        seed: of the orders and coalitions.
    """

    pairs: int = 2
    samples: int = 3
    steps: int = 128
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Way:
    """One way's map.

    Attributes:
        key: one of `LABELS`.
        shares: (g, g) float64, each cell's share of the logit.
        error: see `Shares`.
        passes: that it took, forward and back counted apart.
    """

    key: str
    shares: Values
    error: float
    passes: int


@dataclass(frozen=True)
class Agreement:
    """Two ways compared: `rank`, Spearman's correlation (NaN where a map is constant), and `difference`, the largest
    absolute one, in logits."""

    first: str
    second: str
    rank: float
    difference: float


@dataclass(frozen=True, eq=False)
class Comparison:
    """What all ways say of one image, model and finding.

    Attributes:
        model: its key.
        finding: CheXpert's name.
        whole, empty: the logit of the image, and of the filler everywhere.
        ways: in the order of `LABELS`; the raw map first, where the model has one.
    """

    model: str
    finding: str
    whole: float
    empty: float
    ways: tuple[Way, ...]

    @property
    def agreements(self) -> tuple[Agreement, ...]:
        """Every two ways."""
        return tuple(
            Agreement(
                a.key,
                b.key,
                rank_correlation(a.shares.astype(np.float32), b.shares.astype(np.float32)),
                float(np.abs(a.shares - b.shares).max()),
            )
            for a, b in combinations(self.ways, 2)
        )

    def incompleteness(self, way: Way) -> float:
        """What a way's shares add up to, less what all cells are worth more than none: 0 where it accounts for all."""
        return float(way.shares.sum() - (self.whole - self.empty))

    @property
    def difference(self) -> float:
        """The largest difference of any two ways, in logits."""
        return max(one.difference for one in self.agreements)

    @property
    def ranks(self) -> tuple[float, float]:
        """The lowest and the highest rank correlation of any two ways; NaN where none has one."""
        known = [one.rank for one in self.agreements if not np.isnan(one.rank)]
        return (min(known), max(known)) if known else (np.nan, np.nan)

    @property
    def strongest(self) -> float:
        """The largest share of any cell, of either sign, in logits."""
        return max(float(np.abs(way.shares).max()) for way in self.ways)


def price(run: ModelRun, effort: Effort | None = None) -> int:
    """Passes through the network that a comparison takes at most, forward and back counted apart.

    Raises:
        InputError: the model has too many patches.
    """
    effort, players = effort or Effort(), cells_across(run) ** 2
    by_gradients = most_passes(effort.steps) if MODULE.of(run.model) else 0
    return 2 + (1 + 2 * effort.pairs) * (players + 1) + _samples(players, effort) + by_gradients


def ways(
    run: ModelRun,
    finding: str,
    effort: Effort | None = None,
    cancelled: IsCancelled = never,
    on_pass: OnPass = lambda: None,
) -> Iterator[Comparison]:
    """Ask in all ways, one after the other, each by passes of its own.

    Args:
        run: the image and the model; what it can give decides: the raw map needs patches, integrated gradients a
            PyTorch network.
        finding: CheXpert's name.
        effort: how much is spent.
        cancelled: asked between passes.
        on_pass: called after each pass.

    Returns:
        An iterator over what is known after each way; the last one has all.

    Raises:
        InputError: the model does not predict the finding, has too many patches, or overflows.
        Cancelled: `cancelled` said yes.
    """
    index, effort = FINDINGS.index(finding), effort or Effort()
    if not run.info.architecture.predicted[index]:
        raise InputError(f"Expected a finding that {run.key} predicts, found {finding}; choose another.")
    asking = _Asking(run, index, effort, cancelled, on_pass)
    whole, empty = asking.worth(np.array([[True], [False]]).repeat(asking.players, axis=1))
    found: list[Way] = []
    for key in LABELS:
        way = asking.way(key)
        if way is not None:
            found.append(way)
            yield Comparison(run.key, finding, float(whole), float(empty), tuple(found))


def compare(run: ModelRun, finding: str, effort: Effort | None = None) -> Comparison:
    """Ask in all ways and return what they say; see `ways`."""
    *_, last = ways(run, finding, effort)
    return last


class _Asking:
    """One model and finding."""

    def __init__(self, run: ModelRun, index: int, effort: Effort, cancelled: IsCancelled, on_pass: OnPass) -> None:
        self._run, self._index, self._effort, self._tell = run, index, effort, on_pass
        self._across, self._passes = cells_across(run), 0
        self.players = self._across**2
        self.worth = worth_of(run, index, cancelled, self._passed)
        self._slopes = slopes_of(run, index, cancelled, self._passed)

    def way(self, key: str) -> Way | None:
        """One way's map; None where the model does not have what it needs."""
        self._passes = 0
        shares = self._shares(key)
        if shares is None:
            return None
        return Way(key, shares.values.reshape(self._across, -1), shares.error, self._passes)

    def _shares(self, key: str) -> Shares | None:
        players, effort = self.players, self._effort
        rng = np.random.default_rng([effort.seed, list(LABELS).index(key)])
        if key == RAW:
            expected = raw_shares(self._run, self._index)
            return None if expected is None else Shares(expected, 0.0)
        if key == "occlusion":
            return occlusion(self.worth, players)
        if key == "shapley":
            return shapley(self.worth, players, effort.pairs, rng)
        if key == GATES:
            return None if self._slopes is None else along_gates(self._slopes, effort.steps)
        return surrogate(self.worth, players, _samples(players, effort), rng)

    def _passed(self) -> None:
        self._passes += 1
        self._tell()


def _samples(players: int, effort: Effort) -> int:
    return effort.samples * players + 2

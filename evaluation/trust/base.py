"""What every trust check is made of: what it is asked about, what it answers, and how it is described."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from explainers.types import FloatArray
from models.capabilities import LOGITS, Capability, Logits

if TYPE_CHECKING:
    from data_cache.case import Case
    from explainers.entry import Entry
    from explainers.explanation import Explanation
    from explainers.model_run import ModelRun

Values = NDArray[np.float64]
Cascade = Sequence[tuple[str, Logits]]  # what became random last, and the model with it
Unit = Literal["method", "image", "cohort"]
Better = Literal["high", "low", "neither"]
NAN = float("nan")


class Model(Protocol):
    """What the checks ask of a model; every one with the capability `Logits` is such a model."""

    input_size: int

    def logits(self, images: FloatArray) -> FloatArray:
        """Logits (n, 14) float32 of images (n, s, s) float32 in [0, 1]; NaN where a finding is not predicted."""
        ...


class PatchModel(Model, Protocol):
    """A model whose image logits are the mean of logits that each depend on one patch alone."""

    patch_size: int

    def patch_logits(self, patches: FloatArray) -> FloatArray:
        """Logits (n, 14) float32 of patches (n, p, p) float32 in [0, 1]."""
        ...


@dataclass(frozen=True)
class Measured:
    """One number that a check found; NaN with a reason where it is undefined.

    Attributes:
        metric: key of the metric, one of the check's `metrics`.
        value: the number.
        setting: what it was measured with where a check tries several ("contrast 0.8"); empty otherwise.
        reason: why the value is NaN; empty where it is a number.
        finding: which finding it is about where that is not the subject's own.
        curve: what the number summarises, for figures of means over cases; empty otherwise.
    """

    metric: str
    value: float
    setting: str = ""
    reason: str = ""
    finding: str = ""
    curve: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if np.isnan(self.value) != bool(self.reason):
            raise ValueError(f"Expected a reason exactly where a value is undefined, found {self.value} of {self}.")


@dataclass(frozen=True, eq=False)
class Subject:
    """One case with one method's explanation of it: what a check of unit "method" is asked about.

    A check of unit "image" gets a subject without an explanation.

    Attributes:
        case: the radiograph.
        runs: what each model says about it, by the model's key.
        finding: the finding asked about.
        explanation: the method's maps; None for checks of the image.
        settings: of the run, such as seed and baseline; each check reads its own names and has defaults for them.
        shared: kept for one case, so that methods with equal maps or models do not repeat each other's passes.
        cascade: makes the explained model with more and more random weights, once for all cases; see `sanity`.
    """

    case: "Case"
    runs: "Mapping[str, ModelRun]"
    finding: str
    explanation: "Explanation | None" = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    shared: dict[Any, Any] = field(default_factory=dict)
    cascade: Callable[[], Cascade] = tuple

    @property
    def explained(self) -> "Explanation":
        """The explanation of a check that needs one.

        Raises:
            ValueError: there is none.
        """
        if self.explanation is None:
            raise ValueError("Expected a subject with an explanation, found none.")
        return self.explanation

    @property
    def run(self) -> "ModelRun":
        """What the explained model says about the image."""
        return self.runs[self.explained.model]


@dataclass(frozen=True, eq=False)
class Cohort:
    """All cases of a run: what a check of unit "cohort" is asked about.

    Attributes:
        key: whose predictions these are: the model's key in the registry.
        cases: the radiographs, those that could be read.
        logits: (n, 14) float32, one row a case; NaN in every case for findings that the model does not predict.
        settings: of the run.
    """

    key: str
    cases: tuple["Case", ...]
    logits: FloatArray
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Metric:
    """What a number means.

    Attributes:
        label: name in tables.
        words: one sentence.
        better: which end is good, so that the worst cases can be listed.
    """

    label: str
    words: str
    better: Better


@dataclass(frozen=True)
class Verdict:
    """Whether a method or model passes a check over a cohort, and the sentence that says by which number."""

    passed: bool
    words: str


def any_method(_method: "Entry") -> bool:
    """A check that can be asked about every method."""
    return True


@dataclass(frozen=True)
class Check:
    """One check of the registry.

    Attributes:
        key: name in commands and files.
        label: name on the page.
        words: two sentences that a clinician understands.
        definition: the formula, in words and symbols.
        paper: where it is from.
        cost: about how much it computes, in words.
        unit: "method": asked for each case and method; "image": for each case; "cohort": once.
        metrics: what it measures, by key; the first one is the check's own headline.
        measure: answers for a subject; None for checks of unit "cohort".
        measure_cohort: answers for a cohort; None for the others.
        needs: what a model must be able to give.
        fits_method: says by a method's entry whether the check can be asked about it.
        default: whether the command asks it without being told to.
        per_finding: whether it is asked about one finding; else once a case, with an empty finding.
        verdict: what a cohort's numbers say about a method, or None where there is no number to judge by; gets the
            defined values by (metric, setting).
    """

    key: str
    label: str
    words: str
    definition: str
    paper: str
    cost: str
    unit: Unit
    metrics: Mapping[str, Metric]
    measure: Callable[[Subject], Sequence[Measured]] | None = None
    measure_cohort: Callable[[Cohort], Sequence[Measured]] | None = None
    needs: Capability = LOGITS
    fits_method: "Callable[[Entry], bool]" = any_method
    default: bool = True
    per_finding: bool = True
    verdict: Callable[[Mapping[tuple[str, str], Values]], "Verdict | None"] | None = None

    def __post_init__(self) -> None:
        asked = self.measure_cohort if self.unit == "cohort" else self.measure
        if asked is None or (self.measure is None) == (self.measure_cohort is None):
            raise ValueError(f"Expected the one function that answers for a {self.unit} in the check {self.key}.")
        if not self.metrics:
            raise ValueError(f"Expected at least one metric in the check {self.key}.")

    def fits(self, method: "Entry", capabilities: Collection[Capability]) -> bool:
        """Whether the check can be asked about a method, on a model of these capabilities."""
        return self.needs in capabilities and self.fits_method(method)


def probability(logits: FloatArray | Values) -> Values:
    """σ(logit) in double precision, without overflow; NaN stays NaN."""
    return np.asarray(expit(np.asarray(logits, np.float64)))

"""What every trust check is made of: what it is asked about, what it answers, and how it is described."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from data_cache.case import Case
    from explainers.explanation import Explanation
    from explainers.passes import Passes
    from models.architecture import ModelKind

FloatArray = NDArray[np.float32]
Values = NDArray[np.float64]
Unit = Literal["method", "image", "cohort"]
Better = Literal["high", "low", "neither"]
NAN = float("nan")


class Model(Protocol):
    """What the checks ask of a model: `PatchPredictor` and `CnnPredictor` are such models."""

    input_size: int

    def logits(self, images: FloatArray) -> FloatArray:
        """Logits (n, 14) float32 of images (n, s, s) float32 in [0, 1]."""
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
        passes: its image as the models take it, and the models.
        finding: the finding asked about.
        explanation: the method's maps; None for checks of the image.
        settings: of the run, such as seed and baseline; each check reads its own names and has defaults for them.
        shared: kept for one case, so that methods with equal maps or models do not repeat each other's passes.
    """

    case: "Case"
    passes: "Passes"
    finding: str
    explanation: "Explanation | None" = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    shared: dict[Any, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Cohort:
    """All cases of a run: what a check of unit "cohort" is asked about.

    Attributes:
        kind: whose predictions these are.
        cases: the radiographs, those that could be read.
        logits: (n, 14) float32, one row a case.
        settings: of the run.
    """

    kind: "ModelKind"
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


@dataclass(frozen=True)
class Check:
    """One check of the registry.

    Attributes:
        key: name in commands and files.
        label: name on the page.
        words: two sentences that a clinician understands.
        definition: the formula, in words and symbols.
        paper: where it is from.
        models: kinds of models it can be asked about.
        cost: about how much it computes, in words.
        unit: "method": asked for each case and method; "image": for each case; "cohort": once.
        metrics: what it measures, by key; the first one is the check's own headline.
        measure: answers for a subject; None for checks of unit "cohort".
        measure_cohort: answers for a cohort; None for the others.
        methods: keys of the methods it fits; None: every registered one.
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
    models: tuple["ModelKind", ...]
    cost: str
    unit: Unit
    metrics: Mapping[str, Metric]
    measure: Callable[[Subject], Sequence[Measured]] | None = None
    measure_cohort: Callable[[Cohort], Sequence[Measured]] | None = None
    methods: tuple[str, ...] | None = None
    default: bool = True
    per_finding: bool = True
    verdict: Callable[[Mapping[tuple[str, str], Values]], "Verdict | None"] | None = None

    def __post_init__(self) -> None:
        asked = self.measure_cohort if self.unit == "cohort" else self.measure
        if asked is None or (self.measure is None) == (self.measure_cohort is None):
            raise ValueError(f"Expected the one function that answers for a {self.unit} in the check {self.key}.")
        if not self.metrics:
            raise ValueError(f"Expected at least one metric in the check {self.key}.")

    def fits(self, method: str, kind: "ModelKind") -> bool:
        """Whether the check can be asked about a method on a kind of model."""
        return kind in self.models and (self.methods is None or method in self.methods)


def probability(logits: FloatArray | Values) -> Values:
    """σ(logit) in double precision, without overflow."""
    return np.exp(-np.logaddexp(0.0, -np.asarray(logits, np.float64)))

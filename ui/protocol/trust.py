"""What the tab Trust is told, once (`TrustConfig`) and with each message (`TrustMessage`); undefined is null."""

from typing import Literal

from pydantic import Field

from ui.protocol.charts import TrustCharts
from ui.protocol.part import Assessment, Chosen, FileAddress, Part

Number = float | None


class ModelName(Part):
    """A model by its key, with its labels."""

    key: str
    label: str
    short: str


class Check(Part):
    """What the page says about a check."""

    key: str
    label: str
    words: str
    definition: str
    paper: str
    needs: str


class ResultRow(Part):
    """One method's results in one measure."""

    method: str
    label: str
    shown_masks: bool
    """Whether the network was shown masks in training: such rows have a table of their own."""
    n: int
    undefined: int
    reasons: str
    mean: Number
    sd: Number
    low: Number
    high: Number
    q05: Number
    q50: Number
    q95: Number
    values: list[float]
    worst: list[tuple[int, str, float]]
    """Place of the case, finding and value."""


class ResultGroup(Part):
    """All methods in one measure of one check."""

    check: str
    check_label: str
    metric: str
    setting: str
    words: str
    better: Literal["high", "low", "neither"]
    rows: list[ResultRow]


class Verdict(Part):
    """What a check's numbers say about a method."""

    check: str
    method: str
    passed: bool
    words: str


class ReliabilityCurve(Part):
    """What was said against what was there, bin by bin."""

    predicted: list[float]
    observed: list[float]
    low: list[float]
    high: list[float]
    n: list[float]


class Selection(Part):
    """What is answered, and how much of it wrongly, by threshold."""

    n: int
    thresholds: list[float]
    coverage: list[Number]
    risk: list[Number]


class CalibrationRow(Chosen):
    """How well probabilities are calibrated."""

    finding: str
    when: str
    n: float
    n_positive: Number
    ece: Number
    ece_low: Number
    ece_high: Number
    brier: Number
    nll: Number


class SensitivityRow(Chosen):
    """Sensitivity at a specificity."""

    finding: str
    n_positive: float
    n_negative: float
    asked_specificity: float
    sensitivity: Number
    sensitivity_low: Number
    sensitivity_high: Number
    reason: str


class CohortModel(Part):
    """A model's probabilities over a cohort, by finding."""

    key: str
    label: str
    reliability: dict[str, dict[str, ReliabilityCurve]]
    """By finding, then "before" or "after" calibration."""
    selective: dict[str, Selection]
    calibration: list[CalibrationRow]
    sensitivity: list[SensitivityRow]


class CohortResults(Part):
    """A cohort's results."""

    label: str
    n: int
    cases: list[str]
    groups: list[ResultGroup]
    verdicts: list[Verdict]
    models: list[CohortModel]


class TrustConfig(Part):
    """What the tab is told once."""

    protocol: str
    findings: list[str]
    models: list[ModelName]
    checks: list[Check]
    cohort: CohortResults | None
    selective: dict[str, dict[str, Selection]]
    """By model and finding."""
    selective_of: str
    plotly: str
    """Address of the charts' library below the app's root."""
    charts: TrustCharts


class Measure(Part):
    """A measure of an image beside its usual range."""

    measure: str
    words: str
    value: float
    low: float
    high: float
    outside: bool


class QualityReport(Part):
    """What is unusual about an image."""

    whose: str
    data: str
    rows: list[Measure]


class Opinion(Part):
    """What a model says: 14 numbers each, null for findings that it does not predict."""

    key: str
    label: str
    origin: Literal["official", "demo", "own"]
    raw: list[Number]
    calibrated: list[Number] | None
    deviation: list[Number] | None
    note: str
    reasons: list[str] | None
    """Why a finding is not calibrated; empty where it is."""


class MapPair(Part):
    """A map that can be checked."""

    name: str
    label: str
    method: str
    model: str
    shown: bool
    """Whether Explore shows it."""
    checks: list[str]
    """Keys of the checks that can be asked about it."""


class Assessed(Part):
    """What is known of the open case before any check."""

    title: str
    assessments: dict[str, Assessment]
    """By model."""
    quality: QualityReport | None
    quality_note: str
    opinions: list[Opinion]
    pairs: list[MapPair]


class CheckCurve(Part):
    """Probabilities by share of the pixels, and the area under them."""

    xs: list[float]
    ys: list[float]
    area: Number


class PerturbationAnswer(Part):
    """Both curves."""

    deletion: CheckCurve
    insertion: CheckCurve
    reason: str


class AttendedAnswer(Part):
    """The fall without the attended region, and those without random ones."""

    drop: Number
    random: list[float]
    difference: Number
    reason: str


class DisturbedMap(Part):
    """How a map fared under one disturbance."""

    label: str
    score: Number
    reason: str
    picture: FileAddress


class MarginChange(Part):
    """What the model makes of a margin."""

    margin: str
    change: Number
    control: Number
    flagged: bool
    picture: FileAddress


class MarginShare(Part):
    """How much of a map lies in a margin."""

    margin: str
    share: Number
    ratio: Number
    kept: Number


class ShortcutAnswer(Part):
    """What corners and borders mean to the model and to the map."""

    margins: list[MarginChange]
    maps: list[MarginShare]


class ExactnessAnswer(Part):
    """The sum against the logit, and the worst of the trials."""

    total: Number
    logit: Number
    sum_error: Number
    removal_error: Number
    exact: bool
    reason: str


class MeasuredAnswer(Part):
    """A number of a check that is not drawn in its own way."""

    metric: str
    words: str
    setting: str
    value: Number
    reason: str


class CheckResults(Part):
    """The answers of the checks that are drawn in their own way, by name of the map."""

    perturbation: dict[str, PerturbationAnswer] = Field(default_factory=dict)
    attended: dict[str, AttendedAnswer] = Field(default_factory=dict)
    stability: dict[str, list[DisturbedMap]] = Field(default_factory=dict)
    shortcut: dict[str, ShortcutAnswer] = Field(default_factory=dict)
    exactness: dict[str, ExactnessAnswer] = Field(default_factory=dict)


class Checked(Part):
    """The checks of one finding, as far as they have come."""

    finding: str
    done: int
    total: int
    doing: str
    results: CheckResults
    measured: dict[str, dict[str, list[MeasuredAnswer]]]
    """The answers of all other checks, by check and name of the map."""
    not_predicted: list[str]
    """Labels of models that do not predict the finding."""


class TrustMessage(Part):
    """All that is new; what is left out stays as it is."""

    protocol: str
    serial: str
    turn: int
    busy: bool
    error: str = ""
    assessed: Assessed | None = None
    checked: Checked | None = None

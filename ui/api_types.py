"""What the endpoints for programs take and give; their descriptions, `/openapi.json` among them, are made of these."""

from typing import Any, Literal, TypedDict

Maps = Literal["npz", "json", "none"]
ShiftSteps = Literal[1, 2, 4, 8]
Cohort = Literal["phantom-val", "phantom-test"]


class SentFile(TypedDict, total=False):
    """A file that was uploaded before: `path` is what the upload answered. `orig_name`, what the caller calls it, may
    name a patient: answers say "upload" and the file's place among several instead."""

    path: str
    orig_name: str


class Speaker(TypedDict):
    """A model that has spoken: whose weights, with their sha256, and what it can give."""

    key: str
    label: str
    short: str
    shown_masks: bool
    origin: str
    note: str
    facts: str
    weights: str
    provenance: dict[str, str]
    head: str
    capabilities: list[str]


class Reason(TypedDict):
    """Why an image cannot be read as it is, and what to do with it: "rotate" (by so many quarters clockwise), "flip",
    "invert" or None."""

    key: str
    text: str
    remedy: str | None
    quarters: int


class Assessment(TypedDict):
    """Whether what a model says of a radiograph can be read: "readable", "caution" or "not_assessable", and why not."""

    state: str
    title: str
    reasons: list[Reason]


class Report(TypedDict):
    """What models say of one radiograph: whether that can be read, by model ("not_assessable": it means nothing),
    probabilities by model and finding (None where it predicts none), and with maps="json" the signed maps by name,
    14 × h × w."""

    assessments: dict[str, Assessment]
    probabilities: dict[str, dict[str, float | None]]
    models: list[Speaker]
    findings: list[str]
    parameters: dict[str, dict[str, Any]]
    warnings: list[str]
    maps: dict[str, list[Any]] | None


class OneOfMany(TypedDict):
    """The answer to one radiograph of several: a report (and its .npz file), or one sentence on why there is none.

    `name` is the case's id, or "upload-2.png" for the second image, whatever the caller calls it."""

    name: str
    report: Report | None
    maps: dict[str, Any] | None
    error: str


class ListedCase(TypedDict):
    """A case that the page offers, with the findings labelled present."""

    id: str
    source: str
    phantom: bool
    positives: list[str]


class Score(TypedDict):
    """A row of summary.csv; None where something is undefined."""

    method: str
    finding: str
    n_hit: float | None
    hit_rate: float | None
    hit_low: float | None
    hit_high: float | None
    n_tp: float | None
    miou_tp: float | None
    miou_tp_low: float | None
    miou_tp_high: float | None
    n_all: float | None
    miou_all: float | None
    miou_all_low: float | None
    miou_all_high: float | None
    threshold: float | None
    form: str | None

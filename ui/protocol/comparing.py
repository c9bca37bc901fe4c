"""What server and page tell each other of the panel "Many methods, one map"."""

from typing import Literal

from ui.protocol.part import Part


class ComparedWay(Part):
    """One way to ask, and the share that it gives each cell, row by row, in logits."""

    key: str
    label: str
    shares: list[list[float]]
    error: float | None
    """What samples or steps leave open, in logits; null where nothing is known of it."""
    unaccounted: float
    """What the shares add up to, less what the image gains on the filler."""
    passes: int


class ComparedPair(Part):
    """Two ways."""

    first: str
    second: str
    rank: float | None
    """Spearman's correlation; null where a map is constant."""
    difference: float


class ComparedModel(Part):
    """What all ways so far say of one model."""

    key: str
    short: str
    one: bool
    """Whether they all are one map."""
    words: str
    """What came out; empty until all ways have been asked."""
    gained: float
    """The image's logit, less that of the filler."""
    limit: float
    """The largest share of all, the end of the colours' scale."""
    ways: list[ComparedWay]
    pairs: list[ComparedPair]


class CompareOffer(Part):
    """A model that can be asked, and what that costs; or why it cannot."""

    key: str
    label: str
    chosen: bool
    """Whether it is asked where nobody chooses."""
    passes: int
    seconds: float
    """Of all passes, as an estimate; 0 where nobody knows."""
    refused: str


class Compared(Part):
    """How far a comparison of ways has come, or what it would cost."""

    case: str
    """The open case's key."""
    finding: str
    state: Literal["offered", "waiting", "running", "done", "stopped", "failed"]
    words: str
    share: float
    offers: list[CompareOffer]
    models: list[ComparedModel] | None
    """Null where nothing is new."""


class CompareRequest(Part):
    """Say what a comparison costs, start one, or stop it."""

    what: Literal["price", "start", "stop"]
    finding: str
    models: list[str]

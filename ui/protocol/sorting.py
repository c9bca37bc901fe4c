"""The messages of the view "Sort a folder"."""

from pydantic import Field

from ui.protocol.part import Part
from ui.protocol.requests import SentFile
from ui.protocol.trust import ModelName
from ui.protocol.viewer import Assessment, Waiting

BATCH = 8  # images in one request


class SortConfig(Part):
    """What the view is told once."""

    protocol: str
    findings: list[str]
    models: list[ModelName]
    accept: str
    device: str
    """Whether visitors may compute on their own device: off, offer, or default, where they choose nothing."""
    most: int
    """Images in one list."""
    batch: int
    """Images in one request."""


class SortedOpinion(Part):
    """Probabilities of the 14 findings by one model, null where it does not predict one."""

    raw: list[float | None]
    calibrated: list[float | None] | None
    """Null where nothing is known of its outputs, and for findings that its profile does not calibrate."""


class SortedImage(Part):
    """One image: why it cannot be read, or what models say, and whether each can assess it."""

    index: int
    """As the page sent it."""
    error: str = ""
    assessments: dict[str, Assessment] = Field(default_factory=dict)
    opinions: dict[str, SortedOpinion] = Field(default_factory=dict)
    """Of the models that can assess it."""
    thumbnail: str = ""


class SortMessage(Part):
    """All that is known of one batch."""

    protocol: str
    serial: str
    batch: int
    busy: bool
    error: str = ""
    waiting: Waiting | None = None
    rows: list[SortedImage] = Field(default_factory=list)


class SortRequest(Part):
    """Judge some images; the batch's number comes back in the answers."""

    batch: int
    files: list[SentFile]

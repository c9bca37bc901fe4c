"""What the tab "Models and about" is told: all of it at first (`AboutContent`), then how far downloads are."""

from typing import Literal

from ui.protocol.part import Part


class ModelCard(Part):
    """A model that speaks; facts are words by heading."""

    key: str
    label: str
    words: str
    paper: str
    origin: Literal["official", "demo", "own"]
    note: str
    facts: dict[str, str]


class ShortName(Part):
    """A model where there is little room."""

    key: str
    short: str


class MethodCard(Part):
    """A method and the models that it explains."""

    label: str
    words: str
    negative: str
    paper: str
    needs: str
    models: list[ShortName]


class GetState(Part):
    """How far a download is: bytes of the current file."""

    here: bool
    running: bool
    file: str
    done: int
    total: int
    error: str


class OfficialName(Part):
    """Whose published weights there are to be got."""

    label: str
    licence: str


class Getting(Part):
    """Whether the host allows getting files, and how far that is."""

    protocol: str
    allowed: bool
    chosen: bool
    """Whether whoever started the app chose the weights."""
    official: list[OfficialName]
    weights: GetState | None = None
    sample: GetState


class AboutContent(Part):
    """Everything that the tab shows."""

    protocol: str
    models: list[ModelCard]
    error: str
    methods: list[MethodCard]
    getting: Getting
    must_not: list[str]
    limits: list[str]
    privacy: list[str]

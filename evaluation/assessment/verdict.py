"""What can be said about one model reading one image: whether it can be read, and why not. Plain data."""

from dataclasses import dataclass
from typing import Literal, get_args

State = Literal["readable", "caution", "not_assessable"]
Remedy = Literal["rotate", "flip", "invert"]
STATES: tuple[State, ...] = get_args(State)
TITLES: dict[State, str] = {
    "readable": "Can be read",
    "caution": "With caution",
    "not_assessable": "Not assessable",
}


@dataclass(frozen=True)
class Reason:
    """Why an image cannot be read as it is.

    Attributes:
        key: which reason, for programs: see the README of `evaluation`.
        sentence: for people; commands stand between backquotes.
        remedy: what to do with the image before it is read again; None where nothing of that kind helps.
        quarters: how many quarter turns clockwise lay it upright, where the remedy is "rotate".
    """

    key: str
    sentence: str
    remedy: Remedy | None = None
    quarters: int = 0


@dataclass(frozen=True)
class Assessment:
    """Whether a model's output for an image can be read.

    Attributes:
        state: "readable" is everything else than what the others say; "caution": with the reasons in mind;
            "not_assessable": the output means nothing, and no verdict may be made of it.
        reasons: the weightiest first; empty exactly where the image can be read.
    """

    state: State
    reasons: tuple[Reason, ...] = ()

    def __post_init__(self) -> None:
        if bool(self.reasons) != (self.state != "readable"):
            raise ValueError(f"Expected reasons exactly where an image cannot just be read, found {self}.")

    @property
    def title(self) -> str:
        """The state in words."""
        return TITLES[self.state]

    @property
    def sentence(self) -> str:
        """All of it in one line, without backquotes."""
        if not self.reasons:
            return f"{self.title}."
        return " ".join((f"{self.title}:", *(reason.sentence for reason in self.reasons))).replace("`", "")

    @property
    def assessable(self) -> bool:
        """Whether anything may be said about what the model answers."""
        return self.state != "not_assessable"

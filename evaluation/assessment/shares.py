"""The verdicts on many images, and the share of them that each reason is raised for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.simulated import is_simulated
from evaluation.assessment.assess import assess
from evaluation.assessment.film import film_of
from evaluation.assessment.verdict import STATES, Assessment
from evaluation.inference.rates import wilson
from evaluation.trust.quality import QualityReference

if TYPE_CHECKING:
    from models.checkpoints import Origin

COLUMNS = ("image", "state", "reasons", "likeness", "quarter_turns", "inverted", "sentences")
UNREADABLE = "unreadable"  # in place of a state, where there is no image to assess


@dataclass(frozen=True)
class Speaker:
    """Whose weights read the images, and the images that they learned from; `words` says both to people."""

    origin: "Origin"
    reference: QualityReference | None
    words: str


ANY_MODEL = Speaker("official", None, "any model, whatever it learned from")


@dataclass(frozen=True)
class Verdict:
    """One image: its assessment and how it fits the mean of films, or why it cannot be read."""

    image: str
    assessment: Assessment | None
    likeness: float
    quarters: int
    inverted: bool
    error: str = ""

    @property
    def state(self) -> str:
        """As in the column `state`."""
        return self.assessment.state if self.assessment else UNREADABLE

    @property
    def keys(self) -> tuple[str, ...]:
        """Of the reasons."""
        return tuple(reason.key for reason in self.assessment.reasons) if self.assessment else ()

    @property
    def line(self) -> str:
        """For people."""
        return f"{self.image}: {self.error or (self.assessment.sentence if self.assessment else '')}"

    @property
    def row(self) -> tuple[str | float | int, ...]:
        """As in COLUMNS."""
        said = self.error or (self.assessment.sentence if self.assessment else "")
        return self.image, self.state, " ".join(self.keys), self.likeness, self.quarters, int(self.inverted), said


def speaker_of(key: str, spec: str) -> Speaker:
    """A model that reads the images.

    Raises:
        InputError: the weights or their profile cannot be used.
    """
    from evaluation.trust.profile import find_profile
    from models.predictor import load_predictor

    info = load_predictor(spec, key, "torch-cpu").info
    profile = find_profile(spec, info)
    reference = profile.quality if profile else None
    learned = reference.whose if reference else "images that nobody noted"
    return Speaker(info.origin, reference, f"{info.id} ({info.origin} weights), which learned from {learned}")


def verdict_of(case: Case, speaker: Speaker) -> Verdict:
    """Look at a case and judge it."""
    try:
        film = film_of(case.read(), is_simulated(case))
    except InputError as error:
        return Verdict(case.id, None, float("nan"), 0, False, " ".join(str(error).split()))
    pose = film.pose
    found = assess(film, speaker.origin, speaker.reference)
    return Verdict(case.id, found, pose.likeness, pose.quarters, pose.inverted)


def share_lines(verdicts: Sequence[Verdict], speaker: Speaker) -> Iterator[str]:
    """How many images have each state and each reason, with the 95 % interval of Wilson, for people."""
    n = sum(one.assessment is not None for one in verdicts)
    unread = len(verdicts) - n
    yield f"{n} images read by {speaker.words}" + (f"; {unread} files are no images that can be read" * (unread > 0))
    keys = sorted({key for one in verdicts for key in one.keys})
    states: tuple[str, ...] = STATES
    counted = [(state, sum(one.state == state for one in verdicts)) for state in states]
    counted += [(f"  {key}", sum(key in one.keys for one in verdicts)) for key in keys]
    for name, count in counted if n else ():
        low, high = wilson(count / n, n)
        yield f"{name:<20} {count:>6} of {n:<6} {count / n:>6.1%}  ({low:.1%} to {high:.1%})"

"""Listed cases are the same for everybody: what the models say of one is worked out once, kept for a while, and shared.

Several people who open the same case wait for one computation: each stands in line for the case, finds what those
before have learnt, and works out only what is still missing.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

from explainers.explanation import Explanation
from explainers.pairs import parse_pair
from ui.engine import Models
from ui.panes import QUICK
from ui.session import OpenCase

MOST = 48  # cases; some 4 MB each


@dataclass(eq=False)
class Known:
    """What is known of one listed case; `working` is held by whoever works out what is missing."""

    models: Models | None = None
    reading: OpenCase | None = None
    working: Lock = field(default_factory=Lock)


class Listed:
    """The listed cases that were opened lately.

    Args:
        most: how many are kept.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._lock = Lock()

    def place(self, case_id: str, models: Models | None) -> "Place":
        """Return a place at a case, to be used in a `with` block.

        Args:
            case_id: which.
            models: those that speak now; None while they load. What others have said is forgotten.
        """
        with self._lock:
            known = self._known.get(case_id)
            if known is None or (known.models is not models and None not in (known.models, models)):
                known = self._known[case_id] = Known()
            self._known.move_to_end(case_id)
            while len(self._known) > self._most:
                self._known.popitem(last=False)
            return Place(known)


class Place:
    """Somebody's place in the line for one case."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._inside = False

    def __enter__(self) -> "Place":
        return self

    def __exit__(self, *_: object) -> None:
        if self._inside:
            self._inside = False
            self._known.working.release()

    def enter(self, timeout: float) -> bool:
        """Wait at most so many seconds for those who work at the case; True once nobody else does."""
        self._inside = self._inside or self._known.working.acquire(timeout=timeout)
        return self._inside

    def reading(self) -> OpenCase | None:
        """What is known of the case, for one more visitor; None before anybody has read it."""
        found = self._known.reading
        return None if found is None else found.again()

    def teach(self, reading: OpenCase) -> None:
        """Tell a visitor's reading what others have learnt meanwhile."""
        if self._known.reading is not None:
            reading.learn(self._known.reading, self._known.reading.explanations)

    def learn(self, reading: OpenCase, models: Models) -> None:
        """Keep what a visitor's reading has learnt, once its image was prepared."""
        if (
            not self._inside
            or not reading.runs
            or (self._known.models is not None and self._known.models is not models)
        ):
            return
        if self._known.reading is None:
            self._known.models = models
            self._known.reading = OpenCase(reading.view, reading.key, None, reading.film, models=reading.models)
            self._known.reading.runs = {key: run.again() for key, run in reading.runs.items()}
        self._known.reading.pace = {**self._known.reading.pace, **reading.pace}
        self._known.reading.learn(reading, _usual(reading.explanations))


def _usual(explanations: Mapping[str, Explanation]) -> dict[str, Explanation]:
    """Those that everybody is shown at first; what visitors refine is large, and their own."""
    found = {}
    for name, explanation in explanations.items():
        entry = parse_pair(name).entry
        usual = entry.parse(None)
        if entry.parse(explanation.parameters) == usual and entry.cost(usual, None) <= QUICK:
            found[name] = explanation
    return found

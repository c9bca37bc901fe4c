"""Things wrong with the input that one case can have without stopping the others: named, counted, left out."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "map that cannot be read",
    "map of another shape",
    "map that is not finite",
    "map that is too large",
    "duplicate map",
    "unknown finding",
    "mask that cannot be read",
    "annotation that cannot be used",
    "anatomy that cannot be used",
    "mask of another size",
    "case without a mask entry",
    "case without maps",
    "flagged human benchmark",
]


@dataclass(frozen=True, order=True)
class Problem:
    """One wrong input.

    Attributes:
        kind: what it is, one of few.
        subject: what it concerns: a file, or a case and a finding.
        sentence: what was expected, what was found and what was done, in one line.
    """

    kind: Kind
    subject: str
    sentence: str


def counts(problems: Iterable[Problem]) -> dict[str, int]:
    """How many problems there are of each kind, by kind."""
    return dict(sorted(Counter(problem.kind for problem in problems).items()))


def summary(problems: Sequence[Problem], most: int = 20) -> list[str]:
    """One line a problem, `most` of them, and one line for how many more there are."""
    lines = [f"{problem.kind}: {problem.sentence}" for problem in problems[:most]]
    if len(problems) > most:
        lines.append(f"{len(problems) - most} more, all in manifest.json.")
    return lines

"""What was said, and when."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Phrase:
    """Some words and the window of time in which they were said, in seconds."""

    text: str
    start: float
    end: float


def sentences(words: Sequence[Phrase]) -> list[Phrase]:
    """Join words to sentences; a full stop is a word of its own and ends one."""
    found: list[Phrase] = []
    current: list[Phrase] = []
    for word in words:
        if word.text != ".":
            current.append(word)
        elif current:
            found.append(_joined(current))
            current = []
    return [*found, _joined(current)] if current else found


def _joined(words: Sequence[Phrase]) -> Phrase:
    return Phrase(" ".join(word.text for word in words), words[0].start, words[-1].end)

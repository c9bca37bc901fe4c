"""Messages to the viewer: everything that is known about the open case, sent again whenever something is added."""

from dataclasses import dataclass, field
from time import perf_counter
from typing import Any
from uuid import uuid4

from explainers.explanation import Explanation
from explainers.registry import EXPLAINERS
from ui.content import Store, case_content, map_content, probabilities
from ui.session import Reading

Message = dict[str, Any]


def error_message(turn: int, text: str) -> Message:
    """Return a message that shows one sentence and leaves everything else on the page as it is."""
    return {"serial": uuid4().hex, "turn": turn, "busy": False, "error": text}


def reply(turn: int, **content: Any) -> Message:
    """Return a message that answers one question and leaves everything else on the page as it is."""
    return {"serial": uuid4().hex, "turn": turn, "busy": False, **content}


def shift_steps(explanation: Explanation) -> int:
    """Return the shift steps that a patch map was made with."""
    return int(explanation.parameters["shift_steps"])


@dataclass
class Progress:
    """How far a refinement to `wanted` shift steps has come; `counted` are the passes that were made before it."""

    wanted: int
    counted: int
    started: float = field(default_factory=perf_counter)

    def content(self, reading: Reading, busy: bool) -> Message | None:
        """Return what the page shows of it; None as long as there is no patch map."""
        shown = next((e for key, e in reading.explanations.items() if EXPLAINERS[key].model == "medicalpatchnet"), None)
        if shown is None:
            return None
        steps, total = shift_steps(shown), self.wanted**2
        cost = {"finest": _patch_size(shown), "made": reading.counted, "pace": reading.pace}
        if not busy or steps >= self.wanted:
            height, width = shown.maps.shape[1:]
            return {"wanted": steps, "share": 1.0, "words": f"{width}×{height} cells", **cost}
        done = min(total, reading.counted)
        return {"wanted": self.wanted, "share": done / total, "words": self._words(done, total), **cost}

    def _words(self, done: int, total: int) -> str:
        made = done - self.counted
        words = f"{done:,} of {total:,}"
        if made <= 0:
            return f"{words} passes"
        left = (perf_counter() - self.started) / made * (total - done)
        return f"{words}, {_duration(left)} left"


def _patch_size(explanation: Explanation) -> int:
    """Side of a patch in pixels of the model's input: the most shift steps that there are."""
    return explanation.geometry.input_size * shift_steps(explanation) // explanation.maps.shape[1]


def _duration(seconds: float) -> str:
    return f"{max(1, round(seconds))} s" if seconds < 100 else f"{round(seconds / 60)} min"


class Messenger:
    """Makes the messages of one request.

    Args:
        reading: the case.
        turn: number of the request; the viewer ignores messages of requests older than the newest it has seen.
        store: where arrays go.
        wanted: shift steps that were asked for.
    """

    def __init__(self, reading: Reading, turn: int, store: Store, wanted: int) -> None:
        self._reading = reading
        self._store = store
        self._fixed: Message = {"turn": turn, **case_content(reading.view, reading.key, store)}
        self._maps = {key: map_content(explanation, store) for key, explanation in reading.explanations.items()}
        self._patches = None if reading.patch_logits is None else store(reading.patch_logits)
        self._counted = reading.counted
        self._progress = Progress(wanted, reading.counted)
        self.models: list[Message] = []
        self.waiting: Message | None = None  # what to show while others are before this request

    def add(self, explanation: Explanation) -> None:
        """Take one more explanation, or a finer one of a method."""
        self._reading.explanations[explanation.method] = explanation
        made = self._reading.counted - self._counted
        if explanation.method == "raw" and made > 0:  # the first of the patch maps: all new passes were made for it
            self._reading.pace = explanation.seconds / made
        if explanation.method == "raw" and shift_steps(explanation) == 1:  # the plain grid: its map is the patch logits
            self._reading.patch_logits = explanation.maps
            self._patches = self._store(explanation.maps)
        self._maps[explanation.method] = map_content(explanation, self._store)

    def make(self, busy: bool) -> Message:
        """Return the message that says all that is known now."""
        return {
            "serial": uuid4().hex,
            **self._fixed,
            "busy": busy,
            "waiting": self.waiting if busy else None,
            "models": self.models,
            "caution": self._caution(),
            "maps": dict(self._maps),
            "patches": self._patches,
            "probabilities": self._probabilities(),
            "progress": self._progress.content(self._reading, busy),
        }

    def _caution(self) -> str:
        """What to say where weights that have only seen phantoms speak about anything else."""
        if self._reading.view.facts["phantom"] or all(model["origin"] != "demo" for model in self.models):
            return ""
        return (
            "Demonstration weights, trained on phantoms alone: what they say about this radiograph means nothing. "
            "`python -m models fetch` gets the official weights."
        )

    def _probabilities(self) -> dict[str, list[float]]:
        return {
            EXPLAINERS[key].model: probabilities(explanation.logits)
            for key, explanation in self._reading.explanations.items()
        }

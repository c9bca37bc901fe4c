"""Messages to the viewer: everything that is known about the open case, sent again whenever something is added."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from explainers.base import Parameters
from explainers.explanation import Explanation
from explainers.registry import find_method
from ui.content import Store, assessment_contents, calibrated_probabilities, case_content, map_content, probabilities
from ui.prices import Prices
from ui.progress import Progress, cost_of, refined
from ui.protocol.sending import message
from ui.protocol.viewer import Answer, CaseMessage
from ui.session import OpenCase
from ui.settings import Settings

Message = dict[str, Any]


def error_message(turn: int, text: str, at: str = "") -> Message:
    """Return a message that shows one sentence and leaves everything else on the page as it is.

    `at` names the pane whose parameters the sentence is about, if it is about one's.
    """
    return reply(turn, error=text, **({"at": at} if at else {}))


def reply(turn: int, **content: Any) -> Message:
    """Return a message that answers one question and leaves everything else on the page as it is."""
    return message(Answer, serial=uuid4().hex, turn=turn, busy=False, **content)


class Messenger:
    """Makes the messages of one request.

    Args:
        reading: the case.
        turn: number of the request; the viewer ignores messages of requests older than the newest it has seen.
        store: where arrays go.
        names: the panes on show, whose maps are sent.
        floors: the floors on show, which are sent too.
        wanted: parameters of the maps that are to be made.
        most: passes that a map may take on this host.
    """

    def __init__(
        self,
        reading: OpenCase,
        turn: int,
        store: Store,
        names: Sequence[str],
        wanted: Mapping[str, Parameters] | None = None,
        floors: Sequence[str] = (),
        most: int = Settings.passes,
    ) -> None:
        self._reading = reading
        self._store = store
        self._names = names
        self._fixed: Message = {"turn": turn, **case_content(reading.view, reading.key, store, reading.orientation)}
        self._fixed["case"]["dicom_results"] = reading.source is not None
        known = {name: reading.explanations[name] for name in names if name in reading.explanations}
        self._maps = {name: map_content(explanation, store) for name, explanation in known.items()}
        self._gaze = [one.content(store) for one in reading.gaze]
        self._floor_names = floors
        self.take_floors()
        self._patches: Message = {}
        self._counted = dict(reading.counted)
        self._slowest: dict[str, float] = {}
        self._progress = Progress(reading, names, wanted or {})
        self._prices = Prices(reading, names, tuple(wanted or ()), most)
        self.models: list[Message] = []
        self.waiting: Message | None = None  # what to show while others are before this request
        self.long = False  # whether what is being made takes long, so that it can be stopped

    def take_floors(self) -> None:
        """Take the floors on show that are made by now."""
        known = self._reading.floors
        self._floors = {name: known[name].content(self._store) for name in self._floor_names if name in known}

    def add(self, explanation: Explanation) -> None:
        """Take one more explanation, or a finer one of a method."""
        name = explanation.name
        self._reading.add(explanation)
        if refined(name):
            self._note_pace(explanation)
        self._maps[name] = map_content(explanation, self._store)

    def _note_pace(self, explanation: Explanation) -> None:
        """The first of the maps that share their passes is the slowest: all new passes were made for it."""
        reading, model = self._reading, explanation.model
        made = reading.counted[model] - self._counted.get(model, 0)
        self._slowest[model] = max(explanation.seconds, self._slowest.get(model, 0.0))
        if made > 1:  # of the first look alone, the look itself says it
            reading.pace[model, find_method(explanation.method).kind] = self._slowest[model] / made
        reading.reached[model] = max(cost_of(explanation, reading.model(model)), reading.reached.get(model, 0))

    def make(self, busy: bool) -> Message:
        """Return the message that says all that is known now."""
        reading = self._reading
        for key, logits in list(reading.patch_logits.items()):  # a model may speak right now
            if key not in self._patches:
                self._patches[key] = self._store(logits)
        return message(
            CaseMessage,
            serial=uuid4().hex,
            **self._fixed,
            busy=busy,
            waiting=self.waiting if busy else None,
            long=busy and self.long,
            models=self.models,
            assessments=assessment_contents(reading.assessments),
            maps={name: self._maps[name] for name in self._names if name in self._maps},
            floors=self._floors,
            gaze=self._gaze,
            patches=dict(self._patches),
            probabilities={key: probabilities(logits) for key, logits in list(reading.logits.items())},
            calibrated={
                key: calibrated_probabilities(profile, logits)
                for key, logits in list(reading.logits.items())
                if (profile := reading.profiles.get(key)) is not None
            },
            progress=self._progress.content(busy),
            regions=dict(reading.regions),
            prices=self._prices.content(busy),
        )

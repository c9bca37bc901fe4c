"""The tab Explore: what happens when a visitor opens a case, brings a radiograph or asks for finer maps.

Each request is a generator of messages for the viewer (see `messages`).
"""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np

from data_cache.case import Case
from data_cache.errors import InputError
from explainers.explanation import Explanation
from explainers.registry import EXPLAINERS
from explainers.run import explain
from ui.annotations import annotation_content, read_for
from ui.catalogue import Catalogue
from ui.content import Store, model_content
from ui.engine import Engine, Models
from ui.exports.making import make_export
from ui.line import Line, Ticket
from ui.messages import Message, Messenger, error_message, reply
from ui.session import Reading, Session

QUICK_STEPS = (1, 2, 4, 8)  # what a program may ask for in one request
SHIFT_STEPS = (*QUICK_STEPS, 16, 32, 64)  # the finest are one-pixel shifts: the patch size of the weights is the limit
PATCH_METHODS = tuple(key for key, entry in EXPLAINERS.items() if entry.model == "medicalpatchnet")
_PATIENCE = 0.25  # seconds between two signs of life
_PUT_AWAY = "The case was put away, since the page had been left or other weights came: open it again."
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Request:
    """One request of a visitor: its number, what says whether a newer one has overtaken it, and what it wants."""

    turn: int
    over: Callable[[], bool]
    methods: tuple[str, ...]
    steps: int
    line: Line


class Explore:
    """The tab's requests. One object serves all visitors; what belongs to one of them is in the `Session`.

    Args:
        catalogue: the cases on offer.
        engine: the models.
        store: writes an array where the browser can fetch it.
        lay_out: writes a file of a name where the browser can fetch it, and returns its address.
        line: where requests wait for the models.
        refining: where refinements wait, which take long; a first look never waits for one.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        engine: Engine,
        store: Store,
        lay_out: Callable[[bytes, str], Message] | None = None,
        line: Line | None = None,
        refining: Line | None = None,
    ) -> None:
        self.catalogue = catalogue
        self._engine = engine
        self._store = store
        self._lay_out = lay_out or (lambda data, _: store(np.frombuffer(data, np.uint8)))
        self._line = line or Line(2)
        self._refining = refining or Line(2)
        self._uploads = count(1)

    def open(self, session: Session, case_id: str) -> Iterator[Message]:
        """Show a case of the catalogue and explain it."""
        return self._answer(session, lambda: (case_id, self.catalogue.get(case_id)))

    def read(self, session: Session, data: bytes, name: str) -> Iterator[Message]:
        """Show an uploaded radiograph and explain it; it stays in memory, and in this session alone."""
        return self._answer(session, lambda: (f"upload {next(self._uploads)}", Case.from_upload(data, name)))

    def refine(self, session: Session, steps: int) -> Iterator[Message]:
        """Make the patch maps of the current case finer, or coarse again."""
        if session.current is None:
            return iter((error_message(session.turn, _PUT_AWAY),))
        if steps not in SHIFT_STEPS:
            return iter(())
        request = _Request(*session.begin(), PATCH_METHODS, steps, self._refining)
        return _guarded(session, self._explained(session.current, request))

    def annotate(self, session: Session, data: bytes, name: str, finding: str | None) -> Iterator[Message]:
        """Read an annotation file for the current case; nothing on the server changes."""

        def messages() -> Iterator[Message]:
            reading = _open_reading(session)
            file = read_for(reading, data, name, finding)
            regions = [annotation_content(one, reading.view.geometry, self._store) for one in file.annotations]
            yield reply(session.turn, annotations=regions, note=file.note)

        return _guarded(session, messages())

    def export(self, session: Session, what: str, state: Any) -> Iterator[Message]:
        """Make a file of the current case as the viewer shows it."""

        def messages() -> Iterator[Message]:
            data, name = make_export(_open_reading(session), what, state)
            yield reply(session.turn, download={"file": self._lay_out(data, name), "name": name})

        return _guarded(session, messages())

    def stop(self, session: Session) -> None:
        """Give up what is being computed; what has come so far stays."""
        session.begin()

    def _answer(self, session: Session, find: Callable[[], tuple[str, Case]]) -> Iterator[Message]:
        def messages() -> Iterator[Message]:
            reading = session.reading(*find())  # what cannot be read ends here, and what is under way goes on
            missing = tuple(key for key in EXPLAINERS if key not in reading.explanations)
            yield from self._explained(reading, _Request(*session.begin(), missing, 1, self._line))

        return _guarded(session, messages())

    def _explained(self, reading: Reading, request: _Request) -> Iterator[Message]:
        messenger = Messenger(reading, request.turn, self._store, request.steps)
        if not reading.explanations:
            yield messenger.make(busy=True)  # the radiograph at once, before any model has spoken
        models = self._engine.models()
        messenger.models = [model_content(model.info) for model in models]
        if request.methods:
            with request.line.join() as ticket:
                yield from _waiting(messenger, ticket, request)
                if not request.over():
                    with reading.lock:
                        yield from _computed(messenger, reading, models, request)
        yield messenger.make(busy=False)


def _open_reading(session: Session) -> Reading:
    if session.current is None:
        raise InputError("Expected an open case, found none; open one first.")
    return session.current


def _waiting(messenger: Messenger, ticket: Ticket, request: _Request) -> Iterator[Message]:
    """Wait for a place at the models, and say so whenever the line has moved."""
    while not request.over() and not ticket.enter(_PATIENCE):
        said, messenger.waiting = messenger.waiting, ticket.content()
        if said != messenger.waiting:
            yield messenger.make(busy=True)
    messenger.waiting = None


def _computed(messenger: Messenger, reading: Reading, models: Models, request: _Request) -> Iterator[Message]:
    """Explain, and make a message whenever there is more to say."""
    parameters = {key: {"shift_steps": request.steps} for key in request.methods if key in PATCH_METHODS}
    explanations = explain(reading.prepare(models), request.methods, parameters, reading.view.case_id, request.over)
    counted = reading.counted
    for explanation in _with_signs_of_life(explanations):
        if explanation is not None:
            messenger.add(explanation)
        elif reading.counted == counted:
            continue
        counted = reading.counted
        yield messenger.make(busy=True)


def _guarded(session: Session, messages: Iterator[Message]) -> Iterator[Message]:
    """Pass messages on; an error becomes a message, so that nothing else on the page is lost."""
    try:
        yield from messages
    except InputError as error:
        yield error_message(session.turn, str(error))
    except Exception:
        _log.exception("A request of the tab Explore failed")
        yield error_message(
            session.turn, "Something went wrong inside the app, not with your input; its log says more."
        )


def _with_signs_of_life(explanations: Iterator[Explanation]) -> Iterator[Explanation | None]:
    """Pass explanations on, with None in between while the next one takes its time."""
    with ThreadPoolExecutor(1, thread_name_prefix="explain") as worker:
        while True:
            coming = worker.submit(next, explanations, None)
            while not wait([coming], timeout=_PATIENCE).done:
                yield None
            explanation = coming.result()
            if explanation is None:
                return
            yield explanation

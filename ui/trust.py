"""The tab Trust: what happens when a visitor asks whether the open case's explanation and probability can be relied on.

Each request is a generator of messages for ui/trust.js; a message says all that is known, so that none may be missed.
"""

import logging
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from ui import trust_content as content
from ui.content import assessment_contents
from ui.engine import Engine
from ui.profiles import NO_TRAINING
from ui.protocol.sending import message
from ui.protocol.trust import TrustMessage
from ui.session import OpenCase, Session
from ui.settings import Settings
from ui.trust_asking import Asking, pair_contents, possible_pairs
from ui.trust_opinions import opinion_of, opinion_with_spread
from ui.trust_visit import Visit

Message = dict[str, Any]
_NOTHING_OPEN = "Expected an open case that the models have read, found none: open one in Explore."
_log = logging.getLogger(__name__)


class Trust:
    """The tab's requests. One object serves all visitors.

    Args:
        engine: the models.
        settings: whose weights they are.
        shelve: lays a PNG out where the browser can fetch it.
    """

    def __init__(self, engine: Engine, settings: Settings, shelve: content.Shelve) -> None:
        self._engine = engine
        self._shelve = shelve

    def assess(self, visit: Visit, session: Session) -> Iterator[Message]:
        """Say what is unusual about the open case's image, and how sure the models are."""
        return _guarded(visit, self._assessed(visit, session))

    def check(self, visit: Visit, session: Session, finding: str, names: Sequence[str]) -> Iterator[Message]:
        """Run the checks of some explanations of the open case for one finding.

        Args:
            visit: the visitor's.
            session: with the open case.
            finding: CheXpert's name.
            names: of methods and models, see `explainers.pairs`.
        """
        return _guarded(visit, self._checked(visit, session, finding, names))

    def _assessed(self, visit: Visit, session: Session) -> Iterator[Message]:
        reading = _open_case(session)
        profiles = self._engine.profiles()
        reading.assess(self._engine.models(), profiles)
        known = profiles.quality
        assessed = {
            "title": reading.view.facts["title"],
            "assessments": assessment_contents(reading.assessments),
            "quality": content.quality_content(reading.film.compared(known[0]), *known) if known else None,
            "quality_note": "" if known else NO_TRAINING,
            "opinions": [
                opinion_with_spread(run, profiles) if reading.assessments[key].assessable else opinion_of(run, profiles)
                for key, run in reading.runs.items()
            ],
            "pairs": pair_contents(reading),
        }
        yield _message(visit.turn, busy=False, assessed=assessed)

    def _checked(self, visit: Visit, session: Session, finding: str, names: Sequence[str]) -> Iterator[Message]:
        reading = _open_case(session)
        known = {pair.name: pair for pair in possible_pairs(reading)}
        if finding not in FINDINGS or not set(names) <= set(known):
            raise InputError("The page asked for a finding or a map that does not exist: reload the page.")
        turn, over = visit.begin()
        pairs = [known[name] for name in known if name in names]
        asking = Asking(reading, finding, pairs, visit.kept(reading, finding), self._shelve)
        for done, (check, pair) in enumerate(asking.plan):
            yield _message(turn, busy=True, checked=asking.content(done, f"{check} of {pair.label}"))
            if over():
                return
            asking.ask(check, pair)
        yield _message(turn, busy=False, checked=asking.content(len(asking.plan), ""))


def _open_case(session: Session) -> OpenCase:
    if session.current is None or not session.current.runs:
        raise InputError(_NOTHING_OPEN)
    return session.current


def _message(turn: int, busy: bool, **parts: Any) -> Message:
    return message(TrustMessage, serial=uuid4().hex, turn=turn, busy=busy, **parts)


def _guarded(visit: Visit, messages: Iterator[Message]) -> Iterator[Message]:
    """Pass messages on; an error becomes a message, so that nothing else on the page is lost."""
    try:
        yield from messages
    except InputError as error:
        yield _message(visit.turn, busy=False, error=str(error))
    except Exception:
        _log.exception("A request of the tab Trust failed")
        yield _message(
            visit.turn, False, error="Something went wrong inside the app, not with your input; its log says more."
        )

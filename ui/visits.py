"""When a visit ends, and what is forgotten then.

Gradio says when a browser's connection closes, but keeps what belongs to it for an hour or for good; here everything
that came from the visitor is let go `keep` seconds after the connection closed. A connection that only broke for a
moment comes back within that time and finds everything in its place.
"""

from collections.abc import Callable
from threading import Lock, Timer
from time import monotonic

from ui.memory import give_back
from ui.session import Session

_IDLE = 3600.0  # seconds after which a visit that asks for nothing and never said goodbye is over


class Visits:
    """All visits that are under way.

    Args:
        keep: seconds between the end of a visit's connection and forgetting it.
        forgotten: called with the key of each visit that is over.
    """

    def __init__(self, keep: float, forgotten: Callable[[str], object] = lambda key: None) -> None:
        self._keep = keep
        self._forgotten = forgotten
        self._sessions: dict[str, Session] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._sessions)

    def holds(self, key: str) -> bool:
        """Whether a case is open in a visit."""
        session = self._sessions.get(key)
        return session is not None and session.current is not None

    def arrived(self, key: str, session: Session) -> None:
        """Take note of a visit that asks for something; forget those that have long asked for nothing."""
        with self._lock:
            former = self._sessions.get(key)
            self._sessions[key] = session
            idle = [other for other, one in self._sessions.items() if monotonic() - one.last_used > _IDLE]
        if former is not None and former is not session:
            former.forget()
        for other in idle:
            self.forget(other)

    def left(self, key: str) -> None:
        """The visit's connection has closed: stop computing for it, and forget it unless it comes back in time."""
        session = self._sessions.get(key)
        if session is None:
            return
        turn, _ = session.begin()
        timer = Timer(self._keep, lambda: self.forget(key) if session.turn == turn else None)
        timer.daemon = True
        timer.start()

    def forget(self, key: str) -> None:
        """Let go of everything that belongs to a visit."""
        with self._lock:
            session = self._sessions.pop(key, None)
        if session is not None:
            session.forget()
            self._forgotten(key)
            give_back()

    def forget_cases(self) -> None:
        """Let go of all opened cases, since other models speak from now on; the visits go on."""
        for session in list(self._sessions.values()):
            session.forget()

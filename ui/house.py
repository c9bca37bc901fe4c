"""All that keeps one page fair and bounded: who is in, how much they ask for, and what goes when they leave."""

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import _parse_file_size

from ui.calls import check_call
from ui.limits import Sessions, Traffic, check_waiting
from ui.lines import take_turns
from ui.receiving import Receiver
from ui.room import room_of
from ui.settings import Settings
from ui.visitors import NOBODY, Client, visitor_in
from ui.visits import Visits


class House:
    """Belongs to one page, and lives as long.

    Args:
        page: whose queue, sessions and files it keeps watch over.
        settings: how much there is.

    Attributes:
        visits: those under way.
        sessions: those that there are, also of programs and of people who only look in.
        traffic: requests under way.
        receiver: takes uploads.
    """

    def __init__(self, page: gr.Blocks, settings: Settings) -> None:
        self._page = page
        folder = Path(page.GRADIO_CACHE)
        self._room = room_of(folder)
        self._room.allow(settings.disk << 20)
        self.visits = Visits(settings.keep, self._forgotten)
        self.sessions = Sessions(self._forget, self.visits.holds)
        self.traffic = Traffic()
        most = _parse_file_size(settings.max_file_size)
        self.receiver = Receiver(folder, self._room, int(most or 0), page.upload_file_set)

    def check_waiting(self, body: dict[str, Any], client: Client, size: int) -> None:
        """Refuse a request for which somebody has too many in line already; see `limits.check_waiting`. Who is let in
        takes turns with the others."""
        take_turns(self._page._queue)
        check_waiting(self._page, body, client, size)

    def check_call(self, path: str, body: dict[str, Any]) -> None:
        """Refuse a call that names no function of the page, or does not fit it; see `calls.check_call`."""
        check_call(self._page, path, body)

    def _forget(self, session: str) -> None:
        """A session has to go."""
        self.visits.forget(session)
        self._page.state_holder.session_data.pop(session, None)
        self._page._queue.pending_messages_per_session.pop(session, None)

    def _forgotten(self, session: str) -> None:
        """A visit is over; when it was the visitor's last, nothing of the visitor stays on the disk."""
        self._page.state_holder.session_data.pop(session, None)
        self.sessions.ended(session)
        visitor = visitor_in(session)
        if visitor != NOBODY and not self.sessions.has(visitor):
            self._room.clear(visitor)

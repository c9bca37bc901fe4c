"""Gradio's own queue lets those in who came first; here addresses take turns in it, and the visitors of each."""

from collections.abc import Iterable

from gradio.queueing import Event, Queue

from ui.limits import CLIENT
from ui.turns import Turns
from ui.visitors import Client


class FairLine(list[Event]):
    """What waits for one kind of work; Gradio takes the first, and removes what it took or what was given up."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._turns: Turns[Event] = Turns(_client_of)
        super().__init__(self._turns.order(events))

    def append(self, event: Event) -> None:
        """Let an event stand where its turn is."""
        super().append(event)
        self._sort()

    def remove(self, event: Event) -> None:
        """Let an event go; that was its turn when it was the first."""
        if self[0] is event:
            self._turns.took(event, self)
        super().remove(event)
        self._sort()

    def _sort(self) -> None:
        self[:] = self._turns.order(self)


def take_turns(queue: Queue) -> None:
    """Let all lines of a queue that there are by now be fair; Gradio makes one when its first event comes."""
    for line in queue.event_queue_per_concurrency_id.values():
        if not isinstance(line.queue, FairLine):
            line.queue = FairLine(line.queue)


def _client_of(event: Event) -> Client:
    client: Client = event.request.scope[CLIENT]
    return client

"""Whether anybody still waits for the answer of a call, which Gradio tells a function that yields, and no other."""

from gradio.context import LocalContext

from explainers.types import IsCancelled, never


def watched_call() -> IsCancelled:
    """Watch the call that this thread works on.

    Returns:
        Says, in any thread, whether its caller has cancelled it or is gone. What does not wait in Gradio's line, such
        as a tool's call, never is.
    """
    blocks, event_id = LocalContext.blocks.get(None), LocalContext.event_id.get(None)
    if blocks is None or event_id is None:
        return never
    queue = blocks._queue

    def given_up() -> bool:
        event = queue.event_ids_to_events.get(event_id)
        if event is None:  # its answer has been sent
            return False
        return not event.alive or event_id not in queue.pending_event_ids_session.get(event.session_hash, ())

    return given_up

"""TensorBoard's log of a run: one file, however often the run is stopped, killed and resumed."""

import time
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from types import TracebackType

from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from data_cache.store import write_bytes

_NAME = "events.out.tfevents.run"  # TensorBoard reads files whose name has "tfevents" in it
_VERSION = "brain.Event:2"


class EventLog:
    """Writes scalars to the one file of a folder. As a context it is closed at the end."""

    def __init__(self, folder: Path, step: int) -> None:
        """Open the log of a run.

        What was logged after the step that the run goes on from is taken out: those steps are done again.

        Args:
            folder: made where it is missing.
            step: the last step that counts; 0 for a new run.
        """
        earlier = sorted(folder.glob("*tfevents*"), key=lambda path: path.stat().st_mtime)
        path = folder / _NAME
        kept = [event for event in _joined(earlier) if event.step <= step] if step else []
        write_bytes(path, _records([Event(wall_time=time.time(), file_version=_VERSION), *kept]))
        for other in set(earlier) - {path}:
            other.unlink()
        self._file = path.open("ab")
        self._writer = RecordWriter(self._file)

    def __enter__(self) -> "EventLog":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add_scalar(self, tag: str, value: float, step: int) -> None:
        """Log a number; it is in the file when this returns."""
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
        self._writer.write(Event(wall_time=time.time(), step=step, summary=summary).SerializeToString())
        self._file.flush()


def _records(events: list[Event]) -> bytes:
    content = BytesIO()
    writer = RecordWriter(content)
    for event in events:
        writer.write(event.SerializeToString())
    return content.getvalue()


def _joined(paths: list[Path]) -> list[Event]:
    """The steps of all files; where a later one begins again with an earlier step, its own count."""
    joined: list[Event] = []
    for path in paths:
        events = [event for event in _events(path) if event.step > 0]
        first = min((event.step for event in events), default=0)
        joined = [event for event in joined if not events or event.step < first] + events
    return joined


def _events(path: Path) -> list[Event]:
    """The events of a file, as far as it is whole: a run that is killed may leave half a record at its end."""
    found = []
    with suppress(Exception):  # a log is not worth more than the run
        for record in RawEventFileLoader(str(path)).Load():
            found.append(Event.FromString(record))
    return found

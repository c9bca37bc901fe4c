"""Getting the official weights and the public radiographs while the app runs, with progress; each once at a time."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Thread
from typing import Any

from data_cache.downloads import Progress
from data_cache.errors import InputError

_log = logging.getLogger(__name__)


class Job:
    """One thing that can be got.

    Args:
        get: gets it, given what shows progress; afterwards it is in use.
        here: says whether it is here already.
    """

    def __init__(self, get: Callable[[Callable[[str], Any]], object], here: Callable[[], bool]) -> None:
        self._get = get
        self._here = here
        self._lock = Lock()
        self._running = False
        self._file, self._done, self._total = "", 0, 0
        self._error = ""

    def start(self) -> None:
        """Begin in the background, unless it is under way or here."""
        with self._lock:
            if self._running or self._here():
                return
            self._running, self._error = True, ""
        Thread(target=self._run, name="getting", daemon=True).start()

    def state(self) -> dict[str, Any]:
        """Return what the page shows: {here, running, file, done, total, error}; bytes of the current file."""
        state = {"running": self._running, "file": self._file, "done": self._done, "total": self._total}
        return {"here": self._here(), **state, "error": self._error}

    def _run(self) -> None:
        try:
            self._get(self._show)
        except InputError as error:
            self._error = " ".join(str(error).split())
        except Exception:
            _log.exception("Getting files failed")
            self._error = "Something went wrong inside the app while it got the files; its log says more."
        finally:
            self._running = False

    @contextmanager
    def _show(self, name: str) -> Iterator[Progress]:
        def report(done: int, total: int | None) -> None:
            self._file, self._done, self._total = name, done, total or 0

        yield report

"""One line on stderr for each request, without names, queries, session hashes or addresses of visitors."""

import logging
import sys

from ui.observed import Answered

_log = logging.getLogger("explorer.access")


def log_request(answered: Answered) -> None:
    """Write a line: time, method, kind of request, status, milliseconds, bytes."""
    _log.info(
        "%s %s %d %d ms %d bytes",
        answered.method,
        answered.route,
        answered.status,
        round(answered.seconds * 1000),
        answered.sent,
    )


def log_requests() -> None:
    """Let the lines come out, with the time before each; other logs are left as they are."""
    if not _log.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%dT%H:%M:%S%z"))
        _log.addHandler(handler)
    _log.setLevel(logging.INFO)
    _log.propagate = False

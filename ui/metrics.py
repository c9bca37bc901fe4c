"""`/metrics` in the text format of Prometheus: counts, times and memory, and nothing of who asked or for what."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from ui import VERSION
from ui.observed import Answered
from ui.peers import Peers
from ui.queueing import explained, waiting

if TYPE_CHECKING:
    from ui.health import Health

_SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60)


class Metrics:
    """Counts requests, and tells those who may ask.

    Args:
        health: what models there are.
        readers: who may ask, by the address that the connection comes from, or that a proxy on this machine names.
    """

    def __init__(self, health: "Health", readers: Peers) -> None:
        self._readers = readers
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)  # memory, processor time, open files
        self._requests = Counter(
            "explorer_requests", "Requests by kind and status.", ("route", "method", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "explorer_request_seconds",
            "Seconds until an answer ended.",
            ("route",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        version = Gauge("explorer_info", "Always 1.", ("version",), registry=self._registry)
        version.labels(VERSION).set(1)
        ready = Gauge("explorer_ready", "1 where the models are loaded.", registry=self._registry)
        ready.set_function(lambda: health.state()["status"] == "ready")
        line = Gauge("explorer_waiting", "Requests that wait for the models.", registry=self._registry)
        line.set_function(waiting)
        self._registry.register(_Explained())

    def count(self, answered: Answered) -> None:
        """Count a request."""
        self._requests.labels(answered.route, answered.method, str(answered.status)).inc()
        self._seconds.labels(answered.route).observe(answered.seconds)

    def answer(self, request: Request) -> Response:
        """Everything that is counted, to those who may know it."""
        if request.client is None or request.client.host not in self._readers:
            return PlainTextResponse("There is nothing here.\n", 404)
        return Response(generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


class _Explained(Collector):
    """What the lines before the models have counted."""

    def collect(self) -> Iterator[Metric]:
        yield CounterMetricFamily("explorer_explained", "Requests that the models have worked on.", explained())

"""Messages on their way: checked against their model, and marked with the version of all of them.

The page was loaded with the version that it knows. Where a message has another one, the program was updated meanwhile,
and the page says that it must be loaded again.
"""

from functools import cache
from hashlib import sha256
from typing import Any

from ui.protocol import about, benchmark, comparing, device, requests, sorting, trust, viewer
from ui.protocol.part import Part
from ui.protocol.typescript import declarations

MESSAGES: tuple[type[Part], ...] = (
    viewer.ViewerConfig,
    viewer.CaseRow,
    viewer.CaseMessage,
    viewer.Answer,
    device.DeviceContent,
    sorting.SortConfig,
    sorting.SortMessage,
    sorting.SortRequest,
    trust.TrustConfig,
    trust.TrustMessage,
    benchmark.BenchmarkConfig,
    benchmark.BenchmarkMessage,
    about.AboutContent,
    about.Getting,
    requests.PanesOnShow,
    requests.OpenRequest,
    requests.ReadRequest,
    requests.GlanceRequest,
    requests.DiscardRequest,
    requests.ExplainRequest,
    requests.RefineRequest,
    requests.AnnotateRequest,
    requests.NearestRequest,
    requests.FilmRequest,
    requests.ExportRequest,
    comparing.CompareRequest,
    requests.CheckRequest,
    requests.CohortRequest,
    requests.OwnRequest,
    requests.ForgetRequest,
)


@cache
def types() -> str:
    """Return the declarations of all messages, as the page's types."""
    return declarations(MESSAGES)


@cache
def version() -> str:
    """Return a short text that is another one whenever a message is: the beginning of the types' sha256."""
    return sha256(types().encode()).hexdigest()[:12]


def message(kind: type[Part], **parts: Any) -> dict[str, Any]:
    """Return a message as the browser gets it.

    Raises:
        pydantic.ValidationError: a part is missing, of another type, or not declared.
    """
    return kind.model_validate({"protocol": version(), **parts}).content()

"""Calls of the page's functions, looked at before Gradio does.

Gradio takes any number, name and arguments for a call, and what does not fit ends as an exception in its own code: an
answer without a word, and a trace in the log for whoever sends nonsense. Here such a call is one sentence. What the
arguments mean is for the functions to check.
"""

from contextlib import nullcontext
from typing import Any

import gradio as gr
from gradio.blocks import BlockFunction
from pydantic import TypeAdapter, ValidationError

from ui.protocol.part import Part
from ui.protocol.requests import (
    AnnotateRequest,
    CheckRequest,
    CohortRequest,
    DiscardRequest,
    ExportRequest,
    FilmRequest,
    ForgetRequest,
    GlanceRequest,
    NearestRequest,
    OpenRequest,
    OwnRequest,
    PanesOnShow,
    ReadRequest,
    RefineRequest,
)
from ui.protocol.sorting import SortRequest

_ASKED: dict[str, type[Part]] = {
    "open": OpenRequest,
    "read": ReadRequest,
    "glance": GlanceRequest,
    "discard": DiscardRequest,
    "explain": PanesOnShow,
    "refine": RefineRequest,
    "annotate": AnnotateRequest,
    "nearest": NearestRequest,
    "film": FilmRequest,
    "export": ExportRequest,
    "check": CheckRequest,
    "sort": SortRequest,
    "cohort": CohortRequest,
    "own": OwnRequest,
    "forget": ForgetRequest,
}
_CHECKED_LATER = {*PanesOnShow.model_fields, "what", "state"}  # by `Wanted` and `make_export`, which say more of them
# Gradio has each call choose what pyplot draws with, and imports it for the first one: a second of processor time, and
# as much again where there is no list of fonts yet. Figures here are drawn without pyplot.
gr.utils.MatplotlibBackendMananger = nullcontext  # type: ignore[misc,assignment]
_JOIN, _RUN, _COMPONENT = "/gradio_api/queue/join", "/gradio_api/run/", "/gradio_api/component_server"


class WrongCallError(Exception):
    """A call that names nothing, or does not fit what it names: HTTP status, and one sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def check_call(page: gr.Blocks, path: str, body: dict[str, Any]) -> None:
    """Refuse a call that Gradio could not make sense of.

    Args:
        page: whose functions are called.
        path: of the request.
        body: of the request.

    Raises:
        WrongCallError: 404 where there is no such function, 400 where it takes something else.
    """
    if path.startswith(_COMPONENT):
        number = body.get("component_id")
        if type(number) is not int or number not in page.blocks:
            raise WrongCallError(404, "Expected a component of this page, found none.")
    elif path.startswith((_JOIN, _RUN)):
        function = _function(page, path, body.get("fn_index"))
        _check_count(function, body.get("data"))
        if function.collects_event_data:
            event = next((name for _, name in function.targets), "")
            _check_asked(body.get("event_data"), _ASKED.get(event))


def _function(page: gr.Blocks, path: str, number: Any) -> BlockFunction:
    named = number is None and path.startswith(_RUN)
    name = path.removeprefix(_RUN).strip("/")
    for key, function in page.fns.items():
        if function.api_name == name if named else type(number) is int and key == number:
            return function
    raise WrongCallError(404, "Expected an endpoint of this page (/openapi.json lists them), found none.")


def _check_count(function: BlockFunction, data: Any) -> None:
    count = len(function.inputs)
    if not isinstance(data, list) or len(data) != count:
        found = len(data) if isinstance(data, list) else "no list"
        raise WrongCallError(400, f"Expected a list of {count} values as data, found {found}.")


def _check_asked(asked: Any, model: type[Part] | None) -> None:
    """Check what an event tells: the model's own fields must be there, those that it inherits may be."""
    if not isinstance(asked, dict):
        raise WrongCallError(400, "Expected event_data that is an object, found something else.")
    if model is None:
        return
    needed = set(model.__annotations__) - set(PanesOnShow.model_fields)
    if missing := sorted(needed - asked.keys()):
        raise WrongCallError(400, f"Expected {missing[0]} in event_data, found none.")
    for name in (asked.keys() & model.model_fields.keys()) - _CHECKED_LATER:
        try:
            TypeAdapter(model.model_fields[name].annotation).validate_python(asked[name])
        except (ValidationError, RecursionError):
            raise WrongCallError(400, f"Expected {name} in event_data as the page sends it, found another.") from None

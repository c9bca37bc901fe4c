"""Some endpoints for programs as tools for language models (Model Context Protocol), served by Gradio where wanted.

Gradio's server answers at `/gradio_api/mcp/`. It calls the endpoints over HTTP as a client of its own, so all models
are one visitor together, and what they ask for waits in the same line as everybody's requests.

No tool takes a file. That client runs on this machine: whatever file an argument names, it reads from this machine's
disk, or fetches from an address, and uploads it before the app is asked anything. So the tools are functions of their
own with plain arguments, nothing else is offered, and a message with a file in it does not get as far as Gradio.
"""

import json
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Literal

import gradio as gr

from data_cache.errors import InputError
from ui.api_types import Cohort, ListedCase, Report, Score, ShiftSteps
from ui.bodies import holds_file
from ui.settings import Settings

_ENDPOINTS = {name: f"/tool_{name}" for name in ("cases", "explain_case", "benchmark")}
_WRONG_ARGUMENTS = -32602  # JSON-RPC's number


def check_tools(settings: Settings) -> None:
    """Refuse what cannot be served.

    Raises:
        InputError: the package is not installed, or there is a login, which Gradio's client does not know.
    """
    if find_spec("mcp") is None:
        raise InputError(
            "Expected the package mcp for --mcp, found none: pip install -r requirements-mcp.txt, or leave --mcp out."
        )
    if settings.auth or settings.auth_header:
        raise InputError(
            "Expected --mcp without a login, found both: the tools reach the app past a login of its own; let a proxy "
            "ask for it instead."
        )


def add_tools(
    explain_case: Callable[..., tuple[Report, Any]],
    benchmark: Callable[..., list[Score]],
    cases: Callable[[], list[ListedCase]],
) -> None:
    """Add the tools to the page that is being built; they answer with JSON, as text.

    Args:
        explain_case: the endpoint, called with case, methods, shift_steps and maps.
        benchmark: the endpoint, called with cohort and threshold.
        cases: the endpoint.
    """

    def tool_cases() -> str:
        """List the cases that can be explained: id, source, findings labelled present."""
        return json.dumps(cases())

    def tool_explain_case(
        case: str,
        methods: list[str] | None = None,
        shift_steps: ShiftSteps = 1,
        maps: Literal["json", "none"] = "none",
    ) -> str:
        """Explain a case by its id: probabilities of the 14 findings, with maps="json" the maps of METHODs or
        METHOD@MODELs."""
        report, _ = explain_case(case, methods, shift_steps, "json" if maps == "json" else "none")
        return json.dumps(report)

    def tool_benchmark(cohort: Cohort = "phantom-test", threshold: float = 0.5) -> str:
        """Score the bundled outputs of a cohort against its masks: the rows of summary.csv, null where undefined."""
        return json.dumps(benchmark(cohort, threshold=threshold))

    # Undocumented: other programs are told of the endpoints themselves.
    common: dict[str, Any] = {"api_visibility": "undocumented"}
    models: dict[str, Any] = {"concurrency_id": "models", "concurrency_limit": None}
    gr.api(tool_cases, api_name="tool_cases", concurrency_limit=4, **common)
    gr.api(tool_explain_case, api_name="tool_explain_case", **models, **common)
    gr.api(tool_benchmark, api_name="tool_benchmark", concurrency_id="benchmark", concurrency_limit=1, **common)


def offer_tools(page: gr.Blocks) -> frozenset[str]:
    """Let Gradio's server, which would offer every documented endpoint, offer the tools alone; returns their names.

    Raises:
        InputError: Gradio cannot serve them.
    """
    server = _server(page)
    server.api_info = page.get_api_info(all_endpoints=True)
    server.tool_to_endpoint = {f"{server.tool_prefix}{name}": endpoint for name, endpoint in _ENDPOINTS.items()}
    return frozenset(server.tool_to_endpoint)


def give_address(page: gr.Blocks, address: str) -> None:
    """Let the tools call this app where it listens, rather than at the address that a caller's headers name."""
    _server(page)._local_url = address


def refusal(message: dict[str, Any], tools: frozenset[str]) -> dict[str, Any] | None:
    """What a message of the protocol is answered with, as JSON-RPC has it, where it may not reach Gradio.

    Args:
        message: of a language model's client.
        tools: the names of those that there are.

    Returns:
        None where it may pass: it calls one of the tools or none, and holds no file.
    """
    if holds_file(message):
        sentence = "Expected arguments without files, found one: no tool takes a file."
    elif message.get("method") != "tools/call" or _called(message) in tools:
        return None
    else:
        sentence = f"Expected one of the tools {', '.join(sorted(tools))}, found another one."
    error = {"code": _WRONG_ARGUMENTS, "message": sentence}
    return {"jsonrpc": "2.0", "id": message.get("id"), "error": error}


def _called(message: dict[str, Any]) -> str:
    given = message.get("params")
    return str(given.get("name")) if isinstance(given, dict) else ""


def _server(page: gr.Blocks) -> Any:
    if page.mcp_server_obj is None:
        raise InputError(f"Expected tools for language models, found that Gradio cannot serve them ({page.mcp_error}).")
    return page.mcp_server_obj

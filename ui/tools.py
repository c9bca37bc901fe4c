"""The endpoints for programs as tools for language models (Model Context Protocol), served by Gradio where wanted.

Gradio's server answers at `/gradio_api/mcp/`. It calls the endpoints over HTTP as a client of its own, so all models
are one visitor together, and what they ask for waits in the same line as everybody's requests.
"""

from importlib.util import find_spec

import gradio as gr

from data_cache.errors import InputError
from ui.settings import Settings


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


def give_address(page: gr.Blocks, address: str) -> None:
    """Let the tools call this app where it listens, rather than at the address that a caller's headers name."""
    server = page.mcp_server_obj
    if server is None:
        raise InputError(f"Expected tools for language models, found that Gradio cannot serve them ({page.mcp_error}).")
    server._local_url = address

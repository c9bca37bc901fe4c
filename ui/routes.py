"""What kind of request an address is, without anything in it that belongs to a visitor."""

import re

# Addresses hold session hashes, names of files, folders of visitors: only these words are ever told of them.
_KNOWN = (
    "/", "/config", "/healthz", "/metrics", "/openapi.json", "/theme.css", "/robots.txt", "/favicon.ico",
    "/gradio_api/info", "/gradio_api/upload", "/gradio_api/queue/join", "/gradio_api/queue/data", "/gradio_api/cancel",
    "/gradio_api/reset", "/gradio_api/component_server", "/gradio_api/theme.css", "/gradio_api/mcp",
)  # fmt: skip
_BEGINNINGS = {
    "/gradio_api/file=": "/gradio_api/file",
    "/gradio_api/heartbeat/": "/gradio_api/heartbeat",
    "/gradio_api/run/": "/gradio_api/run",
    "/gradio_api/mcp/": "/gradio_api/mcp",
    "/assets/": "/assets",
    "/page/": "/page",
    "/static/": "/static",
}
OTHER = "other"
HEALTH, METRICS, OPENAPI = "/healthz", "/metrics", "/openapi.json"


def route_of(path: str) -> str:
    """The kind of request that a path is, out of a few words; `OTHER` for all that the app does not know."""
    for beginning, route in _BEGINNINGS.items():
        if path.startswith(beginning):
            return route
    shortened = re.sub(r"/$", "", path) or "/"
    return shortened if shortened in _KNOWN else OTHER

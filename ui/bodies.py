"""JSON bodies of requests, read and replaced before the application sees them (ASGI)."""

import json
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Receive, Scope


class TooLargeError(Exception):
    """The body is larger than allowed; not all of it was read."""


async def read_object(receive: Receive, most: int) -> tuple[dict[str, Any], int]:
    """Return the JSON object that a request's body is, and how many bytes it has.

    Args:
        receive: of the request, from which nothing has been read yet.
        most: how many bytes it may have.

    Raises:
        TooLargeError: it has more.
        ValueError: it is no JSON object, or ends too early.
    """
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ValueError("The request ended within its body.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            raise TooLargeError
        more = message.get("more_body", False)
    found = json.loads(b"".join(parts))
    if not isinstance(found, dict):
        raise ValueError("The body is no object.")
    return found, size


def put_object(scope: Scope, receive: Receive, content: dict[str, Any]) -> Receive:
    """Let a JSON object be the body of a request that was read; changes its scope, returns what to receive from."""
    body = json.dumps(content).encode()
    headers = MutableHeaders(raw=list(scope["headers"]))
    headers["content-length"] = str(len(body))
    del headers["transfer-encoding"]
    scope["headers"] = headers.raw
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


def without_files(value: Any) -> Any:
    """The same JSON values, without the mark by which Gradio knows that an object is a file."""
    if isinstance(value, dict):
        kept = value.keys() - {"meta"} if "path" in value else value.keys()
        return {key: without_files(one) for key, one in value.items() if key in kept}
    return [without_files(one) for one in value] if isinstance(value, list) else value


def holds_file(value: Any) -> bool:
    """Whether among JSON values there is an object that Gradio or its client may take for a file."""
    if isinstance(value, dict):
        marked = "path" in value or str(value.get("_type", "")).startswith("gradio.")
        return marked or any(map(holds_file, value.values()))
    return isinstance(value, list) and any(map(holds_file, value))

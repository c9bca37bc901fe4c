"""The endpoints for programs as an OpenAPI document, for those that have no `gradio_client`."""

from collections.abc import Callable
from typing import Any

import gradio as gr
from starlette.requests import Request
from starlette.responses import JSONResponse

from ui import VERSION

_WORDS = (
    "Get `/config` first and keep its cookie: uploads and results belong to it. Upload files, then name their paths. "
    "Each call is answered when it is done; it waits for the models as visitors of the page do."
)
_UPLOAD: dict[str, Any] = {
    "post": {
        "operationId": "upload",
        "summary": "Upload files; they are deleted when a call has read them.",
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["files"],
                        "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                    }
                }
            },
        },
        "responses": {
            "200": {
                "description": "The paths by which calls name them.",
                "content": {"application/json": {"schema": {"type": "array", "items": {"type": "string"}}}},
            },
            "413": {"description": "A file is too large."},
        },
    }
}


def openapi(page: gr.Blocks) -> dict[str, Any]:
    """Describe the public endpoints of a page as OpenAPI 3.1."""
    endpoints = page.get_api_info()["named_endpoints"]
    paths: dict[str, Any] = {"/gradio_api/upload": _UPLOAD}
    for name, endpoint in endpoints.items():
        paths[f"/gradio_api/run{name}"] = {"post": _operation(name.strip("/"), dict(endpoint))}
    return {
        "openapi": "3.1.0",
        "info": {"title": page.title, "version": VERSION, "description": _WORDS},
        "paths": paths,
    }


def openapi_answer(page: gr.Blocks) -> Callable[[Request], JSONResponse]:
    """Return what answers with the document, which is made once."""
    document = openapi(page)

    def answer(_: Request) -> JSONResponse:
        return JSONResponse(document)

    return answer


def _operation(name: str, endpoint: dict[str, Any]) -> dict[str, Any]:
    values = [
        {"title": one["parameter_name"], **one["type"]}
        | ({"default": one["parameter_default"]} if one["parameter_has_default"] else {})
        for one in endpoint["parameters"]
    ]
    body = {
        "type": "object",
        "required": ["data", "session_hash"],
        "properties": {
            "data": _tuple_of(values),
            "session_hash": {"type": "string", "pattern": "^[0-9A-Za-z-]{1,64}$", "description": "Any, one a client."},
        },
    }
    given = {"type": "object", "properties": {"data": _tuple_of([one["type"] for one in endpoint["returns"]])}}
    wrong = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}
    said = {"application/json": {"schema": wrong}}
    return {
        "operationId": name,
        "summary": endpoint.get("description", ""),
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": {"description": "The results.", "content": {"application/json": {"schema": given}}},
            "400": {"description": "Not the values that it takes.", "content": said},
            "422": {"description": "Something is wrong with the values, in one sentence.", "content": said},
        },
    }


def _tuple_of(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    """An array with one value for each schema."""
    each = {"prefixItems": schemas} if schemas else {}
    return {"type": "array", **each, "minItems": len(schemas), "maxItems": len(schemas)}

"""A method's typed parameters as the browser builds its controls from them."""

from collections.abc import Mapping
from typing import Any

from explainers.base import Parameters


def field_contents(parameters: type[Parameters]) -> list[dict[str, Any]]:
    """Describe each field: {name, title, words, kind, default, …}.

    `kind` is "number" (with `whole`, and `least` and `most` where there are such limits; `above` and `below` where the
    limit itself is not allowed), "choice" (with `options`, and `empty`, what choosing none of them means, where the
    field's schema says so), "switch" or "text" (with `most` characters). `optional` says that a field may be left
    empty.
    """
    schema = parameters.model_json_schema()
    return [_field(name, field, schema.get("$defs", {})) for name, field in schema.get("properties", {}).items()]


def _field(name: str, field: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    known = {"name": name, "title": field.get("title", name), "words": field.get("description", "")}
    kind, optional = _resolved(field, definitions)
    return {**known, "default": field.get("default"), "optional": optional, **_kind(kind)}


def _resolved(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
    """The schema of the values, and whether there may be none."""
    choices = [choice for choice in field.get("anyOf", ()) if choice.get("type") != "null"]
    optional = len(choices) < len(field.get("anyOf", ()))
    schema = choices[0] if choices else field
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    return schema, optional


def _kind(schema: Mapping[str, Any]) -> dict[str, Any]:
    if "enum" in schema or "const" in schema:
        empty = {"empty": schema["empty"]} if "empty" in schema else {}
        return {"kind": "choice", "options": schema.get("enum", [schema.get("const")]), **empty}
    if schema.get("type") in ("integer", "number"):
        limits = {"least": "minimum", "most": "maximum", "above": "exclusiveMinimum", "below": "exclusiveMaximum"}
        found = {ours: schema[theirs] for ours, theirs in limits.items() if theirs in schema}
        return {"kind": "number", "whole": schema["type"] == "integer", **found}
    if schema.get("type") == "boolean":
        return {"kind": "switch"}
    return {"kind": "text", "most": schema.get("maxLength", 200)}

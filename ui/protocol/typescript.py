"""TypeScript's declarations of pydantic models, from their JSON schema."""

import json
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

_WIDTH = 120
_PLAIN = {"string": "string", "number": "number", "integer": "number", "boolean": "boolean", "null": "null"}


def declarations(models: Iterable[type[BaseModel]]) -> str:
    """Return an exported interface for each model and each part of one, in alphabetical order.

    A field with a default may be left out.

    Raises:
        ValueError: a field is of a kind that has no counterpart here.
    """
    _, schema = models_json_schema([(model, "validation") for model in models])
    return "\n\n".join(_interface(name, part) for name, part in sorted(schema["$defs"].items())) + "\n"


def _interface(name: str, schema: Mapping[str, Any]) -> str:
    required = set(schema.get("required", ()))
    fields = [
        f"{_comment(field.get('description', ''), '  ')}  {key}{'' if key in required else '?'}: {type_of(field)};"
        for key, field in schema.get("properties", {}).items()
    ]
    if schema.get("additionalProperties") is True:
        fields.append("  [key: string]: unknown;")
    return "\n".join((f"{_comment(schema['description'])}export interface {name} {{", *fields, "}"))


def _comment(words: str, indent: str = "") -> str:
    text = " ".join(words.split())
    if not text:
        return ""
    if len(one := f"{indent}/** {text} */\n") <= _WIDTH + 1:
        return one
    lines = textwrap.wrap(text, _WIDTH - len(indent) - 3)
    return "".join([f"{indent}/**\n", *(f"{indent} * {line}\n" for line in lines), f"{indent} */\n"])


def type_of(schema: Mapping[str, Any]) -> str:
    """Return a schema as a type; one that says nothing is `unknown`.

    Raises:
        ValueError: it is of a kind that has no counterpart here.
    """
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(type_of(one) for one in schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        return " | ".join(json.dumps(value) for value in schema.get("enum", [schema.get("const")]))
    kind = schema.get("type")
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind == "array":
        return _array(schema)
    if kind == "object":
        return _object(schema)
    if "type" not in schema:
        return "unknown"
    raise ValueError(f"Expected a schema that has a counterpart in TypeScript, found {dict(schema)}.")


def _array(schema: Mapping[str, Any]) -> str:
    if "prefixItems" in schema:
        return f"[{', '.join(type_of(one) for one in schema['prefixItems'])}]"
    inner = type_of(schema.get("items", {}))
    return f"({inner})[]" if " | " in inner else f"{inner}[]"


def _object(schema: Mapping[str, Any]) -> str:
    if "properties" in schema:
        return "{ " + "; ".join(f"{name}: {type_of(one)}" for name, one in schema["properties"].items()) + " }"
    values = schema.get("additionalProperties", True)
    return f"Record<string, {'unknown' if values is True else type_of(values)}>"

"""The methods as text for people."""

from collections.abc import Iterator, Mapping
from typing import Any

from explainers.entry import Entry

_KINDS = {"integer": "int", "number": "float", "string": "str", "boolean": "bool"}
_LIMITS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "below {}",
    "multipleOf": "a multiple of {}",
    "minLength": "at least {} letters",
    "maxLength": "at most {} letters",
}


def described(entry: Entry) -> Iterator[str]:
    """Lines about one method: what it shows, its cost, and its parameters with their limits."""
    depends = "" if entry.depends_on_finding else " Does not depend on the finding."
    yield f"{entry.key}: {entry.label}, needs {entry.needs.needed}.{depends}"
    yield f"  {entry.told}"
    yield f"  Negative values: {entry.view.negative_means or 'there are none.'}"
    yield f"  Paper: {entry.paper}. Passes with default parameters: {entry.cost(entry.parse(None), None)}."
    for name, one in entry.parameters.model_json_schema().get("properties", {}).items():
        yield f"  {name} ({_kind(one)}, default {one.get('default')!r}): {one.get('description', '')}"


def _kind(schema: Mapping[str, Any]) -> str:
    """What values a parameter takes, from its JSON schema: `int from 1 to 1024`, `paper | covered`."""
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join("nothing" if one == "" else str(one) for one in schema["enum"])
    kind = _KINDS.get(schema.get("type", ""), str(schema.get("const", schema.get("type", "any"))))
    if "minimum" in schema and "maximum" in schema:
        return f"{kind} from {schema['minimum']} to {schema['maximum']}"
    limits = [words.format(schema[name]) for name, words in _LIMITS.items() if name in schema]
    return ", ".join([kind, *limits])

"""TypeScript's declarations of small models against what one would write by hand."""

from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from ui.protocol.part import FileAddress, Open, Value
from ui.protocol.typescript import declarations, type_of


class Inner(BaseModel):
    """A part."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    pair: tuple[str, int]
    """Name and place."""


class Outer(Inner):
    """A message."""

    text: str
    count: int
    share: float | None
    on: bool = False
    kind: Literal["a", "b"]
    one: Literal["only"]
    parts: list[Inner | None]
    by_name: dict[str, list[float]]
    file: FileAddress
    anything: Value
    rest: dict[str, Value] = Field(default_factory=dict)


WRITTEN = """/** A part. */
export interface Inner {
  /** Name and place. */
  pair: [string, number];
}

/** A message. */
export interface Outer {
  /** Name and place. */
  pair: [string, number];
  text: string;
  count: number;
  share: number | null;
  on?: boolean;
  kind: "a" | "b";
  one: "only";
  parts: (Inner | null)[];
  by_name: Record<string, number[]>;
  file: { url: string };
  anything: unknown;
  rest?: Record<string, unknown>;
}
"""


def test_each_kind_of_field_has_its_type() -> None:
    assert declarations([Outer]) == WRITTEN


def test_a_part_in_other_words_has_further_fields() -> None:
    class Trace(Open):
        """A trace."""

        name: str

    said = "/** A trace. */\nexport interface Trace {\n  name: string;\n  [key: string]: unknown;\n}\n"
    assert declarations([Trace]) == said
    assert Trace.model_validate({"name": "a", "width": 2}).content() == {"name": "a", "width": 2}


def test_a_long_description_is_broken() -> None:
    class Long(BaseModel):
        pass

    Long.__doc__ = "word " * 40
    lines = declarations([Long]).splitlines()
    assert lines[0] == "/**" and lines[3] == " */" and max(map(len, lines)) <= 120


def test_a_schema_without_a_counterpart_is_refused() -> None:
    with pytest.raises(ValueError, match="counterpart"):
        type_of({"type": "date"})

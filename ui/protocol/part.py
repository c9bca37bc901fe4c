"""What all messages are made of: fields that the page may read, and no others."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, WithJsonSchema


class Part(BaseModel):
    """A part of a message. What is not declared is refused, so that nothing is sent that the page cannot know."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    def content(self) -> dict[str, Any]:
        """Return JSON values; optional fields that nobody set are left out."""
        return self.model_dump(mode="json", exclude_unset=True)


class Chosen(Part):
    """A part that takes its fields from a larger table and leaves the others there."""

    model_config = ConfigDict(extra="ignore")


class Open(Part):
    """A part in another library's words: what is declared is what the page reads, and the rest is passed on."""

    model_config = ConfigDict(extra="allow")


# Gradio's FileData: the path on the server becomes an address on the way to the browser, which knows the address alone.
_ADDRESS = {"type": "object", "properties": {"url": {"type": "string"}}, "required": ["url"]}
FileAddress = Annotated[dict[str, Any], WithJsonSchema(_ADDRESS)]
# A JSON value that the page keeps, compares and sends back, without a look at what it is.
Value = Annotated[Any, WithJsonSchema({})]


class StoredArray(Part):
    """An array laid out as a file: little endian, rows first."""

    file: FileAddress
    dtype: str
    shape: list[int]


class Reason(Part):
    """Why an image cannot be read as it is."""

    key: str
    text: str
    remedy: Literal["rotate", "flip", "invert"] | None
    quarters: int
    """Of turns clockwise that lay it upright, for the remedy "rotate"."""


class Assessment(Part):
    """Whether what a model says of an image can be read, and why not."""

    state: Literal["readable", "caution", "not_assessable"]
    title: str
    reasons: list[Reason]

"""JSON from strangers: limits before parsing, one sentence for whatever does not fit."""

import re
from typing import Any, TypeVar

import pydantic_core
from pydantic import BaseModel, ConfigDict, ValidationError

from data_cache.errors import InputError

MOST_BYTES = 32_000_000
_MOST_BRACKETS, _MOST_COMMAS = 3_000_000, 12_000_000  # each costs many times its size once parsed
_LONGEST_NUMBER = re.compile(rb"\d{400}")  # its conversion takes time that grows with the square of its length
_BOM = b"\xef\xbb\xbf"


class Part(BaseModel):
    """A part of a file; fields that nobody asked for are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


Parsed = TypeVar("Parsed", bound=Part)


def parse(data: bytes, name: str) -> Any:
    """Return the JSON value in a file.

    Raises:
        InputError: it is too large, has too many parts or levels, or is no JSON.
    """
    if len(data) > MOST_BYTES:
        raise InputError(
            f"{name}: expected at most {MOST_BYTES // 1_000_000} MB of annotations, found {len(data) // 1_000_000}; "
            "export those of one case."
        )
    if data.count(b"[") + data.count(b"{") > _MOST_BRACKETS or data.count(b",") > _MOST_COMMAS:
        raise InputError(
            f"{name}: expected annotations of one case or a few, found far more; export those of one case."
        )
    if _LONGEST_NUMBER.search(data):
        raise InputError(f"{name}: expected annotations, found a number of hundreds of digits; export them again.")
    try:
        return pydantic_core.from_json(data.removeprefix(_BOM), allow_inf_nan=False)
    except ValueError:
        raise InputError(
            f"{name}: expected annotations as JSON, found a file that is none, is cut short or is nested too deeply; "
            "export it again."
        ) from None


def validated(kind: type[Parsed], content: Any, what: str, name: str) -> Parsed:
    """Read a value as a part of a file.

    Raises:
        InputError: a field is missing or of another kind.
    """
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"])[:80]
        raise InputError(
            f"{name}: expected {what}, found something else at {place or 'its top'} ({first['msg'][:80]}); "
            "export it again."
        ) from None

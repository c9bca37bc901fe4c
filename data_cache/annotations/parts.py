"""Parts of annotation files, validated; one sentence for whatever does not fit."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from data_cache.errors import InputError


class Part(BaseModel):
    """A part of a file; fields that nobody asked for are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


Parsed = TypeVar("Parsed", bound=Part)


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

"""JSON from strangers: limits before parsing, one sentence for whatever does not fit."""

import re
from dataclasses import dataclass
from typing import Any

import pydantic_core

from data_cache.errors import InputError
from data_cache.guarding import guarded

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_KEY = re.compile(rb'"\s*+:')
_LONG_NUMBER = re.compile(rb"\d{400}")  # its conversion takes time that grows with the square of its length
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Limits:
    """What a JSON text may hold; brackets, commas and keys each cost many times their size once parsed."""

    megabytes: int = 32
    brackets: int = 3_000_000
    commas: int = 12_000_000
    keys: int = 500_000


UPLOAD = Limits()
DATASET = Limits(megabytes=400, brackets=40_000_000, commas=80_000_000)  # a file of many cases
SMALL = Limits(megabytes=16, brackets=200_000, commas=1_000_000, keys=20_000)  # what this program writes for one case


def parse_json(data: bytes, name: str, what: str, limits: Limits = UPLOAD, finite: bool = True) -> Any:
    """Return the JSON value in a file.

    Args:
        data: the file.
        name: what to call it in messages.
        what: what it should hold, such as "annotations".
        limits: what is refused unparsed.
        finite: whether NaN and Infinity, which are no JSON, are refused with the whole file.

    Raises:
        InputError: it is too large, has too many parts or levels, or is no JSON.
    """
    if len(data) > limits.megabytes * 1_000_000:
        raise InputError(
            f"{name}: expected at most {limits.megabytes} MB of {what}, found {len(data) // 1_000_000}; "
            "export those of one case."
        )
    if (
        data.count(b"[") + data.count(b"{") > limits.brackets
        or data.count(b",") > limits.commas
        or (data.count(b":") > limits.keys and len(_KEY.findall(data)) > limits.keys)
    ):
        raise InputError(f"{name}: expected {what} of one case or a few, found far more; export those of one case.")
    if _has_long_number(data):
        raise InputError(f"{name}: expected {what}, found a number of hundreds of digits; export it again.")
    refusal = InputError(
        f"{name}: expected {what} as JSON, found a file that is none, is cut short or is nested too deeply; "
        "export it again."
    )
    with guarded(refusal):
        return pydantic_core.from_json(data.removeprefix(_BOM), allow_inf_nan=not finite)


def _has_long_number(data: bytes) -> bool:
    """Whether there is one outside strings: run lengths are text, and may well be hundreds of digits in a row."""
    return _LONG_NUMBER.search(data) is not None and _LONG_NUMBER.search(_STRING.sub(b'""', data)) is not None

"""The one door for JSON: what it lets in is what the standard library reads, and nothing endless."""

import json

import pytest

from data_cache.errors import InputError
from data_cache.json_text import UPLOAD, Limits, parse_json


@pytest.mark.parametrize(
    "content",
    [{"a": [1, 2.5, -3e-7, None, True, 'é\\"']}, [], "text", 12345678901234567890, {"": {"": [[[]]]}}, 0.1, 1e22],
)
def test_it_reads_what_the_standard_library_reads(content: object) -> None:
    for text in (json.dumps(content), json.dumps(content, indent=1), json.dumps(content, ensure_ascii=False)):
        assert parse_json(text.encode(), "a", "x") == json.loads(text)
        assert parse_json(b"\xef\xbb\xbf" + text.encode(), "a", "x") == content


@pytest.mark.parametrize(
    "text", ["", "{", "NaN", "[Infinity]", "{'a': 1}", "[1,]", "[" * 5000, "\x00", '"\\ud800"', "1 2"]
)
def test_what_is_none_is_one_sentence(text: str) -> None:
    with pytest.raises(InputError, match=r"^a\.json: expected x as JSON, found .*; export it again\.$"):
        parse_json(text.encode(), "a.json", "x")


def test_digits_in_a_text_are_no_number() -> None:
    digits = "1" * 5_000
    assert parse_json(json.dumps({"counts": digits, "a\\": f'"{digits}'}).encode(), "a", "x")["counts"] == digits
    for text in (f"[{digits}]", f'{{"a": "b", "c": {digits}}}', f'["\\"", {digits}]', f"[0.{digits}]"):
        with pytest.raises(InputError, match="hundreds of digits"):
            parse_json(text.encode(), "a", "x")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 20,
        "{" * 20,
        "[" + "1," * 30 + "1]",
        json.dumps(dict.fromkeys(map(str, range(9)))),
        '{"a" : {"b"\n:1, "c":2, "d":3}}',
    ],
)
def test_what_is_endless_is_refused_unparsed(text: str) -> None:
    few = Limits(brackets=10, commas=20, keys=3)
    with pytest.raises(InputError, match="found far more"):
        parse_json(text.encode(), "a", "x", few)


def test_colons_in_texts_are_no_keys() -> None:
    assert parse_json(json.dumps({"a": ":" * 99}).encode(), "a", "x", Limits(keys=3)) == {"a": ":" * 99}


def test_what_is_too_large_is_refused() -> None:
    with pytest.raises(InputError, match="at most 32 MB"):
        parse_json(b" " * (1_000_000 * UPLOAD.megabytes + 1), "a", "x")

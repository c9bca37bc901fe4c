"""Who taught a network, written and read again."""

import json

import pytest

from models.taught import TaughtBy, note_of, taught_by


def test_what_is_written_is_read_again() -> None:
    teacher = TaughtBy("cnn", "0" * 64)
    assert taught_by({"teacher": note_of(teacher), "other": "words"}) == teacher


@pytest.mark.parametrize(
    "said",
    [None, "", "no JSON", "[]", "7", "{}", json.dumps({"kind": "cnn"}), json.dumps({"kind": 1, "weights_sha256": "a"})],
)
def test_anything_else_says_nothing(said: str | None) -> None:
    assert taught_by({} if said is None else {"teacher": said}) is None

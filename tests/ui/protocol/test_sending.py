"""Messages are what their models say, and the page's types are those of the models."""

import re
from typing import Any

import pytest
from pydantic import ValidationError

import evaluation.report.figures
import evaluation.trust.figures
from ui.protocol import __main__ as command
from ui.protocol.charts import BenchmarkCharts, TrustCharts
from ui.protocol.part import Part
from ui.protocol.sending import message, types, version
from ui.protocol.viewer import Answer


def answer(**parts: Any) -> dict[str, Any]:
    return message(Answer, **{"serial": "s", "turn": 1, "busy": False} | parts)


def test_a_message_has_the_version_and_what_was_set_and_nothing_else() -> None:
    assert answer(error="no") == {"protocol": version(), "serial": "s", "turn": 1, "busy": False, "error": "no"}


@pytest.mark.parametrize("wrong", [{"surprise": 1}, {"turn": "first"}, {"download": {"name": "a"}}, {"busy": None}])
def test_what_is_not_declared_or_of_another_type_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        answer(**wrong)


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        (BenchmarkCharts, evaluation.report.figures.page_parts()),
        (TrustCharts, evaluation.trust.figures.page_parts()),
    ],
)
def test_the_parts_of_charts_arrive_as_they_are(kind: type[Part], parts: dict[str, Any]) -> None:
    assert kind.model_validate(parts).content() == parts


def test_the_page_has_the_types_and_the_version_of_the_messages() -> None:
    for name, text in command.files().items():
        assert (command.FOLDER / name).read_text("utf-8") == text, "run `python -m ui.protocol`"
    known = re.search(r'PROTOCOL = "(\w+)"', (command.FOLDER / "protocol.js").read_text("utf-8"))
    assert known and known[1] == version() and types() in command.files()["messages.d.ts"]


def test_the_command_writes_the_files_and_says_when_they_are_old(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "FOLDER", tmp_path)
    command.write()
    command.write(check=True)
    (tmp_path / "messages.d.ts").write_text("old")
    with pytest.raises(command.InputError, match=r"messages\.d\.ts"):
        command.write(check=True)
    assert (tmp_path / "messages.d.ts").read_text() == "old"

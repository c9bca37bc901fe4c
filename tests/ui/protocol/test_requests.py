"""What the page may ask against what the server's handlers read."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from ui.exports.request import Drawing, State, Window
from ui.panes import _Sent
from ui.protocol import requests
from ui.protocol.part import Part

ROOT = Path(__file__).parents[3]
HANDLERS = ("explore_tab.py", "benchmark.py", "trust_tab.py")


def test_handlers_read_no_field_that_the_page_cannot_send() -> None:
    """Of the page's questions, their parts and what both are made of."""
    kinds = [kind for kind in vars(requests).values() if isinstance(kind, type) and issubclass(kind, Part)]
    known = {name for kind in kinds for name in kind.model_fields}
    texts = [(ROOT / "ui" / name).read_text("utf-8") for name in HANDLERS]
    read = {name for text in texts for name in re.findall(r'(?:_data|file)(?:\[|\.get\()"(\w+)"', text)}
    assert {"case", "path", "steps", "turn", "pairs"} <= read
    assert read <= known


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (requests.ViewerState, State),
        (requests.WindowState, Window),
        (requests.DrawingState, Drawing),
    ],
)
def test_parts_that_the_server_checks_have_the_same_fields(sent: type[BaseModel], read: type[BaseModel]) -> None:
    assert set(sent.model_fields) == set(read.model_fields)


def test_what_the_server_checks_of_panes_is_what_questions_about_them_have() -> None:
    """Opening a case and making maps say the same of the panes, and each something of its own."""
    assert set(requests.ExplainRequest.model_fields) | set(requests.Opening.model_fields) == set(_Sent.model_fields)

"""Asking again where the server is busy: when, how often, and what is said meanwhile."""

import pytest
from playwright.sync_api import Page

_TRY = """async ([statuses, after]) => {
  const said = [], slept = [], asked = [];
  const fetch = async (input) => {
    asked.push(input);
    const status = statuses[Math.min(asked.length, statuses.length) - 1];
    return new Response("", { status, headers: after ? { "Retry-After": after } : {} });
  };
  const sleep = async (time) => { slept.push(time); };
  const answer = await viewer.patience.patient(fetch, (text) => said.push(text), sleep)("address", {});
  return { status: answer.status, asked: asked.length, slept, said };
}"""


def test_what_is_answered_is_not_asked_again(module_page: Page) -> None:
    for status in (200, 400, 403, 413, 500):
        found = module_page.evaluate(_TRY, [[status], None])
        assert found == {"status": status, "asked": 1, "slept": [], "said": []}


@pytest.mark.parametrize("busy", [429, 503])
def test_a_busy_server_is_asked_again_later_and_later(module_page: Page, busy: int) -> None:
    found = module_page.evaluate(_TRY, [[busy, busy, busy, 200], None])
    assert found["status"] == 200 and found["asked"] == 4
    assert all(1000 * 2**n <= time <= 1500 * 2**n for n, time in enumerate(found["slept"]))
    assert found["said"][0].startswith("The server is busy: this page asks again by itself, next in ")
    assert found["said"][-1] == "" and len(found["said"]) == 6


def test_the_servers_time_counts_and_patience_ends(module_page: Page) -> None:
    found = module_page.evaluate(_TRY, [[503], "20"])
    assert found["status"] == 503 and found["asked"] == 8
    assert all(20_000 <= time <= 45_000 for time in found["slept"]) and found["said"][-1] == ""

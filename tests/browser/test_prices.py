"""A map of many passes in a browser: its price, the whole map, a finer one stopped, and what it leaves."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from explainers.registry import STANDARD
from tests.browser.stage import make_case, make_message, mount, random_explanations, say

NAME = "occlusion@cnn"


def choose_stride(pane: Locator, stride: int) -> None:
    pane.get_by_role("button", name="Parameters: Occlusion, CNN").click()
    pane.get_by_label("Stride").fill(str(stride))
    pane.get_by_role("button", name="Apply").click()


def told(page: Page, turn: int, state: str, words: str, share: float, *more: str) -> None:
    """A message with the maps that cost nothing, others, and what the one of many passes costs."""
    message = make_message(make_case(), random_explanations(names=("raw", "gradcam", *more)), turn, state == "making")
    price = {"state": state, "words": words, "share": share, "parameters": {}}
    say(page, message | {"prices": {NAME: price} if words else {}})


def asked(page: Page) -> list[Any]:
    """What was asked since the last look: each event, and which maps are to be made whatever they cost."""
    return [[what, data.get("start")] for what, data in page.evaluate("sent.splice(0)")]


# tests/ui/test_prices.py has what the server says of a price, and what it makes and keeps.
def test_a_price_is_said_before_a_map_starts_and_a_stopped_one_goes_on(module_page: Page) -> None:
    page = module_page
    mount(page)
    page.evaluate("(names) => view.feature('panes').set(names)", ["radiograph", "raw", "gradcam", NAME])
    told(page, 1, "offered", "49 passes.", 0)
    asked(page)
    pane = page.locator(f'figure[data-method="{NAME}"]')
    price = pane.get_by_role("group", name="Price of Occlusion, CNN")
    assert price.locator(".price-words").inner_text() == "49 passes."
    assert pane.locator(".veil").inner_text() == "Not computed"
    assert page.evaluate("view.feature('exports').state().methods") == ["raw", "gradcam"]  # what is there is written
    price.get_by_role("button", name="Compute").focus()
    page.keyboard.press("Enter")
    assert asked(page) == [["explain", [NAME]]]

    told(page, 2, "making", "12 of 49 passes", 0.25, NAME)
    expect(price.get_by_role("button", name="Stop")).to_be_focused()
    page.keyboard.press("Enter")
    assert asked(page) == [["stop", None]]
    told(page, 3, "offered", "37 of 49 passes left.", 0.25, NAME)
    assert price.get_by_role("button", name="Go on").is_visible()
    price.get_by_role("button", name="Keep this map").click()
    assert asked(page) == [["explain", []]]
    told(page, 4, "offered", "", 1, NAME)
    assert price.is_hidden()


@pytest.mark.thorough
def test_from_the_price_to_the_whole_map_and_from_a_stop_back_to_the_price(demo_visit: Page) -> None:
    page = demo_visit
    page.get_by_role("button", name="Panes").click()
    page.get_by_role("checkbox", name="Occlusion, CNN").check()
    page.keyboard.press("Escape")
    pane = page.locator(f'figure[data-method="{NAME}"]')
    price = pane.get_by_role("group", name="Price of Occlusion, CNN")
    expect(price).to_contain_text("49 passes.")
    expect(pane.locator(".veil")).to_have_text("Not computed")
    assert page.evaluate("view.feature('exports').state().methods") == list(STANDARD)  # what is there is written

    price.get_by_role("button", name="Compute").click()
    expect(price).to_be_hidden()
    expect(page.locator(f'.number-row[data-method="{NAME}"] .note')).to_contain_text("baseline: mean")

    choose_stride(pane, 4)  # enough passes to be stopped before the last on any machine
    expect(price).to_contain_text("2,401 passes.")
    price.get_by_role("button", name="Compute").focus()
    page.keyboard.press("Enter")
    expect(price.get_by_role("button", name="Stop")).to_be_focused()
    page.keyboard.press("Enter")
    expect(price).to_contain_text("of 2,401 passes left.")
    expect(price.get_by_role("button", name="Go on")).to_be_visible()
    price.get_by_role("button", name="Keep this map").click()
    expect(price).to_be_hidden()

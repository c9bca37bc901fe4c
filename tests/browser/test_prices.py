"""A map of many passes in a browser: its price, the coarse map, stopping, going on, and the whole map."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_app import explained

PATIENCE = 120_000  # milliseconds; tests share their machine


@pytest.fixture(scope="module")
def page(chromium: Browser, demo_address: str) -> Iterator[Page]:
    complaints: list[str] = []
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(demo_address)
    explained(page)
    yield page
    page.close()
    assert complaints == []


def test_from_the_price_by_a_coarse_map_and_a_stop_to_the_whole_map(page: Page) -> None:
    page.get_by_role("button", name="Panes").click()
    page.get_by_role("checkbox", name="Occlusion, CNN").check()
    page.keyboard.press("Escape")
    pane = page.locator('figure[data-method="occlusion@cnn"]')
    price = pane.get_by_role("group", name="Price of Occlusion, CNN")
    expect(price).to_contain_text("49 passes.")
    expect(pane.locator(".veil")).to_have_text("Not computed")

    pane.get_by_role("button", name="Parameters: Occlusion, CNN").click()
    pane.get_by_label("Stride").fill("8")  # enough passes to be stopped before the last
    pane.get_by_role("button", name="Apply").click()
    expect(price).to_contain_text("625 passes.")
    price.get_by_role("button", name="Compute").focus()
    page.keyboard.press("Enter")
    expect(pane.locator(".note")).to_contain_text("baseline: mean")  # the coarse map is there
    expect(price.get_by_role("progressbar", name="Computing Occlusion, CNN")).to_be_visible()
    expect(price.get_by_role("button", name="Stop")).to_be_focused()
    page.keyboard.press("Enter")

    expect(price).to_contain_text("of 625 passes left.")
    expect(price.get_by_role("button", name="Keep this map")).to_be_visible()
    price.get_by_role("button", name="Go on").click()
    expect(price).to_be_hidden()
    explained(page)
    expect(pane.locator(".score")).to_contain_text("IoU")

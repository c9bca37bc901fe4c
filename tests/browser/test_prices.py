"""A map of many passes in a browser: its price, the whole map, a finer one stopped, and what it leaves."""

from playwright.sync_api import Locator, Page, expect

from explainers.registry import STANDARD


def choose_stride(pane: Locator, stride: int) -> None:
    pane.get_by_role("button", name="Parameters: Occlusion, CNN").click()
    pane.get_by_label("Stride").fill(str(stride))
    pane.get_by_role("button", name="Apply").click()


def test_from_the_price_to_the_whole_map_and_from_a_stop_back_to_the_price(demo_visit: Page) -> None:
    page = demo_visit
    page.get_by_role("button", name="Panes").click()
    page.get_by_role("checkbox", name="Occlusion, CNN").check()
    page.keyboard.press("Escape")
    pane = page.locator('figure[data-method="occlusion@cnn"]')
    price = pane.get_by_role("group", name="Price of Occlusion, CNN")
    expect(price).to_contain_text("49 passes.")
    expect(pane.locator(".veil")).to_have_text("Not computed")
    assert page.evaluate("view.feature('exports').state().methods") == list(STANDARD)  # what is there is written

    price.get_by_role("button", name="Compute").click()
    expect(price).to_be_hidden()
    expect(page.locator('.number-row[data-method="occlusion@cnn"] .note')).to_contain_text("baseline: mean")

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

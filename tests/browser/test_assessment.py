"""What the page shows of an image that the models cannot read, or that lies otherwise, with demonstration weights."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from data_cache.demo import bundled_cases
from data_cache.findings import FINDINGS
from tests.browser.stage import explained
from tests.browser.test_app import upload
from tests.browser.test_trust_module import assessed

FIRST = bundled_cases()[0].id


@pytest.fixture
def page(demo_visit: Page) -> Page:
    page = demo_visit
    page.get_by_role("tab", name="Explore").click()
    page.locator(f'[data-case="{FIRST}"]').click()
    page.wait_for_function(f"() => view.content.case.id === '{FIRST}'", polling=100)
    explained(page)
    return page


def bring_two_in_one(page: Page) -> None:
    """Half as much of each of two phantoms is none of ours, and looks like a film all the same."""
    buffer = io.BytesIO()
    one, other = (bundled_cases()[at].read().pixels for at in (0, 1))
    Image.fromarray(np.uint8(127 * one + 127 * other)).save(buffer, "PNG")
    upload(page, "chest.png", buffer.getvalue())


def test_numbers_that_mean_nothing_are_withheld_until_somebody_insists(page: Page) -> None:
    expect(page.locator(".assessment")).to_be_hidden()
    bring_two_in_one(page)
    banner = page.locator(".assessment")
    expect(banner).to_contain_text("Not assessable")
    expect(banner).to_contain_text("demonstration weights have only seen simulated films")
    explained(page)
    values = page.locator(".findings td.model .value")
    assert (
        not values.first.is_visible() and "The models cannot assess this image" in page.locator(".chart").inner_text()
    )
    pane, apart = page.locator('[data-method="raw"]'), page.locator(".apart-parts")
    expect(pane.locator(".refusal")).to_have_text("not assessable")
    expect(apart).to_be_hidden()
    assert pane.locator(".legend").is_hidden() and "% of view" not in page.locator(".numbers").inner_text()
    insist = page.get_by_role("button", name="Show anyway")
    insist.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Hide the probabilities")).to_be_focused()
    assert "–" not in values.all_inner_texts()
    expect(page.locator(".findings td.model.meaningless")).to_have_count(28)
    expect(page.locator(".numbers").get_by_text("% of view").first).to_be_visible()
    expect(apart).to_be_visible()
    expect(pane.locator(".refusal")).to_be_visible()
    _why_on_a_phone(page)


_OPINIONS = """async ([{ opinions, assessments }, finding]) => {
    const { Opinions } = await import("/js/trust/opinions.js");
    const shown = new Opinions({}, "");
    document.getElementById("place").replaceChildren(shown.element);
    shown.update(opinions, assessments, "Fracture", finding);
}"""


def test_opinions_of_models_that_cannot_read_the_image_are_withheld(module_page: Page) -> None:
    said: Any = assessed()["assessed"]
    for key in ("a", "c"):
        said["assessments"][key]["state"] = "not_assessable"
    module_page.evaluate(_OPINIONS, [said, FINDINGS.index("Fracture")])
    expect(module_page.locator(".opinion .withheld")).to_have_count(2)
    texts = module_page.locator(".opinion").all_inner_texts()
    assert ["0.90" in text for text in texts] == [False, True, False]


@pytest.mark.thorough
def test_the_tab_trust_withholds_them_too_and_says_once_why(page: Page) -> None:
    bring_two_in_one(page)
    expect(page.locator(".assessment")).to_contain_text("Not assessable")
    explained(page)
    page.get_by_role("tab", name="Trust").click()
    expect(page.locator(".trust .opinion .withheld")).to_have_count(2)
    expect(page.get_by_label("Assessment", exact=True).last).to_contain_text("Not assessable")
    assert page.locator(".trust").inner_text().count("only seen simulated films") == 1
    assert "±" not in page.locator(".trust .opinions").inner_text()


def _why_on_a_phone(page: Page) -> None:
    """The verdict is one line there, and a button shows what explains it."""
    why, reasons = page.get_by_role("button", name="Why?"), page.locator(".assessment .verdict ul")
    expect(why).to_be_hidden()
    page.set_viewport_size({"width": 390, "height": 844})
    for unfolded in (False, True, False):
        expect(why).to_have_attribute("aria-expanded", str(unfolded).lower())
        expect(reasons).to_be_visible(visible=unfolded)
        expect(page.locator(".assessment")).to_contain_text("Not assessable")
        why.click()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    why.click()
    page.set_viewport_size({"width": 1440, "height": 900})


def test_a_case_is_turned_said_to_be_and_turned_back(page: Page) -> None:
    page.get_by_role("button", name="Display").click()
    page.get_by_role("button", name="Rotate 90° clockwise").click()
    page.wait_for_function("() => view.content.case.orientation === '1'", polling=100)
    explained(page)
    expect(page.locator(".laid")).to_contain_text("Rotated 90° clockwise for the models.")
    expect(page.locator(".assessment")).to_contain_text("It is rotated by 90° clockwise")
    page.get_by_role("button", name="Rotate upright").click()
    page.wait_for_function("() => view.content.case.orientation === ''", polling=100)
    explained(page)
    expect(page.locator(".laid")).to_be_hidden()
    expect(page.locator(".assessment")).to_be_hidden()

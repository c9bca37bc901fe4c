"""The nearest patches in the browser: what asks for them, how they are shown, and the way into a case and back."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from data_cache.findings import FINDINGS
from tests.browser.stage import choose, make_case, make_message, mount, random_explanations, say
from ui.messages import Message, reply

EDEMA, FRACTURE = FINDINGS.index("Edema"), FINDINGS.index("Fracture")
PATCH = 2 * 8 + 3


@pytest.fixture(scope="module")
def page(module_page: Page) -> Page:
    """One viewer for the tests of this file, of which the last opens other cases."""
    module_page.set_viewport_size({"width": 1280, "height": 900})
    mount(module_page)
    module_page.evaluate("view.feature('panes').set(['radiograph', 'raw'])")
    say(module_page, make_message(make_case(id="here", source="chexlocalize-val"), random_explanations(1, ["raw"])))
    choose(module_page, "Edema")
    module_page.evaluate("view.modes.choose('patches')")
    return module_page


def near(case: str, listed: bool, distance: float, **more: Any) -> dict[str, Any]:
    """One patch of the index, of which little is known."""
    basics = {"case": case, "short": case, "source_label": "Files", "phantom": False, "listed": listed, "patch": 10}
    known = {"logits": [0.0] * 14, "labels": [None] * 14, "marked": [None] * 14, "picture": "data:,"}
    return basics | known | {"distance": distance} | more


def answer(*patches: dict[str, Any], problem: str = "") -> Message:
    facts = {
        "grid": 8,
        "patches": 640,
        "cases": 10,
        "left_out": 2,
        "channels": 5,
        "typical": 4.0,
        "notice": "Careful.",
    }
    basics = {"case": "here", "model": "medicalpatchnet", "patch": PATCH, "problem": problem}
    return reply(1, nearest=basics | {"near": list(patches), "facts": None if problem else facts})


def test_keys_ask_too_and_a_missing_index_is_said(page: Page) -> None:
    panel = page.get_by_role("region", name="Nearest patches")
    expect(panel).to_be_hidden()
    page.locator('[data-method="radiograph"] .stage').focus()
    for key in ("ArrowRight", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    assert page.evaluate("sent.at(-1)") == ["nearest", {"model": "medicalpatchnet", "patch": 8}]
    say(page, answer(problem="Expected an index, found none."))
    expect(panel).to_contain_text("Expected an index, found none.")
    expect(panel.get_by_role("listitem")).to_have_count(0)


def test_a_click_asks_and_the_answer_leads_into_its_case_and_back(page: Page) -> None:
    panel = page.get_by_role("region", name="Nearest patches")
    page.get_by_role("combobox", name="Click").select_option("finds nearest")
    stage = page.locator('[data-method="raw"] .stage')
    side = stage.evaluate("(element) => element.clientWidth") / 8
    stage.click(position={"x": 3.5 * side, "y": 2.5 * side})
    assert page.evaluate("sent.at(-1)") == ["nearest", {"model": "medicalpatchnet", "patch": PATCH}]
    assert page.evaluate("view.feature('patches').off") == []  # looking switches nothing off
    expect(page.locator(".toast")).to_have_text("Looking for the nearest patches…")  # a status, which is read out

    logits, labels, marked = [0.0] * 14, [None] * 14, [None] * 14
    logits[EDEMA], labels[EDEMA], marked[EDEMA] = -1.5, 1, 0.25  # type: ignore[call-overload]
    first = near("there", True, 1.0, logits=logits, labels=labels, marked=marked)
    say(page, answer(first, near("elsewhere", False, 0.002)))
    expect(panel.get_by_role("heading", level=2)).to_have_text("Nearest patches to row 3, column 4")
    expect(panel).to_contain_text(
        "The 2 nearest of all 640 patches of 10 radiographs (2 radiographs of this patient left"
    )
    expect(panel).to_contain_text("Careful.")
    expect(page.locator(".toast")).to_have_text("Nearest patches to row 3, column 4: below the panes")
    expect(panel).to_contain_text("Of Edema: 1 of these 2 are of radiographs labelled with it; 1 lies where it was")
    cards = panel.get_by_role("listitem")
    for words in ("distance 25 %", "logit −1.50, opposes", "labelled present", "25 % of it marked"):
        expect(cards.nth(0)).to_contain_text(words)
    for words in ("distance < 0.1 %", "label unknown", "nobody drew here", "elsewhere, row 2, column 3", "not in this"):
        expect(cards.nth(1)).to_contain_text(words)
    assert cards.nth(1).get_by_role("button").count() == 0
    expect(cards.nth(0).get_by_role("img", name="Patch in row 2, column 3 of there")).to_be_attached()
    expect(panel.get_by_role("img", name="The patch in row 3, column 4 of this radiograph")).to_be_visible()
    choose(page, "Fracture")  # all findings are here already
    expect(cards.nth(0)).to_contain_text("logit 0.00")
    expect(cards.nth(0)).to_contain_text("label unknown")

    cards.nth(0).get_by_role("button", name="Open there, row 2, column 3").click()
    assert page.evaluate("[sent.at(-1)[0], sent.at(-1)[1].case]") == ["open", "there"]
    listed = make_case(id="there", source="chexlocalize-val")
    say(page, make_message(listed, random_explanations(2, ["raw"]), turn=2))
    assert page.evaluate("view.feature('patches').pointed") == 10
    expect(panel.get_by_role("listitem")).to_have_count(0)  # that answer was the other case's
    panel.get_by_role("button", name="Back to here").click()
    assert page.evaluate("[sent.at(-1)[0], sent.at(-1)[1].case]") == ["open", "here"]

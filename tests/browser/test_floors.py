"""The location prior on the page: kept apart from the models, scored like a map."""

from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from data_cache.findings import FINDINGS
from explainers.explanation import Explanation
from tests.browser.stage import SIDE, choose, make_case, make_message, mount, opened, pane, random_explanations, say
from tests.browser.test_readers import boxed, iou
from ui.floors import PRIOR, Prior

EDEMA = FINDINGS.index("Edema")
MASK = boxed(100, 120, 300, 280)


def made_prior() -> Prior:
    values = np.full((14, 65, 65), np.nan, np.float32)
    values[EDEMA] = cv2.GaussianBlur(np.random.default_rng(5).random((65, 65)).astype(np.float32), (0, 0), 4)
    return Prior(values, {"Edema": 0.7}, {"Edema": 9}, "made up")


def maps() -> list[Explanation]:
    """One of patches and one of cells."""
    return random_explanations(1, ("raw", "gradcam"))


def message(**given: Any) -> Any:
    return make_message(make_case({"Edema": MASK}), maps(), floors={PRIOR: made_prior()}, **given)


@pytest.fixture(scope="module")
def page(module_page: Page) -> Page:
    """A viewer on which the prior was put on show, for all tests of this module."""
    module_page.set_viewport_size({"width": 1440, "height": 1500})
    mount(module_page)
    module_page.evaluate("() => { view.feature('panes').set(['radiograph', 'raw', 'gradcam']); sent.length = 0; }")
    say(module_page, make_message(make_case({"Edema": MASK}), maps()))
    choose(module_page, "Edema")
    with opened(module_page, "Panes"):
        floor = module_page.locator(".pane-menu section[aria-label='Floor']")
        floor.get_by_role("checkbox", name="Location prior (floor), never looks at the image").check()
    return module_page


def above(threshold: float) -> np.ndarray:
    large = cv2.resize(made_prior().values[EDEMA], (SIDE, SIDE), interpolation=cv2.INTER_LINEAR).astype(float)
    return (large - large.min()) / np.ptp(large) > threshold


def test_it_is_asked_for_when_it_is_put_on_show_and_is_no_method(page: Page) -> None:
    (what, data), *more = page.evaluate("sent")
    assert (what, data["floors"]) == ("explain", [PRIOR]) and PRIOR not in data["names"] and not more
    assert page.evaluate("view.names.includes('prior')") is False
    state = page.evaluate("view.feature('panes').onState()")
    assert state["shown"][-1] == PRIOR  # links bring it back
    expect(page.locator('[data-method="prior"] .floor-badge')).to_have_text("never looks at the image")


def test_it_is_scored_like_a_map_but_agrees_with_nobody(page: Page) -> None:
    before = page.evaluate("() => { view.agreement.hidden = false; view.draw(); return view.agreement.said; }")
    say(page, message(turn=2))
    assert page.evaluate("view.agreement.said") == before  # it has no say in what the models agree on
    assert pane(page, PRIOR, ".score") == f"IoU {iou(above(0.5), MASK):.3f}"
    assert "made up" in pane(page, PRIOR, ".note")
    assert page.evaluate("globalThis.explorerShown.ready") is True  # the other tabs wait for maps of models alone
    page.evaluate("() => { view.settings.mode = 'tuned'; view.draw(); }")
    assert pane(page, PRIOR, ".score") == f"IoU {iou(above(0.7), MASK):.3f}"
    level = page.evaluate("view.feature('exports').state().floors")
    assert level == {PRIOR: round(0.7 * 65000)} and PRIOR not in page.evaluate(
        "view.feature('exports').state().methods"
    )
    page.evaluate("() => { view.settings.mode = 'range'; view.draw(); }")
    page.locator(".comparison summary").click()
    page.evaluate("view.feature('comparison').count()")
    expect(page.locator(".pair-matrix tbody th").last).to_have_text("Location prior (floor)")


def test_a_finding_that_nobody_drew_elsewhere_has_none_and_says_so(page: Page) -> None:
    say(page, message(turn=3))
    choose(page, "Fracture")
    expect(page.locator('[data-method="prior"] .veil')).to_have_text("Never drawn in the tuning set")
    assert page.evaluate("view.feature('exports').state().floors") == {}

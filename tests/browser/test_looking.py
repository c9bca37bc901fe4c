"""Looking closer: one view for all panes, with mouse, touch and keys."""

import pytest
from playwright.sync_api import Page

from tests.browser.stage import make_case, make_message, mount, random_explanations, say

STAGE = '[data-method="{}"] .stage'


@pytest.fixture
def page(module_page: Page) -> Page:
    module_page.set_viewport_size({"width": 1440, "height": 1000})
    mount(module_page)
    say(module_page, make_message(make_case(), random_explanations()))
    return module_page


def seen(page: Page) -> list[float]:
    """The visible square, once it is drawn."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page.evaluate("[view.view.x, view.view.y, view.view.size]")


def box(page: Page, key: str = "raw") -> dict[str, float]:
    found = page.locator(STAGE.format(key)).bounding_box()
    assert found is not None
    return {name: float(value) for name, value in found.items()}


def test_zoom_keeps_the_point_under_the_pointer_and_reaches_every_pane(page: Page) -> None:
    b = box(page)
    page.mouse.move(b["x"] + 0.25 * b["width"], b["y"] + 0.75 * b["height"])
    page.mouse.wheel(0, -300)  # alone it scrolls the page
    assert seen(page) == [0, 0, 512]
    b = box(page)
    page.mouse.move(b["x"] + 0.25 * b["width"], b["y"] + 0.75 * b["height"])
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    x, y, size = seen(page)
    assert size < 300
    assert (x + 0.25 * size, y + 0.75 * size) == pytest.approx((128, 384), abs=0.5)
    boxes = page.evaluate("[...document.querySelectorAll('.stage .outline')].map((e) => e.getAttribute('viewBox'))")
    assert len(boxes) == 6 and len(set(boxes)) == 1
    page.mouse.down()
    page.mouse.move(b["x"] + 0.35 * b["width"], b["y"] + 0.75 * b["height"], steps=4)
    page.mouse.up()
    assert seen(page)[0] == pytest.approx(x - 0.1 * size, abs=0.5)
    page.locator(STAGE.format("gradcam")).dblclick()
    assert seen(page) == [0, 0, 512]


def test_buttons_and_keys_zoom_but_not_while_somebody_types(page: Page) -> None:
    page.get_by_role("button", name="1:1").click()
    assert seen(page)[2] == pytest.approx(box(page)["width"], abs=0.5)
    page.keyboard.press("0")
    assert seen(page)[2] == 512
    page.keyboard.press("+")
    assert seen(page)[2] == pytest.approx(512 / 1.5)
    page.get_by_role("combobox", name="Finding").first.focus()
    page.keyboard.press("0")
    assert seen(page)[2] == pytest.approx(512 / 1.5)
    page.get_by_role("button", name="Fit").focus()
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Zoom in"
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keys and gestures")
    assert "Zoom at the pointer" in sheet.inner_text() and "Mode Move" in sheet.inner_text()
    page.keyboard.press("Escape")
    assert not sheet.is_visible()


def test_two_fingers_zoom(page: Page) -> None:
    b = box(page)
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})

    def touch(kind: str, *across: float) -> None:
        points = [{"x": b["x"] + share * b["width"], "y": b["y"] + b["height"] / 2} for share in across]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 0.4)
    touch("touchStart", 0.4, 0.6)
    touch("touchMove", 0.3, 0.6)
    touch("touchMove", 0.3, 0.7)
    touch("touchEnd")
    x, _, size = seen(page)
    assert size == pytest.approx(256, rel=0.03) and x == pytest.approx(128, abs=6)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
    session.detach()

"""Looking closer: one view for all panes, with mouse, touch and keys."""

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from explainers.registry import STANDARD
from tests.browser.stage import SIDE, choose, make_case, make_message, mount, opened, pane, random_explanations, say

STAGE = '[data-method="{}"] .stage'


@pytest.fixture(scope="module")
def _case_page(module_page: Page) -> Page:
    module_page.set_viewport_size({"width": 1440, "height": 1000})
    mount(module_page)
    module_page.evaluate("view.feature('panes').set(['radiograph', 'raw', 'gradcam'])")
    say(module_page, make_message(make_case(), random_explanations()))
    return module_page


@pytest.fixture
def page(_case_page: Page) -> Page:
    """The viewer with a case, nothing zoomed, in the mode "Move"; which panes are on show the last test changes."""
    _case_page.evaluate("view.modes.choose('pan'); view.zoom.startOver(); scrollTo(0, 0)")
    drawn(_case_page)
    return _case_page


def drawn(page: Page) -> None:
    """Wait until panes have their sides, were measured, and show the film: each is a frame after the one before."""
    page.evaluate("async () => { for (let i = 0; i < 6; i++) await new Promise(requestAnimationFrame); }")


def seen(page: Page) -> list[float]:
    """The visible square, once it is drawn."""
    drawn(page)
    return page.evaluate("[view.view.x, view.view.y, view.view.size]")


def box(page: Page, key: str = "raw") -> dict[str, float]:
    found = page.locator(STAGE.format(key)).bounding_box()
    assert found is not None
    return {name: float(value) for name, value in found.items()}


def test_zoom_keeps_the_point_under_the_pointer_and_reaches_every_pane(page: Page) -> None:
    b = box(page)
    pointer = int(b["x"] + 0.25 * b["width"]), int(b["y"] + 0.75 * b["height"])  # wheels turn at whole pixels
    across, down = (pointer[0] - b["x"]) / b["width"], (pointer[1] - b["y"]) / b["height"]
    page.mouse.move(*pointer)
    page.mouse.wheel(0, -300)
    x, y, size = seen(page)
    assert size < 300
    assert (x + across * size, y + down * size) == pytest.approx((SIDE * across, SIDE * down), abs=0.5)
    boxes = page.evaluate("[...document.querySelectorAll('.stage .outline')].map((e) => e.getAttribute('viewBox'))")
    assert len(boxes) == 5 and len(set(boxes)) == 1
    page.mouse.down()
    page.mouse.move(pointer[0] + 0.1 * b["width"], pointer[1], steps=4)
    page.mouse.up()
    assert seen(page)[0] == pytest.approx(x - 0.1 * size, abs=0.5)


def test_buttons_and_keys_zoom_but_not_while_somebody_types(page: Page) -> None:
    page.get_by_role("button", name="1:1").click()
    assert seen(page)[2] == pytest.approx(box(page)["width"], abs=0.5)
    page.keyboard.press("=")
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
    expect(sheet).to_be_hidden()


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


def pixel(page: Page, key: str, x: int, y: int) -> list[int]:
    drawn(page)
    script = """([key, x, y]) => {
        const layers = document.querySelectorAll(`[data-method="${key}"] canvas`); // the film, and what lies over it
        const context = new OffscreenCanvas(512, 512).getContext('2d');
        for (const layer of layers) context.drawImage(layer, 0, 0, 512, 512);
        return [...context.getImageData(x, y, 1, 1).data].slice(0, 3); }"""
    return page.evaluate(script, [key, x, y])


def test_dragging_sets_window_and_level_of_every_pane(page: Page) -> None:
    before = pixel(page, "radiograph", 100, 50)
    assert before == pytest.approx([100 / 511 * 255] * 3, abs=1)  # the case is a ramp, drawn in pixels of the pane
    page.get_by_role("button", name="Window", exact=True).click()
    b = box(page)
    page.mouse.move(b["x"] + 200, b["y"] + 100)
    page.mouse.down()
    page.mouse.move(b["x"] + 100, b["y"] + 60, steps=3)
    page.mouse.up()
    assert page.get_by_role("button", name="Window presets").inner_text() == "L 88 W 155"
    expected = round(255 * np.clip((before[0] - 87.5) / 155 + 0.5, 0, 1))
    assert pixel(page, "radiograph", 100, 50) == pytest.approx([expected] * 3, abs=3)
    page.keyboard.press("i")
    assert pixel(page, "radiograph", 100, 50) == pytest.approx([255 - expected] * 3, abs=3)
    assert pixel(page, "gradcam", 100, 50) != before
    page.keyboard.press("r")
    assert pixel(page, "radiograph", 100, 50) == before
    page.keyboard.press("v")


def test_the_cross_hair_reads_every_map_and_moves_by_keys(page: Page) -> None:
    maps = {explanation.method: explanation.maps for explanation in random_explanations()}
    choose(page, "Edema")
    stage = page.locator(STAGE.format("raw"))
    stage.click(position={"x": box(page)["width"] * 0.2, "y": box(page)["height"] * 0.7})
    stage.focus()
    page.keyboard.press("Shift+ArrowRight")
    seen(page)
    x, y = page.evaluate("[Math.floor(view.cross.point.x), Math.floor(view.cross.point.y)]")
    value = float(maps["raw"][5, y // 64, x // 64])
    assert pane(page, "raw", ".probe").replace("−", "-") == f"{value:+.2f} logit"
    assert f"x {x}, y {y} · stored value " in pane(page, "radiograph", ".probe")
    assert "% of max" in pane(page, "gradcam", ".probe")
    page.keyboard.press("x")
    seen(page)
    expect(page.locator('[data-method="raw"] .probe')).to_be_hidden()


def test_panes_are_chosen_ordered_and_shown_alone_and_agreement_counts_them(page: Page) -> None:
    page.evaluate("(names) => view.feature('panes').set(names)", ["radiograph", *STANDARD])
    say(page, make_message(make_case(), random_explanations(), turn=2))
    with opened(page, "Panes"):
        for name in ("Grad-CAM++", "Eigen-CAM"):
            page.get_by_role("checkbox", name=name).uncheck()
        page.get_by_role("checkbox", name="Agreement").check()
        page.get_by_role("button", name="Earlier: Agreement").press("Enter")
    names = page.locator(".pane:visible h3").all_inner_texts()
    assert names == ["Radiograph", "Raw patch map", "Scaled patch map", "Agreement", "Grad-CAM"]
    script = "() => [view.agreement.counts, ...view.panes.slice(0, 3).map((p) => p.levels.map((l) => l > p.level))]"
    digits = page.evaluate(f"() => ({script})().map((values) => Array.from(values, Number).join(''))")
    counts, *regions = (np.frombuffer(one.encode(), np.uint8) - ord("0") for one in digits)
    assert len(counts) == SIDE * SIDE
    np.testing.assert_array_equal(counts, np.sum(regions, axis=0))
    page.locator(".rank-panel summary").click()
    cells = page.locator(".ranks td")
    cells.nth(1).wait_for()
    assert cells.all_inner_texts().count("1") == 3


@pytest.mark.thorough
def test_one_pane_fills_the_screen_and_escape_brings_the_others_back(page: Page) -> None:
    before = page.locator(".pane:visible").count()
    page.get_by_role("button", name="Full screen: Grad-CAM").click()
    assert page.locator(".pane:visible h3").all_inner_texts() == ["Grad-CAM"]
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")  # the first one may be the browser's own
    assert page.locator(".pane:visible").count() == before

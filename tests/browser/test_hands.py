"""Hands on the panes of the whole page: wheel, buttons, Space, layouts, what may not move, and a phone."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

SIX = ("radiograph", "raw", "scaled", "gradcam", "gradcam++", "eigencam")
PLACES = """() => [...document.querySelectorAll(
    ".page-header, aside > section, .case, .toolbar, .toolbar .tool, .controls, .refine, .panes .pane, .panes .stage")]
    .filter((e) => e.offsetParent && !e.closest(".menu-panel"))
    .map((e) => { const { left, top, width, height } = e.getBoundingClientRect();
        return [e.getAttribute("aria-label") ?? e.className, left, top + scrollY, width, height]; })"""
SMALL = """() => [...document.querySelectorAll("#viewer :is(button, select, summary, input, a[href]), [role=tab]")]
    .filter((e) => e.offsetParent && !e.closest(".tab-container.visually-hidden") && e.type !== "file"
        && getComputedStyle(e).visibility === "visible")
    .map((e) => [e, (e.type === "checkbox" ? e.closest("label") : e).getBoundingClientRect()])
    .filter(([e, box]) => box.width && (Math.min(box.width, box.height) < 43.5))
    .map(([e, box]) => [e.outerHTML.slice(0, 120), box.width, box.height].join(" "))"""

TAP = """() => ["keydown", "keyup"].forEach((type) =>
    document.activeElement.dispatchEvent(new KeyboardEvent(type, { key: " ", bubbles: true, cancelable: true })))"""


@pytest.fixture
def page(demo_visit: Page) -> Page:
    """The page in the layout All, unscrolled, nothing zoomed."""
    visit = demo_visit
    visit.set_viewport_size({"width": 1440, "height": 900})
    visit.evaluate(
        "view.modes.choose('pan'); view.feature('layout').choose('all'); view.zoom.startOver(); scrollTo(0, 0)"
    )
    drawn(visit)
    return visit


def drawn(page: Page) -> None:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def seen(page: Page) -> list[float]:
    drawn(page)
    return page.evaluate("[view.view.x, view.view.y, view.view.size]")


def middle(page: Page, key: str) -> tuple[float, float, float]:
    """Where the middle of a pane is, and its side."""
    box = page.locator(f'.pane[data-method="{key}"] .stage').bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["width"]


def drag(page: Page, x: float, y: float, by: tuple[float, float], button: Any = "left") -> None:
    page.mouse.move(x, y)
    page.mouse.down(button=button)
    page.mouse.move(x + by[0], y + by[1], steps=3)
    page.mouse.up(button=button)


def test_the_wheel_zooms_over_a_pane_and_scrolls_with_shift(page: Page) -> None:
    x, y, _ = middle(page, "raw")
    page.mouse.move(x, y)
    page.mouse.wheel(0, -300)
    assert seen(page)[2] < 300 and page.evaluate("scrollY") == 0
    page.keyboard.down("Shift")
    page.mouse.wheel(0, 120)
    page.keyboard.up("Shift")
    page.wait_for_function("scrollY > 100")


@pytest.mark.thorough
def test_the_wheel_scrolls_over_the_probabilities(page: Page) -> None:
    size = seen(page)[2]
    page.mouse.move(200, 700)
    page.mouse.wheel(0, 150)
    page.wait_for_function("scrollY > 100")
    assert seen(page)[2] == size


@pytest.mark.parametrize(
    "mode",
    [pytest.param("pan", marks=pytest.mark.thorough), pytest.param("patches", marks=pytest.mark.thorough), "draw"],
)
def test_right_middle_and_space_drags_work_in_every_tool_and_touch_nothing_else(page: Page, mode: str) -> None:
    page.evaluate("(mode) => view.modes.choose(mode)", mode)
    x, y, side = middle(page, "raw")
    page.mouse.move(x, y)
    page.mouse.wheel(0, -300)
    left, top, size = seen(page)
    drag(page, x, y, (-60, 30), "right")
    assert page.evaluate("[view.feature('window').state.level, view.feature('window').state.width]") == [157.5, 195]
    assert seen(page) == [left, top, size]
    drag(page, x, y, (0.1 * side, 0), "middle")
    assert seen(page)[0] == pytest.approx(left - 0.1 * size, abs=0.5)
    page.keyboard.down("Space")
    drag(page, x, y, (0, 0.1 * side))
    page.keyboard.up("Space")
    assert seen(page)[1] == pytest.approx(top - 0.1 * size, abs=0.5)
    assert page.evaluate("[view.feature('patches').off.length, view.feature('annotations').tools.draft.length]") == [
        0,
        0,
    ]
    page.evaluate(TAP)
    if mode == "patches":
        assert len(page.evaluate("view.feature('patches').off")) == 1
        page.evaluate(TAP)
        assert page.evaluate("view.feature('patches').off") == []
    else:
        assert seen(page) == [0, 0, 512] and page.evaluate("view.feature('window').reset.disabled")


def test_the_browsers_menu_is_kept_away_from_a_drag_alone(page: Page) -> None:
    page.evaluate("""() => { globalThis.menus = [];
        document.addEventListener("contextmenu", (event) => menus.push(event.defaultPrevented)); }""")
    x, y, _ = middle(page, "raw")
    drag(page, x, y, (40, 0), "right")
    page.keyboard.down("Shift")
    page.mouse.click(x, y, button="right")
    page.keyboard.up("Shift")
    page.mouse.click(200, 700, button="right")
    assert page.evaluate("menus") == [True, False, False]


def test_a_double_click_enlarges_and_arrows_and_clicks_go_through_the_strip(page: Page) -> None:
    x, y, side = middle(page, "gradcam")
    page.mouse.dblclick(x, y)
    large = page.locator(".pane.large")
    expect(large).to_have_attribute("data-method", "gradcam")
    assert middle(page, "gradcam")[2] > 1.8 * side
    assert page.locator(".pane:visible").count() == 6
    page.locator("body").click(position={"x": 5, "y": 5})
    page.keyboard.press("ArrowRight")
    expect(large).to_have_attribute("data-method", "gradcam++")
    page.get_by_role("button", name="Show large: Raw patch map").click()
    expect(large).to_have_attribute("data-method", "raw")
    assert "layout" in page.evaluate("view.link.hash")
    x, y, _ = middle(page, "raw")
    page.mouse.dblclick(x, y)
    assert large.count() == 0 and middle(page, "gradcam")[2] == side


@pytest.mark.thorough
def test_a_wheel_that_pages_goes_through_the_strip_and_two_are_large_in_the_layout_two(page: Page) -> None:
    large = page.locator(".pane.large")
    page.mouse.dblclick(*middle(page, "raw")[:2])
    expect(large).to_have_attribute("data-method", "raw")
    page.evaluate("view.zoom.pages = true")
    page.mouse.move(*middle(page, "raw")[:2])
    page.mouse.wheel(0, 100)
    page.evaluate("view.zoom.pages = false")
    expect(large).to_have_attribute("data-method", "scaled")
    assert seen(page) == [0, 0, 512]
    page.get_by_role("button", name="Layout Two").click()
    assert large.count() == 2


@pytest.mark.parametrize("size", [(1440, 900), pytest.param((2560, 1440), marks=pytest.mark.thorough)])
def test_six_panes_fit_the_window(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    drawn(page)
    boxes = [page.locator(f'.pane[data-method="{key}"]').bounding_box() for key in SIX]
    sides = {middle(page, key)[2] for key in SIX}
    assert all(box and box["y"] >= 0 and box["y"] + box["height"] <= size[1] for box in boxes)
    assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= size[0] for box in boxes)
    assert len(sides) == 1 and sides.pop() > 0.25 * size[1]


def test_nothing_moves_when_a_tool_is_chosen_or_numbers_are_folded(page: Page) -> None:
    before = page.evaluate(PLACES)
    assert len(before) > 40
    for name in ("Draw", "Move"):
        page.get_by_role("button", name=name, exact=True).click()
        drawn(page)
        assert page.evaluate(PLACES) == before
    page.get_by_role("button", name="Numbers", exact=True).click()
    drawn(page)
    assert page.evaluate(PLACES) == before and page.locator(".number-rows").is_hidden()
    page.get_by_role("button", name="Numbers", exact=True).click()


def test_keys_of_one_character_can_be_switched_off(page: Page) -> None:
    page.locator("body").click(position={"x": 5, "y": 5})
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keys and gestures")
    sheet.get_by_label("Keys of one character").uncheck()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    page.keyboard.press("w")
    assert page.evaluate("view.modes.current.key") == "pan"
    assert page.locator("[aria-keyshortcuts=W]").count() == 0
    page.evaluate("view.keys.useSingles(true)")
    page.keyboard.press("w")
    assert page.evaluate("view.modes.current.key") == "window"
    assert page.locator("[aria-keyshortcuts=W]").count() == 1


def test_full_screen_left_before_the_browser_is_there_does_not_stay(page: Page) -> None:
    left = """async () => {
        const solo = view.feature("solo"), request = view.film.requestFullscreen.bind(view.film);
        let entered = false;
        view.film.requestFullscreen = () => request().finally(() => { entered = document.fullscreenElement !== null; });
        const entering = solo.enter(view.plain);
        solo.leave();
        await entering;
        return [entered, document.fullscreenElement !== null, solo.asked];
    }"""
    assert page.evaluate(left) == [True, False, False]


def test_a_phone_has_the_picture_then_probabilities_and_tools_in_a_sheet(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("view.feature('layout').choose('one')")
    drawn(page)
    tops = [page.locator(part).bounding_box() for part in (".panes", ".chart", ".cases")]
    places = [box["y"] for box in tops if box]
    assert places == sorted(places) and len(places) == 3
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    cut = "all => all.filter((title) => title.scrollWidth > title.clientWidth).map((title) => title.textContent)"
    titles = page.locator(".pane.small h3")
    assert titles.count() > 3 and titles.evaluate_all(cut) == []
    handle = page.get_by_role("button", name="Tools and controls")
    expect(page.locator(".toolbar")).to_be_hidden()
    handle.focus()
    page.keyboard.press("Enter")
    expect(handle).to_have_attribute("aria-expanded", "true")
    assert page.evaluate("document.activeElement.closest('.desk-body') !== null")
    assert page.evaluate(SMALL) == []
    page.keyboard.press("Escape")
    expect(handle).to_be_focused()
    expect(page.locator(".toolbar")).to_be_hidden()


@pytest.mark.thorough
def test_the_sheet_of_a_phone_is_dragged_open(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    drawn(page)
    handle = page.get_by_role("button", name="Tools and controls")
    page.wait_for_function(
        "Math.abs(view.sheet.handle.getBoundingClientRect().bottom - innerHeight) < 1"
    )  # it has slid
    box = handle.bounding_box()
    assert box is not None
    drag(page, box["x"] + 100, box["y"] + 20, (0, -80))
    expect(handle).to_have_attribute("aria-expanded", "true")
    handle.click()
    expect(handle).to_have_attribute("aria-expanded", "false")

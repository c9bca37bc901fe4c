"""Several readers of one radiograph on the page: their layers, and what maps are scored against."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

from data_cache.case import Case
from data_cache.findings import FINDINGS
from data_cache.marks import Box, Ellipse, Mark
from explainers.explanation import Explanation
from explainers.registry import EXPLAINERS
from tests.browser.stage import SIDE, choose, make_case, make_message, mount, pane, random_explanations, say

_AS_AT_FIRST = """() => {
    view.feature("readers").restore({ hidden: [] });
    view.controls.set("truth", "union");
    view.draw();
}"""
FIRST, SECOND, THIRD = (100, 120, 300, 280), (140, 100, 320, 300), (90, 150, 210, 330)


def boxed(left: int, top: int, right: int, bottom: int) -> NDArray[np.bool_]:
    mask = np.zeros((SIDE, SIDE), bool)
    mask[top:bottom, left:right] = True
    return mask


def read_case(**given: Any) -> Case:
    marks = [Mark("Edema", Box(*FIRST), "R1"), Mark("Edema", Box(*SECOND), "R2", label="oedema of both lungs")]
    marks.append(Mark("Edema", Ellipse(*THIRD), "R3"))
    return make_case(marks=tuple(marks), read_by=("R1", "R2", "R3", "R4"), **given)


def maps() -> list[Explanation]:
    """One of patches and one of cells."""
    return [one for one in random_explanations(1) if one.method in ("raw", "gradcam")]


@pytest.fixture(scope="module")
def _read_page(module_page: Page) -> Page:
    module_page.set_viewport_size({"width": 1280, "height": 900})
    mount(module_page)
    module_page.evaluate("view.feature('panes').set(['radiograph', 'raw', 'gradcam'])")
    say(module_page, make_message(read_case(), maps()))
    choose(module_page, "Edema")
    return module_page


@pytest.fixture
def page(_read_page: Page) -> Page:
    """The viewer with a case of four readers, all of them on show; those who want another come after its tests."""
    _read_page.evaluate(
        "view.feature('readers').restore({ hidden: [] }); view.controls.set('truth', 'union'); view.draw()"
    )
    return _read_page


def lines(page: Page) -> list[str]:
    """The readers' lines in the plain radiograph."""
    found = page.locator('[data-method="radiograph"] .marks .line')
    return [line.get_attribute("d") or "" for line in found.all()]


def iou(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return float((one & other).sum() / (one | other).sum())


def marked(method: str) -> NDArray[np.bool_]:
    explanation = next(one for one in random_explanations(1) if one.method == method)
    form = EXPLAINERS[method].view.published(explanation.maps, SIDE)[FINDINGS.index("Edema")].astype(float)
    return (form - form.min()) / np.ptp(form) > 0.5


def test_every_reader_has_a_layer_with_a_number_a_name_and_a_switch(page: Page) -> None:
    chips = page.get_by_role("group", name="Readers").get_by_role("button")
    expect(chips).to_have_text(["1R11 box", "2R21 box", "3R31 ellipse", "4R4nothing"])
    left, top, right, bottom = FIRST
    drawn = lines(page)
    assert (
        len(drawn) == 3 and drawn[0] == f"M{left}.0 {top}.0H{right}.0V{bottom}.0H{left}.0Z" and "A60.0 90.0" in drawn[2]
    )
    styles = page.locator('[data-method="gradcam"] .marks .line').evaluate_all(
        "(all) => all.map((e) => [getComputedStyle(e).stroke, getComputedStyle(e).strokeDasharray].join())"
    )
    dashes = {style.split(",")[-1] for style in styles}
    assert len(set(styles)) == 3 and len(dashes) == 3  # told apart without colour too
    expect(page.locator('[data-method="raw"] .marks text')).to_have_text(["1", "2", "3"])

    chips.nth(1).focus()
    page.keyboard.press("Enter")
    expect(chips.nth(1)).to_have_attribute("aria-pressed", "false")
    expect(chips.nth(1)).to_be_focused()
    assert lines(page) == [drawn[0], drawn[2]]
    keys = page.locator(".reader-keys .key")
    expect(keys).to_have_text(["1 R1: 1 box", "3 R3: 1 ellipse", "4 R4: nothing"])
    chips.nth(1).click()
    expect(keys.nth(1)).to_have_text("2 R2: 1 box, “oedema of both lungs”")


def test_scores_follow_the_choice_of_readers_and_say_it(page: Page) -> None:
    ellipse = np.zeros((SIDE, SIDE), bool)
    rows, columns = np.mgrid[:SIDE, :SIDE] + 0.5
    ellipse = ((columns - 150) / 60) ** 2 + ((rows - 240) / 90) ** 2 <= 1
    one, two = boxed(*FIRST), boxed(*SECOND)
    votes = one.astype(int) + two + ellipse
    truths = {"union": votes > 0, "majority": votes > 2, "2": ellipse, "3": None}  # more than two of four
    labels = {"union": "union of 4", "majority": "majority of 4", "2": "R3", "3": "R4"}
    words = {"union": "union box", "majority": "majority box", "2": "R3", "3": "R4"}
    for key, truth in truths.items():
        page.get_by_label("Scored against").select_option(key)
        page.evaluate("() => view.draw()")
        row = page.locator('[data-method="gradcam"] .scores [data-reference="radiologist"]')
        expect(row.locator("th")).to_have_text(labels[key])
        expected = "" if truth is None else f"{words[key]} IoU {iou(marked('gradcam'), truth):.3f}"
        assert pane(page, "gradcam", ".score") == expected
        note = "a box is a poor mask" in pane(page, "gradcam", ".cut-text")
        assert note == (key in ("union", "majority"))
        assert page.evaluate("view.feature('exports').state().truth") == key
    assert "R4 marked nothing" in pane(page, "gradcam", ".cut-text")


def test_what_is_scored_against_has_a_line_of_its_own_where_the_layers_do_not_show_it(page: Page) -> None:
    outline = page.locator('[data-method="raw"] .outline .line')
    expect(outline).to_have_attribute("d", "")
    page.get_by_label("Scored against").select_option("majority")
    assert (outline.get_attribute("d") or "").startswith("M")
    page.get_by_label("Scored against").select_option("0")
    expect(outline).to_have_attribute("d", "")
    page.get_by_role("group", name="Readers").get_by_role("button").first.click()
    expect(outline).to_have_attribute("d", "M100.0 120.0H300.0V280.0H100.0Z")


def test_a_link_remembers_the_layers_that_are_off(page: Page) -> None:
    page.get_by_role("group", name="Readers").get_by_role("button").nth(2).click()
    state = page.evaluate("view.feature('readers').onState()")
    assert state == {"hidden": [2]}
    page.get_by_role("group", name="Readers").get_by_role("button").nth(2).click()
    assert page.evaluate("view.feature('readers').onState()") is None
    page.evaluate("(state) => view.feature('readers').restore(state)", {"hidden": [2, 99, "x"]})
    assert len(lines(page)) == 2
    page.evaluate("view.feature('readers').restore('nonsense')")
    assert len(lines(page)) == 2


def test_a_case_of_one_reader_has_no_strip_and_says_that_a_box_is_a_poor_mask(_read_page: Page) -> None:
    module_page = _read_page
    case = make_case(id="one", marks=(Mark("Edema", Box(*FIRST)),))
    say(module_page, make_message(case, maps(), turn=2))
    choose(module_page, "Edema")
    expect(module_page.locator(".readers")).to_be_hidden()
    assert pane(module_page, "gradcam", ".score") == f"box IoU {iou(marked('gradcam'), boxed(*FIRST)):.3f}"
    expect(module_page.locator(".number-row").get_by_text("mean IoU of 0.60").first).to_be_visible()
    say(module_page, make_message(make_case({"Edema": boxed(*FIRST)}, id="next"), maps(), turn=3))
    assert pane(module_page, "gradcam", ".score").startswith("IoU 0.")


def test_names_of_readers_are_text(_read_page: Page) -> None:
    module_page = _read_page
    name = '<img src=x onerror="globalThis.hacked = 1">'
    marks = (Mark("Edema", Box(*FIRST), name, label=name), Mark("Edema", Box(*SECOND), "B"))
    say(module_page, make_message(make_case(id="named", marks=marks), maps(), turn=4))
    choose(module_page, "Edema")
    expect(module_page.locator(".reader-keys .key").first).to_contain_text(name)
    assert module_page.evaluate("globalThis.hacked") is None


@pytest.mark.parametrize("width", [pytest.param(1440, marks=pytest.mark.thorough), 390])
def test_no_number_covers_another_or_leaves_its_pane(module_page: Page, width: int) -> None:
    module_page.set_viewport_size({"width": width, "height": 1200})
    mount(module_page)
    boxes = [(0, 0, 200, 150), (4, 3, 190, 160), (2, 8, 150, 140), (400, 0, 512, 100), (470, 2, 512, 90)]
    boxes += [(480, 6, 510, 80), (300, 300, 380, 420), (303, 309, 390, 410), (306, 318, 395, 400), (5, 490, 60, 512)]
    marks = tuple(Mark("Edema", Box(*map(float, box)), f"R{i % 3}") for i, box in enumerate(boxes))
    say(module_page, make_message(make_case(marks=marks, read_by=("R0", "R1", "R2")), maps()))
    choose(module_page, "Edema")
    places = """(selector) => [...document.querySelectorAll(`[data-method="radiograph"] ${selector}`)].map((one) => {
        const { left, top, right, bottom } = one.getBoundingClientRect();
        return [left, top, right, bottom];
    })"""
    found = module_page.evaluate(places, ".marks text")
    ((left, top, right, bottom),) = module_page.evaluate(places, ".stage")
    assert len(found) == len(boxes)
    assert all(x0 >= left and y0 >= top and x1 <= right and y1 <= bottom for x0, y0, x1, y1 in found)
    for (x0, y0, x1, y1), (u0, v0, u1, v1) in combinations(found, 2):
        assert x1 <= u0 or u1 <= x0 or y1 <= v0 or v1 <= y0
    order = "() => [...document.querySelectorAll('[data-method=radiograph] .marks > *')].map((one) => one.tagName)"
    assert module_page.evaluate(order)[-len(boxes) :] == ["text"] * len(boxes)  # above all lines


def test_the_list_of_cases_says_who_marked_them_and_counts_those_without_an_image(module_page: Page) -> None:
    row = {"short": "c", "source": "s", "source_label": "S train", "phantom": False, "positives": ["Edema"]}
    rows = [
        row | {"id": "c0", "readers": 3},
        row | {"id": "c1", "readers": 0},
    ]
    mount(module_page, rows, without_image=1200)
    first, second = module_page.locator(".cases [role=option]").all()
    expect(first).to_have_attribute("aria-label", "c0, S train, 3 readers")
    expect(first.locator(".readers-badge")).to_have_text("3 readers")
    expect(second).to_have_attribute("aria-label", "c1, S train")
    expect(module_page.locator(".cases")).to_contain_text(
        "1,200 cases of the dataset have annotations without an image"
    )

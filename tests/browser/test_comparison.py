"""Any two annotations of a case compared on the page, against NumPy and scikit-learn."""

import base64

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, expect
from sklearn.metrics import cohen_kappa_score

from data_cache.masks import Rle
from explainers.registry import EXPLAINERS
from tests.browser.stage import SIDE, choose, make_case, make_message, mount, random_explanations, say
from tests.browser.test_readers import FIRST, SECOND, boxed, iou, marked, read_case

COMPARISON = "view.features.find((feature) => feature.key === 'comparison')"
READERS = ["Union of 4", "Majority of 4", "R1", "R2", "R3"]  # the fourth marked nothing
METHODS = ("gradcam", "eigencam")
MAPS = [EXPLAINERS[method].label for method in METHODS]
HUMAN = boxed(204, 204, 260, 240)


@pytest.fixture(scope="module")
def page(module_page: Page) -> Page:
    """One viewer for the tests of this file, which look at the same comparison one after the other."""
    module_page.set_viewport_size({"width": 1280, "height": 900})
    mount(module_page)
    module_page.evaluate("(names) => view.feature('panes').set(names)", ["radiograph", *METHODS])
    case = read_case(human_masks={"Edema": Rle.encode(HUMAN)})
    say(module_page, make_message(case, [one for one in random_explanations(1) if one.method in METHODS]))
    choose(module_page, "Edema")
    count(module_page)
    return module_page


def count(page: Page) -> None:
    page.evaluate(f"() => {{ view.draw(); {COMPARISON}.count(); }}")


def row(page: Page, name: str) -> list[str]:
    header = page.get_by_role("rowheader", name=name, exact=True)
    return page.locator(".pair-matrix tbody tr").filter(has=header).locator("td").all_inner_texts()


def number(page: Page, name: str) -> str:
    return page.locator(".pair-two .own-table tr").filter(has_text=name).locator("td").inner_text()


def pair(page: Page, first: str, second: str) -> None:
    for select, label in zip(page.locator(".pair-choice select").all(), (first, second), strict=True):
        select.select_option(label=label)


def picture(page: Page) -> NDArray[np.uint8]:
    """Red, green and blue of the picture of two annotations."""
    body = """() => {
        const { data } = document.querySelector(".pair-picture canvas").getContext("2d").getImageData(0, 0, 512, 512);
        return btoa(data.reduce((text, byte) => text + String.fromCharCode(byte), ""));
    }"""
    text = page.evaluate(body)
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(SIDE, SIDE, 4)[..., :3]


def test_all_pairs_of_readers_human_benchmark_and_maps_are_in_one_table(page: Page) -> None:
    expect(page.locator(".comparison")).to_have_attribute("open", "")  # by itself: several people marked it
    names = [*READERS, "Human benchmark", *MAPS]
    expect(page.locator(".pair-matrix tbody th")).to_have_text(names)
    expect(page.locator(".pair-matrix thead th")).to_have_text(names)
    found = row(page, "R1")
    assert found[2] == "·" and float(found[3]) == pytest.approx(iou(boxed(*FIRST), boxed(*SECOND)), abs=0.0006)
    assert float(found[5]) == pytest.approx(iou(boxed(*FIRST), HUMAN), abs=0.0006)
    for method, text in zip(METHODS, found[6:], strict=True):
        assert float(text) == pytest.approx(iou(boxed(*FIRST), marked(method)), abs=0.0006)
    assert [row(page, name)[2] for name in ("R2", "R3")] == found[3:5]


# test_measures.py has every measure of two in the ordinary run.
@pytest.mark.thorough
def test_the_table_can_be_of_each_measure_and_says_how_it_is_counted(page: Page) -> None:
    one, map_of = boxed(*FIRST), marked("gradcam")
    at = [*READERS, "Human benchmark", *MAPS].index(EXPLAINERS["gradcam"].label)
    page.get_by_label("Table of").select_option("kappa")
    expected = cohen_kappa_score(one.ravel(), map_of.ravel())
    assert float(row(page, "R1")[at].replace("−", "-")) == pytest.approx(expected, abs=0.0006)
    expect(page.locator(".pair-all .note")).to_contain_text("by chance")
    page.get_by_label("Table of").select_option("centre")
    assert row(page, "Human benchmark")[2] == "yes" and row(page, "R1")[5] == "no"  # one way alone
    page.get_by_label("Table of").select_option("hausdorff")
    assert row(page, "R1")[3] == "40.0"  # of the left edges


def test_two_are_chosen_by_lists_or_a_click_and_shown_side_by_side(page: Page) -> None:
    pair(page, "R1", "R2")
    one, two = boxed(*FIRST), boxed(*SECOND)
    shown = picture(page).astype(int)
    red, blue = shown[..., 0], shown[..., 2]
    spread = np.abs(red - blue)
    only_one, only_two, both = one & ~two, two & ~one, one & two
    assert (blue > red)[only_one].all() and (red > blue)[only_two].all()
    assert spread[both].max() <= 3 and spread[~(one | two)].max() == 0
    share = f"{100 * only_one.sum() / SIDE**2:.1f} % of the view"
    expect(page.locator('[data-part="first"]')).to_have_text(f"R1 only: {share}")
    assert share in (page.locator(".pair-picture canvas").get_attribute("aria-label") or "")
    assert number(page, "IoU") == f"{iou(one, two):.3f}" and number(page, "Hausdorff") == "40.0 px"
    page.locator(".pair-matrix tbody tr").nth(5).locator("td").nth(3).click()
    assert number(page, "Centre hit, Human benchmark in R2") == "yes"
    expect(page.locator(".pair-choice select").first.locator("option:checked")).to_have_text("Human benchmark")


def test_maps_are_compared_as_they_are_cut_now(page: Page) -> None:
    pair(page, "R1", EXPLAINERS["eigencam"].label)
    before = number(page, "IoU")
    page.evaluate("() => { view.settings.threshold = 0.7; view.controls.show(); view.kick(); }")
    count(page)
    assert number(page, "IoU") != before
    page.evaluate(f"() => {{ globalThis.was = {COMPARISON}.regions; {COMPARISON}.count(); }}")
    same = page.evaluate(f"() => {COMPARISON}.regions.map((region, i) => region === was[i])")
    assert same == [True] * (len(READERS) + 1 + len(MAPS))  # nothing is counted twice


def test_in_a_blind_read_nothing_is_compared_and_afterwards_all(page: Page) -> None:
    page.evaluate("() => view.feature('reading').turn(true)")
    expect(page.locator(".comparison")).to_have_count(0)
    page.evaluate(f"() => {{ view.feature('reading').turn(false); {COMPARISON}.count(); }}")
    assert page.evaluate(f"() => {COMPARISON}.regions.length") == len(READERS) + 1 + len(MAPS)


def test_where_nothing_can_be_compared_it_says_so(module_page: Page) -> None:
    mount(module_page)
    module_page.evaluate("view.feature('panes').set(['radiograph', 'raw'])")
    say(module_page, make_message(make_case(), []))
    choose(module_page, "Edema")
    panel = module_page.locator(".comparison")
    assert panel.get_attribute("open") is None
    panel.locator("summary").click()
    count(module_page)
    expect(panel).to_contain_text("nothing to compare")

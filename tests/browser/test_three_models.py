"""The tabs Benchmark, Trust and Models and about with a third model, of five findings, and two odd methods.

What the page is told of such a model, tests/ui has: test_about.py, test_benchmark.py, test_model_colours.py,
test_trust.py. What it makes of any model, test_trust_module.py has, and in the app of two test_hosting.py and
test_benchmark.py.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from data_cache.findings import LOCALIZED_FINDINGS
from tests.browser.running_app import running_app
from tests.evaluation.making import blob, smooth, write_masks, write_outputs
from tests.toys.models import FIVE, write_five
from tests.toys.registering import registered_toys
from tests.ui.worlds import write_weights

pytestmark = pytest.mark.thorough

PATIENCE = 120_000  # milliseconds; tests share their machine
APP = ("-m", "tests.browser.toy_app")
ROWS = {"raw": "Raw patch map", "gradcam": "Grad-CAM", "toy-bright@toy-five": "Brightness, Five", "strange": "strange"}
READY = (
    "() => globalThis.explorerShown?.ready && document.querySelector('.viewer').getAttribute('aria-busy') === 'false'"
)


def write_cohort(folder: Path) -> tuple[str, ...]:
    """Outputs of a few cases, one row of the third model and one of nobody; returns the flags that show them."""
    cases = [f"patient{number}_study1_view1_frontal" for number in range(1, 5)]
    with registered_toys():
        for row, name in enumerate(ROWS):
            for place, case in enumerate(cases):
                maps = [smooth(1000 * row + 20 * place + finding, (8, 8)) for finding in range(14)]
                write_outputs(folder / "maps", case, name, np.stack(maps))
    masks = {case: {finding: blob(place) for finding in LOCALIZED_FINDINGS} for place, case in enumerate(cases)}
    truth = write_masks(folder / "gt.json", masks)
    return ("--cohort", f"Three={folder / 'maps'}", "--cohort-masks", str(truth))


@pytest.fixture(scope="module")
def page(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("three")
    patchnet, cnn = write_weights(folder)
    flags = ("--patchnet", str(patchnet), "--cnn", str(cnn), "--model", f"{FIVE.key}={write_five(folder)}")
    world = {"XDG_CACHE_HOME": str(folder / "cache")}
    complaints: list[str] = []
    with running_app(
        *flags,
        *write_cohort(folder),
        "--backend",
        "torch-cpu",
        temporary=folder / "temporary",
        program=APP,
        environment=world,
    ) as address:
        page = chromium.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        page.wait_for_function(READY, polling=100)
        yield page
        page.close()
    assert complaints == []


def edge(part: Locator) -> str:
    return str(part.evaluate("(element) => getComputedStyle(element).borderLeftColor"))


def test_of_every_model_stands_whose_it_is_and_each_has_its_colour(page: Page) -> None:
    page.get_by_role("tab", name="Models and about").click()
    articles = page.locator(".about .models article")
    expect(articles).to_have_count(3)
    five = articles.nth(2)
    expect(five).to_contain_text("Five findings")
    expect(five).to_contain_text("not stated by the file")
    expect(five).to_contain_text("9 of 14")
    assert len({edge(articles.nth(number)) for number in range(3)}) == 3
    assert FIVE.colour is None and edge(five) == "rgb(112, 72, 182)"  # the first of the spare ones


def test_the_third_model_is_checked_where_it_predicts_the_finding_alone(page: Page) -> None:
    page.get_by_role("tab", name="Trust").click()
    trust = page.locator(".trust")
    expect(trust.locator(".opinion")).to_have_count(3)
    group = trust.locator(".pairs fieldset").nth(2)
    trust.get_by_label("Finding").first.select_option(label="Fracture")
    expect(trust.locator(".opinion").nth(2)).to_contain_text("not predicted")
    expect(group.get_by_label("Brightness", exact=True)).to_be_disabled()
    trust.get_by_label("Finding").first.select_option(label="Edema")
    for box in trust.locator(".pairs input").all():
        box.uncheck()
    group.get_by_label("Brightness").check()
    trust.get_by_role("button", name="Run the checks").click()
    expect(trust.locator(".case-bar .count")).to_have_text(re.compile(r"^(\d+) of \1 checks done"))
    attended = trust.get_by_label("Attended against random", exact=True)
    attended.locator(".plot-chart").scroll_into_view_if_needed()
    expect(attended.locator("g.annotation")).to_have_count(2)
    expect(attended.locator("g.annotation").first).to_have_text("Brightness, Five")
    expect(trust.get_by_label("Exactness of the patch map", exact=True)).to_contain_text(
        "not possible for any of the chosen maps"
    )


def test_rows_of_any_model_stand_under_their_labels_and_keep_their_looks(page: Page) -> None:
    page.get_by_role("tab", name="Benchmark").click()
    heads = page.locator(".bench .scores thead th:not(.ceiling, .floor, .skill) .title")
    expect(heads).to_have_count(len(ROWS))
    assert heads.all_inner_texts() == list(ROWS.values())
    marks = page.locator(".bench .scores thead .mark")
    before = [mark.get_attribute("class") for mark in marks.all()]
    assert before == ["mark m0", "mark m1", "mark m2", "mark m3"]
    page.locator(".bench").get_by_label("Cohort").select_option("phantom-test")
    expect(heads).to_have_count(11)
    assert marks.first.get_attribute("class") == before[0]
    assert heads.all_inner_texts()[2] == "Grad-CAM" and marks.nth(2).get_attribute("class") == before[1]

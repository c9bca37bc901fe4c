"""A second read in a browser, with the bundled phantoms: nothing tells what anybody said before the reader has."""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from data_cache.demo import bundled_cases
from data_cache.findings import FINDINGS
from models.registry import DEFAULT_MODELS, MODELS

READY = "([id]) => document.querySelector('.case-id')?.textContent === id && globalThis.explorerShown.ready"
QUIET = """([id]) => document.querySelector('.case-id')?.textContent === id
    && document.querySelector('.viewer').getAttribute('aria-busy') === 'false'"""
# Every text and every attribute of the document that holds a name, each with the name taken out.
MENTIONS = """(name) => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    const found = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (node.nodeType === Node.TEXT_NODE) found.push(node.data);
        else for (const { name, value } of node.attributes) found.push(`${name}=${value}`);
    }
    return found.filter((text) => text.includes(name)).map((text) => text.replaceAll(name, "…"));
}"""
SECRETS = re.compile(r"label+ed (present|absent)|no positive label|\d readers|[<>]?[01]?\.\d\d|supports|opposes|IoU")


# A page that was told so begins as in another tab, which knows nothing of this one.
ANOTHER_TAB = "if (name === 'another tab') { name = ''; sessionStorage.clear(); }"
ROWS = "all => [...new Set(all.map((one) => Math.round(one.getBoundingClientRect().bottom / 8)))]"


def switch(page: Page) -> None:
    page.get_by_role("button", name="Second read").click()


def test_nothing_tells_before_the_reading_is_recorded_and_all_is_there_after_it(demo_visit: Page) -> None:
    page = demo_visit
    first, second = bundled_cases()[0], bundled_cases()[3]
    page.wait_for_function(READY, arg=[first.id], polling=100)
    listed = page.locator(".thumbnails").evaluate("(list) => list.outerHTML")
    assert second.id in listed and not [finding for finding in FINDINGS if finding in listed]
    switch(page)
    form = page.locator(".second-read")
    expect(form.locator(".seen")).to_have_text(re.compile("^You have seen what models or labels say of this case"))
    page.locator(f'[data-case="{second.id}"]').click()
    page.wait_for_function(QUIET, arg=[second.id], polling=100)
    expect(form.locator(".seen")).to_be_hidden()
    expect(page.locator(".hint-strip")).to_have_css("max-width", "none")  # a row of its own beside the form
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.locator(".tray")).to_be_hidden()
    assert len(page.locator(".desk :is(button, .zoom-text):visible").evaluate_all(ROWS)) <= 2
    page.set_viewport_size({"width": 1440, "height": 900})
    page.reload()
    page.wait_for_function(QUIET, arg=[second.id], polling=100)
    expect(form.locator(".seen")).to_be_hidden()
    expect(page.locator('.pane[data-method="gradcam"]')).to_be_hidden()
    mentions = {finding: Counter(page.evaluate(MENTIONS, finding)) for finding in FINDINGS}
    assert all(found == mentions["Edema"] for found in mentions.values())  # no finding is told from any other
    told = page.locator("body").inner_text() + page.locator("body").aria_snapshot()
    titles = page.evaluate(
        "() => [...document.querySelectorAll('.viewer :not(.menu-panel *)[title]')].map(({ title }) => title).join()"
    )
    assert SECRETS.findall(told + titles) == [] and "finding" not in page.evaluate("() => location.hash")
    expect(form.locator("tbody th")).to_have_text(list(FINDINGS))
    assert form.locator(":checked").count() == 0
    shown = page.evaluate("() => document.querySelector('.viewer').className")
    for key in "ombc":
        page.keyboard.press(key)
    assert page.evaluate("() => document.querySelector('.viewer').className") == shown
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="PDF report")).to_be_disabled()
    page.keyboard.press("Escape")
    expect(form.get_by_role("button", name="Record")).to_be_disabled()
    page.get_by_role("tab", name="Trust").click()
    expect(page.locator(".trust .unread-note")).to_be_visible()
    expect(page.locator(".trust .opinions")).to_be_hidden()
    page.get_by_role("tab", name="Sort a folder").click()
    expect(page.locator(".sorting .unread-note")).to_be_visible()
    expect(page.locator(".sorting .sort-list")).to_be_hidden()
    page.get_by_role("tab", name="Explore").click()

    form.get_by_label("Edema: Present").check()
    form.get_by_label("Fracture: Absent").check()
    form.get_by_label("Fracture: Absent").click()  # taken back
    form.get_by_label("Edema: confidence 4 of 5").check()
    switch(page)
    expect(page.locator('.pane[data-method="gradcam"]')).to_be_visible()
    page.wait_for_function(READY, arg=[second.id], polling=100)
    switch(page)
    expect(page.locator('.pane[data-method="gradcam"]')).to_be_hidden()
    expect(form.locator(":checked")).to_have_count(2)  # what was answered is still there
    expect(form.locator(".seen")).to_be_visible()

    form.get_by_role("button", name="Record").click()
    expect(page.locator('.pane[data-method="gradcam"]')).to_be_visible()
    row = form.locator("tr", has_text="Edema")
    expect(row.locator("td").first).to_have_text("presentsure: 4 of 5")
    label = "present" if second.labels["Edema"] else "absent"
    expect(row.locator("td").last).to_have_text(re.compile(rf"^{label}(agrees with|differs from) you$"))
    with page.expect_download() as download:
        form.get_by_role("button", name="Download").click()
    rows = list(csv.reader(Path(download.value.path()).read_text().splitlines()))
    models = [f"{MODELS[key].label}: {what}" for key in DEFAULT_MODELS for what in ("probability", "assessment")]
    assert (
        rows[0] == ["case", "finding", "reader", "confidence", "seconds", "blind", *models, "label", "warning"]
        and len(rows) == 15
    )
    assert [row[2:4] for row in rows[1:] if row[2]] == [["present", "4"]]
    assert {row[5] for row in rows[1:]} == {"no"}
    assert [row[-2] for row in rows[1:]] == ["present" if second.labels[name] else "absent" for name in FINDINGS]
    switch(page)
    page.locator(".filters select").last.select_option("Edema")  # which tells of every case whether it has the label
    page.locator(".filters select").last.select_option("")
    third = bundled_cases()[5]
    switch(page)
    page.locator(f'[data-case="{third.id}"]').click()
    page.wait_for_function(QUIET, arg=[third.id], polling=100)
    expect(form.locator(".seen")).to_be_visible()
    switch(page)


@pytest.mark.thorough
def test_a_session_brings_the_reading_back(demo_visit: Page, tmp_path: Path) -> None:
    """In a tab that knows nothing of it."""
    page, case = demo_visit, bundled_cases()[4].id
    page.locator(f'[data-case="{case}"]').click()
    page.wait_for_function(READY, arg=[case], polling=100)
    switch(page)
    form = page.locator(".second-read")
    form.get_by_label("Edema: Present").check()
    form.get_by_label("Edema: confidence 4 of 5").check()
    form.get_by_role("button", name="Record").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save session").click()
    kept = tmp_path / "session.json"
    saved.value.save_as(kept)
    page.add_init_script(ANOTHER_TAB)
    page.evaluate("name = 'another tab'")
    page.reload()
    page.wait_for_function(READY, arg=[case], polling=100)
    expect(form).to_be_hidden()
    page.locator('.panel input[type=file][accept*="json"]').last.set_input_files(kept)
    expect(form.locator("tr", has_text="Edema").locator("td").first).to_have_text("presentsure: 4 of 5")
    switch(page)

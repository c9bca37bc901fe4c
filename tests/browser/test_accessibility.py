"""All tabs, with their panels open, against the rules of WCAG 2 A and AA that axe can check, in light and dark."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.stage import opened

PATIENCE = 120_000  # milliseconds; tests share their machine
READY = (
    "() => globalThis.explorerShown?.ready && document.querySelector('.viewer').getAttribute('aria-busy') === 'false'"
)
FIND_VIEWER = """() => {
    const places = [...document.querySelectorAll("#viewer, #viewer *")];
    globalThis.view = places.find((element) => element.viewer).viewer;
}"""
# Of tabs that were looked at already axe would read thousands of hidden elements each time.
FORGET = """() => document.querySelectorAll("[role=tabpanel]").forEach((one) => {
    if (!one.checkVisibility()) one.replaceChildren();
})"""
# Two rows of a kind stand for all of them: of elements that differ by words and numbers alone axe says the same.
THIN = """() => {
    const ROWS = "tr, li, [role=option], article";
    const kind = (one) => [
        one.tagName, one.getAttribute("class"), one.getAttribute("style"), one.getAttribute("role"),
        !!one.textContent.trim(), ...one.getAttributeNames(),
    ].join(" ");
    globalThis.thinned = [];
    const seen = new Map();
    for (const row of document.querySelectorAll(ROWS)) {
        if (!row.checkVisibility() || row.querySelector(ROWS)) continue;
        if (!seen.has(row.parentElement)) seen.set(row.parentElement, {});
        const counts = seen.get(row.parentElement), key = [row, ...row.querySelectorAll("*")].map(kind).join();
        counts[key] = (counts[key] ?? 0) + 1;
        if (counts[key] > 2) thinned.push(row);
    }
    for (const row of thinned) row.style.setProperty("display", "none", "important");
}"""
THICK = "() => thinned.forEach((row) => row.style.removeProperty('display'))"
SCHEME = "(dark) => document.body.classList.toggle('dark', dark)"
# Of rules that are kept axe describes one element, not each of thousands: that was most of its time.
BRIEF = {"resultTypes": ["violations"]}
LIGHT = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"], **BRIEF}
DARK = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    **BRIEF,
}  # colours alone differ


def violations(page: Page, within: str | None = None) -> list[str]:
    """What axe complains of in light and in dark, one line a rule and element; of the whole page, or of a part."""
    lines = []
    page.evaluate(THIN)
    for dark in (False, True):
        page.evaluate(SCHEME, dark)
        told: dict[str, list[dict[str, Any]]] = Axe().run(page, within, DARK if dark else LIGHT).response
        assert any(rule["id"] == "color-contrast" for rule in told["passes"])  # axe did look
        for rule in told["violations"]:
            lines += [f"{rule['id']}{' (dark)' * dark}: {node['html'][:160]}" for node in rule["nodes"]]
    page.evaluate(THICK)
    return lines


def open_everything(page: Page) -> None:
    """Explore with the panes of no model, comparison, rank table, guide, patches switched off, and a drawing."""
    with opened(page, "Panes"):
        for name in ("Agreement", "Gaze", "Location prior"):
            page.get_by_role("checkbox", name=name).check()
    page.locator(".rank-panel summary").click()
    page.locator(".one-map summary").click()
    page.locator(".one-map .cost:not(:empty)").wait_for()
    page.locator(".comparison summary").click()
    page.locator(".guide summary").click()
    page.locator(".ranks td").nth(1).wait_for()
    page.get_by_role("button", name="Patches", exact=True).click()
    page.locator('[data-method="raw"] .stage').click()
    page.locator(".findings.revised").wait_for()
    page.locator(".as-table summary").click()
    page.get_by_role("button", name="New", exact=True).click()
    page.get_by_role("button", name="Draw", exact=True).click()


def draw_charts(page: Page) -> None:
    """Bring every chart that is shown into sight, where it is drawn, and open its table."""
    for chart in page.locator(".plot-chart:visible").all():
        chart.scroll_into_view_if_needed()
        chart.locator(".main-svg").first.wait_for()
        for table in chart.locator(".as-table:not([open]) > summary").all():
            table.click()


def test_no_tab_breaks_a_rule_of_wcag_2_a_and_aa(chromium: Browser, demo_address: str) -> None:
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(PATIENCE)
    page.goto(demo_address)
    page.wait_for_function(READY, polling=100)
    page.evaluate(FIND_VIEWER)
    open_everything(page)
    found = {"Explore": violations(page)}
    page.get_by_role("button", name="Second read").click()
    found["second read"] = violations(page)
    page.get_by_role("button", name="Second read").click()
    page.keyboard.press("?")
    found["keys"] = violations(page, "dialog[open]")  # what is behind it was looked at
    page.keyboard.press("Escape")
    for tab, shown in (
        ("Trust", ".trust .opinion"),
        ("Sort a folder", ".sorting .fields"),
        ("Benchmark", ".bench .scores tbody td"),
        ("Models and about", ".about article"),
    ):
        page.get_by_role("tab", name=tab).click()
        page.locator(shown).first.wait_for()
        page.evaluate(FORGET)
        draw_charts(page)
        found[tab] = violations(page)
    page.close()
    assert {place: lines for place, lines in found.items() if lines} == {}

"""All tabs, with their panels open, against the rules of WCAG 2 A and AA that axe can check, in light and dark."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
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
# Two rows of a kind stand for all of them: of elements that differ by words and numbers alone axe says the same. These,
# and the shapes of charts, which have no words, are taken out for a while: axe goes over what is hidden as well.
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
        if (counts[key] > 2) thinned.push([row, new Comment()]);
    }
    const SHAPES = ".plot-chart svg :is(path, rect, circle, line):not([role], [aria-label])";
    for (const shape of document.querySelectorAll(SHAPES)) thinned.push([shape, new Comment()]);
    for (const [one, place] of thinned) one.replaceWith(place);
    globalThis.plain = document.createElement("style"); // on a gradient axe tells no contrast
    plain.textContent = ".scroll.fading, select { background-image: none !important; }"; // shades of edges, arrows
    document.head.append(plain);
}"""
THICK = "() => { plain.remove(); thinned.reverse().forEach(([one, place]) => place.replaceWith(one)); }"
# Colours that change slowly are looked at when they have changed.
SCHEME = """(dark) => {
    document.body.classList.toggle("dark", dark);
    const changing = () => document.getAnimations().filter((one) => one instanceof CSSTransition);
    for (let all = changing(); all.length; all = changing()) all.forEach((one) => one.finish());
}"""
# Most of axe's time goes to the contrast of texts. Two stand for all that lie in places of a kind, in the same colours
# and size on the same grounds: their contrast is the same.
READ = """(within) => {
    const SWITCHED_OFF = ":disabled, [aria-disabled=true]"; // which axe leaves out
    const kind = (one) => one && one.tagName + "." + one.getAttribute("class");
    const grounds = new Map();
    const ground = (one) => {
        if (!one) return "";
        if (!grounds.has(one)) {
            const { backgroundColor, backgroundImage, opacity } = getComputedStyle(one);
            grounds.set(one, [ground(one.parentElement), backgroundColor, backgroundImage, opacity].join(" "));
        }
        return grounds.get(one);
    };
    const look = (one) => {
        const { color, fill, fontSize, fontWeight } = getComputedStyle(one), parent = one.parentElement;
        const off = !!one.closest(SWITCHED_OFF) || !!one.closest("label")?.control?.matches(SWITCHED_OFF);
        const place = [one, parent, parent?.parentElement].map(kind);
        return [...place, color, fill, fontSize, fontWeight, off, ground(one)].join("|");
    };
    const says = (one) => [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    const counts = {}, found = [];
    for (const one of document.querySelectorAll(`${within} *`)) {
        if (!(says(one) || one.matches("input, select, textarea")) || !one.checkVisibility()) continue;
        const key = look(one);
        counts[key] = (counts[key] ?? 0) + 1;
        if (counts[key] <= 2) found.push(one);
    }
    return found;
}"""
# Of rules that are kept axe describes one element, not each of thousands.
BRIEF = {"resultTypes": ["violations"], "preload": False}
COLOURS = ["color-contrast", "link-in-text-block"]
LEVELS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21aa"],
    "rules": {rule: {"enabled": False} for rule in COLOURS},
    **BRIEF,
}
# Axe's own, but for the pseudo elements: beside these it would tell no contrast of what lies above or below them. Here
# they are the shades of edges of what can be scrolled, 10 pixels wide.
MEASURED = {
    "ignoreUnicode": True,
    "ignoreLength": False,
    "ignorePseudo": True,
    "boldValue": 700,
    "boldTextPt": 14,
    "largeTextPt": 18,
    "contrastRatio": {"normal": {"expected": 4.5}, "large": {"expected": 3}},
    "pseudoSizeThreshold": 0.25,
    "shadowOutlineEmMax": 0.2,
    "textStrokeEmMin": 0.03,
}
CONTRAST = {
    "runOnly": {"type": "rule", "values": COLOURS},
    "checks": {"color-contrast": {"options": MEASURED}},
    "resultTypes": ["violations", "incomplete"],
    "preload": False,
}
RULES = "([within, options]) => axe.run(within, options)"
SEEN = f"([within, options]) => axe.run({{ include: ({READ})(within) }}, options)"


def violations(page: Page, within: str = "body") -> list[str]:
    """What axe complains of, one line a rule and element, of colours in light and in dark; on the page or a part."""
    page.evaluate(THIN)
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate(Axe().axe_script)
    lines = complaints(page.evaluate(RULES, ["html" if within == "body" else within, LEVELS])["violations"])
    for dark in (False, True):
        page.evaluate(SCHEME, dark)
        told = page.evaluate(SEEN, [within, CONTRAST])
        assert any(rule["id"] == "color-contrast" for rule in told["passes"])  # axe did look
        lines += complaints(told["violations"], " (dark)" * dark)
        lines += complaints(unseen(told["incomplete"]), " that axe did not tell" + " (dark)" * dark)
    page.evaluate(THICK)
    return lines


def unseen(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What axe passed over for something behind a text that it could be told to pass over instead.

    Texts of charts, on pictures and half behind others remain of what it cannot tell.
    """

    def is_unseen(node: dict[str, Any]) -> bool:
        reasons = {(check["data"] or {}).get("messageKey") for check in node["any"]}
        return not reasons.isdisjoint(("pseudoContent", "bgGradient"))

    return [{**rule, "nodes": list(filter(is_unseen, rule["nodes"]))} for rule in rules]


def complaints(rules: list[dict[str, Any]], more: str = "") -> list[str]:
    return [f"{rule['id']}{more}: {node['html'][:160]}" for rule in rules for node in rule["nodes"]]


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


@pytest.fixture(scope="module")
def page(chromium: Browser, phantom_app: tuple[str, Path]) -> Iterator[Page]:
    """Explore with its first case."""
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(PATIENCE)
    page.goto(phantom_app[0])
    page.wait_for_function(READY, polling=100)
    yield page
    page.close()


def test_explore_breaks_no_rule_of_wcag_2_a_and_aa(page: Page) -> None:
    page.evaluate(FIND_VIEWER)
    open_everything(page)
    found = {"Explore": violations(page)}
    page.get_by_role("button", name="Second read").click()
    found["second read"] = violations(page, ".second-read")  # the rest is what was looked at, or less
    page.get_by_role("button", name="Second read").click()
    page.keyboard.press("?")
    found["keys"] = violations(page, "dialog[open]")  # what is behind it was looked at
    page.keyboard.press("Escape")
    assert {place: lines for place, lines in found.items() if lines} == {}


# Trust and Benchmark are looked at in a site without a server as well (test_site.py), where all is there at once.
@pytest.mark.parametrize(
    ("tab", "shown"),
    [
        pytest.param("Trust", ".trust .opinion", marks=pytest.mark.thorough),
        ("Sort a folder", ".sorting .fields"),
        pytest.param("Benchmark", ".bench .scores tbody td", marks=pytest.mark.thorough),
        ("Models and about", ".about article"),
    ],
)
def test_no_tab_breaks_a_rule_of_wcag_2_a_and_aa(page: Page, tab: str, shown: str) -> None:
    page.get_by_role("tab", name=tab).click()
    page.locator(shown).first.wait_for()
    page.evaluate(FORGET)
    draw_charts(page)
    assert violations(page) == []

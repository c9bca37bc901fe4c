"""Import maps, as browsers differ in them: one that takes none after a module, and one that takes none of ours."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.test_app import explained

# What the page has asked for as a module when it lays out its import map: after that, some browsers take none.
_SPY = """
globalThis.early = null;
const { append } = Element.prototype;
Element.prototype.append = function (...nodes) {
    const maps = nodes.filter(({ type }) => type === "importmap");
    if (maps.length) globalThis.early = document.querySelectorAll("[type=module], [rel=modulepreload]").length;
    return append.apply(this, DROPPED ? nodes.filter((node) => !maps.includes(node)) : nodes);
};"""


@pytest.mark.thorough
def test_no_module_is_on_its_way_before_the_import_map(chromium: Browser, phantom_app: tuple[str, Path]) -> None:
    page = chromium.new_page()
    page.add_init_script(_SPY.replace("DROPPED", "false"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(phantom_app[0])
    explained(page)
    assert page.evaluate("globalThis.early") == 0
    own = [url for url in asked if "/page/" in url and url.endswith(".js")]
    assert len(own) == len(set(own)) == 2  # what was fetched beforehand is what the modules then are
    page.close()


def test_the_page_opens_where_its_import_map_is_not_taken(chromium: Browser, phantom_app: tuple[str, Path]) -> None:
    page = chromium.new_page()
    page.add_init_script(_SPY.replace("DROPPED", "true"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(phantom_app[0])
    expect(page.locator(".case-id")).not_to_be_empty()
    assert page.evaluate("globalThis.early") == 0  # modules on their way before the import map
    own = [url for url in asked if "/page/" in url and url.endswith(".js")]
    assert len(own) == len(set(own)) == 2  # what was fetched beforehand is what the modules then are
    page.close()

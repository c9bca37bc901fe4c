"""Import maps: a browser that takes none of ours. One that takes none after a module: test_app.py counts those."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.stage import EARLY

_DROPPED = EARLY.replace("(this, nodes)", "(this, nodes.filter((node) => !maps.includes(node)))")


@pytest.mark.thorough
def test_the_page_opens_where_its_import_map_is_not_taken(chromium: Browser, phantom_app: tuple[str, Path]) -> None:
    page = chromium.new_page()
    page.add_init_script(_DROPPED)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(phantom_app[0])
    expect(page.locator(".case-id")).not_to_be_empty()
    assert page.evaluate("globalThis.early") == 0  # modules on their way before the import map
    own = [url for url in asked if "/page/" in url and url.endswith(".js")]
    assert len(own) == len(set(own)) == 2  # what was fetched beforehand is what the modules then are
    page.close()

"""The driver of the browser as tests need it, see `undescribed.cjs`."""

import pytest
from playwright.sync_api import Page, expect


def test_what_waits_in_vain_describes_no_page(module_page: Page) -> None:
    for element in ("#nowhere", "#place"):
        with pytest.raises(AssertionError, match="with timeout 1ms") as caught:
            expect(module_page.locator(element)).to_have_text("nothing", timeout=1)
        assert "snapshot" not in str(caught.value)

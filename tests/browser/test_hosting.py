"""A host's page in a browser: tour, models and about, what the browser keeps."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from explainers.registry import EXPLAINERS
from models.registry import DEFAULT_MODELS, MODELS
from tests.browser.test_app import PATIENCE, explained, upload

TAB = "Models and about"


def light(model: str) -> str:
    """A model's colour on the light page, as a browser says it."""
    colours = MODELS[model].colour
    assert colours is not None
    return f"rgb({', '.join(str(part) for part in bytes.fromhex(colours[0][1:]))})"


@pytest.fixture(scope="module")
def address(narrow_app: tuple[str, Path]) -> str:
    return narrow_app[0]


@pytest.fixture(scope="module")
def page(chromium: Browser, address: str) -> Iterator[Page]:
    """A visit with an empty browser, which must not complain and must ask nothing of other hosts."""
    complaints: list[str] = []
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else complaints.append(r.url))
    page.goto(f"{address}?tour")
    explained(page)
    yield page
    context.close()
    assert complaints == []


def test_the_tour_shows_once_and_is_never_in_the_way(page: Page) -> None:
    """An automated browser sees it only when it asks; that it does not otherwise, test_app.py sees."""
    tour = page.get_by_role("dialog")
    expect(tour).to_contain_text("1 of 5")
    explained(page)
    page.locator(".thumbnails [role=option]").nth(1).click()  # the page can be used meanwhile
    expect(page.locator(".thumbnails [role=option]").nth(1)).to_have_attribute("aria-selected", "true")
    tour.get_by_role("button", name="Next").focus()
    for key, step in [("Enter", 2), ("ArrowRight", 3), ("ArrowLeft", 2), ("ArrowRight", 3), ("Enter", 4), ("Enter", 5)]:
        page.keyboard.press(key)
        expect(tour).to_contain_text(f"{step} of 5")
        expect(page.locator(".tour-target")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(tour).to_have_count(0)
    assert page.evaluate("JSON.stringify({ ...localStorage })") == '{"explorer-tour":"seen"}'
    page.get_by_role("tab", name=TAB).click()
    page.get_by_role("button", name="Show the tour").click()
    page.keyboard.press("Escape")
    expect(page.locator(".tour, .tour-target")).to_have_count(0)


def test_the_tab_says_whose_weights_speak_and_what_fails(page: Page) -> None:
    page.get_by_role("tab", name=TAB).click()
    about = page.locator(".about")
    expect(about.locator(".models article")).to_have_count(2)
    edges = about.locator(".models article").evaluate_all(
        "(all) => all.map((one) => [one.dataset.model, getComputedStyle(one).borderLeftColor])"
    )
    assert edges == [[key, light(key)] for key in DEFAULT_MODELS]  # each has the colour of its model
    expect(about.locator(".models .hash").first).to_have_text(re.compile("^[0-9a-f]{64}$"))
    names = about.locator(".methods h3").all_inner_texts()
    assert names == [entry.label for entry in EXPLAINERS.values()]
    expect(about).to_contain_text("Not for diagnosis")
    page.get_by_role("button", name="Get Official weights").click()
    expect(about.locator('[data-get="weights"] .error')).to_contain_text("huggingface.co")  # there is no network
    page.locator("summary", has_text="Model card: official weights").click()
    expect(page.get_by_text("published on the CheXpert test set")).to_be_visible()
    for width in (1440, 1024, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("tab", name="Explore").click()


def test_an_upload_is_nowhere_in_the_browser(page: Page, narrow_app: tuple[str, Path]) -> None:
    _, folder = narrow_app
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(3).integers(0, 256, (120, 100), dtype=np.uint8)).save(buffer, "PNG")
    upload(page, "Miller Erika.png", buffer.getvalue())
    expect(page.locator(".case-id")).to_have_text(re.compile(r"^Upload 1, \d\d:\d\d$"))
    explained(page)
    kept = "() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])"
    assert "Miller" not in page.evaluate(kept)
    assert not [url for url in addresses if "Miller" in url]
    assert "Miller" not in folder.joinpath("temporary.log").read_text()

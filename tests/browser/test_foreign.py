"""Other websites in a browser that can reach the app: they read nothing, change nothing and frame nothing."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_app import PATIENCE

_ASK = """async (address) => {
    const ask = (path, options) => fetch(address + path, { credentials: "include", ...options })
        .then(async (answer) => answer.status + " " + (await answer.text()).slice(0, 20), () => "nothing");
    const form = new FormData();
    form.append("files", new Blob(["a"]), "a.png");
    const body = JSON.stringify({ session_hash: "abc", fn_index: 0, data: [] });
    const json = { method: "POST", headers: { "Content-Type": "application/json" }, body };
    return [await ask("config"), await ask("gradio_api/upload", { method: "POST", body: form }),
            await ask("gradio_api/queue/join", json)];
}"""


@pytest.fixture
def places(demo_address: str, other_site: int) -> tuple[str, int]:
    """The app's address under a name of its own, and the port of the other websites."""
    return demo_address.replace("127.0.0.1", "xray.example.org"), other_site


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    yield page
    context.close()


def test_another_website_reads_nothing(page: Page, places: tuple[str, int]) -> None:
    address, port = places
    page.goto(f"{address}config")  # a part of the app's page, with which its cookie comes
    assert [cookie["domain"] for cookie in page.context.cookies()] == ["xray.example.org"]
    page.goto(f"http://evil.example:{port}/")
    assert page.evaluate(_ASK, address) == ["nothing"] * 3
    page.goto(f"http://xray.example.org:{port}/")  # another port of the same machine is another website too
    assert page.evaluate(_ASK, address) == ["nothing"] * 3


def test_another_website_frames_nothing(page: Page, places: tuple[str, int]) -> None:
    address, port = places
    page.goto(f"http://evil.example:{port}/?{address}")
    page.wait_for_timeout(500)
    assert page.frames[1].url.startswith("chrome-error:")


def test_an_address_that_comes_to_point_here_shows_nothing(page: Page, places: tuple[str, int]) -> None:
    address, _ = places
    page.goto(address.replace("xray.example.org", "evil.example"))
    expect(page.locator("body")).to_contain_text("This page does not answer to that name")


# tests/ui/test_gate.py says whom the app's answers let frame it.
@pytest.mark.thorough
def test_the_admitted_website_frames(page: Page, places: tuple[str, int]) -> None:
    """Its frame works also where the browser sends no cookies into frames."""
    address, port = places
    page.goto(f"http://portal.example:{port}/?{address}")
    expect(page.frame_locator("iframe").locator(".case-id")).to_contain_text("PHANTOM")


def test_the_admitted_website_reads(page: Page, places: tuple[str, int]) -> None:
    address, port = places
    page.goto(f"http://portal.example:{port}/")
    read, sent, joined = page.evaluate(_ASK, address)
    assert read.startswith('200 {"version"') and sent.startswith("200") and joined != "nothing"

"""Other websites in a browser that can reach the app: they read nothing, change nothing and frame nothing."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import CHROMIUM
from tests.browser.running_app import running_app
from tests.browser.test_app import PATIENCE
from tests.ui.worlds import write_weights

_NAMES = "MAP xray.example.org 127.0.0.1, MAP evil.example 127.0.0.1, MAP portal.example 127.0.0.1"
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


class _Site(BaseHTTPRequestHandler):
    """Another website: it frames what its address names after the question mark."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        _, _, framed = self.path.partition("?")
        self.wfile.write(f"<!doctype html><iframe width=1400 height=800 src='{framed}'></iframe>".encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def site() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def browser(chromium: Browser) -> Iterator[Browser]:
    """A browser for which the names of these tests are this machine's."""
    flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", f"--host-resolver-rules={_NAMES}"]
    browser = chromium.browser_type.launch(executable_path=str(CHROMIUM), args=flags)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def places(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """The app's address under a name of its own, and the port of the other websites."""
    folder = tmp_path_factory.mktemp("foreign")
    weights = write_weights(folder)
    with site() as port:
        flags = ("--patchnet", str(weights[0]), "--cnn", str(weights[1]), "--backend", "torch-cpu")
        admitted = ("--allowed-hosts", "xray.example.org", "--allowed-origins", f"http://portal.example:{port}")
        with running_app(*flags, *admitted, temporary=folder / "temporary") as address:
            yield address.replace("127.0.0.1", "xray.example.org"), port


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
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


def test_the_admitted_website_reads_and_frames(page: Page, places: tuple[str, int]) -> None:
    """Its frame works also where the browser sends no cookies into frames."""
    address, port = places
    page.goto(f"http://portal.example:{port}/?{address}")
    expect(page.frame_locator("iframe").locator(".case-id")).to_contain_text("PHANTOM")
    read, sent, joined = page.evaluate(_ASK, address)
    assert read.startswith('200 {"version"') and sent.startswith("200") and joined != "nothing"

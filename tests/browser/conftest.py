"""Fixtures of the browser tests; all of them skip where there is no Chromium."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.browser.chromium import CHROMIUM, blank, launched, served
from tests.browser.family_cohort import write_cohort
from tests.browser.other_site import served_site
from tests.browser.running_app import running_app
from tests.browser.stage import EARLY, Visit, explained
from tests.ui.worlds import write_phantoms, write_weights

# Milliseconds; on a machine that works at much else, a page takes more than the usual five seconds to read Plotly.
expect.set_options(timeout=60_000)

# The app where the Hub's library may have been imported before it could read this variable.
_ELSEWHERE = (
    "-c",
    "import os, runpy, sys; from huggingface_hub import constants; "
    "constants.HF_HUB_CACHE = os.environ['HF_HUB_CACHE']; sys.argv[0] = 'app.py'; "
    "runpy.run_path('app.py', run_name='__main__')",
)

_FIND_VIEWER = """() => {
    globalThis.view = [...document.querySelectorAll("#viewer, #viewer *")].find((element) => element.viewer).viewer;
}"""
# Counts the frames that a page asks for.
_FRAMES = """globalThis.frames = 0;
const ask = requestAnimationFrame;
globalThis.requestAnimationFrame = (step) => ((globalThis.frames += 1), ask(step));"""
_AS_AT_FIRST = """() => {
    view.modes.choose("pan");
    view.feature("panes").restore(null);
    view.feature("layout").choose("all"); // tests before may have had the browser keep another one
    view.zoom.startOver();
    scrollTo(0, 0);
}"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A headless browser; tests that need it skip where there is none."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed (Debian's package of that name)")
    with launched() as browser:
        yield browser


@pytest.fixture(scope="session")
def module_address() -> Iterator[str]:
    """Address of the folder `ui`, served as plain files."""
    with served() as address:
        yield address


@pytest.fixture(scope="session")
def other_site(chromium: Browser) -> Iterator[int]:
    """The port of another website, which the app with the demonstration weights admits as portal.example."""
    with served_site() as port:
        yield port


@pytest.fixture(scope="session")
def demo_address(chromium: Browser, other_site: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the app with the bundled phantoms and demonstration weights; a visit keeps to itself what it does."""
    flags = ("--patchnet", "demo", "--cnn", "demo", "--max-file-size", "2mb")
    flags += ("--allowed-hosts", "xray.example.org", "--allowed-origins", f"http://portal.example:{other_site}")
    with running_app(*flags, temporary=tmp_path_factory.mktemp("demo") / "temporary") as address:
        yield address


@pytest.fixture(scope="session")
def _demo_page(chromium: Browser, demo_address: str) -> Iterator[Page]:
    """One visit of the app with the demonstration weights, which must not complain."""
    complaints: list[str] = []
    page = chromium.new_page(viewport={"width": 1440, "height": 900}, has_touch=True)
    page.set_default_timeout(120_000)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.add_init_script("if (location.protocol !== 'about:') localStorage.setItem('explorer-tour', 'seen')")
    page.goto(demo_address)
    explained(page)
    yield page
    page.close()
    assert complaints == []


@pytest.fixture(scope="module")
def demo_visit(_demo_page: Page) -> Page:
    """A visit that several modules of tests share, with the first case open as at first; its viewer is `view`."""
    page = _demo_page
    page.evaluate(_FIND_VIEWER)  # another one where tests have loaded the page again
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("tab", name="Explore").click()
    page.locator(".thumbnails [role=option]").first.click()
    page.wait_for_function("() => view.content.case.id === view.cases.cases[0].id", polling=100)
    page.evaluate(_AS_AT_FIRST)
    explained(page)
    return page


@pytest.fixture(scope="session")
def narrow_app(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Address of the app with narrow random models where it finds no network, and the folder of its files and log."""
    folder = tmp_path_factory.mktemp("narrow")
    patchnet, cnn = write_weights(folder)
    flags = ("--patchnet", str(patchnet), "--cnn", str(cnn), "--backend", "torch-cpu")
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "HF_HUB_CACHE": str(folder / "hf"), "EXPLORER_FETCH": "1"}
    nowhere |= {"EXPLORER_SAMPLE": str(folder / "sample"), "XDG_CACHE_HOME": str(folder / "cache")}
    with running_app(*flags, temporary=folder / "temporary", environment=nowhere, program=_ELSEWHERE) as address:
        yield address, folder


@pytest.fixture(scope="session")
def phantom_app(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Address of the app with narrow random models, small phantoms and a cohort of other families' maps.

    And the folder of its weights, files and log.
    """
    folder = tmp_path_factory.mktemp("phantoms")
    patchnet, cnn = write_weights(folder)
    flags = ("--root", str(write_phantoms(folder / "root")), "--patchnet", str(patchnet), "--cnn", str(cnn))
    flags += write_cohort(folder)
    with running_app(*flags, "--backend", "torch-cpu", temporary=folder / "temporary", log=folder / "log") as address:
        yield address, folder


@pytest.fixture(scope="session")
def phantom_visit(chromium: Browser, phantom_app: tuple[str, Path]) -> Iterator[Visit]:
    """One visit of the app of the phantoms, which modules of tests share."""
    address = phantom_app[0]
    visit = Visit(chromium.new_page(viewport={"width": 1440, "height": 900}))
    page = visit.page

    def note(request: Request) -> None:
        visit.asked.append(request.url)

    page.set_default_timeout(60_000)
    page.on("pageerror", lambda error: visit.errors.append(str(error)))
    page.on("console", lambda message: visit.others.append(message.text) if message.type == "error" else None)
    page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else visit.others.append(r.url))
    page.on("request", note)
    page.add_init_script(_FRAMES)
    page.add_init_script(EARLY)
    page.goto(address)
    explained(page)
    page.remove_listener("request", note)
    yield visit
    page.close()


@pytest.fixture(scope="session")
def _blank_page(chromium: Browser, module_address: str) -> Iterator[Page]:
    page = chromium.new_page()
    yield page
    page.close()


@pytest.fixture(scope="module")
def module_page(_blank_page: Page, module_address: str) -> Page:
    """A blank page on which `viewer.js` is imported as the global `viewer`; opened anew for each module of tests."""
    _blank_page.set_viewport_size({"width": 1280, "height": 720})
    blank(_blank_page, module_address)
    return _blank_page

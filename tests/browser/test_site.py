"""A site without a server, walked through: cases, thresholds, tabs, links; no other host, no error, WCAG."""

import gzip
import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, expect

from data_cache.geometry import Alignment
from evaluation.bundled_cohort import bundled_curves
from evaluation.ceilings import ALIGNMENTS
from tests.browser.chromium import served
from tests.browser.cut_short import KEPT, cut_short
from tests.browser.test_accessibility import READY, draw_charts, violations
from tests.browser.test_benchmark import SETTINGS
from tests.ui.static.site import BUNDLED, ON_DEVICES, Site, shared
from ui.catalogue import Catalogue


@pytest.fixture(scope="module")
def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return shared(tmp_path_factory)


PROBABILITIES = """() => {
    return document.querySelector("#explore > div").viewer.content.probabilities;
}"""

HASHED = """async (bytes) => {
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}"""
SEEN = f"""() => {{
    const {{ image, film }} = document.querySelector("#explore > div").viewer.data;
    return Promise.all([image, film.levels[0].codes].map({HASHED}));
}}"""
SORTED = """() => {
    const { rows, files } = document.querySelector("#sort > div").sorting;
    return Object.fromEntries(rows.map((row) => [files[row.index].own.name, row]));
}"""
# Of each chart that is drawn, the kinds of traces that were asked for and those that plotly made of them.
KINDS = """() => [...document.querySelectorAll(".js-plotly-plot")].map((one) =>
    [one.data, one._fullData].map((traces) => traces.map(({ type }) => type).join()))"""
# Keeps what the page makes an address for, among it the curves of each cohort, as they are in the app.
KEEP = """() => {
    const { createObjectURL } = URL;
    globalThis.made = [];
    URL.createObjectURL = (blob) => (made.push(blob), createObjectURL(blob));
}"""
# SHA-256 of the arrays of these curves.
RESTORED = f"""() => Promise.all(made.map(async (blob) => {{
    const bytes = new Uint8Array(await blob.arrayBuffer());
    const header = new DataView(bytes.buffer).getUint32(0, true);
    return ({HASHED})(bytes.subarray(4 + header));
}}))"""

# Of a tab that is not looked at any more axe would read thousands of hidden elements each time.
LEFT_OUT = "(tab) => document.getElementById(tab).replaceChildren()"


@pytest.fixture
def heard(chromium: Browser) -> Iterator[tuple[Page, list[str]]]:
    """A page and what goes wrong on it: what its console says, and requests that leave the site."""
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    wrong: list[str] = []

    def said(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            wrong.append(message.text)

    def asked(request: Request) -> None:
        if request.url.startswith(("http", "ws")) and not request.url.startswith("http://127.0.0.1:"):
            wrong.append(request.url)

    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", said)
    page.on("request", asked)
    yield page, wrong
    page.close()


def opened(page: Page, case_id: str) -> None:
    expect(page.locator(".case-id")).to_have_text(case_id)
    page.wait_for_function(READY, polling=50)


def exported(page: Page, name: str) -> Path:
    """A file of the menu Export."""
    page.get_by_role("button", name="Export", exact=True).click()
    with page.expect_download() as coming:
        page.get_by_role("button", name=name).click()
    return Path(coming.value.path())


def look_at_charts(page: Page, count: int) -> Locator:
    """Draw all charts of a tab, and return them."""
    charts = page.locator("[role=tabpanel]:not([hidden]) .plot-chart")
    expect(charts).to_have_count(count)
    for chart in charts.all():
        chart.evaluate("(one) => one.scrollIntoView()")  # one that was not seen yet has no height
        chart.locator(".main-svg").first.wait_for()
    kinds = page.evaluate(KINDS)
    assert len(kinds) >= count and all(asked == made and asked for asked, made in kinds)
    return charts


def save_chart(page: Page, chart: Locator) -> None:
    """Save a chart as a picture, in both ways."""
    for kind, start in (("PNG", b"\x89PNG"), ("SVG", b"<svg")):
        with page.expect_download() as coming:
            button = chart.locator(f'[data-title="Download the chart as {kind}"]')
            button.click(force=True)  # shown below the pointer alone
        data = Path(coming.value.path()).read_bytes()
        assert data.startswith(start) and len(data) > 5_000


def curves_of(alignment: Alignment) -> str:
    """SHA-256 of the arrays of the bundled curves."""
    curves = gzip.decompress(bundled_curves(alignment) or b"")
    return hashlib.sha256(curves[4 + int.from_bytes(curves[:4], "little") :]).hexdigest()


def test_a_visitor_looks_through_the_site(site: Site, heard: tuple[Page, list[str]]) -> None:
    page, wrong = heard
    with served(site.folder.parent) as address:  # the site lies in a folder of the server's
        page.goto(f"{address}/site/#case={BUNDLED[1]}&finding=Pleural+Other&threshold=0.75")
        opened(page, BUNDLED[1])
        pixels = Catalogue(None).get(BUNDLED[1]).read().pixels
        top, left = ((side - 512) // 2 for side in pixels.shape)
        film = np.rint(255 * pixels).astype(np.uint8)
        shown = film[top : top + 512, left : left + 512], film  # of one file, a JPEG
        assert page.evaluate(SEEN) == [hashlib.sha256(one.tobytes()).hexdigest() for one in shown]
        expect(page.locator("#unserved")).to_be_hidden()
        expect(page.get_by_role("slider", name="Threshold")).to_have_value("0.75")
        page.locator(f'[data-case="{BUNDLED[0]}"]').click()
        opened(page, BUNDLED[0])
        share = page.locator('[data-method="gradcam"] figcaption')
        before = share.inner_text()
        page.get_by_role("slider", name="Threshold").fill("0.3")
        expect(share).not_to_have_text(before)
        expect(page.locator(".cases img[src^='data/']")).to_have_count(3)
        saved = np.load(exported(page, "Maps, .npz"))
        made = site.value(site.told["cases"][BUNDLED[0]])["made"]["maps"]
        np.testing.assert_array_equal(saved["gradcam"], site.array(made["gradcam"]["maps"]))
        for absent in (".refine", ".one-map", ".lay", ".own-buttons .file >> text=Load annotation"):
            expect(page.locator(absent).locator("visible=true")).to_have_count(0)
        page.evaluate(KEEP)
        page.get_by_role("tab", name="Models and about").press("ArrowLeft")
        expect(page.get_by_role("tab", name="Trust")).to_be_focused()
        page.get_by_role("tab", name="Trust").press("ArrowLeft")
        expect(page.locator(".bench .scores tbody th", has_text="Cardiomegaly")).to_be_visible()
        assert page.evaluate(RESTORED) == [curves_of(ALIGNMENTS[0])]  # to the bit the server's
        draw_charts(page)
        page.evaluate(LEFT_OUT, "explore")
        assert violations(page, ".bench") == []
        save_chart(page, look_at_charts(page, 3).last)
        page.get_by_role("tab", name="Trust").click()
        expect(page.locator(".trust .opinion")).to_have_count(2)
        expect(page.locator(".trust .cohort table").first).to_be_visible()
        expect(page.get_by_role("button", name="Run the checks")).to_have_count(0)
        look_at_charts(page, 3)
        page.evaluate(LEFT_OUT, "benchmark")
        assert violations(page) == []  # of the frame, and of what is not the same as in the app
        page.get_by_role("tab", name="Models and about").click()
        expect(page.locator(".about article").first).to_be_visible()
        expect(page.locator(".card summary").first).to_be_visible()
    assert wrong == []


@pytest.mark.thorough
def test_the_other_alignment_has_its_curves(site: Site, heard: tuple[Page, list[str]]) -> None:
    page, wrong = heard
    with served(site.folder.parent) as address:
        page.goto(f"{address}/site/")
        page.wait_for_function(READY, polling=50)
        page.evaluate(KEEP)
        page.get_by_role("tab", name="Benchmark").click()
        aligned = page.locator(SETTINGS).get_by_role("button", name="Aligned")
        aligned.click()
        expect(aligned).to_have_attribute("aria-pressed", "true")
        assert page.evaluate(RESTORED) == [curves_of(alignment) for alignment in ALIGNMENTS]
    assert wrong == []


@pytest.mark.skipif(not ON_DEVICES, reason="needs node_modules")
def test_radiographs_of_ones_own_are_computed_on_the_device(site: Site, heard: tuple[Page, list[str]]) -> None:
    page, wrong = heard
    case = Catalogue(None).get(BUNDLED[1])
    with served(site.folder.parent) as address:
        page.goto(f"{address}/site/#case={BUNDLED[1]}")
        opened(page, BUNDLED[1])
        listed = page.evaluate(PROBABILITIES)
        files, section = page.locator(".upload input[type=file]"), page.locator(".computing")
        with cut_short(page.context, "**/*.wasm"):
            files.set_input_files(str(case.image_path))
            expect(section).to_contain_text(".wasm from the host, and the connection was lost")
            expect(page.locator(".waiting")).to_have_text(
                "This device is not ready: your files wait here until you try again."
            )
            assert "server" not in section.inner_text() and "wasm" not in page.evaluate(KEPT)
            assert all("ERR_CONTENT_LENGTH_MISMATCH" in one for one in wrong)
            wrong.clear()
        page.get_by_role("tab", name="Sort a folder").click()
        expect(page.locator(".sorting .goes")).to_contain_text("Not on this device: ")
        expect(page.locator(".sorting").get_by_role("button", name="Use the server")).to_be_hidden()
        page.get_by_role("tab", name="Explore").click()
        section.get_by_role("button", name="Try again").click()
        page.wait_for_function(
            "() => document.querySelector('.case-id').textContent.startsWith('Upload 1')", polling=50
        )
        page.wait_for_function(
            "() => document.querySelector('.viewer').getAttribute('aria-busy') === 'false'", polling=50
        )
    for key, values in page.evaluate(PROBABILITIES).items():  # of the same image, by Python
        np.testing.assert_allclose(values, listed[key], atol=1e-3)
    assert wrong == []


@pytest.mark.thorough
@pytest.mark.skipif(not ON_DEVICES, reason="needs node_modules")
def test_a_folder_is_sorted_on_the_device(site: Site, heard: tuple[Page, list[str]], tmp_path: Path) -> None:
    page, wrong = heard
    (tmp_path / "cut short.png").write_bytes(b"\x89PNG\r\n\x1a\ncut short")
    case = Catalogue(None).get(BUNDLED[1])
    assert case.image_path is not None
    shutil.copy(case.image_path, tmp_path / "film.jpg")
    with served(site.folder.parent) as address:
        page.goto(f"{address}/site/#case={BUNDLED[1]}")
        opened(page, BUNDLED[1])
        listed = page.evaluate(PROBABILITIES)
        page.get_by_role("tab", name="Sort a folder").click()
        sorting = page.locator(".sorting")
        sorting.locator("input[webkitdirectory]").set_input_files(str(tmp_path))
        expect(sorting.locator(".sort-bar").get_by_role("status")).to_have_text("2 of 2 images.")
        assert "server" not in sorting.inner_text()
        rows = page.evaluate(SORTED)
    assert "cut short or damaged" in rows.pop("cut short.png")["error"]
    assert [*rows] == ["film.jpg"] and [*rows["film.jpg"]["opinions"]] == [*listed]
    for key, opinion in rows["film.jpg"]["opinions"].items():
        np.testing.assert_allclose(opinion["raw"], listed[key], atol=1e-3)
    assert wrong == []


def test_a_page_that_is_opened_as_a_file_says_how_to_serve_it(site: Site, chromium: Browser) -> None:
    page = chromium.new_page()
    page.goto((site.folder / "index.html").as_uri())
    expect(page.locator("#unserved")).to_be_visible()
    expect(page.locator("#unserved")).to_contain_text("python -m http.server")
    page.close()

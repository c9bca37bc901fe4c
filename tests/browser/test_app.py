"""The whole app in a browser: open, choose, bring a radiograph, refine, and get it wrong."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from data_cache.findings import FINDINGS
from data_cache.images import preprocess
from explainers.model_run import model_runs
from explainers.registry import EXPLAINERS, STANDARD
from explainers.run import explain_all
from models.predictor import load_predictor
from models.registry import DEFAULT_MODELS
from tests.lying import contents_below
from ui.catalogue import Catalogue

PATIENCE = 60_000  # milliseconds; tests share their machine


@pytest.fixture(scope="module")
def address(phantom_app: tuple[str, Path]) -> str:
    return phantom_app[0]


@pytest.fixture(scope="module")
def world(phantom_app: tuple[str, Path]) -> Path:
    return phantom_app[1]


@pytest.fixture(scope="module")
def visit(chromium: Browser, address: str) -> Iterator[Page]:
    """One visit to the page, which must not complain and must ask nothing of other hosts."""
    complaints: list[str] = []
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else complaints.append(r.url))
    page.goto(address)
    yield page
    page.close()
    assert complaints == []


@pytest.fixture
def page(visit: Page) -> Page:
    """The visit, with the first case open."""
    explained(visit)
    visit.locator(".thumbnails [role=option]").first.click()
    expect(visit.locator(".thumbnails [role=option]").first).to_have_attribute("aria-selected", "true")
    explained(visit)
    return visit


def explained(page: Page) -> None:
    """Wait until every pane has its map and nothing is under way."""
    page.wait_for_function(
        """() => {
            const viewer = [...document.querySelectorAll('*')].find((element) => element.viewer)?.viewer;
            return viewer?.busy === false && viewer.panes.length > 0
                && viewer.panes.every((pane) => (pane.signed || pane.absence) && pane.cutText.textContent);
        }""",
        timeout=PATIENCE,
        polling=100,  # at every frame it would cost what it waits for
    )


def upload(page: Page, name: str, data: bytes) -> None:
    page.locator(".upload input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    )


def picture(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def test_the_first_case_is_there_with_everything_the_page_promises(page: Page) -> None:
    expect(page.get_by_text("Research tool. Not for diagnosis.")).to_be_visible()
    expect(page.locator(".case-id")).to_contain_text("PHANTOM")
    expect(page.locator(".badges")).to_contain_text("PHANTOM: simulated, no patient")
    names = page.locator(".pane:visible h3").all_inner_texts()
    assert names == ["Radiograph", *(EXPLAINERS[key].label for key in STANDARD)]
    assert page.locator(".findings tbody tr").count() == len(FINDINGS)
    assert "–" not in page.locator(".findings tbody").inner_text()
    expect(page.locator(".models")).to_contain_text("python -m models fetch")
    expect(page.locator(".models")).to_contain_text("own weights")
    expect(page.locator(".thumbnails img[src]").first).to_be_visible()


_AROUND = """() => {
    const found = [];
    for (let at = document.querySelector(".viewer").parentElement; at; at = at.parentElement) found.push(at);
    return found.filter((at) => getComputedStyle(at).display !== "block").map((at) => at.outerHTML.slice(0, 60));
}"""


def test_nothing_around_the_viewer_is_a_flexible_box(page: Page) -> None:
    """WebKit lays out what is within such boxes twice for each of them; other tabs stay hidden none the less."""
    assert page.evaluate(_AROUND) == []
    page.get_by_role("tab", name="Benchmark").click()
    expect(page.locator(".bench")).to_be_visible()
    expect(page.locator(".viewer .panes")).to_be_hidden()
    page.get_by_role("tab", name="Explore").click()
    expect(page.locator(".bench")).to_be_hidden()


def test_numbers_on_the_page_are_those_of_the_library(page: Page, world: Path) -> None:
    case = Catalogue(world / "root").first
    assert case is not None
    models = {key: load_predictor(world / f"{key}.safetensors", key, "torch-cpu") for key in DEFAULT_MODELS}
    explanations = explain_all(model_runs(case.read(), models))
    finding = case.drawn[0]
    page.get_by_role("button", name=f"{finding}, ").click()
    _, geometry = preprocess(case.read(), 512)
    mask = geometry.mask_to_input(case.masks[finding].decode())
    for key, explanation in explanations.items():
        form = EXPLAINERS[key].view.published(explanation.maps, 512)[FINDINGS.index(finding)].astype(float)
        region = (form - form.min()) / np.ptp(form) > 0.5
        iou = (region & mask).sum() / (region | mask).sum()
        expect(page.locator(f'[data-method="{key}"] .score')).to_have_text(f"IoU {iou:.3f}")
    probability = 1 / (1 + np.exp(-explanations["raw"].logits.astype(float)))
    row = page.locator(f'tr[data-finding="{finding}"] td[data-model="medicalpatchnet"] .value')
    assert float(row.inner_text().strip("<>")) == pytest.approx(probability[FINDINGS.index(finding)], abs=0.006)


def test_another_case_opens_from_its_thumbnail(page: Page) -> None:
    before = page.locator(".case-id").inner_text()
    page.locator(".thumbnails [role=option]").nth(3).click()
    expect(page.locator(".case-id")).not_to_have_text(before)
    explained(page)
    expect(page.locator(".thumbnails [role=option]").nth(3)).to_have_attribute("aria-selected", "true")


def test_finer_maps_arrive_and_can_be_stopped(page: Page) -> None:
    page.get_by_role("button", name="2×2").click()
    expect(page.locator(".refine .words")).to_have_text("16×16 cells")
    page.get_by_role("button", name="8×8").click()
    page.evaluate("() => document.querySelector('.stop').click()")  # it is there for as long as the work takes
    expect(page.locator(".refine .words")).to_have_text(re.compile(r"^(16×16|32×32|64×64) cells$"))
    explained(page)


def test_an_upload_is_explained_and_leaves_nothing_on_disk(page: Page, world: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (300, 400), dtype=np.uint8)
    data = picture(pixels)
    upload(page, "<b>my chest.png", data)
    expect(page.locator(".case-id")).to_have_text(re.compile(r"^Upload \d+, \d\d:\d\d$"))
    explained(page)
    expect(page.locator(".badges")).to_have_text("Upload")
    expect(page.locator('[data-method="raw"] .cut-text')).to_contain_text("Not assessable: what this map marks")
    assert data not in contents_below(world / "temporary")


def test_bad_files_are_one_sentence_each_and_the_case_stays(page: Page) -> None:
    before = page.locator(".panes").inner_text(), page.locator(".case-id").inner_text()
    whole = picture(np.random.default_rng(2).integers(0, 256, (64, 64), dtype=np.uint8))
    bad = {
        "text.png": b"no image at all",
        "paper.png": b"%PDF-1.4\n%%EOF",
        "cut.png": whole[: len(whole) // 2],
        "empty.png": b"",
        "dot.png": picture(np.zeros((1, 1), np.uint8)),
    }
    for count, (name, data) in enumerate(bad.items(), 1):
        upload(page, name, data)
        expect(page.locator(".visit [data-state=wrong]")).to_have_count(count)
        expect(page.get_by_role("alert").first).to_contain_text(re.compile(r"upload-\d+-\d{4}\.png: expected"))
        assert (page.locator(".panes").inner_text(), page.locator(".case-id").inner_text()) == before
    page.locator(".thumbnails [role=option]").nth(1).click()
    expect(page.get_by_role("alert").filter(has_text="png")).to_have_count(0)


def test_an_all_black_image_is_explained_with_a_warning(page: Page) -> None:
    upload(page, "black.png", picture(np.zeros((200, 200), np.uint8)))
    expect(page.locator(".case-id")).to_contain_text("Upload")
    expect(page.locator(".viewer .warnings")).to_contain_text("black")
    explained(page)


ASK = """async ([name, bytes]) => {
    const viewer = [...document.querySelectorAll('*')].find((element) => element.viewer).viewer;
    const answers = [], taken = viewer.update;
    viewer.update = (content) => { if (content && !content.case) answers.push(content); };
    const answer = async () => {
        const end = Date.now() + 60000;
        while (!answers.length && Date.now() < end) await new Promise((done) => setTimeout(done, 50));
        return answers.shift();
    };
    const { path } = await viewer.upload(new File([Uint8Array.from(bytes)], name));
    viewer.send.annotate({ path, name, finding: null });
    const annotated = await answer();
    viewer.send.export({ what: "pdf", state: { finding: "Edema" } });
    const exported = await answer();
    const file = await (await fetch(exported.download.file.url)).text();
    viewer.send.export({ what: "pdf", state: {} });
    const refused = await answer();
    viewer.update = taken;
    return [annotated, exported, file.slice(0, 5), refused];
}"""


def test_annotation_files_are_read_and_exports_fetched(page: Page, world: Path) -> None:
    case = Catalogue(world / "root").first
    assert case is not None
    mask = np.zeros(case.size(), np.uint8)
    mask[60:120, 80:160] = 1
    annotated, exported, start, refused = page.evaluate(ASK, ["Edema.png", list(picture(mask))])
    (region,) = annotated["annotations"]
    assert (region["name"], region["finding"], region["area"]) == ("annotation_Edema", "Edema", 60 * 80)
    assert start == "%PDF-" and exported["download"]["name"].endswith("-report.pdf")
    assert refused["error"].startswith("Expected the viewer's settings")


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_the_page_fits_its_width(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 1440, "height": 900})


def test_nothing_of_a_visit_is_kept_in_the_browser(page: Page) -> None:
    kept = page.evaluate("() => JSON.stringify({ ...localStorage })")
    assert "PHANTOM" not in kept and "image" not in kept


def test_requests_of_the_page_are_no_public_interface(page: Page, address: str) -> None:
    info = page.request.get(f"{address.rstrip('/')}/gradio_api/info").json()
    assert set(info["named_endpoints"]) == {"/explain", "/explain_case", "/explain_many", "/benchmark", "/cases"}


def test_a_case_takes_few_requests_and_a_page_that_shows_it_rests(chromium: Browser, address: str) -> None:
    """Gradio's own files and the page's come in two each; then nothing is drawn until somebody does something."""
    page = chromium.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.add_init_script("""globalThis.frames = 0;
        const ask = requestAnimationFrame;
        globalThis.requestAnimationFrame = (step) => ((globalThis.frames += 1), ask(step));""")
    page.goto(address)
    explained(page)
    places = [place.removeprefix(address) for place in asked if place.startswith(address)]
    assert [place.split("/")[0] for place in places].count("page") == 4
    assert not [place for place in places if place.startswith("assets/")]
    assert len(places) <= 24
    page.wait_for_function(
        "() => new Promise((done) => { const then = frames; setTimeout(() => done(frames === then), 300); })"
    )
    page.close()


def test_where_the_server_is_busy_the_page_asks_again_and_says_so(chromium: Browser, address: str) -> None:
    """Gradio's own scripts ask, and are answered in the end."""
    refused: list[str] = []

    def busy(route: Route) -> None:
        if len(refused) == 2:
            route.continue_()
            return
        refused.append(route.request.url)
        route.fulfill(status=429, json={"detail": "You have many requests under way already."})

    page = chromium.new_page()
    try:
        page.goto(address)
        explained(page)
        page.route("**/gradio_api/queue/join*", busy)
        before = page.locator(".case-id").inner_text()
        page.locator(".thumbnails [role=option]").nth(2).click()
        expect(page.locator("p.waiting")).to_contain_text("The server is busy: this page asks again by itself")
        expect(page.locator(".case-id")).not_to_have_text(before)
        explained(page)
        assert len(refused) == 2
        expect(page.locator("p.waiting")).to_have_text("")
    finally:
        page.close()

"""The whole app in a browser: open, choose, bring a radiograph, refine, and get it wrong."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from data_cache.findings import FINDINGS, LOCALIZED_FINDINGS
from data_cache.images import preprocess
from explainers.model_run import model_runs
from explainers.pairs import parse_pair
from explainers.registry import EXPLAINERS, STANDARD
from explainers.run import explain_all
from models.predictor import load_predictor
from models.registry import DEFAULT_MODELS
from tests.browser.family_cohort import NAMES
from tests.browser.stage import Visit, explained
from ui.catalogue import Catalogue

PATIENCE = 60_000  # milliseconds; tests share their machine


@pytest.fixture(scope="module")
def address(phantom_app: tuple[str, Path]) -> str:
    return phantom_app[0]


@pytest.fixture(scope="module")
def world(phantom_app: tuple[str, Path]) -> Path:
    return phantom_app[1]


@pytest.fixture(scope="module")
def visit(phantom_visit: Visit) -> Iterator[Page]:
    """One visit to the page, which must not complain and must ask nothing of other hosts."""
    yield phantom_visit.page
    assert phantom_visit.errors == phantom_visit.others == []


@pytest.fixture
def page(visit: Page) -> Page:
    """The visit, with the first case open."""
    first = visit.locator(".thumbnails [role=option]").first
    if first.get_attribute("aria-selected") != "true":
        explained(visit)
        first.click()
        expect(first).to_have_attribute("aria-selected", "true")
    explained(visit)
    return visit


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
    expect(page.locator(".tour")).to_have_count(0)  # as nobody asked
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
    """WebKit lays out what is within such boxes twice for each of them; other tabs are hidden none the less."""
    assert page.evaluate(_AROUND) == []
    expect(page.locator(".bench")).to_be_hidden()


def test_numbers_on_the_page_are_those_of_the_library(page: Page, world: Path) -> None:
    case = Catalogue(world / "root").first
    assert case is not None
    models = {key: load_predictor(world / f"{key}.safetensors", key, "torch-cpu") for key in DEFAULT_MODELS}
    explanations = explain_all(model_runs(case.read(), models), ("raw", "gradcam"))
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


@pytest.mark.thorough
def test_another_case_opens_from_its_thumbnail(page: Page) -> None:
    before = page.locator(".case-id").inner_text()
    page.locator(".thumbnails [role=option]").nth(3).click()
    expect(page.locator(".case-id")).not_to_have_text(before)
    explained(page)
    expect(page.locator(".thumbnails [role=option]").nth(3)).to_have_attribute("aria-selected", "true")


@pytest.mark.thorough
def test_finer_maps_arrive_and_can_be_stopped(page: Page) -> None:
    page.get_by_role("button", name="2×2").click()
    expect(page.locator(".refine .words")).to_have_text("16×16 cells")
    page.get_by_role("button", name="4×4").click()
    page.evaluate("() => document.querySelector('.stop').click()")  # it is there for as long as the work takes
    expect(page.locator(".refine .words")).to_have_text(re.compile(r"^(16×16|32×32) cells$"))
    explained(page)


WHOLE = picture(np.random.default_rng(2).integers(0, 256, (64, 64), dtype=np.uint8))
BAD = {"text.png": b"no image at all", "cut.png": WHOLE[: len(WHOLE) // 2]}
MORE = {"paper.png": b"%PDF-1.4\n%%EOF", "empty.png": b"", "dot.png": picture(np.zeros((1, 1), np.uint8))}


# test_visit.py has a file that is cut off in the ordinary run, tests/ui/test_uploads.py the sentences.
@pytest.mark.thorough
@pytest.mark.parametrize("bad", [BAD, MORE], ids=["two", "more"])
def test_bad_files_are_one_sentence_each_and_the_case_stays(page: Page, bad: dict[str, bytes]) -> None:
    before = page.locator(".panes").inner_text(), page.locator(".case-id").inner_text()
    already = page.locator(".visit [data-state=wrong]").count()
    for count, (name, data) in enumerate(bad.items(), already + 1):
        upload(page, name, data)
        expect(page.locator(".visit [data-state=wrong]")).to_have_count(count)
        expect(page.get_by_role("alert").first).to_contain_text(re.compile(r"upload-\d+-\d{4}\.png: expected"))
        assert (page.locator(".panes").inner_text(), page.locator(".case-id").inner_text()) == before
    page.locator(".thumbnails [role=option]").nth(1).click()
    expect(page.get_by_role("alert").filter(has_text="png")).to_have_count(0)
    expect(page.locator(".case-id")).not_to_have_text(before[1])
    explained(page)


@pytest.mark.thorough
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
    viewer.send.export({ what: "json", state: viewer.feature("exports").state() });
    const exported = await answer();
    const file = await (await fetch(exported.download.file.url)).text();
    viewer.send.export({ what: "pdf", state: {} });
    const refused = await answer();
    viewer.update = taken;
    return [annotated, exported, JSON.parse(file), refused];
}"""


def test_annotation_files_are_read_and_exports_fetched(page: Page, world: Path) -> None:
    case = Catalogue(world / "root").first
    assert case is not None
    mask = np.zeros(case.size(), np.uint8)
    mask[60:120, 80:160] = 1
    annotated, exported, numbers, refused = page.evaluate(ASK, ["Edema.png", list(picture(mask))])
    (region,) = annotated["annotations"]
    assert (region["name"], region["finding"], region["area"]) == ("annotation_Edema", "Edema", 60 * 80)
    assert list(numbers["methods"]) == list(STANDARD) and exported["download"]["name"].endswith("-numbers.json")
    assert refused["error"].startswith("Expected the viewer's settings")


@pytest.mark.parametrize("width", [*(pytest.param(w, marks=pytest.mark.thorough) for w in (1440, 1024)), 390])
def test_the_page_fits_its_width(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 1440, "height": 900})


def check_hint(page: Page, width: int) -> None:
    """The hint stands beside the shifts of the grid, or above them."""
    page.set_viewport_size({"width": width, "height": 844})
    hint, shifts = (page.locator(part).bounding_box() for part in (".hint-strip", ".refine"))
    assert hint is not None and shifts is not None
    beside = hint["x"] + hint["width"] <= shifts["x"]
    above = hint["y"] + hint["height"] <= shifts["y"]
    assert beside or above
    page.set_viewport_size({"width": 1440, "height": 900})


@pytest.mark.thorough
def test_no_hint_lies_over_the_shifts_of_the_grid(page: Page) -> None:
    check_hint(page, 900)


def test_nothing_of_a_visit_is_kept_in_the_browser(page: Page) -> None:
    kept = page.evaluate("() => JSON.stringify({ ...localStorage })")
    assert "PHANTOM" not in kept and "image" not in kept


def test_requests_of_the_page_are_no_public_interface(page: Page, address: str) -> None:
    info = page.request.get(f"{address.rstrip('/')}/gradio_api/info").json()
    assert set(info["named_endpoints"]) == {"/explain", "/explain_case", "/explain_many", "/benchmark", "/cases"}


def test_a_case_takes_few_requests_and_a_page_that_shows_it_rests(
    page: Page, address: str, phantom_visit: Visit
) -> None:
    """Gradio's own files and the page's come in two each, the modules after the import map, and what was fetched
    beforehand is what they then are; nothing is drawn until somebody does something.
    """
    assert page.evaluate("early") == 0
    own = [url for url in phantom_visit.asked if "/page/" in url and url.endswith(".js")]
    assert len(own) == len(set(own)) == 2
    places = [place.removeprefix(address) for place in phantom_visit.asked if place.startswith(address)]
    assert [place.split("/")[0] for place in places].count("page") == 4
    assert not [place for place in places if place.startswith("assets/")]
    assert len(places) <= 24
    page.wait_for_function(
        "() => new Promise((done) => { const then = frames; setTimeout(() => done(frames === then), 300); })"
    )


# Something that the server answers at once: it says what it expected.
_ASK_FOR_NOTHING = """() => [...document.querySelectorAll("*")].find((element) => element.viewer).viewer
    .send.export({ what: "pdf", state: {} })"""


def test_where_the_server_is_busy_the_page_asks_again_and_says_so(page: Page, phantom_visit: Visit) -> None:
    """Gradio's own scripts ask, and are answered in the end."""
    refused: list[str] = []

    def busy(route: Route) -> None:
        if refused:
            route.continue_()
            return
        refused.append(route.request.url)
        route.fulfill(status=429, json={"detail": "You have many requests under way already."})

    page.route("**/gradio_api/queue/join*", busy)
    page.evaluate(_ASK_FOR_NOTHING)
    expect(page.locator("p.waiting")).to_contain_text("The server is busy: this page asks again by itself")
    expect(page.get_by_role("alert").first).to_contain_text("Expected the viewer's settings")
    page.get_by_role("button", name="Dismiss").first.click()
    page.unroute("**/gradio_api/queue/join*")
    assert len(refused) == 1
    expect(page.locator("p.waiting")).to_have_text("")
    phantom_visit.others[:] = [words for words in phantom_visit.others if "429" not in words]  # the browser's own


def test_what_was_shown_masks_stands_apart_on_the_benchmark(page: Page) -> None:
    page.get_by_role("tab", name="Benchmark").click()
    expect(page.locator(".viewer .panes")).to_be_hidden()
    heads = page.locator(".bench .scores thead th:not(.ceiling, .floor, .skill) .title")
    expect(heads).to_have_count(len(NAMES))
    assert set(heads.all_inner_texts()) == {parse_pair(name).label for name in NAMES}
    head = page.locator(".bench .scores thead th.comparator")
    assert head.inner_text().split("\n") == ["Upper comparator", "Segmentation", "shown masks", "not ranked"]
    page.get_by_role("button", name="mIoU, TP only").click()
    cells = page.locator(".bench .scores td.comparator")
    expect(cells.first.locator(".dice")).to_have_text(re.compile("^Dice 0"))
    verdict = page.locator(".bench .verdict").inner_text()
    assert "best floor" in verdict and "Segmentation" not in verdict
    scores = (len(NAMES) - 1) * len(LOCALIZED_FINDINGS)
    assert f"of {scores} scores" in verdict
    assert set(cells.evaluate_all("(all) => all.map((one) => one.dataset.rank)")) == {""}
    offered = page.get_by_label("Compared with").locator("option").all_inner_texts()
    assert offered and not any("Segmentation" in label for label in offered)
    page.get_by_role("tab", name="Explore").click()

"""The mounted viewer without a server: what a reader sees and does, with maps whose meaning is known."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page

from data_cache.findings import FINDINGS
from explainers.explanation import Explanation
from explainers.registry import EXPLAINERS, STANDARD
from tests.browser.stage import (
    SIDE,
    choose,
    make_case,
    make_explanation,
    make_message,
    mount,
    opened,
    pane,
    random_explanations,
    say,
)
from ui.config import viewer_config
from ui.messages import error_message, reply
from ui.settings import Settings

SHOWN = ("raw", "scaled", "gradcam")
EDEMA = FINDINGS.index("Edema")


def disc() -> NDArray[np.bool_]:
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return (rows - 200) ** 2 + (columns - 300) ** 2 < 120**2


def set_slider(page: Page, label: str, value: float) -> None:
    slider = page.get_by_role("slider", name=label)
    slider.evaluate("(e, v) => { e.value = v; e.dispatchEvent(new Event('input', { bubbles: true })); }", str(value))
    page.evaluate("() => new Promise(requestAnimationFrame).then(() => view.draw())")


def maps() -> list[Explanation]:
    """Two of patches and one of cells, as the panes of `page`."""
    return random_explanations(names=SHOWN)


def with_maps(**chosen: NDArray[np.float32]) -> list[Explanation]:
    """The same with the maps of some of them chosen (one map for all findings)."""
    rest = {explanation.method: explanation for explanation in maps()}
    for key, values in chosen.items():
        rest[key] = make_explanation(key, np.broadcast_to(values, (14, *values.shape)).astype(np.float32))
    return list(rest.values())


@pytest.fixture
def page(module_page: Page) -> Page:
    """A viewer of its own, with three panes of maps."""
    mount(module_page)
    module_page.evaluate("(names) => { view.feature('panes').set(names); sent.length = 0; }", ["radiograph", *SHOWN])
    return module_page


@pytest.fixture(scope="module")
def _usual_page(module_page: Page) -> Page:
    mount(module_page)
    say(module_page, make_message(make_case({"Edema": disc()}), random_explanations()))
    return module_page


@pytest.fixture
def usual(_usual_page: Page) -> Page:
    """The viewer with a case that a group of tests looks at, one after the other; they leave it as it was."""
    _usual_page.evaluate("sent.length = 0")
    return _usual_page


def test_a_chosen_colour_scale_in_logits_stays(usual: Page) -> None:
    page = usual
    with opened(page, "Display"):
        page.get_by_label("Scale of maps in logits").select_option("20")
    assert "+20" in pane(page, "raw", ".legend") and "+20" in pane(page, "scaled", ".legend")
    assert "max" in pane(page, "gradcam", ".legend") and "20" not in pane(page, "gradcam", ".legend")
    page.evaluate("() => view.controls.set('limit', 'auto')")


def test_eigencam_says_that_it_does_not_depend_on_the_finding(usual: Page) -> None:
    page = usual
    assert "Does not depend on the finding" in pane(page, "eigencam", ".note")
    assert "No unit" in pane(page, "gradcam", ".note") and "In logits" in pane(page, "raw", ".note")


def test_an_error_is_shown_and_everything_else_stays(usual: Page) -> None:
    page = usual
    before = page.locator(".panes").inner_text()
    say(page, error_message(2, "scan.png: expected an image, found <b>none</b>."))
    assert page.get_by_role("alert").inner_text().startswith("scan.png: expected an image, found <b>none</b>.")
    assert page.locator(".panes").inner_text() == before
    page.get_by_role("button", name="Dismiss").click()
    assert page.get_by_role("alert").inner_text() == ""


def test_a_window_without_a_width_is_refused_and_the_one_on_show_stays(usual: Page) -> None:
    page = usual
    before = page.evaluate("view.feature('window').state")
    with opened(page, "Window presets"):
        width = page.get_by_label("Width", exact=True)
        shown = width.input_value()
        for typed in ("0", "-5", ""):
            width.fill(typed)
            width.dispatch_event("change")
            assert f"expected a number above 0, found {typed or 'nothing'}" in page.locator(".toast").inner_text()
            assert width.input_value() == shown
    assert page.evaluate("view.feature('window').state") == before


def test_what_a_file_lacks_is_said_where_it_is_saved(usual: Page) -> None:
    page = usual
    note = "No segmentation of Grad-CAM, CNN: nothing of Edema is marked."
    file = {"file": {"url": "data:application/zip,"}, "name": "case-dicom.zip"}
    for said, toast in ((note, f"Saved case-dicom.zip. {note}"), ("", "Saved case-dicom.zip")):
        page.evaluate("view.feature('exports').ask('dicom')")
        say(page, reply(9, download=file, note=said))  # not overtaken by what was said before
        assert page.locator(".toast").inner_text() == toast


def test_moving_sliders_sends_nothing(usual: Page) -> None:
    page = usual
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    for value in (0.0, 1.0, 0.5):
        set_slider(page, "Threshold", value)
        set_slider(page, "Opacity", value)
    choose(page, "Edema")
    assert requests == [] and page.evaluate("sent") == []


def test_every_control_has_a_name(usual: Page) -> None:
    page = usual
    script = """() => [...document.querySelectorAll('button, select, input, canvas:not([aria-hidden])')]
        .filter((e) => !(e.labels?.length || e.getAttribute('aria-label') || e.textContent.trim()))
        .map((e) => e.outerHTML)"""
    nameless = page.evaluate(script)
    assert nameless == []


def test_iou_of_every_method_equals_the_published_form_in_numpy(usual: Page) -> None:
    page = usual
    check_ious(page, random_explanations(), (0.71,))
    say(page, make_message(make_case({"Edema": disc()}), random_explanations(4), turn=20))
    check_ious(page, random_explanations(4), (0.5,))  # of other maps of the same case, such as finer ones


def check_ious(page: Page, explanations: list[Explanation], thresholds: Sequence[float]) -> None:
    mask, pictures = disc(), {}
    for one in explanations:
        picture = EXPLAINERS[one.method].view.published(one.maps, SIDE)[EDEMA].astype(float)
        pictures[one.method] = (picture - picture.min()) / np.ptp(picture)
    for threshold in thresholds:
        set_slider(page, "Threshold", threshold)
        for method, picture in pictures.items():
            region = picture > threshold
            iou = (region & mask).sum() / (region | mask).sum()
            shown = float(pane(page, method, ".score").removeprefix("IoU "))
            assert shown == pytest.approx(iou, abs=6e-4)  # three decimals are shown


def test_hiding_shows_the_bare_radiograph_below_the_threshold_and_the_map_above(page: Page) -> None:
    values = np.zeros((8, 8), np.float32)
    values[2, 3] = 4.0
    say(page, make_message(make_case(), with_maps(raw=values)))
    with opened(page, "Display"):
        page.get_by_label("Hide below threshold").check()
    inside, outside = read_pixels(page, "raw", (3.5 * 64, 2.5 * 64), (0.5 * 64, 0.5 * 64))
    assert inside[0] > inside[2] + 50 and len(set(outside[:3])) == 1
    page.keyboard.press("h")


def read_pixels(page: Page, key: str, *points: tuple[float, float]) -> list[list[int]]:
    script = """([key, points]) => {
        view.draw();
        const layers = document.querySelectorAll(`[data-method="${key}"] canvas`); // the film, and what lies over it
        const context = new OffscreenCanvas(512, 512).getContext('2d');
        for (const layer of layers) context.drawImage(layer, 0, 0, 512, 512);
        return points.map(([x, y]) => [...context.getImageData(Math.floor(x), Math.floor(y), 1, 1).data]);
    }"""
    return page.evaluate(script, [key, points])


def test_red_supports_and_blue_opposes_on_one_scale_for_both_patch_maps(page: Page) -> None:
    values = np.zeros((8, 8), np.float32)
    values[1, 1], values[1, 6] = 3.0, -3.0
    say(page, make_message(make_case(), with_maps(raw=values, scaled=values / 10)))
    set_slider(page, "Opacity", 1)
    supports, opposes, neutral = read_pixels(page, "raw", (96, 96), (416, 96), (300, 300))
    assert supports[0] > 200 > supports[2] and opposes[2] > 200 > opposes[0] and neutral == [255] * 4
    pale = read_pixels(page, "scaled", (96, 96))[0]
    assert supports[2] < pale[2] < 255  # a tenth of the evidence is a tenth as red
    assert pane(page, "raw", ".legend") == pane(page, "scaled", ".legend")
    assert "−3" in pane(page, "raw", ".legend") and "+3" in pane(page, "raw", ".legend")
    set_slider(page, "Opacity", 0.6)


HATCHING = """async () => {
    const pane = view.panes.find(({ key }) => key === 'raw');
    for (const other of view.allPanes) other.element.hidden = other !== pane; // the picture shows what is on show
    const picture = await view.features.find(({ snapshot }) => snapshot).snapshot.draw();
    for (const other of view.allPanes) other.element.hidden = false;
    const context = picture.getContext('2d');
    // Spread of brightness within the columns of patches, in the middle of the rows of what is drawn
    const [left, top, side] = [32, 2 * 88, 760];
    return [0, 1, 2, 3, 4, 5, 6, 7].map((column) => {
        const data = context.getImageData(left + (column + 0.2) * side / 8, top + side / 2, 50, 50).data;
        const greens = [...data].filter((_, i) => i % 4 === 1);
        return Math.max(...greens) - Math.min(...greens);
    });
}"""


def test_what_is_marked_and_opposes_is_hatched_on_the_page_and_in_its_picture(page: Page) -> None:
    values = np.tile(np.linspace(-4, 4, 8, dtype=np.float32), (8, 1))  # of eight columns four oppose
    say(page, make_message(make_case(pixels=np.full((SIDE, SIDE), 0.5, np.float32)), with_maps(raw=values)))
    set_slider(page, "Threshold", 0.2)  # above it are six columns, of which two oppose
    assert "75 % of view, of which 33 % opposes (hatched)" in pane(page, "raw", ".cut-text")
    spread = page.evaluate(HATCHING)
    assert [bright > 60 for bright in spread] == [False, False, True, True, False, False, False, False]
    paths = page.locator('[data-method="raw"] .marked path')
    assert paths.first.get_attribute("d") and page.locator('[data-method="raw"] .legend .hatched').is_visible()
    assert not page.locator('[data-method="gradcam"] .marked path').first.get_attribute("d")
    set_slider(page, "Threshold", 0.5)
    assert not paths.first.get_attribute("d") and "opposes" not in pane(page, "raw", ".cut-text")


def test_a_map_without_a_positive_value_or_of_one_value_says_so_and_has_no_iou(page: Page) -> None:
    blank = -np.ones((16, 16), np.float32) - np.eye(16, dtype=np.float32)
    chosen = with_maps(gradcam=blank, raw=np.full((8, 8), 2.0, np.float32))
    say(page, make_message(make_case({"Edema": disc()}), chosen))
    choose(page, "Edema")
    assert pane(page, "gradcam", ".veil") == "No positive evidence"
    assert pane(page, "gradcam", ".score") == "" and "IoU undefined" in pane(page, "gradcam", ".cut-text")
    assert pane(page, "scaled", ".score") != ""
    assert "Same value everywhere" in pane(page, "raw", ".cut-text") and pane(page, "raw", ".score") == ""


def test_without_a_mask_there_is_a_reason_instead_of_a_number(page: Page) -> None:
    nothing = np.zeros((SIDE, SIDE), bool)
    reasons = [({}, "no radiologist mask"), ({"Edema": nothing}, "radiologists drew nothing")]
    for turn, (masks, reason) in enumerate(reasons, 1):
        say(page, make_message(make_case(masks), maps(), turn=turn))
        choose(page, "Edema")
        for key in SHOWN:
            assert pane(page, key, ".score") == "" and reason in pane(page, key, ".cut-text")
        assert reason in pane(page, "radiograph", ".says")


def test_the_threshold_is_said_in_the_maps_own_unit(page: Page) -> None:
    values = np.linspace(-1, 3, 64, dtype=np.float32).reshape(8, 8)
    say(page, make_message(make_case(), with_maps(raw=values)))
    set_slider(page, "Threshold", 0.75)
    assert pane(page, "raw", ".cut-text").startswith("> +2.00 logit: 25 % of view")
    assert pane(page, "gradcam", ".cut-text").startswith("> 75 % of max")
    set_slider(page, "Threshold", 0.5)


def test_a_case_opens_with_the_most_probable_finding_that_somebody_drew(page: Page) -> None:
    mask = disc()
    say(page, make_message(make_case({"Edema": mask, "Atelectasis": mask}), maps()))
    assert page.locator(".reading strong").inner_text() == "Atelectasis"  # logits rise with the index
    assert "MedicalPatchNet says present, 0.67" in page.locator(".statement").inner_text()
    assert "own weights" in page.locator(".reading").inner_text()
    assert "no label" in page.locator(".reading").inner_text()


# test_viewer_module.py sorts in the ordinary run.
@pytest.mark.thorough
def test_findings_are_sorted_and_resorted_and_reached_by_keys(page: Page) -> None:
    say(page, make_message(make_case(labels={"Edema": 1, "Fracture": 0}), maps()))
    names = page.locator(".findings tbody .name")
    assert names.all_inner_texts() == list(reversed(FINDINGS))
    page.get_by_role("button", name="Finding", exact=True).click()
    assert names.all_inner_texts() == list(FINDINGS)
    page.get_by_role("button", name=f"{FINDINGS[0]}, ").click()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator(".reading strong").inner_text() == FINDINGS[1]
    assert page.get_by_role("button", name="Edema, labelled present").count() == 1
    assert page.get_by_role("button", name="Fracture, labelled absent").count() == 1


def test_a_message_of_another_version_asks_for_a_reload_and_breaks_nothing(page: Page) -> None:
    say(page, make_message(make_case({"Edema": disc()}), maps()))
    before = page.locator(".panes").inner_text()
    newer = make_message(make_case(id="newer"), maps(), turn=2)
    for other in ({**newer, "protocol": "0"}, {"turn": 3, "something": "else"}):
        say(page, other)
        assert "reload the page" in page.get_by_role("alert").inner_text()
        assert page.locator(".panes").inner_text() == before
        assert page.locator(".viewer").get_attribute("aria-busy") == "false"
    say(page, newer)
    assert page.locator(".case-id").inner_text() == "newer"


def test_a_viewer_that_the_page_of_another_version_asks_for_does_not_start(module_page: Page) -> None:
    config = {**viewer_config(Settings()), "protocol": "0"}
    said = module_page.evaluate(
        """(config) => {
            try { viewer.mount(document.getElementById("place"), { config, server: {}, send: {}, upload: null }); }
            catch (error) { return error.message; }
        }""",
        config,
    )
    assert "reload the page" in said


def test_an_answer_that_was_overtaken_is_ignored(page: Page) -> None:
    say(page, make_message(make_case(id="new"), maps(), turn=5))
    say(page, make_message(make_case(id="old"), maps(), turn=4))
    assert page.locator(".case-id").inner_text() == "new"


# test_visit.py has what is sent of a file, tests/ui what the server lets go.
def test_an_upload_that_the_server_let_go_is_sent_again(page: Page) -> None:
    title = page.evaluate(
        """async () => {
            view.upload = async (file) => ({ path: `/there/${file.name}` });
            const file = new File([new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10])], "MEIER.png");
            await view.feature("visit").take({ files: [file], folder: false, cut: false });
            return document.querySelector(".visit-open").getAttribute("aria-label").split(",").slice(0, 2).join(",");
        }"""
    )
    page.wait_for_function("sent.some(([what]) => what === 'read')")
    say(page, make_message(make_case(id=title), maps(), turn=page.evaluate("sent.length + 5")))
    key = page.evaluate("view.content.case.key")
    say(page, make_message(make_case(id="another"), maps(), turn=page.evaluate("sent.length + 9")))
    page.locator(".visit-open").first.click()
    assert page.evaluate("sent.at(-1)[0]") == "open" and page.evaluate("sent.at(-1)[1].case") == key
    say(page, reply(page.evaluate("sent.length + 20"), gone=key))
    page.wait_for_function("sent.at(-1)[0] === 'read'")
    first, again = page.evaluate("sent.filter(([what]) => what === 'read').map(([, data]) => data)")
    assert first["path"] == again["path"] and "MEIER" not in str(again)
    assert f"The server no longer had {title}" in page.locator(".toast").inner_text()


def test_names_that_visitors_give_are_text_and_a_phantom_is_called_one(page: Page) -> None:
    name = "<img src=x onerror='window.hacked=1'>${window.hacked=1}{{hacked}}"
    say(page, make_message(make_case(id=name, warnings=(name,)), maps()))
    assert page.locator(".case-id").inner_text() == name
    page.wait_for_timeout(50)
    assert page.evaluate("globalThis.hacked") is None
    assert "PHANTOM" not in page.locator(".badges").inner_text()
    phantom = make_case(id="patientPHANTOM1_study1", source="phantom-test")
    say(page, make_message(phantom, maps(), turn=2))
    assert "PHANTOM" in page.locator(".badges").inner_text()


def test_the_list_filters_and_opens_cases(module_page: Page) -> None:
    sources = ["phantom-val", "phantom-test", "phantom-test"]
    rows = [
        {"id": f"c{i}", "short": f"c{i}", "source": s, "source_label": s, "positives": ["Edema"] if i else []}
        for i, s in enumerate(sources)
    ]
    mount(module_page, rows)
    options = module_page.get_by_role("option")
    module_page.get_by_label("Source").select_option("phantom-test")
    assert options.filter(visible=True).count() == 2 and module_page.locator(".cases .count").inner_text() == "2 of 3"
    module_page.get_by_label("Source").select_option("")
    module_page.locator(".filters").get_by_label("Finding").select_option("Edema")
    assert options.filter(visible=True).count() == 2
    options.filter(visible=True).first.focus()
    module_page.keyboard.press("ArrowRight")
    module_page.keyboard.press("Enter")
    wanted = {"orientation": "", "names": list(STANDARD), "floors": [], "parameters": {}}
    opened_cases = [["open", {"case": case} | wanted] for case in ("c0", "c2")]  # the first by itself
    assert module_page.evaluate("sent") == opened_cases


@pytest.mark.parametrize(
    ("weights", "address", "first"),
    [
        ("own.pt", "", "c0"),
        ("demo", "#case=gone", "p1"),
        pytest.param("demo", "", "p1", marks=pytest.mark.thorough),
        pytest.param("demo", "#case=c0", "c0", marks=pytest.mark.thorough),
    ],
)
def test_with_demonstration_weights_a_phantom_opens_first(
    module_page: Page, weights: str, address: str, first: str
) -> None:
    plain = {"source": "s", "source_label": "s", "positives": [], "readers": 0}
    rows = [{"id": one, "short": one, "phantom": one.startswith("p"), **plain} for one in ("c0", "p1", "p2")]
    mount(module_page, rows, Settings(models={"medicalpatchnet": weights, "cnn": "demo"}), hash=address)
    module_page.wait_for_function("sent.length")
    assert module_page.evaluate("sent.map(([what, { case: id }]) => [what, id])") == [["open", first]]


def test_an_upload_that_the_server_refuses_is_explained(page: Page) -> None:
    file = {"name": "big.png", "mimeType": "image/png", "buffer": b"x"}
    page.locator(".upload input[type=file]").set_input_files(file)
    page.get_by_role("alert").get_by_text("upload-").wait_for()
    assert "100 MB" in page.get_by_role("alert").inner_text()
    assert page.locator(".viewer").get_attribute("aria-busy") == "false"

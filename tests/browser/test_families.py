"""Six families of models side by side: on a blank page, and in an app with narrow random weights given by --model."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from data_cache.findings import FINDINGS
from explainers.pairs import parse_pair
from models.choosing import default_weights
from models.registry import DEFAULT_MODELS
from tests.browser.family_cohort import MAPS, NAMES
from tests.browser.running_app import running_app
from tests.browser.stage import make_case, make_message, mount, random_explanations, say
from tests.browser.test_app import check_hint
from tests.models.attention_network.networks import write_attention
from tests.models.mednext.small import write_small
from tests.models.mxa.small import write_student
from tests.ui.worlds import write_weights
from ui.messages import Message
from ui.panes import quick_names
from ui.settings import Settings

PATIENCE = 120_000  # milliseconds; tests share their machine
MXA = "mxa-efficientvit"
WRITERS: Mapping[str, Callable[[Path], Path]] = {
    "attention-network": write_attention,
    MXA: write_student,
    "mednext_xue": partial(write_small, "mednext_xue", input_size=64),
    "medunext_xue": partial(write_small, "medunext_xue", input_size=64),
}
READY = (
    "() => globalThis.explorerShown?.ready && document.querySelector('.viewer').getAttribute('aria-busy') === 'false'"
)
EXPORT = """async ([what, methods]) => {
    const viewer = [...document.querySelectorAll('*')].find((element) => element.viewer).viewer;
    const answers = [], taken = viewer.update;
    viewer.update = (content) => { if (content && !content.case) answers.push(content); };
    viewer.send.export({ what, state: { ...viewer.feature("exports").state(), methods } });
    const end = Date.now() + 60000;
    while (!answers.length && Date.now() < end) await new Promise((done) => setTimeout(done, 50));
    viewer.update = taken;
    return (await fetch(answers[0].download.file.url)).text();
}"""


BOXES = {
    "stage 1, block 1": (20.0, 30.0, 300.0, 280.0),
    "stage 2, block 1": (100.25, 60.5, 400.75, 420.0),
    "stage 3, block 1": (22.0, 33.0, 500.0, 500.0),
    "stage 3, block 2": (250.0, 10.0, 480.0, 200.0),
}
ALL = [*quick_names(DEFAULT_MODELS), *NAMES]


def message(block: int = 0, turn: int = 1) -> Message:
    """All models speak; one looked into boxes, of which one may be chosen, and learned from another."""
    case = make_case({"Edema": np.eye(512, dtype=bool)})
    told = make_message(case, random_explanations(names=ALL), turn=turn, models=(*DEFAULT_MODELS, *MAPS))
    boxes = [{"block": name, "box": box, "pixels": [round(side) for side in box]} for name, box in BOXES.items()]
    told["regions"] = {MXA: boxes}
    told["maps"]["regions"]["parameters"] = {"block": block}
    (student,) = (model for model in told["models"] if model["key"] == MXA)
    student["teacher"] = {"key": "cnn", "label": "CNN", "weights": student["weights"]}
    return told


@pytest.fixture(scope="module")
def page(module_page: Page) -> Page:
    """The viewer with maps of all families, which the tests look at one after the other."""
    module_page.set_viewport_size({"width": 1440, "height": 900})
    mount(module_page, settings=Settings(models=default_weights() | dict.fromkeys(MAPS, "none")))
    module_page.evaluate("(names) => view.feature('panes').set(names)", ["radiograph", *ALL])
    say(module_page, message())
    return module_page


@pytest.fixture(scope="module")
def app_page(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("families")
    patchnet, cnn = write_weights(folder)  # before the others: one of them taught another
    models = [part for key, write in WRITERS.items() for part in ("--model", f"{key}={write(folder)}")]
    defaults = ("--patchnet", str(patchnet), "--cnn", str(cnn))
    flags = (*defaults, *models, "--backend", "torch-cpu")
    complaints: list[str] = []
    with running_app(*flags, temporary=folder / "temporary") as address:
        page = chromium.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        page.wait_for_function(READY, polling=100)
        yield page
        page.close()
    assert complaints == []


@pytest.mark.thorough
def test_every_map_has_a_pane_and_stands_in_the_export(app_page: Page) -> None:
    page = app_page
    panes = page.locator(".toolbar").get_by_role("button", name="Panes", exact=True)
    panes.click()
    for name in NAMES:
        page.get_by_role("checkbox", name=parse_pair(name).label, exact=True).evaluate("(box) => box.click()")
    panes.click()
    for name in NAMES:
        pane = page.locator(f'.pane[data-method="{name}"]')
        expect(pane.locator(".score")).to_contain_text("IoU 0.")
        expect(pane.locator(".veil")).to_be_hidden()
    text = page.evaluate(EXPORT, ["json", NAMES])
    assert [name for name in NAMES if f'"{name}"' not in text] == []


@pytest.mark.thorough
def test_boxes_of_blocks_are_those_of_the_model(app_page: Page) -> None:
    page = app_page
    pane, boxes = page.locator('.pane[data-method="regions"]'), page.locator(".region-list li")
    expect(pane.locator(".regions rect.line")).to_have_count(4)
    expect(boxes).to_have_count(4)
    words = str(boxes.nth(1).text_content())
    page.locator(".region-choice").get_by_label("Block").select_option(label="2 · stage 2, block 1")
    expect(boxes).to_have_text([words])
    expect(pane.locator(".regions rect.line")).to_have_count(1)
    sides = [pane.locator(".regions rect.line").get_attribute(name) for name in ("x", "y", "width", "height")]
    x, y, width, height = (float(str(side)) for side in sides)
    told = re.fullmatch(r"stage 2, block 1: x (\d+) to (\d+), y (\d+) to (\d+) px", words)
    assert told is not None
    np.testing.assert_allclose([int(one) for one in told.groups()], [x, x + width, y, y + height], atol=0.6)
    saved = json.loads(page.evaluate(EXPORT, ["json", NAMES]))
    assert saved["methods"]["regions"]["parameters"] == {"block": 2}
    assert len(saved["regions"][MXA]) == 4


def test_every_family_has_a_pane_and_who_was_shown_masks_says_so(page: Page) -> None:
    for name in NAMES:
        pane = page.locator(f'.pane[data-method="{name}"]')
        expect(pane.locator(".score")).to_contain_text("IoU 0.")
        expect(pane.locator(".veil")).to_be_hidden()
    expect(page.locator('.pane[data-method="segmentation"] .model-name')).to_contain_text("shown masks")
    assert page.locator('.pane[data-method="regions"] .model-name').inner_text() == "MXA"


def test_boxes_of_blocks_are_drawn_and_told_and_one_can_be_chosen(page: Page) -> None:
    lines, told = page.locator('.pane[data-method="regions"] .regions rect.line'), page.locator(".region-list li")
    expect(told).to_have_count(4)
    drawn = [[float(str(line.get_attribute(side))) for side in ("x", "y", "width", "height")] for line in lines.all()]
    assert drawn == [[x, y, x1 - x, y1 - y] for x, y, x1, y1 in BOXES.values()]
    page.locator(".region-choice").get_by_label("Block").select_option(label="2 · stage 2, block 1")
    assert page.evaluate("sent.at(-1)[1].parameters") == {"regions": {"block": 2}}
    say(page, message(2, turn=2))
    expect(told).to_have_text(["stage 2, block 1: x 100 to 401, y 60 to 420 px"])
    expect(lines).to_have_count(1)
    assert lines.get_attribute("x") == "100.25"
    say(page, message(0, turn=3))
    expect(lines).to_have_count(4)


# It lays eleven panes out anew, twice.
@pytest.mark.thorough
def test_numbers_of_boxes_keep_their_size_and_small_panes_have_none(page: Page) -> None:
    pane = page.locator('.pane[data-method="regions"]')
    numbers = pane.locator(".regions text")
    shown = "(svg) => [svg.clientWidth >= 200, svg.classList.contains('slight'), svg.querySelectorAll('text').length]"
    drawing = pane.locator("svg.regions")
    expect(pane.locator(".regions rect.line title").nth(1)).to_have_text(re.compile(r"^2\. stage 2, block 1: x \d+ to"))
    for wide, count in ((1024, 0), (2560, 4)):  # eleven panes in a small and in a large window
        page.set_viewport_size({"width": wide, "height": 1440 if count else 700})
        expect(numbers).to_have_count(count)
        assert drawing.evaluate(shown) == [count > 0, count == 0, count]
    expect(numbers).to_have_text(["1", "2", "3", "4"])
    heights = [round(number.bounding_box()["height"]) for number in numbers.all()]  # type: ignore[index]
    assert max(heights) - min(heights) <= 1 and max(heights) <= 24  # 13 pixels' type with its casing, at any size
    page.set_viewport_size({"width": 1440, "height": 900})


BROKEN = """() => [...document.querySelectorAll(".chart .findings .name")].flatMap(({ firstChild: text }) =>
    [...text.data.matchAll(/\\S+/g)].filter(({ 0: word, index }) => {
        const range = document.createRange();
        range.setStart(text, index);
        range.setEnd(text, index + word.length);
        return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1;
    }).map(([word]) => word))"""
CUT = """() => [...document.querySelectorAll(".chart .findings td")].filter((cell) => {
        const [text, room] = [cell.querySelector(".value"), cell].map((part) => part.getBoundingClientRect().right);
        return text > room + 1;
    }).length"""


@pytest.mark.parametrize("width", [390, *(pytest.param(w, marks=pytest.mark.thorough) for w in (1024, 1440))])
def test_probabilities_of_six_models_are_read_whole(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    assert page.evaluate(BROKEN) == []  # no finding is broken within a word
    assert page.evaluate(CUT) == 0
    page.set_viewport_size({"width": 1440, "height": 900})


@pytest.mark.thorough
@pytest.mark.parametrize("width", [900, 1024, 1280, 1440])
def test_no_hint_lies_over_the_shifts_of_the_grid(app_page: Page, width: int) -> None:
    check_hint(app_page, width)


def test_a_teacher_stands_beside_its_student(page: Page) -> None:
    table = page.locator(".lessons table")
    expect(page.locator(".lessons summary")).to_have_text("Teacher and student: MXA learned from CNN")
    expect(table.locator("thead th")).to_have_text(["Finding", "CNN", "MXA"])
    expect(table.locator("tbody tr")).to_have_count(len(FINDINGS))
    known = page.locator('.chart tr[data-finding="Edema"]')
    for model in ("cnn", MXA):
        value = table.locator("tbody tr").filter(has_text="Edema").locator(f'[data-model="{model}"] .value')
        expect(value).to_have_text(known.locator(f'[data-model="{model}"] .value').inner_text())

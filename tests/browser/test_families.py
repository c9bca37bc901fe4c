"""Families of models without weights of their own in the app, each with narrow random weights given by --model."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from data_cache.findings import FINDINGS, LOCALIZED_FINDINGS
from explainers.pairs import parse_pair
from tests.browser.running_app import running_app
from tests.evaluation.making import blob, smooth, write_masks, write_outputs
from tests.models.attention_network.networks import write_attention
from tests.models.mednext.small import write_small
from tests.models.mxa.small import write_student
from tests.ui.worlds import write_weights

PATIENCE = 120_000  # milliseconds; tests share their machine
MXA = "mxa-efficientvit"
# By the model's key: what writes its weights, and the maps that are asked for.
FAMILIES: Mapping[str, tuple[Callable[[Path], Path], tuple[str, ...]]] = {
    "attention-network": (write_attention, ("attention", "gradcam@attention-network")),
    MXA: (write_student, ("regions",)),
    "mednext_xue": (partial(write_small, "mednext_xue", input_size=64), ("gradcam@mednext_xue",)),
    "medunext_xue": (partial(write_small, "medunext_xue", input_size=64), ("segmentation",)),
}
NAMES = [name for _, names in FAMILIES.values() for name in names]
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


def write_cohort(folder: Path) -> tuple[str, ...]:
    """Outputs of two cases under the families' names; returns the flags that show them."""
    cases = [f"patient{number}_study1_view1_frontal" for number in (1, 2)]
    for row, name in enumerate(NAMES):
        for place, case in enumerate(cases):
            maps = [smooth(1000 * row + 20 * place + finding, (8, 8)) for finding in range(14)]
            write_outputs(folder / "maps", case, name, np.stack(maps))
    masks = {case: {finding: blob(place) for finding in LOCALIZED_FINDINGS} for place, case in enumerate(cases)}
    return "--cohort", f"Families={folder / 'maps'}", "--cohort-masks", str(write_masks(folder / "gt.json", masks))


@pytest.fixture(scope="module")
def page(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("families")
    patchnet, cnn = write_weights(folder)  # before the others: one of them taught another
    models = [part for key, (write, _) in FAMILIES.items() for part in ("--model", f"{key}={write(folder)}")]
    defaults = ("--patchnet", str(patchnet), "--cnn", str(cnn))
    flags = (*defaults, *models, *write_cohort(folder), "--backend", "torch-cpu")
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


def test_every_map_has_a_pane_and_stands_in_the_export(page: Page) -> None:
    panes = page.locator(".toolbar").get_by_role("button", name="Panes", exact=True)
    panes.click()
    for name in NAMES:
        page.get_by_role("checkbox", name=parse_pair(name).label, exact=True).check()
    panes.click()
    for name in NAMES:
        pane = page.locator(f'.pane[data-method="{name}"]')
        expect(pane.locator(".score")).to_contain_text("IoU 0.")
        expect(pane.locator(".veil")).to_be_hidden()
    text = page.evaluate(EXPORT, ["json", NAMES])
    assert [name for name in NAMES if f'"{name}"' not in text] == []


def test_boxes_of_blocks_are_drawn_and_told_and_one_can_be_chosen(page: Page) -> None:
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


def test_numbers_of_boxes_keep_their_size_and_small_panes_have_none(page: Page) -> None:
    pane = page.locator('.pane[data-method="regions"]')
    page.locator(".region-choice").get_by_label("Block").select_option(label="All, and their mean")
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


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_probabilities_of_six_models_are_read_whole(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    assert page.evaluate(BROKEN) == []  # no finding is broken within a word
    assert page.evaluate(CUT) == 0
    page.set_viewport_size({"width": 1440, "height": 900})


@pytest.mark.parametrize("width", [900, 1024, 1280, 1440])
def test_no_hint_lies_over_the_shifts_of_the_grid(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    hint, shifts = (page.locator(part).bounding_box() for part in (".hint-strip", ".refine"))
    assert hint is not None and shifts is not None
    beside = hint["x"] + hint["width"] <= shifts["x"]
    above = hint["y"] + hint["height"] <= shifts["y"]
    assert beside or above
    page.set_viewport_size({"width": 1440, "height": 900})


def test_a_teacher_stands_beside_its_student(page: Page) -> None:
    table = page.locator(".lessons table")
    expect(page.locator(".lessons summary")).to_have_text("Teacher and student: MXA learned from CNN")
    expect(table.locator("thead th")).to_have_text(["Finding", "CNN", "MXA"])
    expect(table.locator("tbody tr")).to_have_count(len(FINDINGS))
    known = page.locator('.chart tr[data-finding="Edema"]')
    for model in ("cnn", MXA):
        value = table.locator("tbody tr").filter(has_text="Edema").locator(f'[data-model="{model}"] .value')
        expect(value).to_have_text(known.locator(f'[data-model="{model}"] .value').inner_text())


def test_the_rows_of_the_benchmark_bear_their_labels(page: Page) -> None:
    page.get_by_role("tab", name="Benchmark").click()
    heads = page.locator(".bench .scores thead th:not(.ceiling, .floor, .skill) .title")
    expect(heads).to_have_count(len(NAMES))
    assert set(heads.all_inner_texts()) == {parse_pair(name).label for name in NAMES}


def test_what_was_shown_masks_stands_apart_on_pane_and_benchmark(page: Page) -> None:
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
    expect(page.locator(".viewer")).to_contain_text("The network was shown masks when it was trained")

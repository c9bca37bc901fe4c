"""A model whose blocks look into regions, and that another one taught: its pane, its benchmark row, its export."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from data_cache.demo import bundled_cases
from data_cache.findings import FINDINGS, LOCALIZED_FINDINGS
from models.checkpoints import save_checkpoint
from models.families.mxa_efficientvit import ENTRY
from models.taught import TaughtBy, note_of
from tests.browser.running_app import running_app
from tests.evaluation.making import blob, smooth, write_masks, write_outputs
from tests.models.mxa.small import small_network
from tests.ui.worlds import write_weights

PATIENCE = 30_000  # milliseconds; tests share their machine
READY = (
    "() => globalThis.explorerShown?.ready && document.querySelector('.viewer').getAttribute('aria-busy') === 'false'"
)
CASE = bundled_cases()[0].id
SIDES = ("x", "y", "width", "height")
BLOCKS = ["stage 1, block 1", "stage 2, block 1", "stage 3, block 1", "stage 3, block 2"]


def write_student(folder: Path, teacher: Path) -> Path:
    """A narrow network that says that these weights of the CNN taught it."""
    network = small_network(distilled_head=True)
    taught = note_of(TaughtBy("cnn", hashlib.sha256(teacher.read_bytes()).hexdigest()))
    path = folder / "student.safetensors"
    save_checkpoint(path, network, network.architecture, {"teacher": taught})
    return path


def write_cohort(folder: Path) -> tuple[str, ...]:
    """Outputs of two cases, one row; returns the flags that show them."""
    cases = [f"patient{number}_study1_view1_frontal" for number in (1, 2)]
    for place, case in enumerate(cases):
        maps = np.stack([smooth(20 * place + finding, (8, 8)) for finding in range(len(FINDINGS))])
        write_outputs(folder / "maps", case, "regions", maps)
    masks = {case: {finding: blob(place) for finding in LOCALIZED_FINDINGS} for place, case in enumerate(cases)}
    truth = write_masks(folder / "gt.json", masks)
    return ("--cohort", f"Two={folder / 'maps'}", "--cohort-masks", str(truth))


@pytest.fixture(scope="module")
def page(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("regions")
    patchnet, cnn = write_weights(folder)
    flags = ("--patchnet", str(patchnet), "--cnn", str(cnn), "--model", f"{ENTRY.key}={write_student(folder, cnn)}")
    complaints: list[str] = []
    with running_app(
        *flags, *write_cohort(folder), "--backend", "torch-cpu", temporary=folder / "temporary"
    ) as address:
        page = chromium.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        shown = json.dumps({"shown": ["radiograph", f"gradcam@{ENTRY.key}", "regions"]})
        page.goto(f"{address}#case={CASE}&finding=Cardiomegaly&panes={shown}")
        page.wait_for_function(READY)
        yield page
        page.close()
    assert complaints == []


def test_the_pane_has_the_box_of_each_block_and_a_choice(page: Page) -> None:
    pane = page.locator('figure.pane[data-method="regions"]')
    choice, boxes = page.locator(".region-choice").get_by_label("Block"), page.locator(".region-list li")
    expect(pane.locator(".regions rect.line")).to_have_count(len(BLOCKS))
    expect(pane.locator(".regions text")).to_have_text(["1", "2", "3", "4"])
    expect(boxes).to_have_count(len(BLOCKS))
    expect(boxes.nth(1)).to_have_text(re.compile(r"^stage 2, block 1: x \d+ to \d+, y \d+ to \d+ px$"))
    words = str(boxes.nth(1).text_content())
    choice.select_option(label=f"2 · {BLOCKS[1]}")
    expect(boxes).to_have_text([words])
    expect(pane.locator(".regions rect.line")).to_have_count(1)
    x, y, width, height = (float(str(pane.locator(".regions rect.line").get_attribute(name))) for name in SIDES)
    numbers = [int(number) for number in re.findall(r"\d+(?= to| px|,)", words.partition(": ")[2])]
    assert numbers == [round(one) for one in (x, x + width, y, y + height)]  # the phantom is the view


def test_the_chosen_block_is_exported(page: Page) -> None:
    page.locator(".toolbar").get_by_role("button", name="Export", exact=True).click()
    with page.expect_download() as coming:
        page.get_by_role("group", name="Export").get_by_role("button", name="Numbers, JSON").click()
    saved = json.loads(Path(coming.value.path()).read_text())
    assert saved["methods"]["regions"]["parameters"] == {"block": 2}
    assert [one["block"] for one in saved["regions"][ENTRY.key]] == BLOCKS


def test_teacher_and_student_stand_beside_each_other(page: Page) -> None:
    table = page.locator(".lessons table")
    expect(page.locator(".lessons summary")).to_have_text("Teacher and student: MXA learned from CNN")
    expect(table.locator("thead th")).to_have_text(["Finding", "CNN", "MXA"])
    expect(table.locator("tbody tr")).to_have_count(len(FINDINGS))
    both = page.locator(".chart table").first
    for finding in ("Edema", "Fracture"):
        row = table.locator("tbody tr").filter(has_text=finding)
        known = both.locator(f'tr[data-finding="{finding}"]')
        for model in ("cnn", ENTRY.key):
            expect(row.locator(f'[data-model="{model}"] .value')).to_have_text(
                known.locator(f'[data-model="{model}"] .value').inner_text()
            )


def test_the_benchmark_has_its_row(page: Page) -> None:
    page.get_by_role("tab", name="Benchmark").click()
    heads = page.locator(".bench .scores thead th:not(.ceiling, .floor, .skill) .title")
    expect(heads).to_have_text(["Region gates"])

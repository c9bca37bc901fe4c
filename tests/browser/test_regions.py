"""A model whose blocks look into regions, and that another one taught: its pane, its row of the benchmark, its export."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from data_cache.findings import FINDINGS, LOCALIZED_FINDINGS
from models.checkpoints import save_checkpoint
from models.families.mxa_efficientvit import ENTRY
from models.taught import TaughtBy, note_of
from tests.browser.running_app import running_app
from tests.evaluation.making import blob, smooth, write_masks, write_outputs
from tests.models.mxa.small import small_network
from tests.ui.worlds import write_weights

PATIENCE = 120_000  # milliseconds; tests share their machine
READY = (
    "() => globalThis.explorerShown?.ready && document.querySelector('.viewer').getAttribute('aria-busy') === 'false'"
)
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
        page.goto(f'{address}#panes=["radiograph","regions"]')
        page.wait_for_function(READY)
        yield page
        page.close()
    assert complaints == []


def test_boxes(page: Page) -> None:
    page.screenshot(path="/tmp/regions.png", full_page=True)
    print(page.evaluate("() => Object.keys(globalThis)").__len__())

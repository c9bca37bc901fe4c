"""Families of models without weights of their own in the app, each with narrow random weights given by --model."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from data_cache.findings import LOCALIZED_FINDINGS
from explainers.pairs import parse_pair
from tests.browser.running_app import running_app
from tests.evaluation.making import blob, smooth, write_masks, write_outputs
from tests.models.attention_network.networks import write_attention

PATIENCE = 120_000  # milliseconds; tests share their machine
# By the model's key: what writes its weights, and the maps that are asked for.
FAMILIES: Mapping[str, tuple[Callable[[Path], Path], tuple[str, ...]]] = {
    "attention-network": (write_attention, ("attention", "gradcam@attention-network")),
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
    models = [part for key, (write, _) in FAMILIES.items() for part in ("--model", f"{key}={write(folder)}")]
    flags = (*models, *write_cohort(folder), "--backend", "torch-cpu")
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


def test_the_rows_of_the_benchmark_bear_their_labels(page: Page) -> None:
    page.get_by_role("tab", name="Benchmark").click()
    heads = page.locator(".bench .scores thead th:not(.ceiling, .floor, .skill) .title")
    expect(heads).to_have_count(len(NAMES))
    assert set(heads.all_inner_texts()) == {parse_pair(name).label for name in NAMES}

"""Gaze on the page: a pane of its own, and the maps' scores against it as the evaluation's."""

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from data_cache.findings import FINDINGS
from evaluation.gaze import scores as gaze_scores
from tests.browser.stage import SIDE, choose, inline, make_case, make_message, mount, random_explanations, say
from ui.gaze import SIDE as CELLS
from ui.gaze import ViewedGaze
from ui.measures import ViewMap
from ui.messages import reply

POINTS = np.array([[100.5, 120.5], [300.2, 280.9], [305.0, 300.0]])


def gaze() -> ViewedGaze:
    rows, columns = (np.mgrid[:CELLS, :CELLS] + 0.5) * SIDE / CELLS
    values = sum(np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 2 / 40**2) for x, y in POINTS)
    return ViewedGaze("fixations.csv", (values / np.sum(values)).astype(np.float32), POINTS, "whole reading")


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_scores_against_gaze_are_those_of_the_evaluation(module_page: Page, share: float) -> None:
    one = gaze()
    for seed in (1, 2):
        values = (
            np.random.default_rng(seed)
            .normal(size=(CELLS, CELLS))
            .astype(np.float32)
            .cumsum(axis=seed - 1, dtype=np.float32)
        )
        body = "([m, g, p, s]) => viewer.gaze.gazeScores(Float32Array.from(m), Float32Array.from(g), p, s)"
        found = module_page.evaluate(
            body, [values.ravel().tolist(), one.values.ravel().tolist(), POINTS.tolist(), share]
        )
        expected, _ = gaze_scores.scores(values, one.values, POINTS, (SIDE, SIDE), share)
        for name in gaze_scores.SCORES:
            assert found[name] == pytest.approx(expected[name], abs=2e-5, rel=1e-5), name  # ranks of 65,000 steps


def test_a_loaded_gaze_is_a_pane_with_its_own_scores_and_in_no_other(module_page: Page) -> None:
    mount(module_page)
    explanations = random_explanations(1)
    say(module_page, make_message(make_case({"Edema": np.eye(SIDE, dtype=bool)}), explanations))
    choose(module_page, "Edema")
    pane = module_page.locator('[data-method="gaze"]')
    expect(pane).to_be_hidden()
    answer: Any = reply(1, gaze=gaze().content(inline))
    say(module_page, answer)
    expect(pane).to_be_visible()
    expect(pane.locator(".cut-text")).to_have_text("fixations.csv: whole reading")
    module_page.evaluate("() => { view.features.find(({ key }) => key === 'gaze').count(); view.draw(); }")
    rows = pane.locator(".gaze-scores tbody tr")
    expect(rows).to_have_count(len(explanations))
    laid = ViewMap.of(explanations[0], FINDINGS[FINDINGS.index("Edema")])
    expected = gaze().scores(laid.signed, SIDE)
    cells = rows.first.locator("td").all_inner_texts()
    assert float(cells[0].replace("−", "-")) == pytest.approx(expected["ncc"], abs=0.0051)
    assert float(cells[3]) == pytest.approx(expected["iou_top"], abs=0.0051)
    assert module_page.locator('[data-method="raw"] .scores tbody tr').count() == 1  # of the mask alone
    labels = module_page.evaluate(
        "() => { const c = view.feature('comparison'); c.count(); return c.regions.map((r) => r.label); }"
    )
    assert "Gaze" not in labels
    colours = "() => { const d = view.gaze.context.getImageData(300, 285, 1, 1).data; return d[2] - d[0]; }"
    assert module_page.evaluate(colours) > 60  # where somebody looked
    say(module_page, make_message(make_case(id="next"), explanations, turn=2))
    expect(pane.locator(".cut-text")).to_have_text("no gaze loaded for this case")

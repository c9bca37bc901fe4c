"""Gaze on the page: a pane of its own, and the maps' scores against it as the evaluation's."""

import base64
import dataclasses
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from data_cache.gaze.fixations import Fixations
from data_cache.gaze.phrases import Phrase
from evaluation.gaze import scores as gaze_scores
from explainers.explanation import Explanation
from tests.browser.stage import SIDE, choose, inline, make_case, make_message, mount, random_explanations, say
from ui.gaze.chosen import GazeChoice, Seen, seen
from ui.gaze.viewed import SIDE as CELLS
from ui.gaze.viewed import ViewedGaze
from ui.measures import ViewMap
from ui.messages import reply


def reading(name: str, seed: int = 0, origin: str = "REFLACX") -> ViewedGaze:
    """A reading of a square of 800 pixels, some of whose fixations lie outside."""
    rng = np.random.default_rng(seed)
    begins = np.sort(rng.uniform(0, 20, 30))
    times = np.stack([begins, begins + rng.uniform(0, 1.5, 30)], axis=1)
    points, deviation = rng.uniform(-50, 850, (30, 2)), rng.uniform(30, 80, (30, 2))
    shown = np.round(rng.uniform([-40, -40, 400, 400], [300, 300, 900, 900], (30, 4)))
    said = (Phrase("heart large", 2.03, 6.48), Phrase("no effusion", 9.0, 11.5))
    return ViewedGaze(name, origin, Fixations(points, times, deviation, shown), "duration", 800, said)


def finished() -> ViewedGaze:
    maps = np.random.default_rng(5).random((2, CELLS, CELLS), np.float32)
    return ViewedGaze(
        "s1", "FG-CXR", maps={"heart": maps[0] / maps[0].sum(), "left": maps[1] / maps[1].sum()}, side=800
    )


READINGS = [reading("P1"), reading("P2", 1), finished()]


def gaze() -> Seen:
    found = seen(READINGS, GazeChoice(0))
    assert found.values is not None
    return found


@pytest.mark.parametrize("share", [0.2, pytest.param(0.5, marks=pytest.mark.thorough)])
def test_scores_against_gaze_are_those_of_the_evaluation(module_page: Page, share: float) -> None:
    one = gaze()
    assert one.values is not None
    for seed in (1,) if share == 0.2 else (1, 2):
        values = (
            np.random.default_rng(seed)
            .normal(size=(CELLS, CELLS))
            .astype(np.float32)
            .cumsum(axis=seed - 1, dtype=np.float32)
        )
        body = """async ([maps, points, share]) => {
            const [map, gaze] = await Promise.all(maps.map(viewer.arrays.fetchArray));
            return viewer.gaze.gazeScores(map, gaze, points, share);
        }"""
        found = module_page.evaluate(body, [[inline(values), inline(one.values)], one.points.tolist(), share])
        expected, _ = gaze_scores.scores(values, one.values, one.points, (SIDE, SIDE), share)
        for name in gaze_scores.SCORES:
            assert found[name] == pytest.approx(expected[name], abs=2e-5, rel=1e-5), name  # ranks of 65,000 steps


CHOICES = [
    GazeChoice(),
    GazeChoice(0),
    GazeChoice(1, 2.03, 6.48),
    GazeChoice(1, None, 5.0),
    GazeChoice(0, 30.0, 40.0),
    GazeChoice(2),
    GazeChoice(2, part="left"),
    GazeChoice(None, 9.0, 11.5),
]


def test_maps_points_and_words_of_a_choice_are_those_of_the_exports(module_page: Page) -> None:
    body = """async ([sources, choices]) => {
        const data = await Promise.all(sources.map(viewer.arrays.fetchArray));
        const readings = sources.map((source, i) => ({ source, data: data[i] }));
        return choices.map((choice) => {
            const { values, ...rest } = viewer.gazeSeen.seen(readings, choice);
            const bytes = values && new Uint8Array(values.buffer);
            let text = "";
            for (let at = 0; bytes && at < bytes.length; at += 8192) {
                text += String.fromCharCode(...bytes.subarray(at, at + 8192));
            }
            return { ...rest, values: btoa(text) };
        });
    }"""
    choices = [dataclasses.asdict(choice) for choice in CHOICES]
    found = module_page.evaluate(body, [[one.content(inline) for one in READINGS], choices])
    for choice, page in zip(CHOICES, found, strict=True):
        expected = seen(READINGS, choice)
        assert (page["who"], page["window"]) == (expected.who, expected.window)
        np.testing.assert_allclose(np.array(page["points"]).reshape(-1, 2), expected.points, rtol=1e-12)
        values = np.frombuffer(base64.b64decode(page["values"]), "<f4")
        assert len(values) == (0 if expected.values is None else CELLS**2)
        if expected.values is not None:
            np.testing.assert_allclose(values, expected.values.ravel(), rtol=1e-6, atol=1e-15)


PANE = '.pane[data-method="gaze"]'
SAYS = '.number-row[data-method="gaze"]'  # what the pane says stands in a row below all panes


def maps() -> list[Explanation]:
    """One of patches and one of cells; others are scored alike."""
    return random_explanations(1, ("raw", "gradcam"))


def show(page: Page) -> None:
    """Mount a viewer that has the panes of these maps."""
    mount(page)
    page.evaluate("view.feature('panes').set(['radiograph', 'raw', 'gradcam'])")


def opened(page: Page, readings: list[ViewedGaze]) -> None:
    """A case with gaze of datasets, of which a finding was chosen."""
    show(page)
    case = make_case({"Edema": np.eye(SIDE, dtype=bool)})
    say(page, make_message(case, maps(), gaze=readings))
    choose(page, "Edema")


def rows(page: Page) -> list[list[str]]:
    """The table of scores as it stands once it was counted."""
    page.evaluate("() => { view.feature('gaze').look(); view.feature('gaze').count(); view.draw(); }")
    found = page.locator(".gaze-scores tbody tr").all()
    return [row.locator("td").all_inner_texts() for row in found]


def test_the_gaze_of_a_dataset_is_a_pane_whose_reader_phrase_and_window_are_chosen(module_page: Page) -> None:
    opened(module_page, READINGS)
    pane = module_page.locator(PANE)
    expect(pane).to_be_visible()
    says = module_page.locator(SAYS)
    text = says.locator(".cut-text")
    expect(text).to_contain_text("mean of 3 readings: whole readings, 60 fixations")
    expect(says.get_by_label("Said")).to_be_hidden()
    says.get_by_label("Reader").select_option("REFLACX P1")
    expect(text).to_contain_text("REFLACX P1: whole reading, 30 fixations")
    says.get_by_label("Said").select_option("2.0–6.5 s: heart large")
    expect(text).to_contain_text("REFLACX P1: 2.0 to 6.5 s, “heart large”")
    chosen = seen(READINGS, GazeChoice(0, 2.03, 6.48))
    laid = ViewMap.of(maps()[0], "Edema")
    expected = chosen.scores(laid.signed, SIDE)
    cells = rows(module_page)
    assert len(cells) == len(maps())
    for cell, name in zip(cells[0], ("ncc", "auc_judd", "kl", "iou_top"), strict=True):
        assert float(cell.replace("−", "-")) == pytest.approx(expected[name], abs=0.0051), name
    start = says.get_by_label("From")
    start.focus()
    module_page.keyboard.press("ArrowRight")
    expect(text).to_contain_text("REFLACX P1: 2.1 to 6.5 s, ")
    expect(says.get_by_label("Said")).to_have_value("own")
    state = module_page.evaluate("() => view.feature('exports').state().gaze")
    assert state == {"reader": 0, "start": pytest.approx(2.1, abs=0.06), "end": 6.48, "part": ""}
    says.get_by_label("Reader").select_option("FG-CXR s1")
    expect(start).to_be_hidden()
    says.get_by_label("Part").select_option("left")
    expect(text).to_have_text("FG-CXR s1: left")
    assert module_page.locator('[data-method="raw"] .scores tbody tr').count() == 1  # of the mask alone


def test_a_loaded_gaze_is_a_pane_with_its_own_scores_and_in_no_other(module_page: Page) -> None:
    show(module_page)
    explanations = maps()
    say(module_page, make_message(make_case({"Edema": np.eye(SIDE, dtype=bool)}), explanations))
    choose(module_page, "Edema")
    pane = module_page.locator(PANE)
    expect(pane).to_be_hidden()
    loaded = replace(reading("fixations.csv", origin=""), problems=("Line 3 of fixations.csv: no number.",))
    answer: Any = reply(1, gaze=[loaded.content(inline)], loaded=0, note="fixations.csv: 30 fixations loaded.")
    say(module_page, answer)
    expect(pane).to_be_visible()
    says = module_page.locator(SAYS)
    expect(says.locator(".cut-text")).to_contain_text("fixations.csv: whole reading, 30 fixations")
    says.get_by_text("Left out: 1, and why").click()
    expect(says.locator(".gaze-problems li")).to_have_text("Line 3 of fixations.csv: no number.")
    expect(says.get_by_label("Reader")).to_be_hidden()
    labels = module_page.evaluate(
        "() => { const c = view.feature('comparison'); c.count(); return c.regions.map((r) => r.label); }"
    )
    assert "Gaze" not in labels
    brightest = """() => {
        const { values, context } = view.gaze;
        const at = values.indexOf(values.reduce((a, b) => Math.max(a, b)));
        const d = context.getImageData(at % 512, Math.floor(at / 512), 1, 1).data;
        return d[3] * (d[2] - d[0]) / 255;
    }"""
    assert module_page.evaluate(brightest) > 60  # where somebody looked longest
    say(module_page, make_message(make_case(id="next"), explanations, turn=2))
    expect(says.locator(".cut-text")).to_have_text("no gaze on this case; fixations can be loaded as a file")

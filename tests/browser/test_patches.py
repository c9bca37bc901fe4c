"""Taking the prediction apart in the browser, against the model itself and NumPy."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from playwright.sync_api import Page, expect
from scipy.special import expit

from data_cache.case import Case
from data_cache.findings import FINDINGS
from explainers.explanation import Explanation
from explainers.model_run import model_runs
from explainers.run import explain_all
from models.checkpoints import load_checkpoint
from models.predictor import load_predictor
from models.registry import MODELS
from tests.browser.stage import SIDE, choose, make_case, make_message, mount, random_explanations, say
from tests.ui.worlds import write_weights

EDEMA = FINDINGS.index("Edema")
GRID = 8
SHOWN = ("raw", "scaled", "gradcam")
OFFERED = [{"steps": steps, "passes": steps**2, "seconds": 0.13 * (steps**2 - 1)} for steps in (1, 2, 4, 8, 16, 32)]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of the model that is taken apart."""
    return write_weights(tmp_path_factory.mktemp("weights"))[0]


def maps(seed: int) -> list[Explanation]:
    """Both maps of patches and one of cells."""
    return random_explanations(seed, SHOWN)


@pytest.fixture
def page(module_page: Page) -> Page:
    module_page.set_viewport_size({"width": 1280, "height": 900})  # the mouse reaches what is on the screen only
    mount(module_page)
    module_page.evaluate("(names) => { view.feature('panes').set(names); sent.length = 0; }", ["radiograph", *SHOWN])
    return module_page


def noisy_case() -> Case:
    return make_case(pixels=np.random.default_rng(1).random((SIDE, SIDE)).astype(np.float32))


def drawn(page: Page) -> None:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def patch_centre(page: Page, key: str, row: int, column: int) -> tuple[float, float]:
    """Where on the screen the centre of a patch of a pane is."""
    point = page.evaluate(
        """([key, x, y]) => {
            const box = document.querySelector(`[data-method="${key}"] .stage`).getBoundingClientRect();
            const { view: { x: left, y: top, size } } = view;
            return [box.left + ((x - left) / size) * box.width, box.top + ((y - top) / size) * box.height];
        }""",
        [key, (column + 0.5) * SIDE / GRID, (row + 0.5) * SIDE / GRID],
    )
    return point[0], point[1]


def probabilities(page: Page) -> NDArray[np.float64]:
    feature = "view.features.find((feature) => feature.key === 'patches')"
    return np.array(page.evaluate(f"[...{feature}.switches.probabilities()]"), float)


def switched_off(page: Page) -> list[int]:
    drawn(page)
    return list(page.evaluate("view.features.find((feature) => feature.key === 'patches').onState()"))


def read_logits(explanations: list[Any]) -> NDArray[np.float32]:
    return next(e.maps for e in explanations if e.method == "raw").reshape(14, GRID * GRID)


def test_probabilities_of_the_patches_left_are_the_models(page: Page, weights: Path) -> None:
    runs = model_runs(noisy_case().read(), {"medicalpatchnet": load_predictor(weights, "medicalpatchnet", "torch-cpu")})
    say(page, make_message(noisy_case(), list(explain_all(runs, SHOWN[:2]).values())))
    choose(page, "Edema")
    page.evaluate("view.modes.choose('patches')")
    drawn(page)
    page.mouse.click(*patch_centre(page, "raw", 2, 3))
    page.mouse.move(*patch_centre(page, "scaled", 5, 1))
    page.mouse.down()
    page.mouse.move(*patch_centre(page, "scaled", 5, 6), steps=2)  # one jump over several patches
    page.mouse.up()
    off = [2 * GRID + 3, *(5 * GRID + column for column in range(1, 7))]
    assert switched_off(page) == off

    checkpoint = load_checkpoint(weights, "medicalpatchnet")
    module = MODELS["medicalpatchnet"].build(checkpoint.architecture)
    module.load_state_dict(checkpoint.state_dict)
    module.eval()
    with torch.inference_mode():
        _, logits = module(torch.from_numpy(runs["medicalpatchnet"].image)[None, None])
    left = [patch for patch in range(GRID * GRID) if patch not in off]
    expected = torch.sigmoid(logits[0, left].double().mean(dim=0)).numpy()
    np.testing.assert_allclose(probabilities(page), expected, rtol=0, atol=1e-5)
    whole = torch.sigmoid(logits[0].double().mean(dim=0)).numpy()
    assert np.abs(whole - expected).max() > 1e-3  # the patches mattered
    for finding, before, after in zip(FINDINGS, whole, expected, strict=True):
        words = page.locator(f'tr[data-finding="{finding}"] [data-model="medicalpatchnet"] .now').inner_text().split()
        shown = float(words[0].strip("<>"))
        assert shown == pytest.approx(after, abs=0.0051)
        if abs(after - before) > 0.0051:
            assert words[1] == ("▲" if after > before else "▼")


def test_undo_redo_reset_and_the_last_patch(page: Page) -> None:
    explanations = maps(1)
    say(page, make_message(noisy_case(), explanations))
    page.evaluate("view.modes.choose('patches')")
    drawn(page)
    page.locator('[data-method="scaled"] .stage').focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Space"):
        page.keyboard.press(key)
    assert switched_off(page) == [9]  # the cursor starts in the first patch
    page.keyboard.press("Control+z")
    assert switched_off(page) == []
    page.keyboard.press("Control+Shift+z")
    assert switched_off(page) == [9]
    page.mouse.move(*patch_centre(page, "raw", 1, 1))  # off already: this drag switches on
    page.mouse.down()
    page.mouse.move(*patch_centre(page, "raw", 1, 4))
    page.mouse.up()
    assert switched_off(page) == []
    page.evaluate("view.features.find((feature) => feature.key === 'patches').restore([...Array(64).keys()])")
    assert len(switched_off(page)) == 64 and np.isnan(probabilities(page)).all()
    expect(page.get_by_role("group", name="Patches").locator(".result")).to_contain_text("undefined")
    expect(page.locator('tr[data-finding="Edema"] [data-model="medicalpatchnet"] .now')).to_contain_text("–")
    page.get_by_role("button", name="All on").click()
    np.testing.assert_allclose(probabilities(page), expit(read_logits(explanations).astype(float).mean(1)), atol=1e-12)
    expect(page.locator(".findings .now").first).to_be_hidden()


def test_the_waterfall_adds_up_and_points_back(page: Page) -> None:
    explanations = maps(2)
    say(page, make_message(noisy_case(), explanations))
    choose(page, "Edema")
    page.evaluate("view.features.find((feature) => feature.key === 'patches').restore([0, 63])")
    drawn(page)
    left = read_logits(explanations)[EDEMA, 1:63].astype(float) / 62
    strongest = np.argsort(-np.abs(left), kind="stable")[:10]
    rows = page.evaluate("view.features.find((feature) => feature.key === 'patches').waterfall.rows")
    assert [row["patch"] for row in rows] == [*(strongest + 1).tolist(), None]
    assert [row["value"] for row in rows[:10]] == pytest.approx(left[strongest].tolist(), abs=1e-12)
    assert rows[-1]["to"] == pytest.approx(left.sum(), abs=1e-12)
    assert f"probability {expit(left.sum()):.2f}" in page.locator(".as-table").text_content()  # type: ignore[operator]
    first = int(strongest[0]) + 1
    bar = page.locator(f'.waterfall-chart .hit[data-patch="{first}"]')
    page.mouse.move(0, 0)  # a pointer on the chart would say that it left when the page below it moves
    bar.dispatch_event("pointermove", {"bubbles": True})
    drawn(page)
    frames = page.eval_on_selector_all(".patches .frame", "(all) => [...new Set(all.map((e) => e.getAttribute('d')))]")
    assert frames == [f"M{first % 8 * 64} {first // 8 * 64}h64v64h-64z"]
    adds = read_logits(explanations)[:, first].astype(float) / 62
    shown = page.locator(".contributions tr").all_inner_texts()
    assert [row.split("\t")[0].split("\n")[0] for row in shown] == [FINDINGS[i] for i in np.argsort(-adds)]
    assert f"{abs(adds[EDEMA]):.3f}" in page.locator(".contributions .chosen").inner_text()


# test_drawing.py has switches that come back with their case in the ordinary run.
@pytest.mark.thorough
def test_switches_are_kept_for_each_case(page: Page) -> None:
    say(page, make_message(make_case(id="one"), maps(1)))
    page.evaluate("view.features.find((feature) => feature.key === 'patches').restore([5])")
    say(page, make_message(make_case(id="two"), maps(2), turn=2))
    assert switched_off(page) == []
    say(page, make_message(make_case(id="one"), maps(1), turn=3))
    assert switched_off(page) == [5]
    hatched = page.eval_on_selector_all(".patches path.off", "(all) => all.map((e) => e.getAttribute('d'))")
    assert hatched == ["M320 0h64v64h-64z"] * 6


def test_what_finer_maps_cost_is_said_before_they_start_and_they_are_stopped(page: Page) -> None:
    message = make_message(make_case(), maps(1))
    message["progress"] = {"wanted": 1, "share": 1.0, "words": "8×8 cells", "offered": OFFERED}
    say(page, message)
    expect(page.get_by_role("button", name="64×64")).to_be_hidden()
    page.get_by_role("button", name="32×32").click()
    question = page.get_by_role("group", name="Start the refinement?")
    assert "1,024 passes, about 2 min on this machine" in question.inner_text()
    assert page.evaluate("sent") == []
    question.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("button", name="4×4").click()  # two seconds: no question
    assert [[what, data["steps"]] for what, data in page.evaluate("sent")] == [["refine", 32], ["refine", 4]]
    assert page.evaluate("sent.splice(0)[1][1].names") == list(SHOWN)
    message = make_message(make_case(), maps(1), busy=True)
    message["progress"] = {"wanted": 4, "share": 0.25, "words": "4 of 16 passes, 3 s left", "offered": OFFERED}
    say(page, message)
    assert page.locator(".refine .words").inner_text() == "4 of 16 passes, 3 s left"
    assert page.get_by_role("button", name="4×4").get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="Stop").click()
    assert page.evaluate("sent") == [["stop", {}]]

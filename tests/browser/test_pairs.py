"""Any methods on any models in the viewer, without a server: the menu, the table, parameters; with the odd toys."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from data_cache.findings import FINDINGS
from explainers.entry import KINDS
from explainers.explanation import Explanation
from models.choosing import default_weights
from tests.browser.stage import SIDE, choose, make_case, make_explanation, make_message, mount, opened, pane, say
from tests.toys.models import NOT_PREDICTED, PREDICTED
from tests.toys.registering import registered_toys
from ui.messages import error_message
from ui.panes import MOST_PANES
from ui.settings import Settings

MODELS = ("medicalpatchnet", "cnn", "toy-five")
FIRST = ["raw", "scaled", "gradcam", "gradcam++", "eigencam", "toy-bright", "toy-patches"]
FEW = ["raw", "gradcam", "toy-patches"]
CHECKBOX = '.pane-menu [data-model="{}"] li:not([hidden]) input[type=checkbox]'


@pytest.fixture(scope="module", autouse=True)
def _toys() -> Iterator[None]:
    with registered_toys():
        yield


def begin(page: Page) -> Page:
    page.set_viewport_size({"width": 1440, "height": 1000})
    mount(page, settings=Settings(models=default_weights() | {"toy-five": "none"}))
    return page


@pytest.fixture
def page(module_page: Page) -> Page:
    return begin(module_page)


@pytest.fixture
def few(page: Page) -> Page:
    """A viewer with three panes of maps."""
    page.evaluate("(names) => { view.feature('panes').set(names); sent.length = 0; }", ["radiograph", *FEW])
    return page


@pytest.fixture(scope="module")
def _first_page(module_page: Page) -> Page:
    say(begin(module_page), message(*FIRST))
    return module_page


@pytest.fixture
def first(_first_page: Page) -> Page:
    """The viewer with the maps of a case, which a group of tests looks at one after the other."""
    sent(_first_page)
    return _first_page


def maps_of(name: str, seed: int = 0) -> Explanation:
    """Noise, positive where the method says so, and NaN for what the model does not predict."""
    rng = np.random.default_rng(seed)
    maps = rng.normal(size=(14, 8, 8) if "patch" in name or name in FIRST[:2] else (14, 16, 16)).astype(np.float32)
    if name.startswith("toy-bright"):
        maps = np.broadcast_to(np.abs(maps[:1]), maps.shape).copy()
    if name.endswith("@toy-five"):
        maps[[FINDINGS.index(finding) for finding in NOT_PREDICTED]] = np.nan
    return make_explanation(name, maps, logits(name))


def logits(name: str) -> np.ndarray:
    values = np.linspace(-3, 3, 14, dtype=np.float32)
    if name.endswith("@toy-five"):
        values = np.where([finding in PREDICTED for finding in FINDINGS], -values, np.float32(np.nan))
    return values.astype(np.float32)


def message(*names: str, **given: Any) -> dict[str, Any]:
    mask = np.zeros((SIDE, SIDE), bool)
    mask[100:300, 100:300] = True
    case = make_case({"Edema": mask, "Fracture": mask})
    return make_message(case, [maps_of(name) for name in names], models=MODELS, **given)


def sent(page: Page) -> list[Any]:
    return page.evaluate("sent.splice(0)")


def test_the_panes_at_first_are_every_method_on_its_default_model(first: Page) -> None:
    page = first
    assert page.evaluate("view.names") == FIRST and sent(page) == []
    names = page.locator(".pane:visible h3").all_inner_texts()
    assert names[0] == "Radiograph" and names[-2:] == ["Brightness", "Patches to a power"]
    expect(page.locator(".pane .model-name:visible")).to_have_count(0)


def test_the_menu_names_what_a_model_lacks(first: Page) -> None:
    page = first
    with opened(page, "Panes"):
        kinds = page.locator('.pane-menu [data-model="toy-five"] h4:visible').all_inner_texts()
        assert sorted(kinds) == sorted(words for kind, words in KINDS.items() if kind != "masks")
        page.locator('.pane-menu [data-model="toy-five"] summary').click()
        note = page.locator('.pane-menu [data-model="toy-five"] .note').inner_text()
        assert "Raw patch map, Scaled patch map, Patches to a power: needs logits of patches." in note
        assert "Grad-CAM" in note and "Brightness" not in note


def test_choices_are_selects_and_keys_typed_there_do_nothing_else(first: Page) -> None:
    page = first
    page.locator('[data-method="eigencam"]').get_by_role("button", name="Parameters").click()
    panel = page.get_by_role("form", name="Parameters of Eigen-CAM")
    panel.get_by_role("combobox", name="Sign").select_option(label="activation")
    panel.get_by_role("textbox", name="Layer").press_sequentially("hi")
    assert page.evaluate("[view.settings.hide, view.feature('window').state.invert]") == [False, False]
    panel.get_by_role("button", name="Apply").click()
    assert sent(page)[0][1]["parameters"] == {"eigencam": {"layer": "hi", "sign": "activation"}}


def test_a_wrong_parameter_is_one_sentence_at_its_panel(first: Page) -> None:
    page = first
    page.locator('[data-method="gradcam"]').get_by_role("button", name="Parameters").click()
    panel = page.get_by_role("form", name="Parameters of Grad-CAM", exact=True)
    panel.get_by_role("textbox", name="Layer").fill("nose")
    panel.get_by_role("button", name="Apply").click()
    assert pane(page, "gradcam", ".veil") == "Computing…"
    before = page.locator(".pane .cut-text").all_inner_texts()
    say(page, error_message(2, "Unknown layer 'nose'.", "gradcam"))
    assert panel.get_by_role("alert").inner_text() == "Unknown layer 'nose'."
    assert page.locator("header .alert").inner_text() == ""
    assert page.locator(".pane .cut-text").all_inner_texts() == before
    assert pane(page, "gradcam", ".veil") == ""  # the finished map stays, and nothing is on its way
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_twelve_maps_are_the_most_and_the_menu_says_so(first: Page) -> None:
    page = first
    note = page.locator(".pane-menu > .note")
    with opened(page, "Panes"):
        expect(note).to_be_hidden()
        page.evaluate("view.config.most_panes = 7; view.feature('panes').say()")
        expect(note).to_contain_text("take one away to show another")
        page.get_by_role("checkbox", name="Eigen-CAM").uncheck()
        page.get_by_role("checkbox", name="Eigen-CAM").check()
    assert page.evaluate("view.names") == [*(name for name in FIRST if name != "eigencam"), "eigencam"]
    assert page.evaluate("view.config.agreement.length") == MOST_PANES + 1


def test_a_pane_of_another_model_is_asked_for_and_says_whose_it_is(few: Page) -> None:
    page = few
    say(page, message(*FEW))
    with opened(page, "Panes"):
        row = page.get_by_role("listitem").filter(has=page.get_by_role("checkbox", name="Grad-CAM", exact=True))
        expect(row).to_contain_text("= HiResCAM, XGrad-CAM, Shapley-CAM (under a linear head)")
        page.get_by_role("checkbox", name="Brightness, Five").check()
        (asked,) = sent(page)
        wanted = {"names": [*FEW, "toy-bright@toy-five"], "floors": [], "parameters": {}, "start": []}
        assert asked == ["explain", wanted]
        assert pane(page, "toy-bright@toy-five", ".veil") == "Computing…"
    say(page, message(*FEW, "toy-bright@toy-five", turn=2))
    choose(page, "Edema")
    assert pane(page, "toy-bright@toy-five", ".model-name") == "Five" and pane(page, "raw", ".model-name") == "PatchNet"
    colour, keys = "(e) => getComputedStyle(e).color", ("toy-bright@toy-five", "raw")
    own, other = (page.locator(f'[data-method="{key}"] .model-name').evaluate(colour) for key in keys)
    assert own != other
    assert pane(page, "toy-bright@toy-five", ".score").startswith("IoU 0.")
    said = np.array(
        [1 / (1 + np.exp(-logits(name).astype(float))) for name in ("raw", "gradcam", "toy-bright@toy-five")]
    )
    said = said[:, FINDINGS.index("Edema")]
    sums = page.locator('tr[data-finding="Edema"] td.sum').all_inner_texts()
    assert [float(text.strip("<>")) for text in sums] == pytest.approx([said.mean(), np.ptp(said)], abs=0.0051)
    check_what_is_not_predicted(page)
    with opened(page, "Panes"):
        page.get_by_role("checkbox", name="Brightness, Five").uncheck()
    expect(page.locator('[data-method="toy-bright@toy-five"]')).to_have_count(0)
    assert sent(page) == []


def check_what_is_not_predicted(page: Page) -> None:
    """The pane and the table say it."""
    choose(page, "Fracture")
    assert pane(page, "toy-bright@toy-five", ".veil") == "Not predicted by Five findings"
    assert pane(page, "toy-bright@toy-five", ".score") == ""
    row = page.locator('tr[data-finding="Fracture"]')
    assert "not predicted" in (row.locator('[data-model="toy-five"]').text_content() or "")
    assert "Five findings does not predict it" in page.locator(".statement").inner_text()
    assert page.locator(".chart .note:visible").all_inner_texts() == ["n/p: not predicted by this model"]
    script = "view.panes.at(-1).pixels.every((value) => value === 0)"
    page.evaluate("view.draw()")
    assert page.evaluate(script)  # nothing is coloured
    choose(page, "Edema")
    assert pane(page, "toy-bright@toy-five", ".score").startswith("IoU 0.")


# test_viewer_module.py has what they are and how findings sort, in the ordinary run.
@pytest.mark.thorough
def test_mean_and_disagreement_are_columns_that_sort(page: Page) -> None:
    say(page, message(*FIRST, "toy-bright@toy-five"))
    said = [1 / (1 + np.exp(-logits(name).astype(float))) for name in ("raw", "gradcam", "toy-bright@toy-five")]
    apart = np.nanmax(said, axis=0) - np.nanmin(said, axis=0)
    mean = np.nanmean(said, axis=0)
    for i, finding in enumerate(FINDINGS):
        sums = page.locator(f'tr[data-finding="{finding}"] td.sum').all_inner_texts()
        assert [float(text.strip("<>")) for text in sums] == pytest.approx([mean[i], apart[i]], abs=0.0051)
    for text, values in (("Range", apart), ("Mean", mean)):
        page.locator(".findings thead").get_by_role("button", name=text).click()
        order = page.eval_on_selector_all(".findings tbody tr", "(rows) => rows.map((row) => row.dataset.finding)")
        assert order == [FINDINGS[i] for i in np.lexsort((np.arange(14), -values))]
    page.locator(".findings thead").get_by_role("button", name="Five").click()
    order = page.eval_on_selector_all(".findings tbody tr", "(rows) => rows.map((row) => row.dataset.finding)")
    assert set(order[:5]) == set(PREDICTED)


def test_parameters_have_controls_with_limits_and_a_change_asks_for_just_that_map(few: Page) -> None:
    page = few
    say(page, message(*FEW))
    page.locator('[data-method="toy-patches"]').get_by_role("button", name="Parameters").click()
    panel = page.get_by_role("form", name="Parameters of Patches to a power")
    power = panel.get_by_role("spinbutton", name="Power")
    assert [power.get_attribute(name) for name in ("min", "max", "step")] == ["1", "3", "1"]
    assert "from 1 to 3" in panel.inner_text() and power.input_value() == "1"
    power.fill("2")
    panel.get_by_role("button", name="Apply").click()
    ((what, asked),) = sent(page)
    assert what == "explain" and asked["names"] == FEW and asked["parameters"] == {"toy-patches": {"power": 2}}
    answer = message(*FEW, turn=2)
    answer["maps"]["toy-patches"]["parameters"] = {"power": 2}
    say(page, answer)
    assert power.input_value() == "2"
    page.evaluate("view.open('next')")  # what was chosen holds for the next case
    assert sent(page)[0][1]["parameters"] == {"toy-patches": {"power": 2}}
    panel.get_by_role("button", name="Reset to default").click()
    assert sent(page)[0][1]["parameters"] == {"toy-patches": {"power": 1}}


def test_maps_that_did_not_come_are_asked_for_once(few: Page) -> None:
    page = few
    say(page, message(*FEW[:2]))
    asked = sent(page)
    assert asked == [["explain", {"names": FEW, "floors": [], "parameters": {}, "start": []}]]
    say(page, message(*FEW[:2], turn=2))
    assert sent(page) == []


def test_a_link_holds_panes_and_parameters(page: Page) -> None:
    names = ["gradcam", "toy-bright@toy-five"]
    page.evaluate("(names) => view.features.find(({ key }) => key === 'panes').set(names)", names)
    answer = message(*names)
    answer["maps"]["gradcam"]["parameters"] = {"layer": "backbone"}
    say(page, answer)
    state = page.evaluate("""() => Object.fromEntries(['panes', 'parameters'].map((name) =>
        [name, view.features.find(({ key }) => key === name).onState()]))""")
    assert state == {
        "panes": {"shown": names},
        "parameters": {"gradcam": {"layer": "backbone", "formula": "gradcam"}},
    }
    sent(page)
    old = {"order": ["raw", "scaled"], "hidden": ["scaled"]}
    page.evaluate("(old) => view.features.find(({ key }) => key === 'panes').restore(old)", old)
    shown = page.evaluate("view.features.find(({ key }) => key === 'panes').shown")
    assert shown[0] == "raw" and "scaled" not in shown and "eigencam" in shown


# test_patches.py takes one apart in the ordinary run.
@pytest.mark.thorough
def test_one_of_two_patch_models_is_taken_apart(module_page: Page) -> None:
    other = "timm:resnet18"
    mount(module_page, settings=Settings(models=default_weights() | {other: "none"}))
    names = ["raw", f"raw@{other}"]
    module_page.evaluate("(names) => view.features.find(({ key }) => key === 'panes').set(names)", names)
    explanations = [make_explanation(name, np.full((14, 8, 8), i, np.float32)) for i, name in enumerate(names)]
    say(module_page, make_message(make_case(), explanations, models=("medicalpatchnet", "cnn", other)))
    module_page.evaluate("view.modes.choose('patches')")
    strip = module_page.get_by_role("group", name="Patches")
    expect(strip.locator(".result")).to_contain_text("0.50 from all 64 patches")
    strip.get_by_label("Model").select_option(other)
    expect(strip.locator(".result")).to_contain_text("0.73 from all 64 patches")
    expect(module_page.get_by_role("heading", name="Take the prediction of timm resnet18 apart")).to_be_visible()
    module_page.evaluate("view.features.find(({ key }) => key === 'patches').toggle(3)")
    expect(module_page.locator(f'tr[data-finding="Edema"] [data-model="{other}"] .now')).to_contain_text("0.73")
    state = module_page.evaluate("view.features.find(({ key }) => key === 'patches').onState()")
    assert state == {"model": other, "off": [3]}
    module_page.evaluate("view.modes.choose('pan')")


# test_families.py has the panes of six models at 390 pixels, and test_app.py the whole page.
@pytest.mark.thorough
@pytest.mark.parametrize("width", [390, 1024, 1440, 2560])
def test_twelve_maps_and_three_models_fit_the_width(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    names = [*FIRST, "toy-bright@cnn", "toy-bright@toy-five"]
    page.evaluate("(names) => view.features.find(({ key }) => key === 'panes').set(['radiograph', ...names])", names)
    say(page, message(*names))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sheet = page.get_by_role("button", name="Tools and controls")
    if phone := sheet.is_visible():
        sheet.click()
    with opened(page, "Panes"):
        box = page.locator(".pane-menu").bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= width
    if phone:
        sheet.click()
        page.get_by_role("button", name="Show large: Grad-CAM, CNN", exact=True).click()
    page.locator('[data-method="gradcam"]').get_by_role("button", name="Parameters").click()
    box = page.get_by_role("form", name="Parameters of Grad-CAM", exact=True).bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= width

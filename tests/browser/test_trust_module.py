"""The tab Trust on a blank page, with three models that nobody knows, fed with messages as the server makes them."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from data_cache.findings import FINDINGS
from tests.browser.chromium import blank_page
from ui.protocol import sending
from ui.protocol.trust import TrustConfig, TrustMessage

MODELS = [
    {"key": key, "label": label, "short": label[0]}
    for key, label in (("a", "Alpha"), ("timm:b", "Beta"), ("c", "Gamma"))
]
CHECKS = ("perturbation", "attended", "stability", "exactness", "odd")
EDEMA = FINDINGS.index("Edema")
_MOUNT = """async (config) => {
    const { mount } = await import("/trust.js");
    const sent = (globalThis.sent = []);
    const events = ["assess", "check", "triage", "stop"];
    const send = Object.fromEntries(events.map((name) => [name, (data) => sent.push([name, data])]));
    const upload = async () => ({ path: "x" });
    globalThis.trust = mount(document.getElementById("place"), { config, server: {}, send, upload });
}"""


def pair(method: str, model: dict[str, str], shown: bool, checks: tuple[str, ...]) -> dict[str, Any]:
    name = f"{method}@{model['key']}"
    label = f"{method}, {model['label']}"
    return {"name": name, "label": label, "method": method, "model": model["key"], "shown": shown, "checks": checks}


PAIRS = [
    pair("Map", MODELS[0], True, CHECKS),
    pair("Other", MODELS[0], False, CHECKS[:3]),
    pair("Map", MODELS[1], True, CHECKS[:3]),
    pair("Map", MODELS[2], True, (*CHECKS[:3], "odd")),
]


def opinion(model: dict[str, str], silent: bool) -> dict[str, Any]:
    raw = [None if silent and index == EDEMA else 0.9 for index in range(14)]
    known = {"key": model["key"], "label": model["label"], "origin": "own", "note": ""}
    return {**known, "raw": raw, "calibrated": None, "deviation": None, "reasons": None}


def message(**parts: Any) -> dict[str, Any]:
    return sending.message(TrustMessage, serial="1", turn=1, busy=False, **parts)


def assessed() -> dict[str, Any]:
    opinions = [opinion(model, silent=model["key"] == "c") for model in MODELS]
    told = {"title": "case", "quality": None, "quality_note": "", "opinions": opinions, "pairs": PAIRS}
    return message(assessed=told)


def curve(level: float) -> dict[str, Any]:
    return {"xs": [0.0, 1.0], "ys": [level, level], "area": level}


@pytest.fixture
def page(chromium: Browser, module_address: str) -> Iterator[Page]:
    complaints: list[str] = []
    page = blank_page(chromium, module_address)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    texts = ("label", "words", "definition", "paper", "needs")
    config = sending.message(
        TrustConfig,
        findings=list(FINDINGS),
        models=MODELS,
        checks=[{"key": key, **{text: f"{text} of {key}" for text in texts}} for key in CHECKS],
        accept="image/png",
        cohort=None,
        selective={},
        selective_of="",
    )
    page.evaluate(_MOUNT, config)
    page.evaluate("(message) => trust.update(message)", assessed())
    yield page
    page.close()
    assert complaints == []


def choose(page: Page, finding: str) -> None:
    page.get_by_label("Finding").first.select_option(label=finding)


def test_maps_are_chosen_by_model_and_method_and_asked_by_name(page: Page) -> None:
    groups = page.locator(".pairs fieldset")
    assert groups.locator("legend").all_inner_texts() == ["Alpha", "Beta", "Gamma"]
    choose(page, "Cardiomegaly")
    groups.nth(0).get_by_label("Other").check()
    groups.nth(1).get_by_label("Map").uncheck()
    page.get_by_role("button", name="Run the checks").click()
    assert page.evaluate("sent.at(-1)") == [
        "check",
        {"finding": "Cardiomegaly", "pairs": ["Map@a", "Other@a", "Map@c"]},
    ]


def test_what_a_model_does_not_predict_is_said_and_not_asked(page: Page) -> None:
    choose(page, "Edema")
    gamma = page.locator('.opinion[data-model="c"]')
    expect(gamma).to_contain_text("not predicted")
    assert "0.00" not in gamma.inner_text() and "abstains" not in gamma.inner_text()
    expect(page.locator(".pairs fieldset").nth(2).get_by_label("Map")).to_be_disabled()
    page.get_by_role("button", name="Run the checks").click()
    assert page.evaluate("sent.at(-1)[1].pairs") == ["Map@a", "Map@timm:b"]
    for name in ("Alpha", "Beta"):
        page.locator(".pairs fieldset").filter(has_text=name).get_by_label("Map").uncheck()
    page.evaluate("() => trust.setBusy(false)")
    expect(page.get_by_role("button", name="Run the checks")).to_be_disabled()


def test_answers_stand_by_model_and_a_check_of_any_kind_has_its_numbers(page: Page) -> None:
    choose(page, "Cardiomegaly")
    page.get_by_role("button", name="Run the checks").click()
    names = ["Map@a", "Map@timm:b", "Map@c"]
    attended = {"drop": 0.1, "random": [0.0, 0.05], "difference": 0.075, "reason": ""}
    odd = [{"metric": "oddness", "words": "", "setting": "s", "value": 0.25, "reason": ""}]
    blank = [{"metric": "oddness", "words": "", "setting": "s", "value": None, "reason": "blank map"}]
    results = {
        "perturbation": {name: {"deletion": curve(0.2), "insertion": curve(0.6), "reason": ""} for name in names},
        "attended": dict.fromkeys(names, attended),
    }
    told = {"finding": "Cardiomegaly", "done": 8, "total": 8, "doing": "", "results": results, "not_predicted": []}
    told["measured"] = {"odd": {"Map@a": odd, "Map@c": blank}}
    page.evaluate("(message) => trust.update(message)", message(checked=told))
    curves = page.get_by_label("label of perturbation").locator(".of-model")
    assert curves.locator("h4").all_inner_texts() == ["Alpha", "Beta", "Gamma"]
    assert page.get_by_label("label of attended").locator(".row-label").all_text_contents() == [
        "Map, Alpha",
        "Map, Beta",
        "Map, Gamma",
    ]
    card = page.get_by_label("label of odd")
    rows = card.locator("tbody tr")
    assert [row.locator("th, td").all_inner_texts() for row in rows.all()] == [
        ["Map, Alpha", "oddness", "s", "0.250", ""],
        ["Map, Gamma", "oddness", "s", "–", "blank map"],
    ]
    expect(card).to_contain_text("Does not fit: Map, Beta.")
    looks = (
        page.get_by_label("label of attended")
        .locator("circle.strong")
        .evaluate_all("(dots) => dots.map((dot) => dot.getAttribute('class'))")
    )
    assert len(set(looks)) == 3


def test_triage_says_where_the_model_does_not_predict_the_finding(page: Page) -> None:
    row = {"index": 0, "name": "one.png", "flags": [], "thumbnail": "data:,"}
    opinions = {model["key"]: opinion(model, silent=model["key"] == "c") for model in MODELS}
    told = {"done": 1, "total": 1, "rows": [{**row, "opinions": opinions}]}
    page.evaluate("(message) => trust.update(message)", message(triage=told))
    triage = page.get_by_label("Triage")
    triage.get_by_label("Model").select_option("c")
    triage.get_by_label("Finding").select_option(label="Edema")
    assert triage.locator("tbody .answer").inner_text() == "not predicted"
    triage.get_by_label("Model").select_option("timm:b")
    assert triage.locator("tbody .answer").inner_text() == "present"


def test_beyond_the_eighth_look_colour_dash_and_mark_never_come_again_together(page: Page) -> None:
    looks = page.evaluate(
        """async () => {
            const { colour, dash, shape } = await import("/js/benchmark/shapes.js");
            const { Looks } = await import("/js/looks.js");
            const looks = new Looks();
            const numbers = ["first", "second", "third", "second"].map((name) => looks.of(name));
            return [numbers, [...Array(40).keys()].map((i) => [colour(i), dash(i), shape(i).path(1)].join(" "))];
        }"""
    )
    assert looks[0] == [0, 1, 2, 1]
    assert len(set(looks[1])) == 40

"""The tab Trust on a blank page, with three models that nobody knows, fed with messages as the server makes them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error, Page, expect

from data_cache.findings import FINDINGS
from evaluation.charts.looks import dressed
from evaluation.trust.figures import page_parts
from ui.page_files import plotly
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
    globalThis.earlier?.abort(); // what the tab before listens to at the document ends
    const { signal } = (globalThis.earlier = new AbortController());
    document.addEventListener = (type, listener) =>
        EventTarget.prototype.addEventListener.call(document, type, listener, { signal });
    globalThis.explorerShown = { key: "1", title: "case", finding: 0, ready: true }; // as Explore says it of its case
    const sent = (globalThis.sent = []);
    const events = ["assess", "check", "stop"];
    const send = Object.fromEntries(events.map((name) => [name, (data) => sent.push([name, data])]));
    globalThis.trust = mount(document.getElementById("place"), { config, server: {}, send });
}"""

# How often a message has the chart of a check drawn.
_DRAWN = """(message) => {
    const chart = trust.evidence.charts.of("attended"), { plotly } = chart;
    let drawn = 0;
    chart.plotly = { react: (...given) => ((drawn += 1), plotly.react(...given)) };
    trust.update(message);
    chart.plotly = plotly;
    return drawn;
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
    readable = {model["key"]: {"state": "readable", "title": "Can be read", "reasons": []} for model in MODELS}
    told = {"title": "case", "quality": None, "quality_note": "", "opinions": opinions, "pairs": PAIRS}
    return message(assessed=told | {"assessments": readable})


def curve(level: float) -> dict[str, Any]:
    return {"xs": [0.0, 1.0], "ys": [level, level], "area": level}


@pytest.fixture
def page(module_page: Page) -> Iterator[Page]:
    complaints: list[Error] = []
    page = module_page

    def complain(error: Error) -> None:
        complaints.append(error)

    page.on("pageerror", complain)
    texts = ("label", "words", "definition", "paper", "needs")
    config = sending.message(
        TrustConfig,
        findings=list(FINDINGS),
        models=MODELS,
        checks=[{"key": key, **{text: f"{text} of {key}" for text in texts}} for key in CHECKS],
        cohort=None,
        selective={},
        selective_of="",
        plotly=plotly().address,
        charts=page_parts(),
    )
    page.evaluate(_MOUNT, config)
    page.evaluate("(message) => trust.update(message)", assessed())
    yield page
    page.remove_listener("pageerror", complain)
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


def test_an_answer_that_comes_after_its_case_was_removed_shows_nothing(page: Page) -> None:
    shown = "globalThis.explorerShown = undefined; document.dispatchEvent(new CustomEvent('explorer:shown'))"
    page.evaluate(shown)
    expect(page.locator(".trust.nothing-open")).to_have_count(1)
    page.evaluate("(message) => trust.update(message)", assessed())
    expect(page.locator(".trust.nothing-open")).to_have_count(1)


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
    chart = page.get_by_label("label of attended").locator(".plot-chart")
    chart.scroll_into_view_if_needed()
    expect(chart.locator("g.annotation")).to_have_text(
        [text for name in ("Alpha", "Beta", "Gamma") for text in (f"Map, {name}", "+0.075 vs random")]
    )
    card = page.get_by_label("label of odd")
    rows = card.locator("tbody tr")
    assert [row.locator("th, td").all_inner_texts() for row in rows.all()] == [
        ["Map, Alpha", "oddness", "s", "0.250", ""],
        ["Map, Gamma", "oddness", "s", "–", "blank map"],
    ]
    expect(card).to_contain_text("Not possible for: Map, Beta.")
    drawn = page.evaluate("trust.evidence.charts.of('attended').figure.data")
    assert [(dot["x"], dot["name"]) for dot in drawn[3:]] == [([0.1], f"Map, {m['label']}") for m in MODELS]
    assert len({(dot["marker"]["color"], dot["marker"]["symbol"]) for dot in drawn[3:]}) == 3
    assert [dots["x"] for dots in drawn[:3]] == [[0.0, 0.05]] * 3
    page.wait_for_function("!trust.evidence.charts.of('attended').busy")
    assert page.evaluate(_DRAWN, message(checked=told)) == 0  # nothing changed
    results["attended"]["Map@a"] = attended | {"drop": 0.2}
    assert page.evaluate(_DRAWN, message(checked=told)) == 1
    expect(chart.locator("g.annotation")).to_have_count(6)


def test_lines_are_switched_off_and_a_chart_is_read_by_keys_and_as_a_table(page: Page) -> None:
    choose(page, "Cardiomegaly")
    page.locator(".pairs fieldset").nth(0).get_by_label("Other").check()
    page.get_by_role("button", name="Run the checks").click()
    names = ["Map@a", "Other@a"]
    both = {"deletion": curve(0.25), "insertion": curve(0.5), "reason": ""}
    none = {"deletion": {"xs": [], "ys": [], "area": None}, "insertion": curve(0.5), "reason": "blank map"}
    told = {"finding": "Cardiomegaly", "done": 2, "total": 2, "doing": "", "measured": {}, "not_predicted": []}
    shown = {"perturbation": dict.fromkeys(names, both)}
    page.evaluate("(message) => trust.update(message)", message(checked={**told, "results": shown}))
    card = page.get_by_label("label of perturbation", exact=True)
    chart = card.locator(".plot-chart").first
    chart.scroll_into_view_if_needed()
    expect(chart.locator(".scatterlayer .trace")).to_have_count(2)
    stage = chart.get_by_role("application", name="Alpha, deletion, Cardiomegaly")
    stage.focus()
    page.keyboard.press("ArrowRight")
    expect(chart.locator("[aria-live]")).to_have_text("Map, Alpha, 0.000: 0.250")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(chart.locator("[aria-live]")).to_have_text("Other, Alpha, 1.000: 0.250")
    expect(chart.locator(".hoverlayer")).to_contain_text("0.250")
    chart.get_by_text("The same as a table").click()
    rows = chart.locator("tbody tr")
    expect(rows).to_have_count(2)
    assert [row.locator("th, td").all_inner_texts() for row in rows.all()] == [
        ["0.000", "0.250", "0.250"],
        ["1.000", "0.250", "0.250"],
    ]
    card.get_by_role("checkbox", name="Map, Alpha").uncheck()
    expect(chart.locator(".scatterlayer .trace")).to_have_count(1)
    assert chart.locator("thead th").all_inner_texts() == ["replaced, most important first", "Other, Alpha"]
    nothing = {"perturbation": dict.fromkeys(names, none)}
    page.evaluate("(message) => trust.update(message)", message(checked={**told, "results": nothing}))
    expect(chart).to_contain_text("Undefined for all of the chosen maps.")
    expect(stage).to_be_hidden()


def test_a_chart_is_saved_under_its_title_with_its_legend(page: Page) -> None:
    page.get_by_role("button", name="Run the checks").click()
    both = {"deletion": curve(0.25), "insertion": curve(0.5), "reason": ""}
    told = {"finding": "Edema", "done": 2, "total": 2, "doing": "", "measured": {}, "not_predicted": []}
    choose(page, "Edema")
    shown = {"perturbation": {"Map@a": both}}
    page.evaluate("(message) => trust.update(message)", message(checked={**told, "results": shown}))
    chart = page.get_by_label("label of perturbation", exact=True).locator(".plot-chart").first
    chart.scroll_into_view_if_needed()
    for name, start in (("PNG", b"\x89PNG"), ("SVG", b"<svg")):
        with page.expect_download() as waiting:
            chart.get_by_role("button", name=f"Download the chart as {name}").click()
        assert waiting.value.suggested_filename == f"alpha-deletion-edema.{name.lower()}"
        content = Path(waiting.value.path()).read_bytes()
        assert content.startswith(start)
    assert b"Alpha, deletion, Edema" in content and b"Map, Alpha" in content


def test_beyond_the_eighth_look_colour_dash_and_mark_never_come_again_together(module_page: Page) -> None:
    looks = module_page.evaluate(
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


def test_looks_and_names_are_filled_in_as_python_does(module_page: Page) -> None:
    template = {"line": {"color": "@look", "dash": "@dash"}, "marker": {"symbol": "@symbol"}, "fillcolor": "@look/0.2"}
    found = module_page.evaluate(
        """async (template) => {
            const { dressed, filled, plain } = await import("/js/charts/figures.js");
            const all = [...Array(40).keys()].map((look) => dressed(template, look, {}));
            const figure = { name: "@text", x: ["@text"], a: [{ color: "@text/0.5" }], b: "@other" };
            return [all, filled(figure, { text: "#0a0b0c" }), plain("<b>a</b> & b")];
        }""",
        template,
    )
    assert found[0] == [dressed(template, look) for look in range(40)]
    assert found[1] == {"name": "@text", "x": ["@text"], "a": [{"color": "rgba(10,11,12,0.5)"}], "b": "@other"}
    assert found[2] == "&lt;b>a&lt;/b> &amp; b"

"""The panel "Many methods, one map": what it asks, and what it shows of the answers."""

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from models.registry import DEFAULT_MODELS
from tests.browser.stage import choose, make_case, make_message, mount, random_explanations, say
from ui.messages import reply

WAYS = {"raw": "Raw map, less the filler", "occlusion": "Occlusion", "surrogate": "Linear surrogate"}


def way(key: str, shares: np.ndarray, error: float | None = None) -> dict[str, Any]:
    passes = 0 if key == "raw" else 65
    found = {"key": key, "label": WAYS[key], "shares": shares.tolist(), "error": error}
    return {**found, "unaccounted": -0.25, "passes": passes}


def model(key: str, short: str, words: str, *ways: dict[str, Any]) -> dict[str, Any]:
    pair = {"first": ways[0]["key"], "second": ways[1]["key"], "rank": -0.5, "difference": 0.0000031}
    limit = max(float(np.abs(one["shares"]).max()) for one in ways)
    found = {"key": key, "short": short, "one": False, "words": words, "gained": 2.0, "limit": limit}
    return {**found, "ways": list(ways), "pairs": [pair] if words else []}


def compared(page: Page, state: str, **more: Any) -> None:
    case = page.evaluate("view.content.case.key")
    content = {
        "case": case,
        "finding": "Edema",
        "state": state,
        "words": "",
        "share": 0.0,
        "offers": [],
        "models": None,
    }
    say(page, reply(1, compared={**content, **more}))


def sent(page: Page) -> list[Any]:
    return [one for one in page.evaluate("sent.splice(0)") if one[0] == "compare"]


@pytest.fixture
def page(module_page: Page) -> Page:
    module_page.set_viewport_size({"width": 1280, "height": 900})
    mount(module_page)
    module_page.evaluate("view.feature('panes').set(['radiograph', 'raw'])")
    say(module_page, make_message(make_case(), random_explanations(1, ["raw"])))
    choose(module_page, "Edema")
    return module_page


def test_the_panel_asks_what_it_costs_starts_stops_and_shows_what_came(page: Page) -> None:
    panel = page.locator(".one-map")
    assert sent(page) == []  # nothing is asked while it is closed
    panel.locator("summary").first.click()
    page.wait_for_function("sent.some(([what]) => what === 'compare')")
    assert sent(page) == [["compare", {"what": "price", "finding": "Edema", "models": []}]]
    offers = [
        {"key": key, "label": key, "chosen": True, "passes": 779, "seconds": 20.0, "refused": ""}
        for key in DEFAULT_MODELS
    ]
    deaf = {"key": "deaf", "label": "deaf", "chosen": False, "passes": 0, "seconds": 0.0}
    offers.append({**deaf, "refused": "does not predict Edema"})
    compared(page, "offered", offers=offers)
    expect(panel.locator(".cost")).to_have_text(
        "At most 1,558 passes through the networks, about 40 s on this machine (an estimate)"
    )
    expect(panel.get_by_role("checkbox", name="deaf (does not predict Edema)")).to_be_disabled()
    panel.get_by_role("checkbox", name="cnn").uncheck()
    expect(panel.locator(".cost")).to_contain_text("779 passes through the networks, about 20 s")
    panel.get_by_role("button", name="Start").click()
    assert sent(page) == [["compare", {"what": "start", "finding": "Edema", "models": ["medicalpatchnet"]}]]

    rng = np.random.default_rng(0)
    shares = rng.normal(size=(8, 8))
    shares[2, 5] = -4.5
    first = model("medicalpatchnet", "PatchNet", "", way("raw", shares, 0.0), way("occlusion", shares))
    compared(page, "running", words="100 of at most 779 passes, 17 s left", share=0.13, models=[first])
    expect(panel.get_by_role("status")).to_have_text("100 of at most 779 passes, 17 s left")
    expect(panel.get_by_role("button", name="Start")).to_be_hidden()
    name = "Occlusion, PatchNet: strongest share −4.50 logits in row 3, column 6 of 8"
    drawn = panel.get_by_role("img", name=name)
    red, green, blue = (
        drawn.evaluate(f"(e) => e.getContext('2d').getImageData(352, 160, 1, 1).data[{i}]") for i in (0, 1, 2)
    )
    assert blue > red + 60 and blue > green  # it opposes
    choose(page, "Fracture")  # what is under way goes on, and says for what
    expect(panel.get_by_role("status")).to_have_text("Edema: 100 of at most 779 passes, 17 s left")
    expect(panel.locator("figure")).to_have_count(0)
    choose(page, "Edema")
    panel.get_by_role("button", name="Stop").click()
    assert sent(page)[-1] == ["compare", {"what": "stop", "finding": "Edema", "models": []}]

    whole = model(
        "medicalpatchnet", "PatchNet", "Four ways to ask, one answer.", *first["ways"], way("surrogate", shares)
    )
    compared(page, "done", share=1.0, models=[whole])
    expect(panel.locator("h4")).to_have_text("PatchNetFour ways to ask, one answer.")
    panel.get_by_text("PatchNet: the numbers").click()
    rows = panel.locator(".one-map-numbers tr").all_inner_texts()
    assert "Raw map, less the filler\t0\tnone\t+1.75\t0.25" in rows and "Occlusion\t65\tn/a\t+1.75\t0.25" in rows
    assert "−0.50 · 3e-6" in " ".join(rows)
    compared(page, "failed", words="Expected at least one model to ask, found none; choose one.")
    expect(panel.get_by_role("status")).to_contain_text("found none; choose one.")
    expect(panel.get_by_role("button", name="Start")).to_be_enabled()

    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    say(page, make_message(make_case(id="other"), random_explanations(2, ["raw"]), turn=2))
    expect(panel.locator("figure")).to_have_count(0)  # nothing of the case before

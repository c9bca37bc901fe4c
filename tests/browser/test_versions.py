"""A page that was loaded before its server was updated: every tab says that it must be loaded again."""

from typing import Any

import pytest
from playwright.sync_api import Page

import evaluation.report.figures
import evaluation.trust.figures
from ui.protocol.benchmark import BenchmarkConfig
from ui.protocol.sending import message
from ui.protocol.trust import TrustConfig

_OLD = "another version"
_TRUST = message(
    TrustConfig,
    findings=[],
    models=[],
    checks=[],
    cohort=None,
    selective={},
    selective_of="",
    plotly="",
    charts=evaluation.trust.figures.page_parts(),
)
_BENCHMARK = message(
    BenchmarkConfig,
    cohorts=[],
    published={"source": "", "values": {}},
    seed=0,
    resamples=1,
    max_file_size="1 MB",
    device="off",
    plotly="",
    charts=evaluation.report.figures.page_parts(),
)
CONFIGS: dict[str, dict[str, Any]] = {"trust.js": _TRUST, "benchmark.js": _BENCHMARK}
_MOUNT = """async ([name, config]) => {
    const { mount } = await import(`/${name}`);
    const said = [];
    const send = new Proxy({}, { get: (_, what) => (data) => said.push([what, data]) });
    globalThis.tab = mount(document.getElementById("place"), { config, server: {}, send, upload: async () => ({}) });
}"""
_REFUSED = """async ([name, config]) => {
    const { mount } = await import(`/${name}`);
    try { mount(document.getElementById("place"), { config, server: {}, send: {}, upload: null }); return ""; }
    catch (error) { return error.message; }
}"""


@pytest.mark.parametrize("name", CONFIGS)
def test_a_message_of_another_version_asks_for_a_reload(module_page: Page, name: str) -> None:
    module_page.evaluate(_MOUNT, [name, CONFIGS[name]])
    module_page.evaluate("(message) => tab.update(message)", {"protocol": _OLD, "turn": 9, "busy": True, "what": []})
    alert = module_page.locator("#place .alert").first
    assert "reload the page" in alert.inner_text()
    module_page.evaluate("(message) => tab.update(message)", {"protocol": _OLD})
    assert "reload the page" in alert.inner_text() and module_page.evaluate("tab.turn") == 0


@pytest.mark.parametrize("name", CONFIGS)
def test_a_tab_that_is_told_things_of_another_version_does_not_start(module_page: Page, name: str) -> None:
    said = module_page.evaluate(_REFUSED, [name, {**CONFIGS[name], "protocol": _OLD}])
    assert "reload the page" in said


def test_the_tab_about_asks_for_a_reload(module_page: Page) -> None:
    module_page.evaluate(
        """async (content) => {
            const { mount } = await import("/about.js");
            await mount(document.getElementById("place"), { content: async () => content });
        }""",
        {"protocol": _OLD},
    )
    assert "reload the page" in module_page.locator("#place").inner_text()

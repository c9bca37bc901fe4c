"""The Benchmark tab in Chromium without the app: what one step of a threshold slider costs, over a whole cohort."""

import base64
import os
import platform
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, CDPSession, Page

from evaluation.bundled_cohort import bundled_curves
from evaluation.cohort.files import unpack
from evaluation.readers.truth import MARKED
from tests.browser.chromium import CHROMIUM, blank_page, launched, served
from ui.benchmark import config, row_content
from ui.benchmark_cohorts import Cohorts, resamples
from ui.protocol.benchmark import BenchmarkMessage
from ui.protocol.sending import message
from ui.settings import Settings

FRAMES, WARM = 60, 6
_MOUNT = """async ([config, message]) => {
    const { mount } = await import("/benchmark.js");
    const send = Object.fromEntries(["cohort", "own", "forget"].map((name) => [name, () => {}]));
    globalThis.tab = mount(document.getElementById("place"), { config, send, upload: async () => ({}) });
    await tab.update(message);
}"""
_MOVE = """async ([label, value]) => {
    const slider = [...document.querySelectorAll("input[type=range]")].find((one) =>
        (one.getAttribute("aria-label") ?? one.closest("label")?.textContent ?? "").startsWith(label));
    slider.value = value;
    const start = performance.now();
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return performance.now() - start;
}"""


def run(report: Callable[[str], object]) -> None:
    """Measure with Chromium as the browser tests start it: no window, drawing on the processor."""
    content = bundled_curves("paper")
    if not CHROMIUM.exists() or content is None:
        report(f"  left out: {CHROMIUM if content else 'the bundled curves'} not there")
        return
    curves, about = unpack(content)
    report(
        f"Benchmark tab: script time a frame while a slider moves; {len(curves.cases)} cases × "
        f"{len(about['findings'])} findings × {len(curves.methods)} methods, {len(curves.mask)} masks, "
        "1,000 resamples of patients"
    )
    with served() as address, launched() as browser, tempfile.TemporaryDirectory() as folder:
        report(
            f"  Chromium {browser.version} headless, software drawing, playwright {version('playwright')}, "
            f"Python {platform.python_version()}; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start"
        )
        page = open_tab(browser, address, content, curves.cases, Path(folder))
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        for metric in ("mIoU, TP only", "mIoU, TP+FP+FN"):
            page.get_by_role("button", name=metric, exact=True).click()
            page.wait_for_timeout(4000)  # bands of the curves, which no slider changes; plotly, which is fetched once
            requests.clear()
            for label in ("All findings", "Threshold of Cardiomegaly"):
                script, wall = _drag(page, label)
                _tell(report, f"{metric}, {label}, script", script[WARM:])
                _tell(report, f"{metric}, {label}, until the second frame after", wall[WARM:])
        report(f"  requests sent while the sliders moved: {len(requests)}")


def open_tab(browser: Browser, address: str, content: bytes, cases: tuple[str, ...], cache: Path) -> Page:
    """Put the tab on a blank page and hand it a cohort."""
    os.environ.setdefault("XDG_CACHE_HOME", str(cache))
    page = blank_page(browser, address, viewport={"width": 1440, "height": 900})
    settings = Settings()
    rows = {name: row_content(name) for name in unpack(content)[0].methods}
    cohort = {
        "key": "phantom-test",
        "alignment": "paper",
        "readers": MARKED,
        "openable": [],
        "active": None,
        "rows": rows,
    }
    laid = {**cohort, "resamples": _inline(resamples(cases)), **_inline(content)}
    shown = message(BenchmarkMessage, turn=1, cohort=laid, own=[], elsewhere=[], progress=None, error="")
    page.evaluate(_MOUNT, [config(Cohorts(settings), settings), shown])
    return page


def _inline(content: bytes) -> dict[str, Any]:
    return {"file": {"url": f"data:application/octet-stream;base64,{base64.b64encode(content).decode('ascii')}"}}


def _drag(page: Page, label: str) -> tuple[list[float], list[float]]:
    """Of each step: script time in milliseconds of the processor, and wall time until it is on the page."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    spent, wall = [_script_seconds(session)], []
    for frame in range(WARM + FRAMES):
        wall.append(page.evaluate(_MOVE, [label, int(100 + 90 * np.sin(frame / 9))]))
        spent.append(_script_seconds(session))
    session.detach()
    return (1000 * np.diff(spent)).tolist(), wall


def _script_seconds(session: CDPSession) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(metric["value"] for metric in metrics if metric["name"] == "ScriptDuration")


def _tell(report: Callable[[str], object], name: str, times: list[float]) -> None:
    p50, p95 = np.percentile(times, [50, 95])
    report(f"  {name}: p50 {p50:.1f} ms, p95 {p95:.1f} ms over {len(times)} steps")
    report(f"    raw, ms: {' '.join(f'{time:.1f}' for time in times)}")

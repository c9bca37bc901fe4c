"""A threshold drag over six 512×512 panes in headless Chromium: script time a frame, and requests sent."""

import os
import platform
from collections.abc import Callable
from importlib.metadata import version

import numpy as np
from playwright.sync_api import Page

from tests.browser.chromium import CHROMIUM, blank_page, launched, served
from tests.browser.stage import SIDE, make_case, make_message, mount, random_explanations, say

FRAMES = 200
WARM = 20
# The handler of the slider only asks for a frame; what it costs and what the frame costs are added up.
_DRAG = """async ([label, frames]) => {
    const slider = [...document.querySelectorAll('.slider')].find((e) => e.textContent.startsWith(label)).control;
    const draw = view.draw.bind(view);
    let spent = 0;
    view.draw = () => { const start = performance.now(); draw(); spent += performance.now() - start; };
    const times = [];
    for (let i = 0; i < frames; i++) {
        spent = 0;
        slider.value = String(0.5 + 0.5 * Math.sin(i / 9));
        const start = performance.now();
        slider.dispatchEvent(new Event('input', { bubbles: true }));
        spent += performance.now() - start;
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
        times.push(spent);
    }
    view.draw = draw;
    return times;
}"""


def run(report: Callable[[str], object]) -> None:
    """Drag both sliders and hand over lines of text: configuration, raw samples, percentiles, requests."""
    report("Viewer: script time a frame while a slider moves, six panes of 512×512, five maps and a mask")
    if not CHROMIUM.exists():
        report(f"  left out: {CHROMIUM} is not installed")
        return
    with served() as address, launched() as browser:
        report(
            f"  Chromium {browser.version} headless, software drawing, playwright {version('playwright')}, "
            f"Python {platform.python_version()}; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start"
        )
        page = blank_page(browser, address, viewport={"width": 1440, "height": 900})
        _open(page)
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        for label, hide in (("Threshold", False), ("Threshold", True), ("Opacity", False)):
            page.get_by_label("Hide below threshold").set_checked(hide)
            times = page.evaluate(_DRAG, [label, WARM + FRAMES])[WARM:]
            _tell(report, f"{label}{', hidden below' if hide else ''}", times)
        report(f"  requests sent while the sliders moved: {len(requests)}")


def _open(page: Page) -> None:
    rows, columns = np.mgrid[:SIDE, :SIDE]
    mask = (rows - 256) ** 2 + (columns - 256) ** 2 < 130**2
    mount(page)
    say(page, make_message(make_case({"Edema": mask}), random_explanations()))


def _tell(report: Callable[[str], object], name: str, times: list[float]) -> None:
    p50, p95 = np.percentile(times, [50, 95])
    report(f"  {name}: p50 {p50:.1f} ms, p95 {p95:.1f} ms over {len(times)} frames")
    report(f"    raw, ms: {' '.join(f'{time:.1f}' for time in times)}")

"""Threshold, zoom, pan, window and patch switching over a film of 2828×2320 in Chromium: script time a frame, requests.

Six panes of two models, and once more with three models in the table and twelve maps beside the radiograph.
"""

import os
import platform
from collections.abc import Callable, Sequence
from importlib.metadata import version

import numpy as np
from playwright.sync_api import Browser, CDPSession, Page

from models.choosing import default_weights
from tests.browser.chromium import CHROMIUM, blank_page, launched, served
from tests.browser.stage import make_case, make_message, mount, random_explanations, say
from tests.toys.registering import registered_toys
from ui.panes import MOST_PANES
from ui.settings import Settings

THIRD = "timm:resnet18"  # never loaded: the maps are noise
METHODS = ("raw", "scaled", "gradcam", "gradcam++", "eigencam")
TARGET = 16.0  # milliseconds of script a frame, of a threshold drag over twelve maps
HEIGHT, WIDTH = 2320, 2828  # of the film
FRAMES = 200
WARM = 20
_MOVE = """async ([label, value]) => {
    const slider = document.querySelector(`.slider input[aria-label="${label}"]`);
    slider.value = String(value);
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}"""
# Each frame the brush moves by two patches over the raw map, and lets go after every eighth frame.
_FRAMES = "await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));"
_WINDOW = f"""async (share) => {{
    view.features.find(({{ key }}) => key === 'window').set({{ level: 60 + 130 * share, width: 100 + 300 * share }});
    {_FRAMES}
}}"""
_ZOOM = f"""async (share) => {{
    const zoom = view.features.find(({{ key }}) => key === 'zoom');
    zoom.zoomAt({{ x: 200, y: 300 }}, view.view.size / (128 + 300 * share));
    {_FRAMES}
}}"""
_PAN = f"""async (share) => {{
    view.features.find(({{ key }}) => key === 'zoom').moveTo(100 + 200 * share, 100 + 150 * share);
    {_FRAMES}
}}"""
_BRUSH = """async (frame) => {
    const stage = document.querySelector('[data-method="raw"] .stage');
    const box = stage.getBoundingClientRect();
    const across = (i) => box.left + box.width * ((i * 0.25 + 0.06) % 1);
    const down = (i) => box.top + box.height * ((i * 0.03 + 0.06) % 1);
    const tell = (kind, i) => stage.dispatchEvent(new PointerEvent(kind,
        { clientX: across(i), clientY: down(i), pointerId: 1, isPrimary: true, button: 0, bubbles: true }));
    stage.setPointerCapture = () => {};
    if (frame % 8 === 0) tell('pointerdown', frame);
    tell('pointermove', frame + 0.5);
    tell('pointermove', frame + 1);
    if (frame % 8 === 7) tell('pointerup', frame + 1);
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}"""


def run(report: Callable[[str], object]) -> None:
    """Drag both sliders and hand over lines of text: configuration, raw samples, percentiles, requests."""
    report(
        f"Viewer: script time a frame while a slider moves, a film of {WIDTH}×{HEIGHT}, six panes, five maps and a mask"
    )
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
            page.evaluate("(hide) => { view.settings.hide = hide; }", hide)
            _tell(report, f"{label}{', hidden below' if hide else ''}", _drag(page, label)[WARM:])
        page.evaluate("view.settings.hide = false")
        for name, move in (("Window and level", _WINDOW), ("Zoom", _ZOOM), ("Pan", _PAN)):
            times = _measure(page, lambda frame, move=move: page.evaluate(move, 0.5 + 0.5 * np.sin(frame / 9)))
            _tell(report, name, times[WARM:])
        page.keyboard.press("0")
        page.get_by_role("button", name="Patches", exact=True).click()
        _tell(report, "Patch switching", _measure(page, lambda frame: page.evaluate(_BRUSH, frame))[WARM:])
        report(f"  requests sent while the sliders moved: {len(requests)}")
        page.close()
        _many(report, browser, address)


def _many(report: Callable[[str], object], browser: Browser, address: str) -> None:
    """The same drag with three models in the table and twelve maps on show, also where all panes are on the screen."""
    report(f"Viewer: three models in the table, {MOST_PANES} maps and the radiograph (target: p95 ≤ {TARGET:.0f} ms)")
    for width, height in ((1440, 900), (2560, 1440)):
        with registered_toys():
            page = blank_page(browser, address, viewport={"width": width, "height": height})
            _open(page, Settings(models=default_weights() | {THIRD: "none"}), _many_names())
        for hide in (False, True):
            page.evaluate("(hide) => { view.settings.hide = hide; }", hide)
            name = f"Threshold{', hidden below' if hide else ''}, window {width}×{height}"
            _tell(report, name, _drag(page, "Threshold")[WARM:])
        page.close()


def _many_names() -> list[str]:
    return [*METHODS, *(f"{method}@{THIRD}" for method in METHODS), "toy-bright", "toy-patches"]


def _drag(page: Page, label: str) -> list[float]:
    """Script time of each frame while a slider moves."""
    return _measure(page, lambda frame: page.evaluate(_MOVE, [label, 0.5 + 0.5 * np.sin(frame / 9)]))


def _measure(page: Page, step: Callable[[int], object]) -> list[float]:
    """Script time of each frame in milliseconds of the processor: what other processes take is left out."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    spent = [_script_seconds(session)]
    for frame in range(WARM + FRAMES):
        step(frame)
        spent.append(_script_seconds(session))
    session.detach()
    return (1000 * np.diff(spent)).tolist()


def _script_seconds(session: CDPSession) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(metric["value"] for metric in metrics if metric["name"] == "ScriptDuration")


def _open(page: Page, settings: Settings | None = None, names: Sequence[str] = METHODS) -> None:
    settings = settings or Settings()
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    mask = (rows - HEIGHT / 2) ** 2 + (columns - WIDTH / 2) ** 2 < 590**2
    film = np.random.default_rng(0).random((HEIGHT, WIDTH), dtype=np.float32)
    mount(page, settings=settings)
    page.evaluate(
        "(names) => view.features.find(({ key }) => key === 'panes').set(['radiograph', ...names])", list(names)
    )
    say(
        page, make_message(make_case({"Edema": mask}, pixels=film), random_explanations(0, names), models=settings.keys)
    )
    shown = page.evaluate("view.panes.filter(({ signed }) => signed).length")
    if shown != len(names):
        raise RuntimeError(f"Expected {len(names)} maps on show, found {shown}.")


def _tell(report: Callable[[str], object], name: str, times: list[float]) -> None:
    p50, p95 = np.percentile(times, [50, 95])
    report(f"  {name}: p50 {p50:.1f} ms, p95 {p95:.1f} ms over {len(times)} frames")
    report(f"    raw, ms: {' '.join(f'{time:.1f}' for time in times)}")

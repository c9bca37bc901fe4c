"""Computing on the visitor's own device, in headless Chromium: from a file to all panes, memory of the tab, a site's
first picture. Demonstration weights, and full-size networks without trained weights, float32 and int8."""

import os
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import psutil
import torch
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Page

from data_cache.bundled_films import DEMO_ROOT
from data_cache.errors import InputError
from models.checkpoints import save_checkpoint
from models.registry import DEFAULT_MODELS, MODELS
from tests.benchmarks.networks import SEED
from tests.browser.chromium import CHROMIUM, launched, served
from tests.browser.running_app import running_app
from tests.device_runtime import runtime
from ui.device.runtime import VERSIONS

FILES, SITES = 5, 5  # samples of each
ASKED = {"demonstration": "1 s", "float32": "8 s", "int8": "4 s"}  # from a file to all panes
TAB, FIRST = "1.2 GB", "2 s"
_WAIT = 300_000  # milliseconds for what has to be fetched and set up
_VIEW = "[...document.querySelectorAll('*')].map((one) => one.viewer).find(Boolean)"
# Milliseconds from the choice of a file until everything that it says has been on the screen for a frame.
_TIMED = f"""() => {{
    const view = {_VIEW}, before = view.content.case?.key;
    globalThis.spent = new Promise((resolve) => document.addEventListener("change", () => {{
        const started = performance.now();
        const look = () => {{
            const {{ case: item, busy, models }} = view.content;
            const done = item && item.key !== before && item.id === null && !busy && models.length;
            requestAnimationFrame(done ? () => resolve(performance.now() - started) : look);
        }};
        look();
    }}, {{ capture: true, once: true }}));
}}"""
# Milliseconds from the start of a visit until the first case's panes have been on the screen for a frame.
_FIRST = """() => {
    const look = () => {
        const ready = globalThis.explorerShown?.ready && document.querySelector(".viewer[aria-busy=false]");
        requestAnimationFrame(ready ? () => { globalThis.first = performance.now(); } : look);
    };
    look();
}"""
Report = Callable[[str], object]


def run(report: Report) -> None:
    """Measure and hand over lines of text: configuration, raw samples, medians beside what is asked for."""
    report("On the visitor's own device: a file chosen to all panes drawn; memory of the tab; a site's first picture")
    if not CHROMIUM.exists():
        report(f"  left out: {CHROMIUM} is not installed")
        return
    with tempfile.TemporaryDirectory() as made, launched() as browser:
        folder = Path(made)
        try:
            brought = runtime(folder / "runtime")
        except InputError as error:
            report(f"  left out: {error}")
            return
        report(
            f"  Chromium {browser.version} headless, ONNX Runtime Web {VERSIONS['onnxruntime-web']}; "
            f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start"
        )
        _site(report, browser, folder / "site")
        files = _files(folder)
        _device(report, browser, brought, folder, "demonstration", files)
        for precision in ("float32", "int8"):
            models = folder / precision
            if _exported(report, folder, models, precision):
                _device(report, browser, brought, folder, precision, files[:1], models)


def _files(folder: Path) -> list[Path]:
    """A phantom as PNG, and where they are, the public radiographs."""
    phantom = folder / "phantom.png"
    cv2.imwrite(str(phantom), _grey(sorted(DEMO_ROOT.rglob("*.jpg"))[0]))
    sample = os.environ.get("CHEXLOCALIZE_SAMPLE")
    return [phantom, *(sorted(Path(sample).rglob("*.jpg")) if sample else ())]


def _grey(path: Path) -> NDArray[np.uint8]:
    return np.frombuffer(Image.open(path).convert("L").tobytes(), np.uint8).reshape(Image.open(path).size[::-1])


def _exported(report: Report, folder: Path, out: Path, precision: str) -> bool:
    """Whether the export command wrote both full-size networks."""
    told = []
    for kind in DEFAULT_MODELS:
        weights = folder / f"{kind}.safetensors"
        if not weights.exists():
            _save_untrained(kind, weights)
        told += ["--model", f"{kind}={weights}"]
    command = [sys.executable, "-m", "models", "export", *told, "--precision", precision, "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        report(f"  full-size, {precision}: left out, the export says: {done.stderr.strip().splitlines()[-1]}")
    return done.returncode == 0


def _save_untrained(kind: str, path: Path) -> None:
    """Write the network at full width with the weights that training starts from."""
    architecture = MODELS[kind].architecture.model_validate({"kind": kind})
    torch.manual_seed(SEED)
    save_checkpoint(path, MODELS[kind].build(architecture).eval(), architecture)


def _device(
    report: Report,
    browser: Browser,
    brought: Path,
    folder: Path,
    name: str,
    files: Sequence[Path],
    models: Path | None = None,
) -> None:
    """Open files in a page whose device computes, again and again."""
    flags = ["--patchnet", "demo", "--cnn", "demo", "--device", "default", "--device-runtime", str(brought)]
    flags += ["--device-models", str(models)] if models else []
    with (
        running_app(*flags, temporary=folder / f"app-{name}") as address,
        browser.new_context(viewport={"width": 1440, "height": 900}) as context,
        _Tab(browser) as tab,
    ):
        page = context.new_page()
        page.goto(address)
        page.wait_for_selector(".viewer:not(.empty) [data-method=raw]", timeout=_WAIT)
        page.get_by_text("stay on this device").first.wait_for(timeout=_WAIT)
        size = sum(path.stat().st_size for path in models.rglob("*.onnx")) if models else 0
        weights = f"full-size, {name}, {size / 1e6:.1f} MB" if models else f"{name} weights"
        report(f"  {weights}: {page.locator('.computing-says').first.inner_text()!r}")
        for path in files:
            height, width = _grey(path).shape
            which = f"{path.suffix[1:].upper()} of {width}×{height}"
            _tell(report, which, [_opened(page, path) for _ in range(FILES)], ASKED[name])
        report(f"    the tab held at most {tab.most / 1e9:.2f} GB, shared pages of the browser among it (asked: {TAB})")


def _opened(page: Page, path: Path) -> float:
    """Seconds from the choice of a file to the frame after the last pane."""
    page.evaluate(_TIMED)
    page.set_input_files(".upload input[type=file]", str(path))
    return float(page.evaluate("async () => globalThis.spent")) / 1000


class _Tab:
    """Looks at the memory of a browser's pages while it is open; the largest process is the tab."""

    def __init__(self, browser: Browser) -> None:
        self._session = browser.new_browser_cdp_session()
        self._over = threading.Event()
        self.most = 0

    def __enter__(self) -> "_Tab":
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.05):
            self.most = max(self.most, *(one for one in _held()), 0)


def _held() -> Iterator[int]:
    for process in psutil.Process().children(recursive=True):
        try:
            if "--type=renderer" in process.cmdline():
                yield process.memory_info().rss
        except psutil.Error:  # it has ended
            continue


def _site(report: Report, browser: Browser, place: Path) -> None:
    """Visit a site without a server, each time with an empty cache."""
    command = ["-m", "ui.static", "--out", str(place), "--cases", "3", "--patchnet", "demo", "--cnn", "demo"]
    subprocess.run([sys.executable, *command], check=True, capture_output=True)
    with served(place) as address:
        times = [_visited(browser, address) for _ in range(SITES)]
    _tell(report, "first picture of a site without a server, over local HTTP", times, FIRST)


def _visited(browser: Browser, address: str) -> float:
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        page.add_init_script(f"({_FIRST})()")
        page.goto(address)
        page.wait_for_function("() => globalThis.first", timeout=_WAIT)
        return float(page.evaluate("globalThis.first")) / 1000


def _tell(report: Report, what: str, times: Sequence[float], asked: str) -> None:
    report(f"    {what}: median {statistics.median(times):.2f} s of {len(times)} (asked: {asked})")
    report(f"      raw, s: {' '.join(f'{one:.2f}' for one in times)}")

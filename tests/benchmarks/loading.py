"""What a visitor waits for, with an empty browser: the page's first answer, the first picture, all maps; what is sent.

A bundled case, once over a link of 100 KB a second; and a DICOM file of 3,000×2,500 pixels of 16 bits, from the moment
it is chosen. Beside the seconds stand those of the processor, which other work on the machine stretches less.
"""

import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from playwright.sync_api import Browser, Page

from tests.browser.chromium import CHROMIUM, launched
from tests.browser.running_app import running_app
from tests.data_cache.images.dicom_files import dicom_file

REPEATS = 3
SLOW = 100_000  # bytes a second, both ways
LATENCY = 40  # milliseconds of such a link
_TARGETS = {"case": 2.0, "dicom": 3.0, "slow": 15.0}  # seconds to the first picture
_MOST_REQUESTS, _MOST_BYTES = 40, 1_200_000
HEIGHT, WIDTH = 2500, 3000
# The first time that the film's pixels are put on a canvas after `armed`.
_WATCH = """
globalThis.armed = true;
const put = CanvasRenderingContext2D.prototype.drawImage;
CanvasRenderingContext2D.prototype.drawImage = function (...given) {
  put.apply(this, given);
  if (armed && this.canvas.isConnected && this.canvas.closest('[data-method="radiograph"]')) {
    armed = false;
    globalThis.drawn = performance.timeOrigin + performance.now();
  }
};
"""
_EXPLAINED = """() => {
    const viewer = [...document.querySelectorAll('*')].find((element) => element.viewer)?.viewer;
    return viewer?.busy === false && viewer.panes.length > 0
        && viewer.panes.every((pane) => pane.source !== null || pane.absence);
}"""


@dataclass
class _Link:
    """What a page asked for and got."""

    asked: list[tuple[float, str]] = field(default_factory=list)  # seconds since 1970, address
    bytes: dict[str, float] = field(default_factory=dict)  # by id

    @classmethod
    def of(cls, page: Page, slow: bool) -> "_Link":
        """Follow a page, which has asked for nothing yet."""
        link, session = cls(), page.context.new_cdp_session(page)
        session.on("Network.requestWillBeSent", link._sent)
        session.on("Network.dataReceived", link._received)
        session.on("Network.responseReceived", lambda e: link._count(e, e["response"]["encodedDataLength"]))
        session.send("Network.enable")
        if slow:
            speed = {"offline": False, "latency": LATENCY, "downloadThroughput": SLOW, "uploadThroughput": SLOW}
            session.send("Network.emulateNetworkConditions", speed)
        return link

    def _sent(self, event: dict[str, Any]) -> None:
        if event["request"]["url"].startswith("http"):
            self.asked.append((event["wallTime"], event["request"]["url"]))

    def _received(self, event: dict[str, Any]) -> None:
        self._count(event, event["encodedDataLength"])

    def _count(self, event: dict[str, Any], more: float) -> None:
        if event.get("response", {}).get("url", "http").startswith("http"):
            self.bytes[event["requestId"]] = self.bytes.get(event["requestId"], 0) + more

    def kinds(self, address: str, until: float) -> str:
        """How many requests of which kind were sent by a time."""
        found = Counter(_kind(place.removeprefix(address)) for at, place in self.asked if at <= until)
        return ", ".join(f"{count} {kind}" for kind, count in found.items())

    def requests(self, until: float) -> int:
        return sum(at <= until for at, _ in self.asked)

    @property
    def total(self) -> float:
        return sum(self.bytes.values())


def _kind(place: str) -> str:
    kinds = {
        "": "document", "page": "files of the page", "assets": "chunks of Gradio's", "static": "files of Gradio's",
        "gradio_api": "messages", "theme.css": "files of Gradio's",
    }  # fmt: skip
    if place.startswith("gradio_api/file="):
        return "arrays"
    return kinds.get(place.split("/")[0].split("?")[0], place)


def run(report: Callable[[str], object]) -> None:
    """Load the page and hand over lines of text: configuration, raw samples, bounds."""
    report("Loading: an app with bundled weights and cases, an empty browser for each visit, window 1440×900")
    if not CHROMIUM.exists():
        report(f"  left out: {CHROMIUM} is not installed")
        return
    with tempfile.TemporaryDirectory() as folder, launched() as browser:
        file = Path(folder) / "film.dcm"
        file.write_bytes(dicom_file(_film()))
        with running_app(temporary=Path(folder) / "temporary", fresh=True) as address:
            report(f"  Chromium {browser.version}, {os.cpu_count()} cores; DICOM of {file.stat().st_size:,} bytes")
            with _visit(browser, address, slow=False):  # loads the models
                pass
            for name, slow in (("case", False), ("slow", True)):
                for _ in range(REPEATS):
                    with _visit(browser, address, slow) as visit:
                        report(f"  {name}: {visit.words(_TARGETS[name])}")
                report(f"    {visit.told}")
            for _ in range(REPEATS):
                with _visit(browser, address, slow=False) as visit:
                    report(f"  dicom: {visit.uploaded(file, _TARGETS['dicom'])}")


@dataclass
class _Visit:
    """A page that shows its first case with all maps. Times are seconds since 1970."""

    page: Page
    address: str
    link: _Link
    begun: float
    answered: float
    drawn: float
    explained: float
    spent: float

    @property
    def told(self) -> str:
        kinds = self.link.kinds(self.address, self.drawn)
        return f"requests to the first picture (at most {_MOST_REQUESTS}): {kinds}"

    def words(self, target: float) -> str:
        """All numbers of the first case."""
        link = self.link
        return (
            f"first answer {self.answered - self.begun:.2f} s, then first picture {self.drawn - self.answered:.2f} s "
            f"(target {target:.0f} s), all maps {self.explained - self.answered:.2f} s; processor {self.spent:.2f} s; "
            f"{link.requests(self.drawn)} requests to the picture, {link.requests(self.explained)} in all, "
            f"{link.total:,.0f} bytes; load {psutil.getloadavg()[0]:.1f}"
        )

    def uploaded(self, file: Path, target: float) -> str:
        """The same of a file that is chosen now."""
        self.page.evaluate("() => { armed = true; }")
        before, spent, begun = self.link.total, _spent(), time.time()
        self.page.locator(".upload input[type=file]").set_input_files(file)
        self.page.wait_for_function("() => !armed", timeout=120_000)
        drawn = self.page.evaluate("drawn") / 1000
        at_picture = _spent() - spent
        self.page.wait_for_function(_EXPLAINED, timeout=120_000)
        return (
            f"first picture {drawn - begun:.2f} s after it was chosen (target {target:.0f} s), processor "
            f"{at_picture:.2f} s; all maps {time.time() - begun:.2f} s, processor {_spent() - spent:.2f} s; "
            f"{self.link.total - before:,.0f} bytes (target {_MOST_BYTES:,}); load {psutil.getloadavg()[0]:.1f}"
        )


@contextmanager
def _visit(browser: Browser, address: str, slow: bool) -> Iterator[_Visit]:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.add_init_script(_WATCH)
    link, spent, begun = _Link.of(page, slow), _spent(), time.time()
    try:
        page.goto(address, wait_until="commit")
        page.wait_for_function("() => !armed", timeout=120_000)
        page.wait_for_function(_EXPLAINED, timeout=120_000)
        explained = time.time()
        timing = "(() => { const [one] = performance.getEntriesByType('navigation'); return one.responseStart; })()"
        origin, first, drawn = page.evaluate(f"[performance.timeOrigin, {timing}, drawn]")
        answered = (origin + first) / 1000
        yield _Visit(page, address, link, begun, answered, drawn / 1000, explained, _spent() - spent)
    finally:
        page.close()


def _spent() -> float:
    """Seconds of the processor that this program's children have taken: app and browser."""
    total = 0.0
    for one in psutil.Process().children(recursive=True):
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def _film() -> np.ndarray:
    """A film of 16 bits with a body and noise, as raw as a detector's."""
    rows, columns = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    body = np.exp(-2 * (rows**2 + columns**2)) * 40_000
    noise = np.random.default_rng(0).normal(0, 150, body.shape)
    return np.clip(body + noise + 4_000, 0, 65535).astype(np.uint16)

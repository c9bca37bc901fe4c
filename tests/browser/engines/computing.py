"""Files that are opened and computed on the device, beside what the server says of them."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.browser.engines.looking import panes
from tests.browser.engines.page import CheckError
from tests.browser.engines.visit import Check, Visit
from tests.browser.test_device import differences

LOGIT = 1e-4  # by which a device may differ from the server
FILES = ".upload input[type=file]"
# Milliseconds from the choice of a file until everything that it says has been on the screen for a frame.
_TIMED = """(() => {
    const before = view.content.case?.key;
    window.spent = new Promise((resolve) => document.addEventListener("change", () => {
        const started = performance.now();
        const look = () => {
            const { case: item, busy, models } = view.content;
            const done = item && item.key !== before && item.id === null && !busy && models.length;
            requestAnimationFrame(done ? () => resolve(performance.now() - started) : look);
        };
        look();
    }, { capture: true, once: true }));
})()"""
_TOLD = """(() => { const { probabilities, case: item, assessments } = view.content;
    return { probabilities, where: item.computed_on, assessments }; })()"""


def opened(visit: Visit, path: Path) -> tuple[dict[str, Any], float]:
    """Open a file; what is said of it, and the seconds until it was drawn."""
    visit.view(_TIMED)
    visit.page.files(FILES, path)
    spent = visit.page.run(
        """const late = new Promise((_, no) => setTimeout(() => no(new Error(document.querySelector(".viewer")
            .innerText.slice(0, 400))), 120000));
        return Promise.race([window.spent, late]);"""
    )
    visit.drawn()
    return visit.view(_TOLD), spent / 1000


def drawn_on(visit: Visit) -> None:
    """Draw a box on the open file."""
    page = visit.page
    visit.view("view.choose(view.config.findings.indexOf('Pleural Other'))")
    page.press(".toolbar [aria-label=Draw]")
    page.run("[...document.querySelectorAll('.strips button')].find((one) => one.innerText.trim() === 'Box').click()")
    page.drag("[data-method=raw] .stage", (0.3, 0.35), (0.5, 0.7))
    page.press(".toolbar [aria-label=Move]")


def exported(visit: Visit) -> dict[str, Any]:
    """The open file's numbers, as the page writes them."""
    visit.view("view.feature('exports').ask('json')")
    path = visit.page.saved("*.json")
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    path.unlink()
    return found


def by_server(visit: Visit) -> str:
    """Open each file on the server, and draw on one; what it says is kept for comparison."""
    visit.page.run("document.querySelector('.computing input[value=host]').click()")
    visit.found["there"] = there = {kind: opened(visit, path) for kind, path in visit.samples.items()}
    opened(visit, visit.samples["PNG"])
    drawn_on(visit)
    visit.found["exported"] = exported(visit)
    return ", ".join(f"{kind} {spent:.1f} s" for kind, (_, spent) in there.items())


def ready(visit: Visit) -> str:
    """The device is chosen and set up."""
    page = visit.page
    page.run("document.querySelector('.computing input[value=device]').click()")
    page.wait(
        "/stay on this device|Not on this device/.test(document.querySelector('.computing-says').textContent)",
        within=120,
        what="a device that is ready",
    )
    said = page.run("return document.querySelector('.computing-says').textContent")
    if said.startswith("Not"):
        raise CheckError(said)
    return said.split(",")[1].split(".")[0].strip().removeprefix("which ")


def files(visit: Visit) -> str:
    """Each kind of file, from its choice to all panes."""
    visit.found["here"] = here = {}
    wrong = []
    for kind, path in visit.samples.items():
        try:
            told, spent = opened(visit, path)
        except CheckError as error:
            wrong.append(f"{kind}: {error}")
            continue
        here[kind] = (told, spent)
        if told["where"] != "device":
            wrong.append(f"{kind}: computed by the {told['where']}")
    if wrong:
        raise CheckError("; ".join(wrong))
    visit.page.run("[...document.querySelectorAll('button')].find((one) => one.innerText === 'Show anyway')?.click()")
    panes(visit)
    visit.shoot("device")
    times = ", ".join(f"{kind} {spent:.2f} s" for kind, (_, spent) in here.items())
    return f"{times} (load {os.getloadavg()[0]:.1f})"


def numbers(visit: Visit) -> str:
    """Logits of both, of every model and file."""
    off = {}
    for kind, (told, _) in visit.found["here"].items():
        there = visit.found["there"][kind][0]["probabilities"]
        off[kind] = max(
            float(np.abs(_logits(values) - _logits(there[key])).max()) for key, values in told["probabilities"].items()
        )
    if not off or max(off.values()) > LOGIT:
        raise CheckError(f"logits differ by {off}")
    return f"logits within {max(off.values()):.0e} of the server's"


def _logits(probabilities: list[float]) -> np.ndarray:
    found = np.array(probabilities, float)
    return np.log(found / (1 - found))


def overlaps(visit: Visit) -> str:
    """What was drawn scores the same on both, and all else that is exported is the same."""
    opened(visit, visit.samples["PNG"])
    here, there = exported(visit), visit.found["exported"]
    off = list(differences(here, there))
    if off:
        raise CheckError("; ".join(off)[:600])
    scores = [own["iou"] for method in here["methods"].values() for own in _scores(method)]
    if not scores or max(scores) <= 0:
        raise CheckError("nothing is scored against what was drawn")
    return f"{len(scores)} IoU of a drawn box, and all other exported numbers, within 1e-3 of the server's"


def _scores(value: Any) -> Iterator[dict[str, Any]]:
    """All parts of a JSON value that hold an IoU."""
    if isinstance(value, dict):
        if isinstance(value.get("iou"), float):
            yield value
        for one in value.values():
            yield from _scores(one)
    elif isinstance(value, list):
        for one in value:
            yield from _scores(one)


COMPUTING = (
    Check("files by the server", by_server),
    Check("this device", ready),
    Check("files on this device", files),
    Check("numbers", numbers),
    Check("overlap", overlaps),
)


def first_file(visit: Visit) -> str:
    """On a site: the first file fetches what the device computes with."""
    told, spent = opened(visit, visit.samples["PNG"])
    if told["where"] != "device":
        raise CheckError(f"computed by the {told['where']}")
    isolated = visit.page.run("return window.crossOriginIsolated")
    said = visit.page.run("return document.querySelector('.computing-says').textContent")
    return f"{spent:.1f} s with fetching; isolated: {isolated}; {said.split(',')[1].split('.')[0].strip()}"


ON_SITE = (Check("first file", first_file), Check("files on this device", files))

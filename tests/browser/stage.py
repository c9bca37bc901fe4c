"""A viewer on a blank page, fed with messages as the server makes them, from maps that a test chooses."""

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

from data_cache.case import Case
from data_cache.findings import FINDINGS
from data_cache.geometry import Geometry
from data_cache.masks import Rle
from explainers.explanation import Explanation
from explainers.registry import EXPLAINERS
from ui.config import viewer_config
from ui.messages import Message, Messenger
from ui.session import Reading
from ui.settings import Settings

SIDE = 512
MODEL = {"label": "Model", "origin": "own", "note": "A model of these tests.", "facts": "made up"}
_MOUNT = """([config, rows]) => {
    const sent = (globalThis.sent = []);
    const events = ["open", "read", "refine", "stop", "annotate", "export"];
    const send = Object.fromEntries(events.map((name) => [name, (data) => sent.push([name, data])]));
    const server = { cases: async () => rows, thumbnails: async () => ({}) };
    const upload = async () => { throw new Error("refused"); };
    globalThis.view = viewer.mount(document.getElementById("place"), { config, server, send, upload });
}"""


def inline(array: NDArray[Any]) -> dict[str, Any]:
    """Lay an array out as an address that holds it."""
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
    url = f"data:application/octet-stream;base64,{data}"
    return {"file": {"url": url}, "dtype": array.dtype.name, "shape": list(array.shape)}


def make_case(masks: Mapping[str, NDArray[np.bool_]] | None = None, **given: Any) -> Case:
    """A square radiograph of the view's size with a grey ramp."""
    pixels = np.tile(np.linspace(0, 1, SIDE, dtype=np.float32), (SIDE, 1))
    encoded = {finding: Rle.encode(mask) for finding, mask in (masks or {}).items()}
    labels = dict.fromkeys(FINDINGS) | given.pop("labels", {})
    return Case(
        **{"id": "case", "patient": "p", "source": "upload", "pixels": pixels} | given, masks=encoded, labels=labels
    )


def make_explanation(key: str, maps: NDArray[np.float32], logits: NDArray[np.float32] | None = None) -> Explanation:
    """An explanation with chosen maps (14, h, w)."""
    entry = EXPLAINERS[key]
    return Explanation(
        method=key,
        case_id="case",
        maps=maps,
        model_id="model",
        weights_sha256="0" * 64,
        parameters=entry.parse(None).model_dump(),
        logits=np.linspace(-3, 3, 14, dtype=np.float32) if logits is None else logits,
        geometry=Geometry(SIDE, SIDE, SIDE),
        depends_on_finding=entry.depends_on_finding,
        can_be_negative=entry.can_be_negative,
        resampling=entry.resampling,
        seconds=0.0,
    )


def random_explanations(seed: int = 0) -> list[Explanation]:
    """One of each method: signed noise on 8×8 patches and 16×16 cells."""
    rng = np.random.default_rng(seed)
    sides = {key: 8 if entry.model == "medicalpatchnet" else 16 for key, entry in EXPLAINERS.items()}
    return [make_explanation(key, rng.normal(size=(14, side, side)).astype(np.float32)) for key, side in sides.items()]


def make_message(case: Case, explanations: list[Explanation], turn: int = 1, busy: bool = False) -> Message:
    """What the server would say about a case."""
    messenger = Messenger(Reading.of(case, case.id), turn, inline, wanted=1)
    messenger.models = [MODEL | {"kind": kind} for kind in ("medicalpatchnet", "cnn")]
    for explanation in explanations:
        messenger.add(explanation)
    return messenger.make(busy)


def mount(page: Page, rows: list[dict[str, Any]] | None = None) -> None:
    """Put a viewer on the page as the global `view`; what it sends is kept in the global `sent`."""
    page.evaluate(_MOUNT, [viewer_config(Settings()), rows or []])


def say(page: Page, message: Message) -> None:
    """Hand a message to the viewer and wait until it is drawn."""
    page.evaluate(
        "async (m) => { await view.update(m); await new Promise(requestAnimationFrame); view.draw(); }", message
    )


def pane(page: Page, key: str, what: str) -> str:
    """Text of a part of a pane."""
    return page.locator(f'[data-method="{key}"] {what}').inner_text()


def choose(page: Page, finding: str) -> None:
    """Click on a finding's row of the chart."""
    page.get_by_role("button", name=f"{finding}, ").click()
    page.evaluate("() => view.draw()")


@contextmanager
def opened(page: Page, menu: str) -> Iterator[None]:
    """A menu of the toolbar, open for a while."""
    button = page.locator(".toolbar").get_by_role("button", name=menu, exact=True)
    button.click()
    yield
    button.click()
    page.evaluate("() => view.draw()")

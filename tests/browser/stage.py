"""A viewer on a blank page, fed with messages as the server makes them, from maps that a test chooses."""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

from data_cache.case import Case
from data_cache.findings import FINDINGS
from data_cache.geometry import Geometry
from data_cache.masks import Rle
from explainers.explanation import Explanation
from explainers.pairs import parse_pair
from models.capabilities import PATCH_LOGITS
from models.registry import DEFAULT_MODELS
from ui.config import viewer_config
from ui.content import known_model_content
from ui.floors import Prior
from ui.gaze.viewed import ViewedGaze
from ui.messages import Message, Messenger
from ui.model_colours import model_colours
from ui.panes import quick_names
from ui.session import OpenCase
from ui.settings import Settings

SIDE = 512
# What a page has asked for as a module when it lays out its import map: after that, some browsers take none.
EARLY = """globalThis.early = null;
const { append } = Element.prototype;
Element.prototype.append = function (...nodes) {
    const maps = nodes.filter(({ type }) => type === "importmap");
    if (maps.length) globalThis.early = document.querySelectorAll("[type=module], [rel=modulepreload]").length;
    return append.apply(this, nodes);
};"""
_PATIENCE = 60_000  # milliseconds; tests share their machine
MODEL: Message = {
    "origin": "own", "note": "A model of these tests.", "facts": "made up", "weights": "0" * 64, "provenance": {},
    "head": "", "teacher": None,
}  # fmt: skip
# What earlier viewers of a page listen to at the document and the window ends: they would draw at every key and click.
_ALONE = """() => {
    globalThis.earlier?.abort();
    const { signal } = (globalThis.earlier = new AbortController());
    for (const target of [document, window]) {
        target.addEventListener = (type, listener, options) => {
            const chosen = typeof options === "boolean" ? { capture: options } : options;
            EventTarget.prototype.addEventListener.call(target, type, listener, { ...chosen, signal });
        };
    }
}"""
# Values go as JSON: Playwright would take each apart, in three processes, which takes longer than to mount a viewer.
_MOUNT = """(text) => {
    const [config, rows, colours, hash] = JSON.parse(text);
    history.replaceState(null, "", location.pathname + hash); // the viewer before has written into the address
    const style = document.getElementById("colours") ?? document.head.appendChild(document.createElement("style"));
    Object.assign(style, { id: "colours", textContent: colours }); // as the page's head has it
    const sent = (globalThis.sent = []);
    const events = [
      "open", "read", "glance", "discard", "film", "explain", "refine", "stop", "annotate", "nearest", "compare",
      "export",
    ];
    const send = Object.fromEntries(events.map((name) => [name, (data) => sent.push([name, data])]));
    const server = { cases: async () => rows, thumbnails: async () => ({}) };
    const upload = async () => { throw new Error("refused"); };
    globalThis.view = viewer.mount(document.getElementById("place"), { config, server, send, upload });
}"""

_SAY = """async (text) => {
    await view.update(JSON.parse(text));
    await new Promise(requestAnimationFrame);
    view.draw();
}"""

_CHOOSE = """(finding) => {
    document.querySelector(`.chart tr[data-finding="${finding}"] button`).click();
    view.draw();
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


def make_explanation(name: str, maps: NDArray[np.float32], logits: NDArray[np.float32] | None = None) -> Explanation:
    """An explanation with chosen maps (14, h, w)."""
    pair = parse_pair(name)
    return Explanation(
        method=pair.method,
        model=pair.model,
        case_id="case",
        maps=maps,
        model_id="model",
        weights_sha256="0" * 64,
        parameters=pair.entry.parse(None).model_dump(),
        logits=np.linspace(-3, 3, 14, dtype=np.float32) if logits is None else logits,
        geometry=Geometry(SIDE, SIDE, SIDE),
        depends_on_finding=pair.entry.depends_on_finding,
        can_be_negative=pair.entry.view.sign == "signed",
        resampling=pair.entry.view.resampling,
        seconds=0.0,
    )


def side_of(name: str) -> int:
    """8 for maps of patches, 16 for others."""
    return 8 if parse_pair(name).entry.needs is PATCH_LOGITS else 16


def random_explanations(seed: int = 0, names: Sequence[str] = quick_names(DEFAULT_MODELS)) -> list[Explanation]:
    """One of each name: signed noise on 8×8 patches and 16×16 cells."""
    rng = np.random.default_rng(seed)
    return [
        make_explanation(name, rng.normal(size=(14, side_of(name), side_of(name))).astype(np.float32)) for name in names
    ]


def make_message(
    case: Case,
    explanations: list[Explanation],
    turn: int = 1,
    busy: bool = False,
    models: Sequence[str] = DEFAULT_MODELS,
    floors: Mapping[str, Prior] | None = None,
    gaze: Sequence[ViewedGaze] = (),
) -> Message:
    """What the server would say about a case."""
    reading = OpenCase.of(case, case.id)
    reading.floors.update(floors or {})
    reading.gaze.extend(gaze)
    names = [explanation.name for explanation in explanations]
    messenger = Messenger(reading, turn, inline, names, floors=tuple(reading.floors))
    messenger.models = [MODEL | known_model_content(key) for key in models]
    for explanation in explanations:
        messenger.add(explanation)
        if explanation.method == "raw" and explanation.maps.shape[1] == 8:
            reading.patch_logits[explanation.model] = explanation.maps
    return messenger.make(busy)


def mount(
    page: Page,
    rows: list[dict[str, Any]] | None = None,
    settings: Settings | None = None,
    without_image: int = 0,
    hash: str = "",
) -> None:
    """Put a viewer on the page as the global `view`; what it sends is kept in the global `sent`."""
    chosen = settings or Settings()
    page.evaluate(_ALONE)
    config = viewer_config(chosen, without_image)
    page.evaluate(_MOUNT, json.dumps([config, rows or [], model_colours(chosen.keys), hash]))


def say(page: Page, message: Message) -> None:
    """Hand a message to the viewer and wait until it is drawn."""
    page.evaluate(_SAY, json.dumps(message))


@dataclass
class Visit:
    """A visit of an app: what the page has asked for until its first case was there, and what it complained of."""

    page: Page
    asked: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)  # what the console called an error, and requests of other hosts


def explained(page: Page) -> None:
    """Wait until on the page of an app every pane has its map and nothing is under way."""
    page.wait_for_function(
        """() => {
            const viewer = [...document.querySelectorAll('*')].find((element) => element.viewer)?.viewer;
            return viewer?.busy === false && viewer.panes.length > 0
                && viewer.panes.every((pane) => (pane.signed || pane.absence) && pane.cutText.textContent);
        }""",
        timeout=_PATIENCE,
        polling=100,  # at every frame it would cost what it waits for
    )


def pane(page: Page, key: str, what: str) -> str:
    """Text of a part of a pane."""
    return page.locator(f'[data-method="{key}"] {what}').inner_text()


def choose(page: Page, finding: str) -> None:
    """Press a finding's button in the chart, from within the page: Playwright would look for it and scroll to it."""
    page.evaluate(_CHOOSE, finding)


@contextmanager
def opened(page: Page, menu: str) -> Iterator[None]:
    """A menu of the toolbar, open for a while."""
    button = page.locator(f'.toolbar .menu > button[aria-label="{menu}"]')
    button.click()
    yield
    button.evaluate("(button) => { button.click(); view.draw(); }")

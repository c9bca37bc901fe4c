"""Hands on the panes: threshold, patches, drawing, wheel, drags, keys."""

import json
from typing import Any

from tests.browser.engines.visit import Check, Visit

RAW = "[data-method=raw] .stage"
_LOOK = "[view.view.x, view.view.y, view.view.size]"
_WINDOW = "[view.feature('window').state.level, view.feature('window').state.width]"


def changed(visit: Visit, expression: str, before: Any, what: str) -> Any:
    """Wait until the value of an expression is another one."""
    visit.page.wait(f"JSON.stringify({expression}) !== given[0]", _json(before), within=20, what=what)
    return visit.view(expression)


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def threshold(visit: Visit) -> str:
    """The slider, by keys and by the mouse, moves what is marked."""
    marked, slider = "view.panes.map((pane) => pane.level)", "input[type=range][aria-label=Threshold]"
    before = visit.view(marked)
    visit.page.press(slider, 0.85)
    after = changed(visit, marked, before, "another level after a press on the slider")
    visit.page.run("document.querySelector(given[0]).focus()", slider)
    visit.page.keys("Right", "Right", "Right")
    changed(visit, marked, after, "another level after → on the slider")
    return "follows presses and keys"


def patches(visit: Visit) -> str:
    """A click switches a patch off, and the probability follows."""
    told = "[view.feature('patches').off, document.querySelector('.viewer aside').innerText]"
    visit.page.keys("p")
    before = visit.view(told)
    visit.page.press(RAW, 0.45, 0.45)
    changed(visit, told, before, "other probabilities after a patch was pressed")
    visit.page.keys("v")
    return "switched off by a press"


def wheel(visit: Visit) -> str:
    """Zooms at the pointer."""
    before = visit.view(_LOOK)
    visit.page.wheel(RAW, -300)
    changed(visit, _LOOK, before, "another view after the wheel was turned")
    return "zooms"


def drags(visit: Visit) -> str:
    """The middle button moves the picture, the right one the window."""
    before = visit.view(_LOOK)
    visit.page.run("window.addEventListener('pointerup', () => { window.released = true; }, true)")
    visit.page.drag(RAW, (0.5, 0.5), (0.6, 0.55), button=1)
    changed(visit, _LOOK, before, "another view after a drag with the middle button")
    if visit.view("Boolean(view.modes.held) && !window.released"):
        return "middle moves; right not tried: the driver lets go of no button but the left one"
    before = visit.view(_WINDOW)
    visit.page.drag(RAW, (0.5, 0.5), (0.6, 0.45), button=2)
    changed(visit, _WINDOW, before, "another window after a drag with the right button")
    return "middle moves, right windows"


def keys(visit: Visit) -> str:
    """Keys of the list: invert, list of keys, full screen of a pane, Tab."""
    page = visit.page
    inverted = "view.feature('window').state.invert"
    before = visit.view(inverted)
    page.keys("i")
    changed(visit, inverted, before, "another inversion after I")
    page.keys("i", "Shift+?")
    page.wait("document.querySelector('dialog[open], [role=dialog]')", within=20, what="the list of keys after ?")
    page.keys("Escape")
    page.wait("!document.querySelector('dialog[open]')", within=20, what="no list of keys after Escape")
    page.keys("Tab")
    return "I, ?, Escape, Tab"


HANDLING = (
    Check("threshold", threshold),
    Check("patches", patches),
    Check("wheel", wheel),
    Check("keys", keys),
    Check("drags", drags),
)

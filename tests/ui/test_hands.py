"""What presses, wheels, keys and layouts mean, in the page's own modules, without a page: against tables and search."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.ui.test_javascript import NODE

SCRIPTS = Path(__file__).parents[2] / "ui" / "js"
pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node, which tests/requirements.txt installs")
EDGES = {"gap": 8, "around": 45, "small": 19}


def in_node(script: str) -> Any:
    """What a module prints as JSON; JS stands for the address of ui/js."""
    command = [str(NODE), "--input-type=module", "--no-warnings", "-e", script.replace("JS/", f"{SCRIPTS.as_uri()}/")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


GESTURES = """
const { pressOf, wheelEffect, wheelPixels, zoomFactor, Paging, Space } = await import("JS/gestures.js");
const { entryFor } = await import("JS/keys.js");
const { openAfter } = await import("JS/sheet.js");
const press = (button, shiftKey, space) => pressOf({ button, shiftKey }, space);
const wheel = (held, pages) => wheelEffect({ ctrlKey: false, metaKey: false, shiftKey: false, ...held }, pages);
const paging = new Paging();
const held = new Space(), tapped = new Space(), long = new Space();
held.press(0); held.use(); tapped.press(0); tapped.press(90); long.press(0);
const run = () => {};
const entries = [{ key: "i", run }, { key: "=", also: ["0"], run }, { key: "Escape", run },
  { key: "ArrowRight", run, when: () => false }, { key: "", run: undefined }];
const found = (key, singles) => entries.indexOf(entryFor(entries, key, singles));
console.log(JSON.stringify({
  presses: [press(0, false, false), press(0, false, true), press(1, false, false), press(2, false, false),
    press(2, true, false), press(3, false, false)],
  wheels: [wheel({}, false), wheel({}, true), wheel({ ctrlKey: true }, true), wheel({ metaKey: true }, true),
    wheel({ shiftKey: true }, false)],
  pixels: [wheelPixels({ deltaX: 0, deltaY: 3, deltaMode: 1 }), wheelPixels({ deltaX: -120, deltaY: 0, deltaMode: 0 })],
  zoom: [zoomFactor(-100, false) * zoomFactor(100, false), zoomFactor(-10, true), zoomFactor(-10, false)],
  pages: [paging.turn(120, 0), paging.turn(60, 20), paging.turn(60, 40), paging.turn(-60, 60), paging.turn(-60, 80),
    paging.turn(-60, 1000)],
  taps: [held.release(100), tapped.release(500), long.release(900), tapped.held],
  keys: [found("I", true), found("I", false), found("0", true), found("0", false), found("Escape", false),
    found("ArrowRight", true)],
  sheet: [openAfter(false, -60), openAfter(true, 60), openAfter(true, 5), openAfter(false, -5)],
}));
"""


def test_a_press_a_wheel_space_and_a_key_mean_what_the_sheet_of_keys_says() -> None:
    said = in_node(GESTURES)
    assert said["presses"] == ["tool", "pan", "pan", "window", None, None]
    assert said["wheels"] == ["zoom", "page", "zoom", "zoom", "scroll"]
    assert said["pixels"] == [48, -120]
    whole, pinched, turned = said["zoom"]
    assert whole == pytest.approx(1, abs=1e-12) and 1 < turned < pinched
    assert said["pages"] == [1, 0, 1, 0, -1, 0]  # small steps add up; another way, or a pause, begins anew
    assert said["taps"] == [False, True, False, False]  # a drag is no tap, and holding is none
    assert said["keys"] == [0, -1, 1, -1, 2, -1]  # keys of one character can be off, others cannot
    assert said["sheet"] == [True, False, True, False]


LAYOUTS = """
const { fitAll, fitLarge, fitNarrow, chosenLeads, turnedLeads, leadsOf } = await import("JS/layouts.js");
const edges = EDGES, boxes = BOXES;
const all = boxes.map((box) => [1, 2, 3, 5, 6, 7, 12].map((n) => [n, fitAll(n, box, edges, 100)]));
const large = boxes.flatMap((box) => [1, 2].flatMap((l) => [0, 1, 5, 14].map((n) => [box, l, n,
  fitLarge(l, n, box, edges, 100)])));
console.log(JSON.stringify({ all, large, narrow: fitNarrow(2, 3, { width: 374, height: 1 }, edges),
  chosen: [chosenLeads(["a"], "b", false), chosenLeads(["a", "b"], "c", false), chosenLeads(["a", "b"], "c", true),
    chosenLeads(["a", "b"], "a", false), chosenLeads(["a", "b"], "b", true)],
  turned: [turnedLeads(["a"], ["a", "b", "c"], 1), turnedLeads(["a"], ["a", "b", "c"], -1),
    turnedLeads(["b", "a"], ["a", "b", "c"], 1), turnedLeads(["a"], ["a", "b", "c"], 9)],
  leads: [leadsOf(["gone", "b"], ["a", "b", "c"], 2), leadsOf([], ["a"], 2)] }));
"""
BOXES = [{"width": 1012, "height": 610}, {"width": 2132, "height": 1150}, {"width": 620, "height": 480}]


def test_panes_are_as_large_as_fits_and_a_strip_stays_inside() -> None:
    said = in_node(LAYOUTS.replace("EDGES", json.dumps(EDGES)).replace("BOXES", json.dumps(BOXES)))
    gap, around, small = EDGES["gap"], EDGES["around"], EDGES["small"]
    for box, fits in zip(BOXES, said["all"], strict=True):
        for count, fit in fits:
            ways = range(1, count + 1)
            across = [(box["width"] - (n - 1) * gap) / n for n in ways]
            down = [(box["height"] - (-(-count // n) - 1) * gap) / -(-count // n) - around for n in ways]
            best = max(int(min(pair)) for pair in zip(across, down, strict=True))
            assert fit["side"] >= min(best, 100) and (best < 100 or fit["side"] == best)
    for box, large, others, fit in said["large"]:
        strip = fit["columns"] * (fit["thumb"] + gap)
        assert large * fit["side"] + (large - 1) * gap + strip <= box["width"]
        assert fit["side"] + around <= box["height"]
        rows = -(-others // fit["columns"]) if others else 0
        assert rows * (fit["thumb"] + small + gap) - gap <= box["height"]
    assert said["narrow"] == {"side": 183, "columns": 4, "thumb": 87}
    assert said["chosen"] == [["b"], ["a", "c"], ["c", "b"], ["b", "a"], ["b", "a"]]
    assert said["turned"] == [["b"], ["a"], ["b", "c"], ["c"]]
    assert said["leads"] == [["b", "a"], ["a"]]

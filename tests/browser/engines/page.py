"""What checks do on a page: scripts, presses, drags, the wheel, keys, files, pictures."""

import base64
import json
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.browser.engines.launching import Engine
from tests.browser.engines.remote import ACT, FIND, GO, PICTURE, RESIZE, RUN, TYPE, WITHIN, Marionette

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # as the standard calls a reference
KEYS = {"Shift": "\ue008", "Escape": "\ue00c", "Tab": "\ue004", "Right": "\ue014", "Enter": "\ue007"}
VIEW = "const view = [...document.querySelectorAll('*')].map((one) => one.viewer).find(Boolean);"
_RUN = """const done = arguments[arguments.length - 1], given = JSON.parse(arguments[0]);
(async () => {{ {body} }})().then((value) => done(JSON.stringify([value ?? null])),
    (error) => done(JSON.stringify([null, `${{error.name}}: ${{error.message}}`])));"""
# Hear errors from the moment on that scripts can be run: the page's own are modules, which run later.
_LISTEN = """location.href.startsWith(given[0]) && (window.heard ??= (() => {
    const heard = [];
    const { console } = window, { error } = console;
    console.error = (...words) => { heard.push(words.map(String).join(" ")); error.apply(console, words); };
    const failed = ({ message, target }) => heard.push(message || `${target?.src ?? target?.href}`);
    window.addEventListener("error", failed, true);
    window.addEventListener("unhandledrejection", ({ reason }) => heard.push(`unhandled: ${reason}`));
    window.addEventListener("securitypolicyviolation", ({ violatedDirective: rule, blockedURI: what }) =>
        heard.push(`policy ${rule}: ${what}`));
    return heard;
})())"""
# What engines say on stdout and what of it is an error of the page.
_WRONG = re.compile(r"JavaScript error: (http|blob)")


class CheckError(Exception):
    """What a check found, in one sentence."""


@dataclass
class Page:
    """The one tab of an engine."""

    engine: Engine
    heard: int = 0  # characters of the log that were read

    def go(self, address: str) -> None:
        """Open an address, anew where only its end differs."""
        self.engine.remote.ask(GO, url="about:blank")
        self.engine.remote.ask(GO, url=address)  # answered at once: see Engine
        self.wait(f"{_LISTEN} && document.readyState === 'complete'", address, what="the page's own files")

    def run(self, body: str, *given: Any) -> Any:
        """Run the body of an async function, which finds what is given as the array `given`."""
        text = self.engine.remote.ask(RUN, script=_RUN.format(body=body), args=[json.dumps(given)])
        value, *error = json.loads(text)
        if error:
            raise CheckError(error[0])
        return value

    def wait(self, condition: str, *given: Any, within: float = WITHIN, what: str = "") -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            if self.run(f"{VIEW} return Boolean({condition});", *given):
                return
            time.sleep(0.1)
        raise CheckError(f"{what or condition} did not come about within {within:.0f} s")

    def press(self, selector: str, x: float = 0.5, y: float = 0.5) -> None:
        """Move to a place of what a selector finds, in parts of its size, and press."""
        at = self.point(selector, x, y)
        self._pointer(
            {"type": "pointerMove", "duration": 0, **at},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        )

    def drag(self, selector: str, start: tuple[float, float], end: tuple[float, float], button: int = 0) -> None:
        """Drag from one place to another, in parts of its size."""
        first, last = self.point(selector, *start), self.point(selector, *end)
        places = [
            {key: round(first[key] + part * (last[key] - first[key])) for key in first} for part in (0, 0.3, 0.6, 1)
        ]
        moves = [{"type": "pointerMove", "duration": 40, **place} for place in places]
        down, up = ({"type": kind, "button": button} for kind in ("pointerDown", "pointerUp"))
        self._pointer(moves[0], down, *moves[1:], up)

    def wheel(self, selector: str, by: int, x: float = 0.5, y: float = 0.5) -> None:
        """Turn the wheel over what a selector finds."""
        turn = {"type": "scroll", "deltaX": 0, "deltaY": by, "duration": 0, **self.point(selector, x, y)}
        self.engine.remote.ask(ACT, actions=[{"type": "wheel", "id": "wheel", "actions": [turn]}])

    def keys(self, *names: str) -> None:
        """Press keys one after the other; several characters joined by + are held together."""
        for name in names:
            held = [KEYS.get(part, part) for part in (name.split("+") if len(name) > 1 else [name])]
            steps = [{"type": "keyDown", "value": key} for key in held]
            steps += [{"type": "keyUp", "value": key} for key in reversed(held)]
            self.engine.remote.ask(ACT, actions=[{"type": "key", "id": "keys", "actions": steps}])

    def files(self, selector: str, *paths: Path) -> None:
        """Choose files."""
        found = self.engine.remote.ask(FIND, using="css selector", value=selector)
        self.engine.remote.ask(TYPE, id=found[ELEMENT], text="\n".join(map(str, paths)))

    def folder(self, selector: str, folder: Path) -> None:
        """Hand over the files of a folder as if it were chosen: Firefox takes none from a driver."""
        files = [[path.name, base64.b64encode(path.read_bytes()).decode()] for path in sorted(folder.iterdir())]
        self.run(
            """const chosen = new DataTransfer(), input = document.querySelector(given[0]);
            for (const [name, text] of given[1]) {
                chosen.items.add(new File([Uint8Array.from(atob(text), (one) => one.charCodeAt(0))], name));
            }
            input.files = chosen.files;
            input.dispatchEvent(new Event("change", { bubbles: true }));""",
            selector, files,
        )  # fmt: skip

    def point(self, selector: str, x: float, y: float) -> dict[str, int]:
        """Where a place is in the window, after it was scrolled into sight."""
        found = self.run(
            """const found = document.querySelector(given[0]);
            if (!found) return null;
            found.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
            const { x, y, width, height } = found.getBoundingClientRect();
            return width && height && [x + given[1] * width, y + given[2] * height];""",
            selector, x, y,
        )  # fmt: skip
        if not found:
            raise CheckError(f"nothing to see at {selector}")
        return {"x": round(found[0]), "y": round(found[1])}

    def _pointer(self, *actions: dict[str, Any]) -> None:
        mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": list(actions)}
        self.engine.remote.ask(ACT, actions=[mouse])

    def resize(self, width: int, height: int) -> None:
        """Give the page a size in CSS pixels; Firefox's window is never as narrow as a phone, its page may be."""
        remote = self.engine.remote
        if isinstance(remote, Marionette):
            remote.say("Marionette:SetContext", {"value": "chrome"})
            script = f"""const {{ style }} = gBrowser.selectedBrowser;
                window.resizeTo(1600, 1200);
                Object.assign(style, {{ flex: "none", width: "{width}px", height: "{height}px" }});"""
            remote.say("WebDriver:ExecuteScript", {"script": script, "args": [], "sandbox": "system"})
            remote.say("Marionette:SetContext", {"value": "content"})
        else:
            size = (width, height)
            for _ in range(3):
                remote.ask(RESIZE, width=size[0], height=size[1])
                time.sleep(0.3)
                inner = self.run("return [innerWidth, innerHeight]")
                size = (size[0] + width - inner[0], size[1] + height - inner[1])
        self.wait(f"innerWidth === {width} && innerHeight === {height}", within=20, what=f"a page of {width}×{height}")

    def picture(self, path: Path) -> None:
        """Save what is seen."""
        path.write_bytes(base64.b64decode(self.engine.remote.ask(PICTURE)))

    def saved(self, pattern: str, within: float = 60) -> Path:
        """A file that was downloaded, by the end of its name; the newest."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            found = sorted(self.engine.saved.glob(pattern), key=lambda path: path.stat().st_mtime)
            if found and found[-1].stat().st_size and not list(self.engine.saved.glob("*.part")):
                return found[-1]
            time.sleep(0.1)
        raise CheckError(
            f"no file {pattern} was saved; there are {[path.name for path in self.engine.saved.iterdir()]}"
        )

    def wrong(self) -> list[str]:
        """Lines of errors that the page made since this was asked last."""
        text = self.engine.log.read_text("utf-8", "replace")
        new, self.heard = text[self.heard :], len(text)
        heard = self.run("return window.heard?.splice(0) ?? []")
        return [*heard, *(line for line in new.splitlines() if _WRONG.match(line))]

"""What a check is, and what the checks of one visit share."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.browser.engines.page import VIEW, Page

DRAWN = """() => {
    const one = [...document.querySelectorAll('*')].map((each) => each.viewer).find(Boolean);
    return one?.busy === false && one.content.case && one.panes.length
        && one.panes.every((pane) => (pane.signed || pane.absence) && pane.cutText.textContent);
}"""


@dataclass
class Visit:
    """A page, where it is, and what was found on it so far."""

    page: Page
    place: str  # what is served, in words
    address: str
    samples: dict[str, Path]
    folder: Path  # of files to sort
    pictures: Path | None  # where screenshots are put
    found: dict[str, Any] = field(default_factory=dict)

    def drawn(self) -> None:
        """Wait until all panes are there, and on the screen."""
        self.page.wait(f"({DRAWN})()", what="panes with their maps")
        self.page.run("await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def view(self, expression: str, *given: Any) -> Any:
        """The value of an expression, in which `view` is the viewer."""
        return self.page.run(f"{VIEW} return {expression};", *given)

    def shoot(self, name: str) -> None:
        """Keep a screenshot, where they are wanted."""
        if self.pictures:
            kind = self.page.engine.name.lower()
            with suppress(OSError):  # WebKitGTK without a graphics processor may never answer
                self.page.picture(self.pictures / f"{kind}-{self.place.replace(' ', '-').replace(',', '')}-{name}.png")


@dataclass(frozen=True)
class Check:
    """One question of a page; `ask` returns what was found, in a few words, or raises CheckError."""

    name: str
    ask: Callable[[Visit], str]


Checks = Sequence[Check]

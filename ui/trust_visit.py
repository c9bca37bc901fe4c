"""What the server remembers of one visitor to the tab Trust."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ui.session import OpenCase


@dataclass
class Visit:
    """One visitor's requests in this tab: the newest one's number, and what the checks of a case share."""

    turn: int = 0
    shared: dict[tuple[str, str], dict[Any, Any]] = field(default_factory=dict)

    def __deepcopy__(self, memo: object) -> "Visit":
        """Gradio copies the page's initial state for each visitor: everybody starts empty."""
        return Visit()

    def begin(self) -> tuple[int, Callable[[], bool]]:
        """Start a request, which ends the earlier ones; returns its number, and what says whether it is over itself."""
        self.turn += 1
        turn = self.turn
        return turn, lambda: turn != self.turn

    def kept(self, reading: OpenCase, finding: str) -> dict[Any, Any]:
        """What the checks of one finding of one case share; that of the last one alone is kept."""
        key = (reading.key, finding)
        if key not in self.shared:
            self.shared = {key: {}}
        return self.shared[key]

"""What is seen of the gaze on a radiograph: whose, and when; the same as the page's js/gaze/seen.js."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data_cache.counting import counted
from data_cache.errors import InputError
from data_cache.gaze.fixations import Fixations, fixation_map
from ui.case_view import DISPLAY_SIZE
from ui.gaze.viewed import SIDE, Map, ViewedGaze

SHARE = 0.2  # of the mass of two maps whose regions are compared


@dataclass(frozen=True)
class GazeChoice:
    """What is chosen.

    Attributes:
        reader: place of the one reading; None: all, each counting the same.
        start, end: the window of time, in seconds; None: from the first, to the last.
        part: of finished maps; "" for all of them.
    """

    reader: int | None = None
    start: float | None = None
    end: float | None = None
    part: str = ""


@dataclass(frozen=True, eq=False)
class Seen:
    """Where the chosen readers looked meanwhile.

    Attributes:
        values: float32 (SIDE, SIDE), sum 1; None where nobody looked at the view.
        points: float64 (n, 2), (x, y) of the fixations inside the view, in its own pixels.
        who: whose it is.
        window: which part of the readings it is.
    """

    values: Map | None
    points: NDArray[np.float64]
    who: str
    window: str

    def scores(self, values: NDArray[np.float32], side: int) -> dict[str, float]:
        """A map of the view, float32 (side, side), against the gaze, by `evaluation.gaze.scores.SCORES`."""
        from evaluation.gaze.scores import SCORES, scores  # takes SciPy's statistics, and the page opens without

        if self.values is None:
            return dict.fromkeys(SCORES, float("nan"))
        steps = ((np.arange(SIDE) + 0.5) * side / SIDE).astype(int)
        found, _ = scores(values[np.ix_(steps, steps)], self.values, self.points, (side, side), SHARE)
        return {name: found[name] for name in SCORES}


def seen(readings: Sequence[ViewedGaze], choice: GazeChoice) -> Seen:
    """Make the map of what is chosen: the mean of the readers' maps, of which each has the sum 1.

    Raises:
        InputError: there is no such reading.
    """
    if choice.reader is not None and not 0 <= choice.reader < len(readings):
        raise InputError("Expected the place of a reading of this case, found another; open the case again.")
    chosen = readings if choice.reader is None else [readings[choice.reader]]
    parts = [_of(one, choice) for one in chosen]
    maps = [values for values, _ in parts if values is not None]
    values = np.mean(np.array(maps, np.float64), axis=0).astype(np.float32) if maps else None
    looks = [looked for _, looked in parts if looked is not None]
    points = [_inside(looked, one.side) for (_, looked), one in zip(parts, chosen, strict=True) if looked is not None]
    flat = np.concatenate(points) if points else np.zeros((0, 2))
    return Seen(values, flat, _who(chosen), _window(chosen, choice, looks, len(flat)))


def _of(one: ViewedGaze, choice: GazeChoice) -> tuple[Map | None, Fixations | None]:
    """The map of one reading, None where there is none, and the fixations that it is made of."""
    if one.fixations is None:
        maps = [values for part, values in one.maps.items() if choice.part in ("", part)]
        return (np.mean(np.array(maps, np.float64), axis=0).astype(np.float32) if maps else None), None
    looked = one.fixations
    if choice.start is not None or choice.end is not None:
        start = -np.inf if choice.start is None else choice.start
        looked = looked.during(start, np.inf if choice.end is None else choice.end)
    try:
        return fixation_map(looked, (one.side, one.side), one.weigh, one.name, (SIDE, SIDE)), looked
    except InputError:  # nobody looked at the view meanwhile
        return None, looked


def _inside(looked: Fixations, side: int) -> NDArray[np.float64]:
    return looked.inside((side, side)) * (DISPLAY_SIZE / side)


def _who(chosen: Sequence[ViewedGaze]) -> str:
    names = [f"{one.origin} {one.name}".strip() for one in chosen]
    return names[0] if len(names) == 1 else f"mean of {len(names)} readings"


def _window(chosen: Sequence[ViewedGaze], choice: GazeChoice, looks: Sequence[Fixations], inside: int) -> str:
    """Which part of the readings it is, in words."""
    if not looks:
        parts = list(dict.fromkeys(part for one in chosen for part in one.maps))
        if not parts:
            return "nothing that can be shown"
        return choice.part or f"mean of {counted(len(parts), 'part')}"
    count = sum(map(len, looks))
    if choice.start is None and choice.end is None:
        words = "whole reading" if len(looks) == 1 else "whole readings"
    else:
        words = _between(choice.start, choice.end) + _said(chosen, choice)
    words += f", {counted(count, 'fixation')}"
    if choice.start is None and choice.end is None and len(looks) == 1 and count:
        times = looks[0].times
        words += f" in {times[:, 1].max() - times[:, 0].min():.1f} s"
    return words + (f", {count - inside:,} of them outside the view" if inside < count else "")


def _between(start: float | None, end: float | None) -> str:
    """A window of time, of which at least one end is given."""
    if start is None:
        return f"up to {end:.1f} s"
    return f"from {start:.1f} s on" if end is None else f"{start:.1f} to {end:.1f} s"


def _said(chosen: Sequence[ViewedGaze], choice: GazeChoice) -> str:
    """The phrase that was said just then, of one reader."""
    phrases = chosen[0].phrases if len(chosen) == 1 else ()
    return next((f", “{one.text}”" for one in phrases if (one.start, one.end) == (choice.start, choice.end)), "")

"""What every dataset of gaze gives."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from data_cache.gaze.gaze_map import Reading
from data_cache.gaze.settings import GazeSettings


@dataclass(frozen=True)
class GazeDataset:
    """The readings of a dataset.

    Attributes:
        readings: in the dataset's order; their maps are made when they are asked for.
        problems: a sentence for each thing that could not be used.
    """

    readings: tuple[Reading, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class GazeEntry:
    """One dataset of the registry.

    Attributes:
        key: name in commands.
        label: name on the page.
        words: what it holds and how it is laid out, in a sentence or two.
        paper: where it is from, with the year.
        open: reads the tables below a root.
    """

    key: str
    label: str
    words: str
    paper: str
    open: Callable[[Path, GazeSettings], GazeDataset]

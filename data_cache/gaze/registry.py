"""The datasets of gaze that the program knows. A new one is one file with one entry, and one line here."""

from pathlib import Path

from data_cache.errors import InputError
from data_cache.gaze.base import GazeDataset, GazeEntry
from data_cache.gaze.egd_cxr import EGD_CXR
from data_cache.gaze.fg_cxr import FG_CXR
from data_cache.gaze.i_ai import I_AI
from data_cache.gaze.reflacx import REFLACX
from data_cache.gaze.settings import GazeSettings

GAZE: dict[str, GazeEntry] = {entry.key: entry for entry in (REFLACX, EGD_CXR, FG_CXR, I_AI)}


def open_gaze(key: str, root: Path, settings: GazeSettings) -> GazeDataset:
    """Open a dataset of gaze.

    Raises:
        InputError: there is none of this name, or it has no readings.
    """
    if key not in GAZE:
        raise InputError(f"Unknown dataset of gaze {key!r}: expected one of {', '.join(GAZE)}.")
    dataset = GAZE[key].open(root, settings)
    if not dataset.readings:
        first = f" The first problem: {dataset.problems[0]}" if dataset.problems else ""
        raise InputError(f"Expected readings of {GAZE[key].label} in {root}, found none that can be used.{first}")
    return dataset

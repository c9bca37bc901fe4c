"""Opening a case from the click to the last map: a case seen before, one of the list, an upload; with demo weights."""

import os
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_cache.demo import DEMO_ROOT
from models.registry import DEFAULT_MODELS
from ui.catalogue import Catalogue
from ui.engine import Engine
from ui.explore import Explore
from ui.messages import Message
from ui.session import Session
from ui.settings import Settings

_TIMES = 7
_TARGETS = {"seen before": 0.5, "upload": 1.5}


def run(report: Callable[[str], object]) -> None:
    """Open cases and hand over lines of text: configuration, raw samples, medians beside the targets."""
    root = Path(os.environ.get("CHEXLOCALIZE_SAMPLE", DEMO_ROOT))
    what = "a public CheXlocalize radiograph" if root != DEMO_ROOT else "a bundled phantom (no CHEXLOCALIZE_SAMPLE)"
    report(
        f"Opening {what}, demonstration weights, 8×8 patches; arrays written as files; load {os.getloadavg()[0]:.1f}"
    )
    with tempfile.TemporaryDirectory() as folder:
        explore = Explore(
            Catalogue(root), Engine(Settings(models=dict.fromkeys(DEFAULT_MODELS, "demo"))), _Store(Path(folder))
        )
        first = explore.catalogue.first
        if first is None or first.image_path is None:
            raise RuntimeError("Expected a case with an image file, found none.")
        case_id, data = first.id, first.image_path.read_bytes()
        height, width = first.size()
        report(f"  {width}×{height} pixels, {len(first.drawn)} masks, {len(data):,} bytes")
        session = Session()
        list(explore.open(session, case_id))  # loads the models
        _tell(report, "seen before", [_spent(explore.open(session, case_id)) for _ in range(_TIMES)])
        _tell(report, "of the list", [_spent(explore.open(Session(), case_id)) for _ in range(_TIMES)])
        _tell(report, "upload", [_spent(explore.read(Session(), data, "chest.jpg")) for _ in range(_TIMES)])


class _Store:
    """Writes arrays as the page does."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._written = folder, 0

    def __call__(self, array: NDArray[Any]) -> dict[str, Any]:
        self._written += 1
        np.ascontiguousarray(array).tofile(self._folder / f"{self._written}.bin")
        return {"shape": list(array.shape)}


def _spent(messages: Iterator[Message]) -> tuple[float, float]:
    """Seconds until the radiograph is there and until everything is."""
    started = time.perf_counter()
    first = next(messages)
    shown = time.perf_counter() - started
    last = deque(messages, maxlen=1).pop() if first["busy"] else first
    if "error" in last or len(last["maps"]) < 5:
        raise RuntimeError(f"Expected five maps, found {last.get('error', last['maps'].keys())}.")
    return shown, time.perf_counter() - started


def _tell(report: Callable[[str], object], name: str, times: list[tuple[float, float]]) -> None:
    shown, whole = np.array(times).T
    target = f" (target {_TARGETS[name]} s)" if name in _TARGETS else ""
    report(
        f"  {name}: radiograph {np.median(shown):.3f} s, all maps {np.median(whole):.3f} s{target}, medians of {_TIMES}"
    )
    report(f"    raw, s: {' '.join(f'{a:.3f}/{b:.3f}' for a, b in times)}")

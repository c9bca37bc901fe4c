"""Files that the page gives: picture, numbers, maps."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from tests.browser.engines.page import CheckError
from tests.browser.engines.visit import Check, Visit

ITEMS = {
    "png": "Picture of the panes, PNG",
    "json": "Numbers, JSON",
    "csv": "Numbers, CSV",
    "npz": "Maps, .npz",
    "coco": "Drawings, COCO JSON",
}


def _picture(path: Path) -> str:
    image = Image.open(path)
    if len(np.unique(np.asarray(image.convert("L")))) < 50:
        raise CheckError("a picture with nothing in it")
    return f"PNG of {image.width}×{image.height}"


def _maps(path: Path) -> str:
    with np.load(path) as maps:
        return f"npz of {len(maps.files)} arrays"


_READ: dict[str, Callable[[Path], str]] = {
    "png": _picture,
    "json": lambda path: f"JSON of {len(json.loads(path.read_text('utf-8')))} fields",
    "csv": lambda path: f"CSV of {len(list(csv.reader(path.read_text('utf-8').splitlines())))} rows",
    "npz": _maps,
}


def exports(visit: Visit) -> str:
    """Each item of the menu Export that holds numbers or pictures, saved and read."""
    found = []
    for ending, read in _READ.items():
        for old in visit.page.engine.saved.iterdir():
            old.unlink()
        visit.page.press(".toolbar [aria-label=Export]")
        visit.page.run(
            """[...document.querySelectorAll(".menu-panel button")].find((one) => one.innerText.trim() === given[0])
                .click()""",
            ITEMS[ending],
        )
        found.append(read(visit.page.saved(f"*.{ending}")))
    return ", ".join(found)


TAKING = (Check("exports", exports),)

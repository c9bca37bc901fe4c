"""A small site, written once: two bundled cases, and a radiograph that is large enough for tiles."""

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from numpy.typing import NDArray

from data_cache.case import Case
from data_cache.phantom.cohort import CohortSettings, write_cohort
from tests.device_runtime import PACKAGES, unseen
from ui.catalogue import Catalogue
from ui.device.runtime import CHARTS, FILES, fetch_runtime
from ui.engine import Engine
from ui.settings import Settings
from ui.static import curves
from ui.static.writing import write_site

BUNDLED = ("patientPHANTOM80010_study1_view1_frontal", "patientPHANTOM80017_study1_view1_frontal")
THERE = [file for file in (*FILES, CHARTS) if (PACKAGES / file.package).is_dir()]  # what `make lint` installs
ON_DEVICES = set(FILES) <= set(THERE)
SETTINGS = Settings(models={"medicalpatchnet": "demo", "cnn": "demo"})


@dataclass(frozen=True)
class Site:
    """A site and what it was written from."""

    folder: Path
    large: Case

    @property
    def page(self) -> str:
        """The text of its page."""
        return (self.folder / "index.html").read_text("utf-8")

    @cached_property
    def told(self) -> dict[str, Any]:
        """What the page holds of the site's files."""
        _, _, rest = self.page.partition('id="site">')
        found: dict[str, Any] = json.loads(rest.partition("</script>")[0])
        return found

    def value(self, address: str) -> Any:
        """A JSON value of the site's."""
        return json.loads((self.folder / address).read_bytes())

    def array(self, source: dict[str, Any]) -> NDArray[Any]:
        """An array that is not packed, as the page reads it."""
        data = (self.folder / source["file"]["url"]).read_bytes()
        return np.frombuffer(data, source["dtype"]).reshape(source["shape"])


def shared(factory: pytest.TempPathFactory) -> Site:
    """The site of all tests, which whoever needs it first writes."""
    base = factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared-site"
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "site").exists():
            _write(place)
    large = Catalogue(place / "root").first
    assert large is not None
    return Site(place / "site", large)


def _write(place: Path) -> None:
    prevalence = dict.fromkeys(("train", "val", "test"), "balanced")
    phantom = CohortSettings(3, {"train": 0, "val": 0, "test": 1}, "800x900", prevalence, None, "png", False)
    for _ in write_cohort(place / "root", phantom):
        pass
    fetch_runtime(place / "runtime", unseen, PACKAGES, THERE)
    catalogue, settings = Catalogue(place / "root"), replace(SETTINGS, device_runtime=place / "runtime")
    if ON_DEVICES:
        settings = replace(settings, device="default")
    ids = [row["id"] for row in catalogue.rows()][:1] + list(BUNDLED)
    with patch.object(curves, "THOROUGHLY", 5):  # which takes a fifth of the time and 2 % more bytes
        write_site(place / "site", catalogue, Engine(settings), settings, ids, lambda _: None)


def strings(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """All texts in a JSON value, each with the key that it stands under."""
    if isinstance(value, str):
        yield key, value
    for name, one in value.items() if isinstance(value, dict) else ():
        yield from strings(one, name)
    for one in value if isinstance(value, list) else ():
        yield from strings(one, key)

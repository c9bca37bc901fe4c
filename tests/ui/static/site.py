"""A small site, written once: two bundled cases, and a radiograph that is large enough for tiles."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_cache.case import Case
from data_cache.phantom.cohort import CohortSettings, write_cohort
from ui.catalogue import Catalogue
from ui.engine import Engine
from ui.settings import Settings
from ui.static.files import Files
from ui.static.writing import write_site

BUNDLED = ("patientPHANTOM80010_study1_view1_frontal", "patientPHANTOM80017_study1_view1_frontal")
SETTINGS = Settings(models={"medicalpatchnet": "demo", "cnn": "demo"})


@dataclass(frozen=True)
class Site:
    """A site and what it was written from."""

    folder: Path
    files: Files
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


def write(place: Path, runtime: Path | None = None) -> Site:
    """Write the site below a new folder, with what visitors' devices compute with where that is given."""
    prevalence = dict.fromkeys(("train", "val", "test"), "balanced")
    settings = CohortSettings(3, {"train": 0, "val": 0, "test": 1}, "800x900", prevalence, None, "png", False)
    for _ in write_cohort(place / "root", settings):
        pass
    catalogue = Catalogue(place / "root")
    large = catalogue.first
    assert large is not None
    chosen = SETTINGS if runtime is None else replace(SETTINGS, device="default", device_runtime=runtime)
    files = write_site(place / "site", catalogue, Engine(chosen), chosen, [large.id, *BUNDLED], lambda _: None)
    return Site(place / "site", files, large)


def strings(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """All texts in a JSON value, each with the key that it stands under."""
    if isinstance(value, str):
        yield key, value
    for name, one in value.items() if isinstance(value, dict) else ():
        yield from strings(one, name)
    for one in value if isinstance(value, list) else ():
        yield from strings(one, key)

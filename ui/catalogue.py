"""The cases that the page offers: the bundled phantoms and a CheXlocalize root, with their thumbnails."""

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from data_cache.case import Case
from data_cache.demo import bundled_cases
from data_cache.errors import InputError
from data_cache.gaze.base import GazeDataset
from data_cache.gaze.registry import GAZE
from data_cache.sample import has_sample
from data_cache.simulated import is_simulated
from data_cache.sources.registry import SOURCES, find_cases
from ui.gaze.named import cases_of, opened
from ui.rendering import thumbnail

THUMBNAIL_SIDE = 160  # pixels; shown at half of that, so that dense screens get their detail
_THUMBNAILS_AT_ONCE = 24
_SOURCES = {"chexlocalize": "CheXlocalize", "phantom": "Phantom", "upload": "Upload"}


def source_label(source: str) -> str:
    """Return the name of a source for people: "chexlocalize-val" becomes "CheXlocalize val"."""
    labels = {key: one.label for key, one in GAZE.items()} | {key: one.label for key, one in SOURCES.items()}
    known = [key for key in labels if source == key or source.startswith(f"{key}-")]
    family = max(known, key=len, default=source.partition("-")[0])
    label = _SOURCES.get(family) or labels.get(family, family)
    return f"{label} {source[len(family) + 1 :]}".strip()


def is_phantom(case: Case) -> bool:
    """Say whether a case is simulated, wherever it was loaded from."""
    return is_simulated(case)


class Catalogue:
    """Cases by id, in the order of the page: those of the root first, then the bundled ones.

    Args:
        root: a dataset's folder; cases without an image are not shown.
        source: which dataset, by its key in the registry.
        gaze: datasets of gaze, as `ui.gaze.named.named_dataset` takes them; radiographs below their roots that the
            dataset does not have are shown too.

    Attributes:
        without_image: how many cases are not shown.
        gaze: datasets of gaze by their keys, also the one that the root holds.

    Raises:
        InputError: the root holds no such dataset, or a file in it is wrong, or none of its images is there.
    """

    def __init__(self, root: Path | None, source: str = "chexlocalize", gaze: Sequence[str] = ()) -> None:
        rooted = find_cases(source, root) if root else []
        self.without_image = sum(not case.has_image for case in rooted)
        shown = _with_images(rooted, source, root) if root else ()
        found = opened(gaze, source, root)
        self.gaze: Mapping[str, GazeDataset] = {key: dataset for key, (_, dataset) in found.items()}
        others = (case for key, (folder, dataset) in found.items() for case in cases_of(key, folder, dataset))
        listed = {case.id: case for case in shown}
        added = {case.id: case for case in others if case.id not in listed}
        self._cases = {**listed, **added, **{case.id: case for case in bundled_cases()}}
        self._thumbnail = lru_cache(maxsize=4096)(self._make_thumbnail)
        self._decoding = Lock()

    def __len__(self) -> int:
        return len(self._cases)

    def __contains__(self, case_id: object) -> bool:
        return case_id in self._cases

    def add_sample(self, folder: Path) -> bool:
        """Show the two public radiographs too, before the bundled cases, where the folder holds them whole.

        Raises:
            InputError: a file in the folder is wrong.
        """
        if not has_sample(folder):
            return False
        self._cases = {**{case.id: case for case in find_cases("chexlocalize", folder)}, **self._cases}
        return True

    @property
    def first(self) -> Case | None:
        """The case that a new visitor sees."""
        return next(iter(self._cases.values()), None)

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources of the cases, in their order."""
        return tuple(dict.fromkeys(case.source for case in self._cases.values()))

    def of_source(self, source: str) -> tuple[Case, ...]:
        """The cases of a source."""
        return tuple(case for case in self._cases.values() if case.source == source)

    def get(self, case_id: str) -> Case:
        """Return a case.

        Raises:
            InputError: there is none of this id.
        """
        try:
            return self._cases[case_id]
        except KeyError:
            raise InputError("The page asked for a case that is not in the list: reload the page.") from None

    def rows(self) -> list[dict[str, Any]]:
        """Return what the list of cases shows of each: id, source, findings labelled present."""
        return [_row(case) for case in self._cases.values()]

    def thumbnails(self, ids: Iterable[str]) -> dict[str, str]:
        """Return thumbnails as data URLs by case id; an image that cannot be read has none."""
        wanted = [case_id for case_id in list(ids)[:_THUMBNAILS_AT_ONCE] if case_id in self._cases]
        made = {}
        for case_id in wanted:
            with self._decoding:  # one large image at a time, and none twice
                made[case_id] = self._thumbnail(case_id)
        return {case_id: url for case_id, url in made.items() if url}

    def _make_thumbnail(self, case_id: str) -> str | None:
        try:
            pixels = self._cases[case_id].read().pixels
        except InputError:
            return None  # opening the case says what is wrong with it
        return "data:image/jpeg;base64," + base64.b64encode(thumbnail(pixels, THUMBNAIL_SIDE)).decode("ascii")


def _with_images(cases: Iterable[Case], source: str, root: Path) -> tuple[Case, ...]:
    shown = tuple(case for case in cases if case.has_image)
    if not shown:
        raise InputError(f"Expected the images of {source} below {root}, found its annotations alone; put them there.")
    return shown


def short_name(case_id: str) -> str:
    """Return what fits below a thumbnail: the patient's number, with study and view where they are not the first."""
    parts = re.fullmatch(r"patient(?:PHANTOM)?(\w+?)_study(\d+)_view(\d+)_\w+", case_id)
    if parts is None:
        return case_id
    patient, study, view = parts.groups()
    return patient + f" s{study}" * (study != "1") + f" v{view}" * (view != "1")


def _row(case: Case) -> dict[str, Any]:
    return {
        "id": case.id,
        "short": short_name(case.id),
        "source": case.source,
        "source_label": source_label(case.source),
        "phantom": is_phantom(case),
        "positives": list(case.positives),
        "readers": len([reader for reader in case.readers if reader]),
    }

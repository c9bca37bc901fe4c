"""Datasets of gaze that whoever starts the app names, and their radiographs."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.gaze.base import GazeDataset
from data_cache.gaze.registry import GAZE, open_gaze
from data_cache.gaze.settings import GazeSettings
from data_cache.sources.image_files import ImageFiles


def named_dataset(text: str) -> tuple[str, Path]:
    """Split KEY=DIR.

    Raises:
        InputError: it is none, or there is no such dataset of gaze.
    """
    key, equals, folder = text.partition("=")
    if not equals or not folder or key not in GAZE:
        raise InputError(f"Expected KEY=DIR with one of {', '.join(GAZE)} for --gaze, found {text[:80]!r}.")
    return key, Path(folder)


def opened(named: Sequence[str], source: str, root: Path | None) -> dict[str, tuple[Path, GazeDataset]]:
    """Open the datasets of gaze: those that are named, and the one whose cases are shown, where it has some.

    Raises:
        InputError: one that is named is none.
    """
    wanted = dict(map(named_dataset, named))
    found = {key: (folder, open_gaze(key, folder, GazeSettings())) for key, folder in wanted.items()}
    if root is not None and source in GAZE and source not in found:
        dataset = GAZE[source].open(root, GazeSettings())  # one whose gaze was not downloaded is shown all the same
        found[source] = (root, dataset)
    return found


def cases_of(key: str, root: Path, dataset: GazeDataset) -> Iterator[Case]:
    """The radiographs of a dataset of gaze whose images lie below its root; nothing is known of them but the gaze."""
    images = ImageFiles(root)
    for case, reading in {reading.case: reading for reading in dataset.readings}.items():
        path = images.find(case, "")
        if path is not None:
            yield Case(case, reading.patient, key, image_path=path, labels=dict.fromkeys(FINDINGS))

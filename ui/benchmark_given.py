"""The cohort of the tab Benchmark that whoever starts the app names: outputs, and what they are scored against."""

from pathlib import Path

from data_cache.errors import InputError
from data_cache.sources.registry import find_source
from evaluation.cohort.given import CohortFiles
from evaluation.cohort.making import open_outputs
from evaluation.truth.source import TruthSource
from ui.settings import Settings

_HUMAN = ("hb_segmentations", "hb_salient_pt")


def given_cohort(settings: Settings) -> CohortFiles | None:
    """The cohort that the settings name; None where they name none.

    Raises:
        InputError: it is not of the form NAME=DIR, what it is scored against is missing or named twice, a file is not
            there, a folder or archive of maps holds no outputs, or the dataset has no such split.
    """
    if not settings.cohort:
        return None
    name, _, place = settings.cohort.partition("=")
    if not name or not place:
        raise InputError(f"Expected --cohort NAME=DIR, found {settings.cohort!r}; give a name and a folder of outputs.")
    masks, source = settings.cohort_masks, settings.cohort_source
    if (masks is None) == (source is None):
        found = "neither" if masks is None else "both"
        raise InputError(
            f"Expected --cohort NAME=DIR together with --cohort-masks FILE or --cohort-source NAME, found {found}; "
            "give one of them."
        )
    maps = Path(place).expanduser()
    files = _of_masks(settings, name, maps, masks) if masks is not None else _of_dataset(settings, name, maps)
    for outputs in filter(None, (files.maps, files.tune_maps)):
        open_outputs(outputs)  # said now, and not on an empty page later
    return files


def _of_masks(settings: Settings, name: str, maps: Path, masks: Path) -> CohortFiles:
    """The human benchmark's files are taken where they lie beside the masks under CheXlocalize's names."""
    if settings.cohort_root or settings.cohort_split or settings.cohort_tune_split:
        raise InputError(
            "Expected --cohort-root, --cohort-split and --cohort-tune-split with --cohort-source NAME alone, found one "
            "of them with --cohort-masks; leave it out."
        )
    if (settings.cohort_tune_on is None) != (settings.cohort_tune_masks is None):
        raise InputError("Expected --cohort-tune-on DIR together with --cohort-tune-masks FILE; give both or neither.")
    _expect(maps, masks, settings.cohort_tune_on, settings.cohort_tune_masks)
    human, points = (masks.with_name(masks.name.replace("gt_segmentations", new)) for new in _HUMAN)
    return CohortFiles(
        "given",
        name,
        maps,
        masks,
        settings.cohort_tune_on,
        settings.cohort_tune_masks,
        human if human != masks and human.is_file() else None,
        points if points != masks and points.is_file() else None,
    )


def _of_dataset(settings: Settings, name: str, maps: Path) -> CohortFiles:
    key, root = str(settings.cohort_source), settings.cohort_root
    if settings.cohort_tune_masks is not None:
        raise InputError(
            "Expected --cohort-tune-split NAME with --cohort-source, found --cohort-tune-masks; give the split."
        )
    if settings.cohort_tune_on is not None and not settings.cohort_tune_split:
        raise InputError("Expected --cohort-tune-on DIR together with --cohort-tune-split NAME; give both or neither.")
    if root is None and not find_source(key).bundled:
        raise InputError(f"Expected --cohort-root DIR with --cohort-source {key}, found none; name its folder.")
    _expect(maps, root, settings.cohort_tune_on)
    source = TruthSource(key, root, settings.cohort_split, settings.cohort_tune_split)
    source.check()
    return CohortFiles("given", name, maps, tune_maps=settings.cohort_tune_on, source=source)


def _expect(*paths: Path | None) -> None:
    for path in paths:
        if path is not None and not path.exists():
            raise InputError(f"Expected a file or folder called {path.name} for the cohort, found none.")

"""The datasets the program knows. A new one is one file with one entry, and one line here."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.label_mapping import LabelMapping, read_mapping
from data_cache.sources import (
    candid_ptx,
    chestx_det,
    chexlocalize,
    coco,
    covid_qu_ex,
    csv_boxes,
    jsrt,
    mask_folder,
    ms_cxr,
    nih,
    object_cxr,
    padchest_gr,
    reflacx,
    rsna,
    siim,
    tbx11k,
    vinbigdata,
    vindr,
    yolo,
)
from data_cache.sources.base import CHEXPERT, Dataset, SourceEntry


def registered(entries: Iterable[SourceEntry]) -> dict[str, SourceEntry]:
    """Entries by key.

    Raises:
        ValueError: two have the same key.
    """
    found: dict[str, SourceEntry] = {}
    for entry in entries:
        if entry.key in found:
            raise ValueError(f"Expected each source once in the registry, found {entry.key} twice.")
        found[entry.key] = entry
    return found


SOURCES: dict[str, SourceEntry] = registered(
    (
        chexlocalize.CHEXLOCALIZE,
        chexlocalize.PHANTOM,
        chexlocalize.DEMO,
        vindr.ENTRY,
        vinbigdata.ENTRY,
        nih.ENTRY,
        rsna.ENTRY,
        ms_cxr.ENTRY,
        padchest_gr.ENTRY,
        tbx11k.ENTRY,
        object_cxr.ENTRY,
        siim.ENTRY,
        candid_ptx.ENTRY,
        chestx_det.ENTRY,
        chestx_det.BOXES,
        jsrt.ENTRY,
        covid_qu_ex.ENTRY,
        reflacx.ENTRY,
        coco.ENTRY,
        yolo.ENTRY,
        csv_boxes.ENTRY,
        mask_folder.ENTRY,
    )
)


def find_source(key: str) -> SourceEntry:
    """Return the entry of this name.

    Raises:
        InputError: there is none.
    """
    if key not in SOURCES:
        raise InputError(f"Unknown source {key!r}: expected one of {', '.join(SOURCES)}.")
    return SOURCES[key]


def open_source(key: str, root: Path | None, labels: LabelMapping | None = None) -> Dataset:
    """Open a dataset.

    Args:
        key: of the source.
        root: its folder.
        labels: what its words mean, where not what its entry says.

    Raises:
        InputError: there is no such source, or nothing of its kind at the root.
    """
    entry = find_source(key)
    return entry.open(root, entry.labels if labels is None else labels)


def labels_of(key: str, mapping: Path | None = None, roll_up: bool = False, near: bool = False) -> LabelMapping:
    """What the words of a dataset mean.

    Args:
        key: of the source.
        mapping: somebody's own meanings of some words, as `read_mapping` reads them.
        roll_up, near: see `LabelMapping`.

    Raises:
        InputError: there is no such source, its words are CheXpert's own, or the mapping is none.
    """
    labels = find_source(key).labels
    given = [name for name, value in (("--mapping", mapping), ("--roll-up", roll_up), ("--near", near)) if value]
    if labels is CHEXPERT and given:
        raise InputError(f"Expected CheXpert's own labels for {key}, found {' and '.join(given)}; leave that out.")
    if mapping is not None:
        labels = labels.changed(read_mapping(mapping))
    return replace(labels, roll_up=roll_up, near=near)


def find_cases(key: str, root: Path | None, split: str | None = None, labels: LabelMapping | None = None) -> list[Case]:
    """The cases of a split, or of all; arguments as of `open_source`.

    Raises:
        InputError: there is no such source or split, or nothing of its kind at the root.
    """
    dataset = open_source(key, root, labels)
    return [case for name in ((split,) if split else dataset.splits()) for case in dataset.cases(name)]

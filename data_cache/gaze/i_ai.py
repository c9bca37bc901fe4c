"""I-AI: gaze maps of the heart and the lungs, made of REFLACX's readings.

Pham et al., "I-AI: A controllable & interpretable AI system for decoding radiologists' intense focus for accurate CXR
diagnoses", WACV 2024.

One CSV table (or several) with reflacx_id, path (of the DICOM file, MIMIC-CXR's), _type (c, l or r), and for each type
a column with the path of a PNG picture on the authors' machine: of it, what lies below the root is used.
"""

import re
from functools import partial
from pathlib import Path, PurePosixPath

from data_cache.errors import InputError
from data_cache.gaze.base import GazeDataset, GazeEntry
from data_cache.gaze.gaze_map import Reading
from data_cache.gaze.pictures import below, picture_size, read_picture
from data_cache.gaze.settings import GazeSettings
from data_cache.gaze.tables import placed
from data_cache.sources.tables import Row, read_rows

_PARTS = {"c": ("cardiomegaly", "heart"), "l": ("left lung", "left lung"), "r": ("right lung", "right lung")}
_COLUMNS = ("reflacx_id", "path", "_type")
_PATIENT = re.compile(r"p\d{8}")


def open_i_ai(root: Path, _settings: GazeSettings) -> GazeDataset:
    """List the maps of all tables in the root that have the dataset's columns.

    A map that stands there again is named, and the first one is used.

    Raises:
        InputError: there is no such table.
    """
    readings: dict[tuple[str, str, str], Reading] = {}
    problems: list[str] = []
    tables = [path for path in sorted(root.glob("*.csv")) if _is_table(path)]
    if not tables:
        raise InputError(f"Expected a table with {', '.join(_COLUMNS)} in {root}, found none; name I-AI's folder.")
    for table in tables:
        for row in read_rows(table, _COLUMNS):
            try:
                with placed(table, row):
                    reading = _reading(root, row)
                    key = (reading.case, reading.reader, reading.kind)
                    if key in readings:
                        raise InputError(f"expected each map once, found {reading.kind} of {reading.reader[:40]} again")
                    readings[key] = reading
            except InputError as error:
                problems.append(str(error))
    return GazeDataset(tuple(readings.values()), tuple(problems))


def _is_table(path: Path) -> bool:
    try:
        next(read_rows(path, _COLUMNS), None)
    except InputError:
        return False
    return True


def _reading(root: Path, row: Row) -> Reading:
    kind = row.get("_type")
    if kind not in _PARTS:
        raise InputError(f"expected c, l or r as _type, found {kind[:40]!r}")
    column, part = _PARTS[kind]
    heatmap = f"heatmap ({column})"
    picture = below(root, row.text(heatmap))
    path, reader = PurePosixPath(row.text("path").replace("\\", "/")), row.text("reflacx_id")
    patient = next((name for name in path.parts if _PATIENT.fullmatch(name)), path.stem)
    finding = "Cardiomegaly" if kind == "c" else None
    size = picture_size(picture)
    make = partial(read_picture, picture, path.stem, reader, size, finding, part)
    return Reading(path.stem, reader, patient, size, make, kind=part, finding=finding, phrase=part)


I_AI = GazeEntry(
    key="i-ai",
    label="I-AI",
    words="Gaze maps of the heart and both lungs; the root holds the CSV tables and, at the ends of their paths, the "
    "PNG pictures.",
    paper="Pham et al., I-AI: A controllable & interpretable AI system for decoding radiologists' intense focus for "
    "accurate CXR diagnoses, WACV 2024",
    open=open_i_ai,
)

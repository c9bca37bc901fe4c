"""EGD-CXR ("Eye Gaze"): fixations of a radiologist on 1,083 radiographs of MIMIC-CXR, and what was dictated.

Karargyris et al., "Creation and validation of a chest X-ray dataset with eye-tracking and report dictation for AI
development", Scientific Data 2021; PhysioNet, credentialed access.

    master_sheet.csv                dicom_id, patient_id …
    fixations.csv                   DICOM_ID, Time (in secs), FPOGD, X_ORIGINAL, Y_ORIGINAL …
    audio_segmentation_transcripts/{dicom_id}/transcript.json

X_ORIGINAL and Y_ORIGINAL are pixels of the radiograph, and 0 or less outside it. The authors' own map counts each
fixation once and blurs with a standard deviation of 150 pixels; what they saved is coloured, so that maps are made of
the fixations here.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
from pydantic import Field

from data_cache.annotations.parts import Part, validated
from data_cache.bounded_files import read_file
from data_cache.errors import InputError
from data_cache.gaze.base import GazeDataset, GazeEntry
from data_cache.gaze.fixations import Fixations, fixation_map
from data_cache.gaze.gaze_map import GazeMap, Reading
from data_cache.gaze.phrases import Phrase
from data_cache.gaze.recording import Recording
from data_cache.gaze.settings import GazeSettings
from data_cache.gaze.sizes import WHERE, sizes_of
from data_cache.gaze.tables import named, placed
from data_cache.json_text import parse_json
from data_cache.marks import Box
from data_cache.sources.tables import Row, read_rows

DEVIATION = 150.0
READER = "radiologist"
_FIXATIONS = "fixations.csv"
_TIME, _DURATION = "Time (in secs)", "FPOGD"
_FIXATION = ("DICOM_ID", _TIME, "X_ORIGINAL", "Y_ORIGINAL")
_MOST_JSON = 32_000_000


class _Said(Part):
    phrase: str
    begin_time: float
    end_time: float


class _Transcript(Part):
    time_stamped_text: list[_Said] = Field(default_factory=list)


def open_egd(root: Path, settings: GazeSettings) -> GazeDataset:
    """List the radiographs with fixations; those of a size that nothing tells are left out.

    Raises:
        InputError: a table is missing, or lacks a column.
    """
    patients = {
        row.get("dicom_id"): row.get("patient_id")
        for row in read_rows(root / "master_sheet.csv", ("dicom_id", "patient_id"))
    }
    rows: dict[str, list[Row]] = {}
    for row in read_rows(root / _FIXATIONS, _FIXATION):
        rows.setdefault(row.get("DICOM_ID"), []).append(row)
    readings: list[Reading] = []
    problems: list[str] = []
    sizes = sizes_of(root, rows.keys() & patients.keys(), problems)
    for case, lines in rows.items():
        try:
            readings += _of_case(root, case, lines, patients, sizes, settings, problems)
        except InputError as error:
            problems.append(f"{named(case)}: {error}")
    return GazeDataset(tuple(readings), tuple(problems))


def _of_case(
    root: Path,
    case: str,
    lines: list[Row],
    patients: Mapping[str, str],
    sizes: Mapping[str, tuple[int, int]],
    settings: GazeSettings,
    problems: list[str],
) -> list[Reading]:
    if case not in patients:  # the radiologist calibrated on pictures that are no radiographs
        raise InputError("Expected a radiograph of the master sheet, found fixations on something else; left out.")
    if case not in sizes:
        raise InputError(f"Expected the radiograph's size, found none; {WHERE}.")
    fixations = fixations_of(lines, sizes[case], problems)
    said: list[Phrase | None] = list(read_phrases(root, case)) if settings.part == "phrases" else [None]
    return [
        Reading(
            case=case,
            reader=READER,
            patient=patients[case] or case,
            size=sizes[case],
            make=partial(_make, case, fixations, sizes[case], settings, phrase),
            kind="whole" if phrase is None else "phrase",
            phrase="" if phrase is None else phrase.text,
            record=partial(_record, root, case, fixations),
        )
        for phrase in said
    ]


def _record(root: Path, case: str, fixations: Fixations) -> Recording:
    try:
        return Recording(fixations, "count", tuple(read_phrases(root, case)))
    except InputError as error:
        return Recording(fixations, "count", problems=(str(error),))


def _make(
    case: str, fixations: Fixations, size: tuple[int, int], settings: GazeSettings, phrase: Phrase | None
) -> GazeMap:
    fixations = settings.of(fixations, phrase)
    said = "" if phrase is None else phrase.text
    what = settings.words(named(case), phrase)
    values = fixation_map(fixations, size, settings.weigh or "count", what)
    return GazeMap(case, READER, values, size, phrase=said, points=fixations.inside(size))


def fixations_of(
    rows: list[Row], size: tuple[int, int], problems: list[str] | None = None, table: Path = Path(_FIXATIONS)
) -> Fixations:
    """Return the fixations of one radiograph of (height, width) that lie on it.

    A fixation lasts as long as FPOGD says, and where there is no such column until the next row begins; the last one
    then lasts no time. Rows in which a cell is no number are left out, and named among the problems where these are
    wanted.

    Raises:
        InputError: a cell is no number, and nobody wants problems.
    """
    height, width = size
    columns = (*_FIXATION[1:], _DURATION) if rows and _DURATION in rows[0].cells else _FIXATION[1:]
    cells = []
    for row in rows:
        try:
            with placed(table, row):
                cells.append(row.numbers(*columns))
        except InputError as error:
            if problems is None:
                raise
            problems.append(f"{named(row.get('DICOM_ID'))}: {error}")
    numbers = np.array(cells, np.float64).reshape(-1, len(columns))
    begins, places = numbers[:, 0], numbers[:, 1:3]
    lasts = numbers[:, 3] if len(columns) > 3 else np.diff(begins, append=begins[-1:])
    on = (places > 0).all(axis=1)
    times = np.stack([begins, begins + np.maximum(lasts, 0)], axis=1)[on]
    deviation = np.full((len(times), 2), DEVIATION)
    return Fixations(places[on] + 0.5, times, deviation, np.tile([0.0, 0.0, width, height], (len(times), 1)))


def read_phrases(root: Path, case: str) -> list[Phrase]:
    """Return what was dictated about a radiograph.

    Raises:
        InputError: the transcript is missing or no such file.
    """
    if "/" in case or "\\" in case or case.startswith("."):
        raise InputError(f"Expected the id of a radiograph, found {case[:60]!r}.")
    path = root / "audio_segmentation_transcripts" / case / "transcript.json"
    content = parse_json(read_file(path, "a transcript", _MOST_JSON), path.name, "a transcript")
    said = validated(_Transcript, content, "a transcript with time_stamped_text", path.name)
    return [Phrase(one.phrase, one.begin_time, one.end_time) for one in said.time_stamped_text]


def read_regions(root: Path) -> dict[str, dict[str, Box]]:
    """Return the boxes of parts of the body, by radiograph and name; their columns stand in the order x1, x2, y1, y2.

    Raises:
        InputError: the file is missing, or a box is none.
    """
    found: dict[str, dict[str, Box]] = {}
    path = root / "bounding_boxes.csv"
    for row in read_rows(path, ("dicom_id", "bbox_name", "x1", "x2", "y1", "y2")):
        with placed(path, row):
            x0, y0, x1, y1 = row.numbers("x1", "y1", "x2", "y2")
            if not (x0 < x1 and y0 < y1):
                raise InputError(f"expected x1 < x2 and y1 < y2, found {x0:g}, {x1:g} and {y0:g}, {y1:g}")
            found.setdefault(row.text("dicom_id"), {})[row.text("bbox_name")] = Box(x0, y0, x1, y1)
    return found


EGD_CXR = GazeEntry(
    key="egd-cxr",
    label="EGD-CXR",
    words="Fixations of one radiologist who dictated; the root holds master_sheet.csv and fixations.csv, and for the "
    f"radiographs' sizes: {WHERE}. A whole reading, or a phrase of the transcript.",
    paper="Karargyris et al., Creation and validation of a chest X-ray dataset with eye-tracking and report dictation "
    "for AI development, Scientific Data 2021",
    open=open_egd,
)

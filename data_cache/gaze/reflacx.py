"""REFLACX's fixations as maps; see `data_cache.reflacx`."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from data_cache.counting import counted
from data_cache.errors import InputError
from data_cache.gaze.base import GazeDataset, GazeEntry
from data_cache.gaze.fixations import Fixations, fixation_map
from data_cache.gaze.gaze_map import GazeMap, Reading
from data_cache.gaze.phrases import Phrase, sentences
from data_cache.gaze.recording import Recording
from data_cache.gaze.settings import GazeSettings
from data_cache.gaze.tables import about, named, placed, read_numbers
from data_cache.reflacx import ReflacxReading, read_readings
from data_cache.sources.tables import read_rows

_TIMES = ("timestamp_start_fixation", "timestamp_end_fixation")
_PLACE = ("x_position", "y_position")
_DEGREE = ("angular_resolution_x_pixels_per_degree", "angular_resolution_y_pixels_per_degree")
_SHOWN = ("xmin_shown_from_image", "ymin_shown_from_image", "xmax_shown_from_image", "ymax_shown_from_image")
COLUMNS = (*_PLACE, *_TIMES, *_DEGREE, *_SHOWN)
WORDS = ("word", "timestamp_start_word", "timestamp_end_word")
_FIXATIONS, _TRANSCRIPT = "fixations.csv", "timestamps_transcription.csv"


def open_reflacx(root: Path, settings: GazeSettings) -> GazeDataset:
    """List the readings whose gaze was kept.

    Raises:
        InputError: the root holds no table of readings.
    """
    found, problems = read_readings(root)
    discarded = sum(not reading.has_gaze for reading in found)
    if discarded:
        problems.append(f"Left out {counted(discarded, 'reading')} whose gaze the dataset discards.")
    readings: list[Reading] = []
    for reading in found:
        if not reading.has_gaze:
            continue
        if settings.part == "whole":
            readings.append(_reading(reading, settings, None))
            continue
        try:
            said, wrong = read_phrases(reading.folder / _TRANSCRIPT)
        except InputError as error:
            problems.append(f"{named(reading.id)}: {error}")
            continue
        problems += [f"{named(reading.id)}: {problem}" for problem in wrong]
        readings += [_reading(reading, settings, phrase) for phrase in said]
    return GazeDataset(tuple(readings), tuple(problems))


def _reading(reading: ReflacxReading, settings: GazeSettings, phrase: Phrase | None) -> Reading:
    return Reading(
        case=reading.case,
        reader=reading.id,
        patient=reading.patient,
        size=reading.size,
        make=partial(_make, reading, settings, phrase),
        kind="whole" if phrase is None else "phrase",
        phrase="" if phrase is None else phrase.text,
        reported=reading.reported,
        record=partial(_record, reading),
    )


def _make(reading: ReflacxReading, settings: GazeSettings, phrase: Phrase | None) -> GazeMap:
    with about(reading.id):
        fixations, problems = read_fixations(reading.folder / _FIXATIONS)
    fixations = settings.of(fixations, phrase)
    said = "" if phrase is None else phrase.text
    what = settings.words(reading.id, phrase)
    values = fixation_map(fixations, reading.size, settings.weigh or "duration", what)
    wrong = tuple(f"{named(reading.id)}: {problem}" for problem in problems)
    points = fixations.inside(reading.size)
    return GazeMap(reading.case, reading.id, values, reading.size, phrase=said, points=points, problems=wrong)


def _record(reading: ReflacxReading) -> Recording:
    fixations, problems = read_fixations(reading.folder / _FIXATIONS)
    try:
        phrases, wrong = read_phrases(reading.folder / _TRANSCRIPT)
    except InputError as error:
        phrases, wrong = [], [str(error)]
    return Recording(fixations, "duration", tuple(phrases), (*problems, *wrong))


def read_fixations(path: Path) -> tuple[Fixations, list[str]]:
    """Return the fixations of a table, and a sentence for each row that is none; the standard deviation is one degree.

    Positions are whole pixels in the file: they are taken to be those pixels' centres.

    Raises:
        InputError: the file is missing, or lacks a column.
    """
    found, problems = read_numbers(path, COLUMNS, _check)
    numbers = np.array(found, np.float64).reshape(-1, len(COLUMNS))
    return Fixations(numbers[:, :2] + 0.5, numbers[:, 2:4], numbers[:, 4:6], numbers[:, 6:]), problems


def _check(numbers: Sequence[float]) -> None:
    _, _, start, end, across, down, *shown = numbers
    if end < start:
        raise InputError(f"expected an end after the start, found {start:g} to {end:g}")
    if min(across, down) <= 0:
        raise InputError(f"expected pixels per degree above 0, found {across:g} and {down:g}")
    x0, y0, x1, y1 = shown
    if not (x0 < x1 and y0 < y1):
        raise InputError(f"expected xmin < xmax and ymin < ymax, found {x0:g}, {x1:g} and {y0:g}, {y1:g}")


def read_phrases(path: Path) -> tuple[list[Phrase], list[str]]:
    """Return the sentences that were dictated, and a sentence for each row of the table that is no word.

    Raises:
        InputError: the file is missing, or lacks a column.
    """
    words, problems = [], []
    for row in read_rows(path, WORDS):
        try:
            with placed(path, row):
                words.append(Phrase(row.text("word"), *row.numbers(*WORDS[1:])))
        except InputError as error:
            problems.append(str(error))
    return sentences(words), problems


REFLACX = GazeEntry(
    key="reflacx",
    label="REFLACX",
    words="Fixations of five radiologists who dictated; the root holds main_data/ with metadata_phase_*.csv. A whole "
    "reading, or a sentence by the times of its words.",
    paper="Bigolin Lanfredi et al., REFLACX, a dataset of reports and eye-tracking data for localization of "
    "abnormalities in chest x-rays, Scientific Data 2022",
    open=open_reflacx,
)

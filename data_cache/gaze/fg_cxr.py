"""FG-CXR: gaze maps of seven parts of the body, with the sentence that describes each.

Pham et al., "FG-CXR: A radiologist-aligned gaze dataset for enhancing interpretability in chest X-ray report
generation", ACCV 2024.

    full.json                                        study id → {dicom_id, type: [7 parts], sentence: [7]}
    heatmaps/{study id}_{part}.png                   or heatmaps_reflacx/{study id}_{part}.png; blanks are _
    images/{dicom_id}.jpg
    metadata_phase_*.csv                             REFLACX's, put there: ids such as P300R… are REFLACX's readings

Maps are grey and of 8 bits, scaled to their largest value.
"""

from functools import partial
from pathlib import Path
from typing import Any

from data_cache.annotations.parts import Part, validated
from data_cache.bounded_files import read_file
from data_cache.case_names import wrong_id
from data_cache.errors import InputError
from data_cache.gaze.base import GazeDataset, GazeEntry
from data_cache.gaze.gaze_map import Reading
from data_cache.gaze.pictures import picture_size, read_picture
from data_cache.gaze.settings import GazeSettings
from data_cache.json_text import DATASET, parse_json
from data_cache.sources.tables import read_rows

PARTS = ("heart", "left", "upper left", "lower left", "right", "upper right", "lower right")
_FOLDERS = ("heatmaps", "heatmaps_reflacx")
_TABLES = ("metadata_phase_*.csv", "main_data/metadata_phase_*.csv", "metadata.csv")
_MOST_BYTES = 1_000_000 * DATASET.megabytes


class _Study(Part):
    dicom_id: str
    type: list[str]
    sentence: list[str]


def open_fg_cxr(root: Path, _settings: GazeSettings) -> GazeDataset:
    """List the maps.

    Raises:
        InputError: full.json is missing or no such file.
    """
    path = root / "full.json"
    content = parse_json(read_file(path, "FG-CXR's studies", _MOST_BYTES), path.name, "studies by id", DATASET)
    if not isinstance(content, dict):
        raise InputError("Expected studies by id in full.json, found a list; use the dataset's own file.")
    names = _reflacx_names(root)
    readings: list[Reading] = []
    problems = []
    for study, value in content.items():
        try:
            found, missing = _of_study(root, study, value, names)
        except InputError as error:
            problems.append(str(error))
            continue
        readings += found
        problems += missing
    return GazeDataset(tuple(readings), tuple(problems))


def _reflacx_names(root: Path) -> dict[str, str]:
    """DICOM ids of REFLACX's readings, where its tables are there."""
    tables = [path for pattern in _TABLES for path in sorted(root.glob(pattern))]
    return {row.get("id"): row.get("dicom_id") for path in tables for row in read_rows(path, ("id", "dicom_id"))}


def _of_study(root: Path, study: str, value: Any, names: dict[str, str]) -> tuple[list[Reading], list[str]]:
    if not study.replace("-", "").replace("_", "").isalnum() or wrong_id(study):
        raise InputError(f"Expected ids of studies in full.json, found {study[:60]!r}.")
    entry = validated(_Study, value, f"the study {study[:60]}", "full.json")
    if len(entry.type) != len(entry.sentence) or set(entry.type) - set(PARTS):
        raise InputError(f"full.json: expected a sentence for each of {', '.join(PARTS)} in {study}, found others.")
    case = names.get(study, entry.dicom_id)
    if wrong := wrong_id(case):
        raise InputError(f"full.json, {study[:60]}: {wrong}.")
    found, problems = [], []
    for part, sentence in zip(entry.type, entry.sentence, strict=True):
        name = f"{study}_{part.replace(' ', '_')}.png"
        path = next((root / folder / name for folder in _FOLDERS if (root / folder / name).is_file()), None)
        if path is None:
            problems.append(f"Expected the map {name} in {' or '.join(_FOLDERS)}, found none.")
            continue
        image = root / "images" / f"{case}.jpg"
        size = picture_size(image if image.is_file() else path)
        phrase = f"{part}: {sentence.strip()}"
        make = partial(read_picture, path, case, study, size, None, phrase)
        found.append(Reading(case, study, case, size, make, kind=part, phrase=phrase))
    return found, problems


FG_CXR = GazeEntry(
    key="fg-cxr",
    label="FG-CXR",
    words="Gaze maps of seven parts of the body with a sentence each; the root holds full.json, heatmaps/, images/, "
    "and REFLACX's metadata_phase_*.csv for the ids of its share. Patients are unknown: a radiograph stands for one.",
    paper="Pham et al., FG-CXR: A radiologist-aligned gaze dataset for enhancing interpretability in chest X-ray "
    "report generation, ACCV 2024",
    open=open_fg_cxr,
)

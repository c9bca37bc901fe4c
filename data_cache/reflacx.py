"""REFLACX: readings of radiographs of MIMIC-CXR by five radiologists, with ellipses, gaze and dictation.

Bigolin Lanfredi et al., "REFLACX, a dataset of reports and eye-tracking data for localization of abnormalities in chest
x-rays", Scientific Data 2022; PhysioNet, restricted access.

    main_data/metadata_phase_{1,2,3}.csv   a line a reading
    main_data/{id}/…                       fixations.csv, anomaly_location_ellipses.csv, timestamps_transcription.csv

The dataset does not say which of the five read what, so a reading's id stands for its reader.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from data_cache.csv_tables import TableRow, read_table
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.marks import Relation

POSSIBLY = 3  # of certainties from 0 to 5: the authors count a label as present from "possibly" on
_COLUMNS = ("id", "eye_tracking_data_discarded", "dicom_id", "subject_id", "image_size_x", "image_size_y")
_TRUE = "true"

LABELS: dict[str, tuple[str, Relation]] = {
    "Abnormal mediastinal contour": ("Enlarged Cardiomediastinum", "near"),
    "Acute fracture": ("Fracture", "narrower"),
    "Atelectasis": ("Atelectasis", "exact"),
    "Consolidation": ("Consolidation", "exact"),
    "Enlarged cardiac silhouette": ("Cardiomegaly", "exact"),
    "Fibrosis": ("Pleural Other", "near"),
    "Fracture": ("Fracture", "exact"),
    "Groundglass opacity": ("Lung Opacity", "narrower"),
    "Interstitial lung disease": ("Lung Opacity", "narrower"),
    "Lung nodule or mass": ("Lung Lesion", "exact"),
    "Mass": ("Lung Lesion", "narrower"),
    "Nodule": ("Lung Lesion", "narrower"),
    "Pleural abnormality": ("Pleural Effusion", "near"),
    "Pleural effusion": ("Pleural Effusion", "exact"),
    "Pleural thickening": ("Pleural Other", "exact"),
    "Pneumothorax": ("Pneumothorax", "exact"),
    "Pulmonary edema": ("Edema", "exact"),
    "Support devices": ("Support Devices", "exact"),
    "Wide mediastinum": ("Enlarged Cardiomediastinum", "exact"),
}


@dataclass(frozen=True)
class ReflacxReading:
    """One line of a table of readings.

    Attributes:
        id: of the reading.
        folder: where its files lie.
        case: the radiograph's DICOM id.
        patient: MIMIC's subject.
        size: (height, width) of the radiograph.
        has_gaze: whether its gaze was kept.
        reported: findings whose label is present, in CheXpert's order; only by labels that mean the finding exactly or
            a part of it.
    """

    id: str
    folder: Path
    case: str
    patient: str
    size: tuple[int, int]
    has_gaze: bool
    reported: tuple[str, ...]


def read_readings(root: Path) -> tuple[list[ReflacxReading], list[str]]:
    """Return the readings of all phases, and a sentence for each line that cannot be used.

    Raises:
        InputError: the root holds no table of readings.
    """
    folder = root / "main_data" if (root / "main_data").is_dir() else root
    tables = sorted(folder.glob("metadata_phase_*.csv"))
    if not tables:
        raise InputError(
            f"Expected main_data/metadata_phase_1.csv or another phase in {root}, found none; name REFLACX's folder."
        )
    found: dict[str, ReflacxReading] = {}
    problems = []
    for row in _rows(tables):
        try:
            reading = _reading(row, folder)
            if reading.id in found:
                raise InputError(f"Expected each reading once, found {reading.id} again in {row.place}.")
            found[reading.id] = reading
        except InputError as error:
            problems.append(str(error))
    return list(found.values()), problems


def _rows(tables: list[Path]) -> Iterator[TableRow]:
    for table in tables:
        yield from read_table(table, _COLUMNS, "REFLACX's table of readings")


def _reading(row: TableRow, folder: Path) -> ReflacxReading:
    width, height = row.numbers("image_size_x", "image_size_y")
    name = row["id"]
    if not name.isalnum() or not row["dicom_id"] or min(width, height) < 1:
        raise InputError(f"Expected a reading with an id, a DICOM id and a size in {row.place}, found {name[:40]!r}.")
    present = {
        LABELS[label][0]
        for label, cell in row.cells.items()
        if label in LABELS and LABELS[label][1] != "near" and _present(cell)
    }
    return ReflacxReading(
        id=name,
        folder=folder / name,
        case=row["dicom_id"],
        patient=row["subject_id"] or row["dicom_id"],
        size=(int(height), int(width)),
        has_gaze=row["eye_tracking_data_discarded"].casefold() != _TRUE,
        reported=tuple(finding for finding in FINDINGS if finding in present),
    )


def _present(cell: str) -> bool:
    """Whether a label is present: a certainty from 3 on, or True of the labels that are yes or no."""
    try:
        return float(cell) >= POSSIBLY
    except ValueError:
        return cell.casefold() == _TRUE

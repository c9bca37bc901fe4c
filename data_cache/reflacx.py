"""REFLACX: readings of radiographs of MIMIC-CXR by five radiologists, with ellipses, gaze and dictation.

Bigolin Lanfredi et al., "REFLACX, a dataset of reports and eye-tracking data for localization of abnormalities in chest
x-rays", Scientific Data 2022; PhysioNet, restricted access.

    main_data/metadata_phase_{1,2,3}.csv   a line a reading
    main_data/{id}/…                       fixations.csv, anomaly_location_ellipses.csv, timestamps_transcription.csv

The dataset does not say which of the five read what, so a reading's id stands for its reader.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from data_cache.case_names import wrong_id
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.gaze.sizes import check_size
from data_cache.gaze.tables import placed
from data_cache.label_mapping import LabelMapping, Meaning
from data_cache.sources.tables import Row, read_rows

POSSIBLY = 3  # of certainties from 0 to 5: the authors count a label as present from "possibly" on
_COLUMNS = ("id", "eye_tracking_data_discarded", "dicom_id", "subject_id", "image_size_x", "image_size_y")
_TRUE = "true"
_LONGEST_ID = 60

LABELS = LabelMapping(
    {
        "Abnormal mediastinal contour": Meaning("Enlarged Cardiomediastinum", "near"),
        "Acute fracture": Meaning("Fracture", "narrower"),
        "Airway wall thickening": None,
        "Atelectasis": Meaning("Atelectasis"),
        "Consolidation": Meaning("Consolidation"),
        "Emphysema": None,
        "Enlarged cardiac silhouette": Meaning("Cardiomegaly"),
        "Enlarged hilum": None,
        "Fibrosis": Meaning("Pleural Other", "near"),
        "Fracture": Meaning("Fracture"),
        "Groundglass opacity": Meaning("Lung Opacity", "narrower"),
        "Hiatal hernia": None,
        "High lung volume / emphysema": None,
        "Interstitial lung disease": Meaning("Lung Opacity", "narrower"),
        "Lung nodule or mass": Meaning("Lung Lesion"),
        "Mass": Meaning("Lung Lesion"),
        "Nodule": Meaning("Lung Lesion"),
        "Other": None,
        "Pleural abnormality": Meaning("Pleural Effusion", "near"),
        "Pleural effusion": Meaning("Pleural Effusion"),
        "Pleural thickening": Meaning("Pleural Other"),
        "Pneumothorax": Meaning("Pneumothorax"),
        "Pulmonary edema": Meaning("Edema"),
        "Quality issue": None,
        "Support devices": Meaning("Support Devices"),
        "Wide mediastinum": Meaning("Enlarged Cardiomediastinum"),
    }
)


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
        labels: whether each of the phase's labels is present.
    """

    id: str
    folder: Path
    case: str
    patient: str
    size: tuple[int, int]
    has_gaze: bool
    labels: Mapping[str, bool]

    @property
    def reported(self) -> tuple[str, ...]:
        """Findings whose label is present, in CheXpert's order; labels that are merely near a finding do not count."""
        meant = (LABELS.meaning(label) for label, present in self.labels.items() if present)
        found = {meaning.finding for meaning in meant if meaning is not None and meaning.relation != "near"}
        return tuple(finding for finding in FINDINGS if finding in found)


def readings_folder(root: Path) -> Path:
    """Return the folder of the tables of readings: main_data, or the root itself."""
    return root / "main_data" if (root / "main_data").is_dir() else root


def read_readings(root: Path) -> tuple[list[ReflacxReading], list[str]]:
    """Return the readings of all phases, and a sentence for each line that cannot be used.

    Raises:
        InputError: the root holds no table of readings.
    """
    folder = readings_folder(root)
    tables = sorted(folder.glob("metadata_phase_*.csv"))
    if not tables:
        raise InputError(
            f"Expected main_data/metadata_phase_1.csv or another phase in {root}, found none; name REFLACX's folder."
        )
    found: dict[str, ReflacxReading] = {}
    problems = []
    for table in tables:
        for row in read_rows(table, _COLUMNS):
            try:
                with placed(table, row):
                    reading = _reading(row, folder)
                    if reading.id in found:
                        raise InputError(f"expected each reading once, found {reading.id} again")
                    found[reading.id] = reading
            except InputError as error:
                problems.append(str(error))
    return list(found.values()), problems


def _reading(row: Row, folder: Path) -> ReflacxReading:
    width, height = row.numbers("image_size_x", "image_size_y")
    name, case = row.text("id"), row.text("dicom_id")
    if not name.isalnum() or len(name) > _LONGEST_ID or wrong_id(case):
        raise InputError(f"expected the ids of a reading and its radiograph, found {name[:40]!r} and {case[:40]!r}")
    check_size(height, width)
    return ReflacxReading(
        id=name,
        folder=folder / name,
        case=case,
        patient=row.get("subject_id") or case,
        size=(int(height), int(width)),
        has_gaze=row.get("eye_tracking_data_discarded").casefold() != _TRUE,
        labels={label: _present(cell) for label, cell in row.cells.items() if LABELS.knows(label)},
    )


def _present(cell: str) -> bool:
    """Whether a label is present: a certainty from 3 on, or True of the labels that are yes or no."""
    try:
        return float(cell) >= POSSIBLY
    except ValueError:
        return cell.casefold() == _TRUE

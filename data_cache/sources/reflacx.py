"""REFLACX's ellipses: several radiologists' marks on radiographs, in original pixels; see `data_cache.reflacx`.

An ellipse may stand for several labels, and has one certainty, 1 to 5. As the authors do, one is taken from 3
("possibly") on, with its certainty; so is a label. Labels of readings count as said of the whole image.
"""

from pathlib import Path

from data_cache.marks import Ellipse
from data_cache.reflacx import LABELS, POSSIBLY, ReflacxReading, read_readings, readings_folder
from data_cache.sources.annotated import Layout
from data_cache.sources.base import SourceEntry
from data_cache.sources.gathering import Gathering
from data_cache.sources.tables import read_rows

_BOX = ("xmin", "ymin", "xmax", "ymax")
_TRUE = ("true", "1")


def _splits(root: Path) -> dict[str, Path]:
    folder = readings_folder(root)
    return {"all": folder} if any(folder.glob("metadata_phase_*.csv")) else {}


def _read(folder: Path, gathering: Gathering) -> None:
    readings, problems = read_readings(folder)
    gathering.problems += problems
    for number, reading in enumerate(readings, 1):
        with gathering.sparing(number, "Reading"):
            _add(reading, number, gathering)


def _add(reading: ReflacxReading, number: int, gathering: Gathering) -> None:
    image = gathering.image(reading.case, patient=reading.patient, size=reading.size)
    image.readers[reading.id] = None
    for label, present in reading.labels.items():
        gathering.say(image, label, present, number, reader=reading.id)
    for row in read_rows(reading.folder / "anomaly_location_ellipses.csv", (*_BOX, "certainty")):
        with gathering.sparing(row.line, f"{reading.id}/anomaly_location_ellipses.csv, line"):
            *edges, certainty = row.numbers(*_BOX, "certainty")
            if certainty < POSSIBLY:
                continue
            for label in (name for name, cell in row.cells.items() if cell.casefold() in _TRUE):
                if LABELS.knows(label):
                    shape = Ellipse(*edges)
                    gathering.mark(image, label, shape, row.line, reader=reading.id, certainty=certainty)


ENTRY = SourceEntry(
    key="reflacx",
    label="REFLACX",
    words="Ellipses of one to five radiologists on 2,616 radiographs of MIMIC-CXR, those of certainty 3 to 5; "
    "main_data/ with metadata_phase_*.csv. A reading's id stands for its reader.",
    paper="Bigolin Lanfredi et al., REFLACX, a dataset of reports and eye-tracking data for localization of "
    "abnormalities in chest x-rays, Scientific Data 2022",
    open=Layout("reflacx", "main_data/metadata_phase_1.csv", _splits, _read, "REFLACX (Bigolin Lanfredi, 2022)").open,
    labels=LABELS,
    forms=("ellipse",),
    licence="restricted; physionet.org/content/reflacx-xray-localization",
    needs_images=False,
)

"""PadChest-GR: sentences of reports with boxes by up to two readers, in fractions of the image's sides."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from data_cache.annotations.parts import Part, validated
from data_cache.bounded_files import read_file
from data_cache.errors import InputError
from data_cache.json_text import DATASET, parse_json
from data_cache.label_mapping import COMMON
from data_cache.marks import Box
from data_cache.sources.annotated import Layout
from data_cache.sources.base import SourceEntry
from data_cache.sources.gathering import UNIT, Annotated, Gathering
from data_cache.sources.tables import find_table, read_rows

_REPORTS, _TABLE = "grounded_reports_20240819.json", "master_table"
_SPLITS = ("train", "validation", "test")
_FIRST, _SECOND = "reader 1", "reader 2"
_SLACK = 1e-3  # of a side, by which rounding may push a box over the border


class _Finding(Part):
    labels: list[str] | None = None
    boxes: list[list[float]] | None = None
    extra_boxes: list[list[float]] | None = None


class _Study(Part):
    StudyID: str
    ImageID: str
    findings: list[_Finding] = Field(default_factory=list)


def _splits(root: Path) -> dict[str, Path]:
    reports = next(iter(sorted(root.glob(_REPORTS)) or sorted(root.glob(f"*/{_REPORTS}"))), None)
    if reports is None:
        return {}
    return dict.fromkeys(_SPLITS if find_table(reports.parent, _TABLE) else ("all",), reports)


def _read(path: Path, gathering: Gathering) -> None:
    table = find_table(path.parent, _TABLE)
    rows = read_rows(table, ("StudyID", "split")) if table else ()
    known = {row.get("StudyID"): (row.get("split"), row.get("PatientID")) for row in rows}
    studies = parse_json(read_file(path, "reports", DATASET.megabytes * 1_000_000), path.name, "reports", DATASET)
    if not isinstance(studies, list):
        raise InputError(f"Expected a list of studies in {path.name}, found {type(studies).__name__}.")
    for place, content in enumerate(studies, 1):
        with gathering.sparing(place, "Study"):
            study = validated(_Study, content, "a study with findings", path.name)
            split, patient = known.get(study.StudyID, ("", ""))
            if gathering.split in (split, "all"):
                _add(study, patient, place, gathering)


def _add(study: _Study, patient: str, place: int, gathering: Gathering) -> None:
    case_id = study.ImageID.removesuffix(".png")
    if case_id in gathering.images:
        raise InputError(f"expected each image once, found {study.ImageID} twice")
    image = gathering.image(case_id, image=study.ImageID, patient=patient or study.StudyID, fractions=True)
    both = any(finding.extra_boxes for finding in study.findings)
    for finding in study.findings:
        for reader, boxes in ((_FIRST, finding.boxes), (_SECOND, finding.extra_boxes)):
            _mark(image, finding.labels or (), boxes or (), reader if both else _FIRST, place, gathering)


def _mark(
    image: Annotated,
    labels: Sequence[str],
    boxes: Sequence[Sequence[float]],
    reader: str,
    place: int,
    gathering: Gathering,
) -> None:
    for corners in boxes:
        with gathering.sparing(place, "Study"):
            if len(corners) != 4 or not all(-_SLACK <= value <= 1 + _SLACK for value in corners):
                raise InputError(f"expected a box as four fractions of the image's sides, found {corners}")
            box = Box(*(UNIT * value for value in corners))
            for label in labels:
                gathering.mark(image, label, box, place, reader=reader)


ENTRY = SourceEntry(
    key="padchest-gr",
    label="PadChest-GR",
    words="Boxes for the positive sentences of 4,555 reports, by one reader or two; grounded_reports_20240819.json, "
    "and master_table.csv for splits and patients.",
    paper="Castro et al., PadChest-GR: a bilingual chest X-ray dataset for grounded radiology report generation, NEJM "
    "AI 2025",
    open=Layout("padchest-gr", _REPORTS, _splits, _read, "PadChest-GR (Castro et al., 2025)").open,
    labels=COMMON,
    forms=("box",),
    licence="on request; bimcv.cipf.es/bimcv-projects/padchest-gr",
    needs_images=False,
)

"""Making an export of the open case: from what the browser sent to a file."""

import re
from typing import Any, NamedTuple, get_args

from data_cache.annotations import Place, write_chexlocalize, write_coco
from data_cache.errors import InputError
from ui.exports.numbers import as_csv, as_json, as_npz
from ui.exports.report import Report
from ui.exports.request import Kind, State
from ui.naming import stem_of_upload
from ui.session import OpenCase

_DRAWINGS = {"coco": "drawings-coco.json", "chexlocalize": "drawings-chexlocalize.json"}
_DICOM = {"dicom": "dicom.zip", "dicom-fractional": "dicom-fractional.zip"}
_NUMBERS = {"pdf": "report.pdf", "json": "numbers.json", "csv": "numbers.csv", "npz": "maps.npz"}
_LONGEST = 80


class Export(NamedTuple):
    """A file that was made, what it is called, and what must be said of it besides."""

    data: bytes
    name: str
    note: str = ""


def file_name(case_id: str, what: str) -> str:
    """Return a file's name for any system: what the case is called, and what the file is.

    Letters, digits, dots, dashes and _ are kept; js/files/names.js calls the files so that the browser makes itself.

    Args:
        case_id: a case's, or an upload's as `ui.naming` has it: whether its name says "phantom" is left out.
        what: one of `Kind`.
    """
    kept = re.sub(r"[^A-Za-z0-9._-]+", "_", stem_of_upload(case_id) or case_id)[:_LONGEST].strip("._-") or "case"
    return f"{kept}-{(_DRAWINGS | _DICOM | _NUMBERS)[what]}"


def make_export(reading: OpenCase, what: str, content: Any) -> Export:
    """Make one of the files that can be had of the open case.

    Args:
        reading: the open case.
        what: one of `Kind`.
        content: the viewer's state as the browser sent it.

    Raises:
        InputError: the state is not one, there is nothing to export yet, or no such export.
    """
    if what not in get_args(Kind):
        raise InputError(f"Expected one of the exports {', '.join(get_args(Kind))}, found {what[:40]!r}.")
    state = State.of(content)
    name = file_name(reading.view.case_id, what)
    if what in _DICOM:
        from ui.exports.dicom import as_dicom  # pydicom takes its time to import

        data, note = as_dicom(Report.of(reading, state), fractional=what == "dicom-fractional")
        return Export(data, name, note)
    return Export(_made(reading, what, state), name)


def _made(reading: OpenCase, what: str, state: State) -> bytes:
    geometry = reading.view.geometry
    if what in _DRAWINGS:
        write = write_coco if what == "coco" else write_chexlocalize
        back = reading.orientation.back  # drawings are handed over in pixels of the file
        drawn = [back.annotation(one) for one in state.annotated(geometry)]
        return write(drawn, Place(reading.view.case_id, back.size((geometry.height, geometry.width))))
    report = Report.of(reading, state)
    if what == "pdf":
        from ui.exports.pdf import as_pdf  # Matplotlib takes its time to import

        return as_pdf(report)
    return {"json": as_json, "csv": as_csv, "npz": as_npz}[what](report)

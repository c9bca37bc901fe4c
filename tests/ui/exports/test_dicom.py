"""Results of a DICOM upload: only where the host allowed it, of what is on show, and read back where it was marked."""

import io
import zipfile
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread

from data_cache.annotations import Place, read_annotations
from data_cache.demo import bundled_cases
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from tests.data_cache.images.dicom_files import PATIENT, complete_dicom, dicom_bytes, dicom_file
from tests.ui.kept import keep
from ui.catalogue import Catalogue
from ui.engine import Engine
from ui.explore import Explore
from ui.exports.making import make_export
from ui.messages import Message
from ui.session import Session

pytest.importorskip("highdicom", reason="highdicom is not installed: requirements-dicom.txt")

FILM = np.rint(bundled_cases()[0].read().pixels[::4, ::4] * 4095).astype(np.uint16)  # weights of one's own read it
NOISE = np.random.default_rng(0).integers(0, 4096, (96, 128)).astype(np.uint16)
SHOWN: dict[str, Any] = {"finding": "Edema", "methods": ["gradcam"], "threshold": 0.4}


def _opened(
    catalogue: Catalogue, engine: Engine, data: bytes, allowed: bool, **asked: Any
) -> tuple[Explore, Session, list[Message]]:
    explore, session = Explore(catalogue, engine, keep, dicom_results=allowed), Session()
    messages = list(explore.read(session, data, "upload-1.dcm", {"names": ["gradcam"], **asked}))
    return explore, session, messages


def test_the_files_repeat_the_patient_and_mark_what_is_on_show(catalogue: Catalogue, engine: Engine) -> None:
    data = dicom_bytes(complete_dicom(FILM, BitsStored=12))
    explore, session, messages = _opened(catalogue, engine, data, allowed=True)
    reading = session.current
    assert reading is not None and messages[-1]["case"]["dicom_results"] is True
    assert "SECRET" not in str(messages)  # what is kept is never told to the page
    packed, name, note = make_export(reading, "dicom", SHOWN)
    assert name.endswith("dicom.zip") and note == ""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        files = {one: archive.read(one) for one in archive.namelist()}
    assert list(files) == ["sc.dcm", "seg-gradcam.dcm", "sr.dcm"]
    assert all(dcmread(io.BytesIO(one)).PatientName == PATIENT for one in files.values())
    assert "heat maps" in dcmread(io.BytesIO(files["sc.dcm"])).DerivationDescription
    (found,) = read_annotations(files["seg-gradcam.dcm"], "s.dcm", Place("", FILM.shape, "1.2.3.4.5")).annotations
    from ui.exports.report import Report
    from ui.exports.request import State

    (pane,) = Report.of(reading, State.of(SHOWN)).panes
    assert found.finding == "Edema"
    assert np.array_equal(found.mask.decode(), reading.view.geometry.mask_to_original(pane.laid.region(pane.level)))
    report = dcmread(io.BytesIO(files["sr.dcm"])).to_json()
    assert {verdict.title for verdict in reading.assessments.values()} == {"With caution"}
    assert "With caution" in report and "Edema" in report

    regions = list(explore.annotate(session, files["seg-gradcam.dcm"], "s.dcm", "Edema"))[-1]
    assert [one["finding"] for one in regions["annotations"]] == ["Edema"] and not regions["note"]


def test_regions_of_an_image_that_was_turned_for_the_models_lie_as_in_the_file(
    catalogue: Catalogue, engine: Engine
) -> None:
    data = dicom_bytes(complete_dicom(FILM, BitsStored=12))
    _, session, _ = _opened(catalogue, engine, data, allowed=True, orientation="1f")
    reading = session.current
    assert reading is not None and (reading.view.geometry.height, reading.view.geometry.width) == FILM.shape[::-1]
    with zipfile.ZipFile(io.BytesIO(make_export(reading, "dicom", SHOWN)[0])) as archive:
        segments = archive.read("seg-gradcam.dcm")
    from ui.exports.report import Report
    from ui.exports.request import State

    (pane,) = Report.of(reading, State.of(SHOWN)).panes
    seen = reading.view.geometry.mask_to_original(pane.laid.region(pane.level))
    (found,) = read_annotations(segments, "s.dcm", Place("", FILM.shape, "1.2.3.4.5")).annotations
    assert np.array_equal(np.rot90(found.mask.decode()[:, ::-1], -1), seen)  # mirrored, then a quarter turn clockwise


def test_of_an_image_that_no_model_can_assess_there_is_no_finding_and_no_map(
    catalogue: Catalogue, engine: Engine
) -> None:
    data = dicom_bytes(complete_dicom(NOISE, BitsStored=12))
    _, session, _ = _opened(catalogue, engine, data, allowed=True)
    assert session.current is not None
    made = make_export(session.current, "dicom", SHOWN)
    (reason,) = {verdict.reasons[0].sentence for verdict in session.current.assessments.values()}
    assert made.note.startswith("No segmentation of ") and f": not assessable. {reason}" in made.note
    assert made.note.count(reason) == 1
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        files = {one: dcmread(io.BytesIO(archive.read(one))) for one in archive.namelist()}
    assert list(files) == ["sc.dcm", "sr.dcm"]
    assert "without maps" in files["sc.dcm"].DerivationDescription
    for one in (files["sr.dcm"].to_json(), str(files["sc.dcm"].ImageComments)):
        assert "Not assessable" in one and "Nothing of its maps is written, since it cannot assess this image." in one
        assert not any(finding in one for finding in FINDINGS)


def test_what_has_no_segmentation_is_named_with_the_reason(
    catalogue: Catalogue, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.exports.dicom.write_results", lambda *_: {"sr.dcm": b""})  # tested above
    data = dicom_bytes(complete_dicom(FILM, BitsStored=12))
    explore, session, _ = _opened(catalogue, engine, data, allowed=True)
    *_, answer = explore.export(session, "dicom", SHOWN | {"threshold": 1.0})
    assert "download" in answer and answer["note"] == "No segmentation of Grad-CAM, CNN: nothing of Edema is marked."
    *_, answer = explore.export(session, "dicom", SHOWN | {"methods": []})
    assert answer["note"] == "No segmentation: no map is on show."


def test_without_leave_nothing_is_kept_and_without_identifiers_it_is_said(catalogue: Catalogue, engine: Engine) -> None:
    known, nameless = dicom_bytes(complete_dicom(FILM, BitsStored=12)), dicom_file(FILM, BitsStored=12)
    for data, allowed, said in (
        (known, False, "EXPLORER_DICOM_RESULTS=1"),
        (nameless, True, "upload-1.dcm: expected a DICOM image with a SOP Instance UID"),
    ):
        _, session, messages = _opened(catalogue, engine, data, allowed)
        assert session.current is not None and messages[-1]["case"]["dicom_results"] is allowed
        with pytest.raises(InputError, match=said):
            make_export(session.current, "dicom", SHOWN)
    assert session.current is not None and isinstance(session.current.source, InputError)

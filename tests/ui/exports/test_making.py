"""Exports of an open case, with narrow models and phantoms: each file read back by what people would read it with."""

import csv
import dataclasses
import io
import json
import re
from itertools import combinations
from typing import Any, get_args

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from data_cache.annotations import Place, read_annotations
from data_cache.case import Case
from data_cache.demo import bundled_cases
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.marks import Box, Mark
from data_cache.masks import Rle
from evaluation import localization
from evaluation.assessment import Assessment, Reason
from explainers.registry import STANDARD
from tests.ui.kept import keep, kept
from tests.ui.test_explore import png_bytes
from ui.case_view import CaseView
from ui.catalogue import Catalogue
from ui.engine import Engine
from ui.explore import Explore
from ui.exports.making import file_name, make_export
from ui.exports.pdf import as_png, draw_page
from ui.exports.report import Report
from ui.exports.request import Kind, State
from ui.gaze.chosen import GazeChoice, seen
from ui.measures import ViewMap
from ui.messages import Message
from ui.session import OpenCase, Session

SQUARE = [[[100, 120], [300, 120], [300, 260], [100, 260]]]


@pytest.fixture(scope="module")
def explore(catalogue: Catalogue, engine: Engine) -> Explore:
    return Explore(catalogue, engine, keep)


@pytest.fixture(scope="module")
def session(explore: Explore) -> Session:
    """A visitor who looks at the first phantom that has a mask."""
    session = Session()
    for row in explore.catalogue.rows():
        list(explore.open(session, row["id"]))
        if session.current is not None and session.current.view.facts["drawn"]:
            return session
    raise AssertionError("No phantom of this small world has a mask.")


@pytest.fixture(scope="module")
def upload(explore: Explore) -> Session:
    session = Session()
    pixels = np.random.default_rng(0).integers(0, 256, (90, 120), dtype=np.uint8)
    list(explore.read(session, png_bytes(pixels), "Müller, $(x) =1.png"))
    return session


def state_of(session: Session, **changes: Any) -> dict[str, Any]:
    assert session.current is not None
    finding = (session.current.view.facts["drawn"] or ["Edema"])[0]
    own = {"name": "=Dr. Lee", "finding": finding, "polygons": SQUARE}
    return {"finding": finding, "threshold": 0.4, "annotations": [own], "switched_off": [0, 9]} | changes


def exported(session: Session, what: str, **changes: Any) -> bytes:
    assert session.current is not None
    return make_export(session.current, what, state_of(session, **changes))[0]


def square() -> NDArray[np.bool_]:
    mask = np.zeros((512, 512), bool)
    mask[120:260, 100:300] = True
    return mask


def alike(mask: NDArray[np.bool_]) -> bool:
    """A pixel of these small images is up to 6 of the view wide; IoU > 0.999 at real sizes is tested elsewhere."""
    return bool((mask & square()).sum() > 0.95 * (mask | square()).sum())


def test_coco_and_chexlocalize_come_back_as_they_were_drawn(session: Session, upload: Session) -> None:
    for visitor in (session, upload):
        assert visitor.current is not None
        view = visitor.current.view
        place = Place(view.case_id, (view.geometry.height, view.geometry.width))
        for what in ("coco", "chexlocalize"):
            (found,) = read_annotations(exported(visitor, what), "x.json", place).annotations
            again = view.geometry.mask_to_input(found.mask.decode())
            assert alike(again)
            assert found.finding == state_of(visitor)["finding"]


def test_json_tells_everything_and_its_scores_are_the_localization_room_s(session: Session) -> None:
    content = json.loads(exported(session, "json"))
    reading = session.current
    assert reading is not None
    finding = content["settings"]["finding"]
    assert content["case"]["id"] == reading.view.case_id and content["case"]["size"] == reading.view.facts["size"]
    assert [len(model["weights_sha256"]) for model in content["models"]] == [64, 64]
    patches = np.array(content["patch_logits"])
    assert patches.shape == (64, 14)
    logits = [content["logits"]["medicalpatchnet"][name] for name in FINDINGS]
    np.testing.assert_allclose(patches.mean(axis=0), logits, atol=1e-4)
    kept = 1 / (1 + np.exp(-np.delete(patches, [0, 9], axis=0).mean(axis=0)))
    without = content["probabilities_without_switched_off"]
    np.testing.assert_allclose([without[name] for name in FINDINGS], kept, atol=1e-9)
    raw = reading.explanations["raw"].maps[FINDINGS.index(finding)].repeat(64, axis=0).repeat(64, axis=1)
    marked = localization.mark(localization.normalise(raw), 0.4)
    overlap = localization.Overlap.count(marked, square())
    own = content["methods"]["raw"]["scores"]["=Dr. Lee"]
    assert own["iou"] == pytest.approx(float(localization.iou_all(overlap)))
    assert own["recall"] == pytest.approx(float(localization.recall(overlap)))
    assert set(content["methods"]["raw"]["scores"]) == {"simulator", "=Dr. Lee"}
    (drawing,) = content["annotations"]
    assert np.array_equal(Rle((512, 512), drawing["mask"]["counts"]).decode(), square())
    assert content["agreement"][0]["one"] == "simulator" and 0 <= content["agreement"][0]["iou"] <= 1


def test_csv_has_a_row_for_each_shown_method_and_finding(session: Session) -> None:
    text = exported(session, "csv", methods=["gradcam", "raw"]).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {(row["method"], row["finding"]) for row in rows} == {
        (key, name) for key in ("gradcam", "raw") for name in FINDINGS
    }
    assert len(rows) == 2 * (len(FINDINGS) + 1)  # the drawn finding has two references
    own = [row for row in rows if row["reference"] == "'=Dr. Lee"]  # no formula for a spreadsheet
    assert len(own) == 2 and all(row["mask_pixels"] == str(140 * 200) for row in own)
    undefined = [row for row in rows if row["iou"] == ""]
    assert undefined and all(row["reason"] for row in undefined)


@pytest.mark.parametrize(
    "start", ["=", "\t", *(pytest.param(one, marks=pytest.mark.thorough) for one in ("+", "-", "@", "\r"))]
)
def test_no_name_is_a_formula_for_a_spreadsheet(session: Session, start: str) -> None:
    """Numbers keep their minus: a logit is a number, and a name that begins with one may call a program."""
    own = {"name": f"{start}2+3", "finding": state_of(session)["finding"], "polygons": SQUARE}
    text = exported(session, "csv", methods=["raw"], annotations=[own]).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert f"'{start}2+3" in {row["reference"] for row in rows}
    assert any(float(row["logit"]) < 0 for row in rows)


def test_npz_holds_the_signed_maps_and_opens_without_pickle(session: Session) -> None:
    assert session.current is not None
    with np.load(io.BytesIO(exported(session, "npz")), allow_pickle=False) as archive:
        assert set(archive) == {*STANDARD, "findings", "metadata"}
        for key, explanation in session.current.explanations.items():
            assert np.array_equal(archive[key], explanation.maps) and archive[key].min() < 0
        assert archive["findings"].tolist() == list(FINDINGS)
        assert json.loads(str(archive["metadata"]))["case"]["id"] == session.current.view.case_id


def test_no_export_says_the_name_of_the_file(upload: Session) -> None:
    """What of it would harm a name is in test_file_names_are_harmless; what a PDF packs is looked at as its texts."""
    assert upload.current is not None
    state = state_of(upload, methods=["raw"])
    page = draw_page(Report.of(upload.current, State.of(state)))
    told = [text.get_text().encode() for text in page.texts]
    for what in ("json", "csv", "npz", "coco", "chexlocalize"):
        data, name, note = make_export(upload.current, what, state)
        told += [data, name.encode(), note.encode()]
    for part in told:
        assert "Müller".encode() not in part and b"ller, $(x)" not in part


def test_the_pdf_is_one_page_that_says_nothing_of_this_machine(upload: Session) -> None:
    data = exported(upload, "pdf", methods=["gradcam"])
    assert data.startswith(b"%PDF") and len(re.findall(rb"/Type /Page\b", data)) == 1
    for words in (b"CreationDate", b"/home", b"/tmp", b"site-packages"):
        assert words not in data


def test_the_page_shows_every_pane_and_fits(session: Session) -> None:
    assert session.current is not None
    names = [{"name": f"reader {i}", "finding": state_of(session)["finding"], "polygons": SQUARE} for i in range(4)]
    state = State.of(
        state_of(
            session,
            methods=["raw", "gradcam"],
            annotations=names,
            hide=True,
            window={"level": 100, "width": 90, "invert": True},
        )
    )
    picture = np.asarray(Image.open(io.BytesIO(as_png(Report.of(session.current, state)))).convert("L"))
    height, width = picture.shape
    assert height / width == pytest.approx(297 / 210, abs=0.01)
    margin = width * 10 // 210
    assert picture[:, :margin].min() == 255 and picture[:, -margin:].min() == 255  # nothing runs off the page
    assert picture[height // 4 : height // 2, width // 4 : 3 * width // 4].std() > 20


@pytest.mark.parametrize("palette", ["cividis", pytest.param("unknown", marks=pytest.mark.thorough)])
def test_the_page_says_the_scale_the_numbers_and_whose_they_are(session: Session, palette: str) -> None:
    assert session.current is not None
    state = State.of(state_of(session, palette=palette, methods=["raw", "gradcam", "eigencam"]))
    said = "\n".join(text.get_text() for text in draw_page(Report.of(session.current, state)).texts)
    assert said.count("opposes −") == said.count(" supports") == 2  # Eigen-CAM is neither for nor against
    assert "Not for diagnosis" in said and "PHANTOM" in said and "patient data" not in said
    assert all(model.weights_sha256[:16] in said for model in session.current.models)
    assert "2 patches switched off" in said and "40.0 %" in said and "=Dr. Lee" in said


def test_a_page_without_anything_to_score_against_has_no_columns_of_dashes(upload: Session) -> None:
    assert upload.current is not None
    state = State.of({"finding": "Edema", "threshold": 0.4, "methods": ["raw"]})
    texts = [text.get_text() for text in draw_page(Report.of(upload.current, state)).texts]
    assert "Nobody drew this finding here, so there is nothing to score against." in texts
    assert "Marked" in texts and not {"compared with", "IoU", "Hit", "–"} & {*texts}


def test_before_the_models_have_spoken_there_is_nothing_to_export() -> None:
    early = OpenCase.of(bundled_cases()[0], "early")
    with pytest.raises(InputError, match="wait for them"):
        make_export(early, "pdf", {"finding": "Edema"})
    with pytest.raises(InputError, match="draw one first"):
        make_export(early, "coco", {"finding": "Edema"})
    with pytest.raises(InputError, match="one of the exports"):
        make_export(early, "../exe", {"finding": "Edema"})


@pytest.mark.parametrize(
    ("case_id", "stem"),
    [
        ("patient1_study1_view1_frontal", "patient1_study1_view1_frontal"),
        ("upload-1-1852-phantom", "upload-1-1852"),
        ("../../etc/x", "etc_x"),
        ('a"b\n;c', "a_b_c"),
        ("…", "case"),
        ("x" * 300, "x" * 80),
    ],
)
def test_file_names_are_harmless_and_of_one_style(case_id: str, stem: str) -> None:
    names = {file_name(case_id, what) for what in get_args(Kind)}
    assert len(names) == len(get_args(Kind)) and f"{stem}-drawings-coco.json" in names
    assert all(re.fullmatch(rf"{re.escape(stem)}-[a-z]+(-[a-z]+)?\.(pdf|json|csv|npz|zip)", name) for name in names)


def test_an_export_is_a_message_that_loses_nothing(explore: Explore, session: Session) -> None:
    (message,) = explore.export(session, "csv", state_of(session))
    assert "case" not in message and message["download"]["name"].endswith("-numbers.csv") and not message["busy"]
    (message,) = explore.export(session, "csv", {"finding": "Flu"})
    assert "Flu" in message["error"] or "Expected" in message["error"]
    (message,) = explore.export(Session(), "csv", state_of(session))
    assert "open one first" in message["error"]


def test_an_annotation_file_is_read_for_the_open_case(explore: Explore, session: Session, upload: Session) -> None:
    for visitor in (session, upload):
        written = exported(visitor, "coco")
        before = visitor.current
        (message,) = explore.annotate(visitor, written, "dr_kim.json", None)
        assert visitor.current is before and "case" not in message and message["note"] == ""
        (region,) = message["annotations"]
        found = np.unpackbits(kept(region["mask"])).reshape(512, 512).astype(bool)
        assert alike(found)
        outline = np.array(region["polygons"][0])
        np.testing.assert_allclose([outline.min(0), outline.max(0)], [[100, 120], [300, 260]], atol=3)
        assert region["finding"] == state_of(visitor)["finding"] and region["note"] == ""


def test_a_wrong_annotation_file_is_one_sentence(explore: Explore, session: Session) -> None:
    messages: list[Message] = [*explore.annotate(session, b"{}", "a.json", None)]
    messages += explore.annotate(Session(), b"{}", "a.json", None)
    for message in messages:
        assert set(message) == {"protocol", "serial", "turn", "busy", "error"}


def test_readers_are_named_in_every_export(session: Session) -> None:
    reading = session.current
    assert reading is not None
    marks = (Mark("Edema", Box(60, 20, 140, 120), "R1"), Mark("Edema", Box(80, 20, 160, 120), "R2"))
    pixels = np.full((200, 256), 0.5, np.float32)
    case = Case("read", "read", "vinbigdata-train", pixels=pixels, marks=marks)
    other = dataclasses.replace(reading, view=CaseView.of(case, case.read()))
    state = {"finding": "Edema", "truth": "majority", "methods": ["raw"]}
    content = json.loads(make_export(other, "json", state)[0])
    assert content["truth"]["name"] == "majority of 2 readers" and content["truth"]["form"] == "box"
    assert "0.60" in content["truth"]["note"] and content["truth"]["readers"] == ["R1", "R2"]
    assert set(content["methods"]["raw"]["scores"]) == {"majority of 2 readers"}
    found = {(row["one"], row["other"]): row for row in content["agreement"]}
    names = ["majority of 2 readers", "union of 2 readers", "R1", "R2", "raw"]
    assert set(found) == set(combinations(names, 2))
    assert found["R1", "R2"]["iou"] == pytest.approx(60 / 100, abs=0.01) and found["R1", "R2"]["kappa"] < 0.75
    (row,) = [row for row in rows_of(make_export(other, "csv", state)[0]) if row["finding"] == "Edema"]
    assert (row["reference"], row["reference_form"]) == ("majority of 2 readers", "box")
    page = [text.get_text() for text in draw_page(Report.of(other, State.of(state))).texts]
    assert {"1 R1", "2 R2", "scored: majority"} <= {*page}
    layered = Report.of(other, State.of(state | {"hidden_readers": [0]}))
    said = [text.get_text() for text in draw_page(layered).texts]
    assert "2 R2" in said and "1 R1" not in said and "scored: majority" in said
    whole = draw_page(Report.of(other, State.of(state | {"truth": "union"})))
    assert {"1 R1", "2 R2"} <= {text.get_text() for text in whole.texts}
    assert not any(text.get_text().startswith("scored: ") for text in whole.texts)  # the layers are that
    assert [text.get_text() for text in whole.axes[0].texts] == ["1", "2"]


@pytest.mark.parametrize("anyway", [False, True])
def test_numbers_of_a_model_that_cannot_assess_the_image_are_withheld(session: Session, anyway: bool) -> None:
    assert session.current is not None
    cannot = Assessment("not_assessable", (Reason("colour", "It is in colour."),))
    silent = "medicalpatchnet"
    (fine,) = {*session.current.logits} - {silent}
    verdicts = {key: cannot if key == silent else Assessment("readable") for key in session.current.logits}
    other = dataclasses.replace(session.current, assessments=verdicts)
    state = state_of(session, shown_anyway=anyway, methods=["raw", "gradcam"])
    found = json.loads(make_export(other, "json", state)[0])
    assert found["settings"]["shown_anyway"] is anyway and ("Show anyway" in found["withheld"][silent])
    assert fine not in found["withheld"] and found["probabilities"][fine]["Edema"] > 0
    assert [found[name][silent] is None for name in ("logits", "probabilities")] == [not anyway] * 2
    assert (found["patch_logits"] is None) == (found["probabilities_without_switched_off"] is None) == (not anyway)
    rows = rows_of(make_export(other, "csv", state)[0])
    assert {row["warning"] for row in rows} == {"Research tool. Not for diagnosis."}
    for row in rows:
        silenced = bool(row["assessment_reasons"])
        assert (row["probability"] == row["logit"] == "") == (silenced and not anyway)
        assert bool(row["withheld"]) == silenced == (row["method"] == "raw")


def rows_of(table: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"), newline="")))


def test_gaze_is_scored_as_it_is_seen_and_named(explore: Explore, upload: Session) -> None:
    rows = "film,0,1,50,40\nfilm,1,1,60,50\nfilm,no,1,60,50\nfilm,8,1,70,60\n"
    table = f"DICOM_ID,Time (in secs),FPOGD,X_ORIGINAL,Y_ORIGINAL\n{rows}".encode()
    (answer,) = explore.annotate(upload, table, "gaze-1.csv", None)
    assert "3 fixations loaded; 1 row left out. Line 4 of gaze-1.csv" in answer["note"] and answer["loaded"] == 0
    assert upload.current is not None and kept(answer["gaze"][0]).shape == (3, 10)
    early = {"reader": 0, "start": None, "end": 2.0, "part": ""}
    told = json.loads(exported(upload, "json", finding="Edema", methods=["raw"], gaze=early))["gaze"]
    assert told["whose"] == "gaze-1.csv" and told["window"] == "up to 2.0 s, 2 fixations" and told["end"] == 2.0
    chosen = seen(upload.current.gaze, GazeChoice(0, end=2.0))
    laid = ViewMap.of(upload.current.explanations["raw"], "Edema")
    assert chosen.values is not None and told["scores"] == {"raw": chosen.scores(laid.signed, 512)}
    assert told["scores"] != json.loads(exported(upload, "json", finding="Edema", methods=["raw"]))["gaze"]["scores"]
    assert upload.current.again().gaze == []  # what others see of the case is without it

"""Files made on the visitor's own device: the same content as the server's, and read by what people read them with."""

import csv
import dataclasses
import io
import json
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from data_cache.annotations import Place, read_annotations
from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.marks import Box, Disc, Mark
from data_cache.orientation import Orientation
from evaluation.assessment import Assessment, Reason
from explainers.registry import EXPLAINERS
from models.registry import find_model
from tests.ui.device.node import given, in_node
from tests.ui.kept import keep
from tests.ui.test_javascript import NODE
from ui.case_view import CaseView
from ui.catalogue import Catalogue
from ui.content import assessment_contents, method_content
from ui.engine import Engine
from ui.explore import Explore
from ui.exports.making import make_export
from ui.exports.report import Report
from ui.floors import Prior
from ui.session import OpenCase, Session

pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node, which tests/requirements.txt installs")
NUMBERS, DRAWINGS = ("json", "csv"), ("coco", "chexlocalize")
# Of each of the readings below; those in between have the drawings of the first.
KINDS = (
    (*NUMBERS, "npz", *DRAWINGS), NUMBERS, NUMBERS, (*NUMBERS, *DRAWINGS), (*NUMBERS, *DRAWINGS), NUMBERS,
)  # fmt: skip
SCRIPT = """
const { exported, whyServerFor } = await import("DEVICE/exporting/export.js");
const { reportPage } = await import("DEVICE/exporting/printing.js");
const { Report } = await import("DEVICE/exporting/report.js");
const bit = ({ bytes }) => bytes;
const masks = (all) => Object.fromEntries(Object.entries(all).map(([finding, one]) => [finding, bit(one)]));
const opened = (one) => ({ ...one, masks: masks(one.masks), human: masks(one.human),
  layers: Object.fromEntries(Object.entries(one.layers).map(([key, all]) => [key, masks(all)])) });
const date = new Date(given.date);
const made = [];
for (const { about, state, kinds } of given.cases) {
  const files = {};
  for (const what of kinds) {
    files[what] = await exported(what, opened(about), state, date).catch((error) => error.message);
  }
  made.push(files);
}
const [{ about, state }] = given.cases;
const gaze = { ...about, content: { ...about.content, gaze: [{}] } };
answer({
  made,
  page: reportPage(new Report(opened(about), state), "data:image/png;base64,AAAA", date),
  why: ["dicom", "dicom-fractional", "pdf", "json"].map((what) => whyServerFor(what, about)),
  gaze: whyServerFor("json", gaze), drawn: whyServerFor("coco", gaze),
  nothing: await exported("coco", opened(about), { ...state, annotations: [] }).catch((error) => error.message),
  coming: await exported("json", opened({ ...about, maps: {} }), state).catch((error) => error.message),
});
"""
DATE = datetime(2026, 7, 1, 16, 52, 9, tzinfo=UTC)
SQUARE = [[100.0, 120.5], [300.0, 120.0], [310.0, 260.0], [100.0, 260.0]]
HOLE = [[150.0, 150.0], [200.0, 150.0], [200.0, 200.0], [150.0, 200.0]]
ALIKE = (1, 3)  # places of those that are like another one
Pixels = NDArray[np.bool_]
Reading = tuple[OpenCase, dict[str, Any], tuple[str, ...]]


def drawing(finding: str, name: str, mask: Pixels, polygons: list[Any]) -> dict[str, Any]:
    bits = given(np.packbits(mask))["base64"]
    return {"name": name, "finding": finding, "polygons": polygons, "bits": bits}


def square(hole: bool = False) -> Pixels:
    """A drawn region in the view, by pixels' centres."""
    down, across = np.mgrid[:512, :512] + 0.5
    mask = (across >= 100) & (down >= 120.5 - 0.5 * (across - 100) / 200) & (down < 260)
    mask &= across < 300 + 10 * (down - 120) / 140
    return mask & ~((abs(across - 175) < 25) & (abs(down - 175) < 25)) if hole else mask


def blot() -> Pixels:
    """What a brush leaves: it has no outlines."""
    down, across = np.mgrid[:512, :512]
    round_one = (across - 400) ** 2 + (down - 90) ** 2 < 900
    return round_one | ((across - 250) ** 2 / 4 + (down - 400) ** 2 < 300) | ((across == 5) & (down == 7))


def state_of(finding: str, **changes: Any) -> dict[str, Any]:
    """What the viewer sends."""
    drawn = [drawing(finding, "=Dr. <Lee>, B", square(), [SQUARE]), drawing("Edema", "C", blot(), [])]
    return {
        "finding": finding, "methods": ["raw", "gradcam", "eigencam"], "threshold": 0.4, "threshold_mode": "range",
        "levels": {"gradcam": 21000}, "limits": {"raw": 2.5}, "opacity": 0.6, "hide": False, "palette": "blue-red",
        "window": {"level": 120.0, "width": 200.0, "invert": False, "offer": None}, "annotations": drawn,
        "switched_off": [0, 9], "patch_model": "medicalpatchnet", "floors": {}, "truth": "union", "hidden_readers": [],
        "gaze": {"reader": None, "start": None, "end": None, "part": ""}, "shown_anyway": True, "statement": "Said so.",
        "settings": {"mode": "range", "threshold": 0.4, "view_x": 0.0, "outline": True},
    } | changes  # fmt: skip


@pytest.fixture(scope="module")
def phantom(catalogue: Catalogue, engine: Engine) -> OpenCase:
    """The first phantom that has a mask, with all maps."""
    explore, session = Explore(catalogue, engine, keep), Session()
    for row in catalogue.rows():
        list(explore.open(session, row["id"]))
        if session.current is not None and session.current.view.facts["drawn"]:
            return session.current
    raise AssertionError("No phantom of this small world has a mask.")


@pytest.fixture(scope="module")
def every(phantom: OpenCase) -> list[Reading]:
    """What is open, how it is shown, what is made of it: with a floor; marked by two readers; turned, as an upload."""
    finding = phantom.view.facts["drawn"][0]
    draw = np.random.default_rng(0)
    prior = Prior(draw.random((14, 32, 32), np.float32), {finding: 0.3}, {finding: 5}, "a cohort")
    floored = dataclasses.replace(phantom, floors={"prior": prior})
    marks = (Mark("Edema", Box(60, 20, 140, 120), "R1"), Mark("Edema", Disc(100, 90, 50), "R2"))
    read = Case("read", "read", "vinbigdata-train", pixels=np.full((200, 256), 0.5, np.float32), marks=marks)
    marked = dataclasses.replace(phantom, view=CaseView.of(read, read.read()))
    way = Orientation(1, True, True)
    upload = Case("upload-3-1852", "upload-3-1852", "upload", pixels=draw.random((700, 900), np.float32))
    image = way.radiograph(upload.read())
    laid = CaseView.of(way.case(upload, image), image)
    turned = dataclasses.replace(phantom, view=laid, orientation=way, patch_logits={})
    cannot = Assessment("not_assessable", (Reason("colour", "It is in colour."),))
    silent = dataclasses.replace(phantom, assessments=dict.fromkeys(phantom.assessments, cannot))
    holed = [drawing("Lung Opacity", "me", square(True), [SQUARE, HOLE]), drawing("Edema", "me", blot(), [])]
    twice = [drawing("Edema", "me", square(), []), drawing("Edema", "me", blot(), [])]
    tuned = {"threshold_mode": "tuned", "methods": ["gradcam++", "scaled"]}
    shown = [
        (floored, state_of(finding, floors={"prior": 30000}, methods=["raw", "eigencam"])),
        (floored, state_of("Fracture", floors={"prior": 500}, **tuned)),
        (marked, state_of("Edema", truth="majority", methods=["raw"])),
        (marked, state_of("Edema", truth="0", hidden_readers=[1], annotations=twice)),
        (turned, state_of("Lung Opacity", annotations=holed, switched_off=[], methods=["raw", "eigencam"])),
        (silent, state_of(finding, shown_anyway=False, methods=["raw", "gradcam"])),
    ]
    return [(*one, kinds) for one, kinds in zip(shown, KINDS, strict=True)]


def unpacked(masks: Any) -> dict[str, Any]:
    return {finding: {"bytes": given(np.unpackbits(mask))} for finding, mask in masks.items()}


def about(reading: OpenCase) -> dict[str, Any]:
    """The open case as a device holds it."""
    laid, view = reading.orientation, reading.view
    item = {"key": reading.key, "orientation": laid.code, "laid": laid.words, **view.facts}
    keys = ("key", "id", "origin", "weights_sha256", "backend", "precision")
    models = [{key: getattr(one, key) for key in keys} | {"label": find_model(one.key).label} for one in reading.models]
    floors = {
        name: {"values": given(one.values), "shape": one.values.shape, "thresholds": dict(one.thresholds)}
        | {"note": one.content(lambda _: {})["note"]}
        for name, one in reading.floors.items()
    }
    return {
        "findings": FINDINGS,
        "methods": [method_content(entry) for entry in EXPLAINERS.values()],
        "content": {
            "case": item,
            "assessments": assessment_contents(reading.assessments),
            "regions": reading.regions,
            "gaze": [],
        },
        "models": models,
        "logits": {key: given(values) for key, values in reading.logits.items()},
        "patches": {key: given(values) for key, values in reading.patch_logits.items()},
        "maps": {
            name: {"method": one.method, "model": one.model, "parameters": dict(one.parameters)}
            | {"maps": given(one.maps), "shown": given(one.shown), "shape": one.maps.shape}
            for name, one in reading.explanations.items()
        },
        "masks": unpacked(view.masks),
        "human": unpacked(view.human),
        "layers": {key: unpacked(masks) for key, masks in view.layers.items()},
        "floors": floors,
    }


@pytest.fixture(scope="module", params=["some", pytest.param("all", marks=pytest.mark.thorough)])
def readings(request: pytest.FixtureRequest, every: list[Reading]) -> list[Reading]:
    return [one for place, one in enumerate(every) if request.param == "all" or place not in ALIKE]


@pytest.fixture(scope="module")
def told(readings: list[Reading], tmp_path_factory: pytest.TempPathFactory) -> Any:
    cases = [{"about": about(reading), "state": state, "kinds": kinds} for reading, state, kinds in readings]
    asked = {"cases": cases, "date": DATE.isoformat()}
    return in_node(SCRIPT, asked, tmp_path_factory.mktemp("node"))


def expected(reading: OpenCase, what: str, state: dict[str, Any], patch: pytest.MonkeyPatch) -> tuple[bytes, str]:
    patch.setattr(Report, "of", classmethod(lambda cls, case, shown: cls(case, shown, DATE)))
    data, name, note = make_export(reading, what, state)
    assert note == ""
    return data, name


def check_same(found: Any, wanted: Any, where: str) -> None:
    """The same keys in the same order, and the same values, numbers to 1e-6."""
    if isinstance(wanted, dict):
        assert list(found) == list(wanted), where
        for key, value in wanted.items():
            check_same(found[key], value, f"{where}.{key}")
    elif isinstance(wanted, list):
        assert len(found) == len(wanted), where
        for i, value in enumerate(wanted):
            check_same(found[i], value, f"{where}[{i}]")
    elif isinstance(wanted, float) and not isinstance(found, bool):
        assert found == pytest.approx(wanted, rel=1e-6, abs=1e-9), where
    else:
        assert (found, type(found) is bool) == (wanted, type(wanted) is bool), where


def test_json_is_the_server_s(readings: Any, told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for i, ((reading, state, _), made) in enumerate(zip(readings, told["made"], strict=True)):
        content, name = expected(reading, "json", state, monkeypatch)
        assert made["json"]["name"] == name
        check_same(json.loads(made["json"]["bytes"].tobytes()), json.loads(content), str(i))


def test_csv_is_the_server_s(readings: Any, told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for i, ((reading, state, _), made) in enumerate(zip(readings, told["made"], strict=True)):
        content, _ = expected(reading, "csv", state, monkeypatch)
        found = made["csv"]["bytes"].tobytes()
        assert found.startswith(content[:3]) and found.endswith(b"\r\n")  # the mark that spreadsheets look for
        rows, wanted = (
            list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""))) for text in (found, content)
        )
        check_same([list(map(cell, row)) for row in rows], [list(map(cell, row)) for row in wanted], str(i))


def cell(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text


def test_npz_is_read_by_numpy_and_holds_the_server_s(readings: Any, told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (reading, state, _), made = readings[0], told["made"][0]
    content, _ = expected(reading, "npz", state, monkeypatch)
    with (
        np.load(io.BytesIO(made["npz"]["bytes"].tobytes()), allow_pickle=False) as found,
        np.load(io.BytesIO(content), allow_pickle=False) as wanted,
    ):
        assert found.files == wanted.files and found["metadata"].shape == ()
        for name in wanted.files[:-1]:
            assert found[name].dtype == wanted[name].dtype
            np.testing.assert_array_equal(found[name], wanted[name])
        check_same(json.loads(str(found["metadata"])), json.loads(str(wanted["metadata"])), "metadata")


def test_drawings_are_the_server_s_and_come_back(readings: Any, told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for (reading, state, _), made in zip(readings, told["made"], strict=True):
        for what in [kind for kind in DRAWINGS if kind in made]:
            try:
                content, name = expected(reading, what, state, monkeypatch)
            except InputError as error:
                assert made[what] == str(error)
                continue
            found = made[what]["bytes"].tobytes()
            assert made[what]["name"] == name and json.loads(found) == json.loads(content)
            geometry = reading.view.geometry
            size = reading.orientation.back.size((geometry.height, geometry.width))
            again = read_annotations(found, name, Place(reading.view.case_id, size)).annotations
            assert {one.finding for one in again} == {one["finding"] for one in state["annotations"]}


def test_what_a_device_does_not_write_is_said(told: Any) -> None:
    whole, fractional, pdf, nothing = told["why"]
    assert whole == fractional == "DICOM results need the server: a device reads DICOM and does not write it."
    assert "print the report" in pdf and nothing == told["drawn"] == ""
    assert told["gaze"].startswith("Numbers beside somebody's gaze need the server")
    assert told["nothing"] == "Expected a region that you drew or loaded, found none; draw one first."
    assert told["coming"].startswith("Expected maps of all methods shown")


def texts_of(page: str) -> set[str]:
    """All pieces of text of a page."""
    found: set[str] = set()

    class Parser(HTMLParser):
        def handle_data(self, data: str) -> None:
            found.add(data)

    Parser().feed(page)
    return found


def test_the_page_that_is_printed_tells_the_same(readings: Any, told: Any) -> None:
    found = texts_of(told["page"])
    reading, state, _ = readings[0]
    facts = json.loads(told["made"][0]["json"]["bytes"].tobytes())
    assert {f"{reading.view.title} · {state['finding']}", "Said so.", "=Dr. <Lee>, B"} <= found
    scores = [method["scores"]["=Dr. <Lee>, B"] for method in facts["methods"].values()]
    assert {f"{one['iou']:.3f}" for one in scores if one["iou"] is not None} <= found
    cannot = {key for key, one in facts["assessments"].items() if one["state"] == "not_assessable"}
    shown = {f"{values['Edema']:.2f}" for key, values in facts["probabilities"].items() if key not in cannot}
    assert shown <= {*found, "0.00", "1.00"}  # those two are written as <0.01 and >0.99

"""Sort a folder: a row for every file, one file after the other, none left on the disk; the list's order and CSV."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from data_cache.case import Case
from data_cache.demo import bundled_cases
from data_cache.images import Radiograph
from tests.ui.test_javascript import NODE
from ui.engine import Engine
from ui.memory import Budget
from ui.protocol.sorting import BATCH
from ui.queueing import ModelQueue
from ui.sorting import Sent, Sorting
from ui.trust_visit import Visit
from ui.uploads import Upload, new_folder
from ui.visitors import NOBODY

SCRIPTS = Path(__file__).parents[2] / "ui" / "js" / "sort"


@pytest.fixture(scope="module")
def film() -> bytes:
    (path,) = {case.image_path for case in bundled_cases()[:1]}
    assert path is not None
    return path.read_bytes()


@pytest.fixture
def sorting(engine: Engine) -> Sorting:
    return Sorting(engine, ModelQueue(1), Budget(1 << 30))


def test_a_file_that_cannot_be_read_is_a_row_with_its_reason_and_the_others_go_on(
    sorting: Sorting, film: bytes
) -> None:
    files: list[Sent] = [
        (4, "upload-1.png", b"no image"),
        (7, "upload-2-phantom.jpg", film),
        (9, "upload-3.png", "lost"),
    ]
    *_, last = sorting.sort(Visit(), 3, files)
    wrong, fine, lost = last["rows"]
    assert (last["batch"], last["busy"]) == (3, False) and [row["index"] for row in last["rows"]] == [4, 7, 9]
    assert "upload-1.png: expected an image" in wrong["error"] and lost["error"] == "lost"
    assert set(fine["assessments"]) == {"medicalpatchnet", "cnn"} and fine["thumbnail"].startswith("data:image/jpeg")
    assert all(len(said["raw"]) == 14 and 0 <= said["raw"][5] <= 1 for said in fine["opinions"].values())
    (refused,) = sorting.sort(Visit(), 1, files * 3)
    assert f"Expected 1 to {BATCH} images in a request, found 9" in refused["error"]


def test_what_a_model_cannot_assess_has_a_reason_and_no_number(
    sorting: Sorting, film: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evaluation.assessment import Assessment, Reason

    against = Assessment("not_assessable", (Reason("blank", "Nothing is on it."),))
    verdicts = iter((against, Assessment("readable")))
    monkeypatch.setattr("ui.sorting.assess", lambda *_: next(verdicts))
    *_, last = sorting.sort(Visit(), 1, [(0, "upload-1.jpg", film)])
    (row,) = last["rows"]
    assert list(row["opinions"]) == ["cnn"]
    assert row["assessments"]["medicalpatchnet"]["reasons"][0]["text"] == "Nothing is on it."


def test_files_are_read_in_turn_and_a_stop_deletes_those_that_were_not(
    sorting: Sorting, film: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploaded: set[str] = set()
    files: list[Sent] = []
    for number in range(4):
        place = tmp_path / new_folder(NOBODY) / "0" / f"upload-{number}.jpg"
        place.parent.mkdir(parents=True)
        place.write_bytes(film)
        uploaded.add(str(place))
        files.append((number, place.name, Upload(str(place), place.name, uploaded)))
    left: list[int] = []
    original = Case.read

    def noted(self: Case) -> Radiograph:
        left.append(len(list(tmp_path.rglob("*.jpg"))))
        return original(self)

    monkeypatch.setattr(Case, "read", noted)
    visit = Visit()
    messages = sorting.sort(visit, 1, files)
    assert [len(next(messages)["rows"]) for _ in range(2)] == [1, 2] and left == [3, 2]
    visit.begin()  # as when the visitor cancels
    assert list(messages) == [] and left == [3, 2]
    assert uploaded == set() and list(tmp_path.rglob("*.jpg")) == []


ORDER = """
const { ordered, reasonOf, saidOnce } = await import("SORT/order.js");
const { csvOf } = await import("SORT/csv.js");
const { nextBatch } = await import("SORT/sending.js");
const models = [{ key: "a", label: "Alpha", short: "A" }, { key: "b", label: "Beta", short: "B" }];
const can = { state: "readable", title: "Can be read", reasons: [] };
const not = (text) => ({ state: "not_assessable", title: "Not assessable", reasons: [{ text }] });
const said = (raw, calibrated) => ({ raw: [0, raw], calibrated: calibrated === null ? null : [0, calibrated] });
const row = (index, a, b) => ({
  index, assessments: { a: a ? can : not("Dark."), b: b ? can : not("Dark.") },
  opinions: { ...(a ? { a } : {}), ...(b ? { b } : {}) },
});
const rows = [
  row(0, said(0.9, 0.6), said(0.7, 0.7)),     // mean of the calibrated ones 0.65: not sure
  row(1, said(0.1, 0.05), said(0.1, 0.15)),   // 0.1
  row(2, said(0.5, 0.95), said(0.99, null)),  // 0.97
  row(3, null, null),
  { index: 4, error: "=bad, really" },
  row(5, null, said(0.9, 0.9)),               // of the one that can assess it: 0.9
];
const demo = not("Of this image nothing. Long.");
demo.reasons = [{ key: "demo_weights", ...demo.reasons[0] }, { text: "Dark." }];
const shown = { index: 6, assessments: { a: demo, b: demo } };
const wish = { finding: 1, by: "", sure: 0.8 };
const list = (by) => ordered(rows, models, { ...wish, by }).map(({ row: { index }, group }) => `${index} ${group}`);
const sized = [9, 9, 9, 9].map((size, i) => ({ index: i, size: size * 1e6 }));
const csv = csvOf(ordered(rows, models, wish), models, { ...wish, name: "Edema", label: (i) => `Upload ${i + 1}` });
console.log(JSON.stringify({
  mean: list(""), a: list("a"), reasons: rows.map((one) => reasonOf(one, models)), csv: csv.split("\\r\\n"),
  once: [saidOnce([...rows, shown]), saidOnce(rows), reasonOf(shown, models, true), reasonOf(shown, models)],
  batches: [nextBatch(sized, 8).length, nextBatch(sized, 2).length, nextBatch([{ size: 9e7 }, { size: 1 }], 8).length],
}));
"""


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    if NODE is None:
        pytest.skip("needs Node, which tests/requirements.txt installs")
    command = [str(NODE), "--input-type=module", "--no-warnings", "-e", ORDER.replace("SORT", SCRIPTS.as_uri())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_what_cannot_be_read_comes_first_then_what_is_not_sure_then_by_probability(found: dict[str, Any]) -> None:
    assert found["mean"] == ["4 apart", "3 apart", "0 unsure", "2 sure", "5 sure", "1 sure"]
    assert found["a"] == ["4 apart", "3 apart", "5 apart", "0 unsure", "2 sure", "1 sure"]
    assert found["reasons"] == ["", "", "", "Not assessable. Dark.", "=bad, really", "A: not assessable. Dark."]


def test_the_csv_is_the_list_and_holds_no_formula(found: dict[str, Any]) -> None:
    head, first, second, third, *_ = found["csv"]
    assert head.startswith("place,image,finding,group,ordered by,sure from,value,a state,a raw,a calibrated,b state")
    quoted = '"\'=bad, really"'
    assert first == (
        f"1,Upload 5,Edema,cannot be read or assessed,mean of the models,0.8,,,,,,,,{quoted},Research use. "
        "Not for diagnosis."
    )
    assert "Upload 4" in second and "not_assessable,,,not_assessable,,,Not assessable. Dark." in second
    assert third == (
        "3,Upload 1,Edema,not sure,mean of the models,0.8,0.65,readable,0.9,0.6,readable,0.7,0.7,,"
        "Research use. Not for diagnosis."
    )


def test_what_is_true_of_all_that_demonstration_weights_cannot_assess_is_said_once(found: dict[str, Any]) -> None:
    long = "Of such an image nothing. Long."
    brief, whole = "Not assessable. Demonstration weights. Dark.", "Not assessable. Of this image nothing. Long. Dark."
    assert found["once"] == [long, "", brief, whole]


def test_a_request_has_some_files_and_not_too_many_bytes(found: dict[str, Any]) -> None:
    assert found["batches"] == [3, 2, 1]

"""A second read: what a blind page is told, and what becomes of a reader's answers, run by Node."""

import csv
import io
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.ui.test_benchmark_inference import NODE
from ui.protocol.viewer import CaseFacts, CaseMessage

READING = (Path(__file__).parents[2] / "ui" / "js" / "reading").as_uri()

pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node, which tests/requirements.txt installs")

# What says nothing about what is on the radiograph; everything else of a message must be empty.
SAYS_NOTHING = {"protocol", "serial", "turn", "busy", "image", "film", "waiting", "long", "models", "case"}
OF_THE_CASE = {
    "key", "id", "title", "source_label", "phantom", "facts", "crop", "size", "geometry", "orientation", "laid",
    "computed_on",
}  # fmt: skip


def told(script: str, **given: Any) -> Any:
    """What a script logs that has the modules `blind` and `sheet`, `Stopwatch`, and these values."""
    head = f"const blind = await import('{READING}/blind.js'); const sheet = await import('{READING}/sheet.js');"
    head += f"const {{ Stopwatch }} = await import('{READING}/stopwatch.js');"
    values = "".join(f"const {name} = {json.dumps(value)};" for name, value in given.items())
    code = f"{head}{values}console.log(JSON.stringify({script}));"
    command = [str(NODE), "--input-type=module", "--no-warnings", "-e", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_blind_page_is_told_nothing_that_anybody_said_of_the_case():
    content = {name: f"hint {name}" for name in CaseMessage.model_fields}
    content["case"] = {name: f"hint {name}" for name in CaseFacts.model_fields}
    arrays = {name: f"hint {name}" for name in ("image", "masks", "human", "layers", "maps", "patches", "gaze")}
    found, pixels = told("[blind.blindContent(content), blind.blindArrays(arrays)]", content=content, arrays=arrays)
    assert set(found) == set(CaseMessage.model_fields) and set(found["case"]) == set(CaseFacts.model_fields)
    assert {name for name, value in found.items() if value} == SAYS_NOTHING
    assert {name for name, value in found["case"].items() if value} == OF_THE_CASE
    assert {name for name, value in pixels.items() if value} == {"image"}


def sheet(**given: Any) -> dict[str, Any]:
    """A recorded sheet of two findings."""
    said = [{"key": "a", "label": "A, the first", "values": [0.9, None], "state": "readable", "title": "Can be read"}]
    usual = {
        "title": "case",
        "answers": ["present", None],
        "confidence": [4, None],
        "spent": 12.34,
        "seconds": 12.34,
        "blind": True,
        "labels": [1, None],
    }
    return {**usual, "said": said, **given}


def test_recorded_readings_are_a_row_a_finding_with_all_models_and_never_a_formula():
    other = {"key": "b", "label": "B", "values": [0.2, 0.3], "state": "not_assessable", "title": "Not assessable"}
    insisted = {**other, "anyway": True, "why": "It is in colour."}
    sheets = [
        sheet(),
        sheet(title="=1+1", said=[other], labels=[0, 1], blind=False),
        sheet(title="c", said=[insisted]),
        sheet(title="begun", seconds=None),
    ]
    text = told("sheet.asCsv(sheets, findings)", sheets=sheets, findings=["Edema", "Fracture"])
    head, *rows = list(csv.reader(io.StringIO(text)))
    shown = "Not assessable, shown anyway: It is in colour."
    models = ["A, the first: probability", "A, the first: assessment", "B: probability", "B: assessment"]
    assert head == ["case", "finding", "reader", "confidence", "seconds", "blind", *models, "label", "warning"]
    assert {row.pop() for row in rows} == {"Research tool. Not for diagnosis."}
    assert rows == [
        ["case", "Edema", "present", "4", "12.3", "yes", "0.9", "Can be read", "", "", "present"],
        ["case", "Fracture", "", "", "12.3", "yes", "", "Can be read", "", "", ""],
        ["'=1+1", "Edema", "present", "4", "12.3", "no", "", "", "", "Not assessable", "absent"],
        ["'=1+1", "Fracture", "", "", "12.3", "no", "", "", "", "Not assessable", "present"],
        ["c", "Edema", "present", "4", "12.3", "yes", "", "", "0.2", shown, "present"],
        ["c", "Fracture", "", "", "12.3", "yes", "", "", "0.3", shown, ""],
    ]


@pytest.mark.parametrize(
    ("answer", "present", "words"),
    [
        ("present", True, "agrees with you"), ("absent", False, "agrees with you"),
        ("present", False, "differs from you"), ("absent", True, "differs from you"),
        ("unsure", True, ""), (None, True, ""), ("present", None, ""),
    ],
)  # fmt: skip
def test_agreement_is_said_where_there_are_two_opinions(answer, present, words):
    assert told("sheet.agreement(answer, present)", answer=answer, present=present) == words


def test_sheets_of_a_session_come_back_and_damaged_ones_are_left_out():
    damaged: dict[str, dict[str, Any]] = {
        "answer": {"answers": ["maybe", None]}, "count": {"answers": ["present"]}, "sure": {"confidence": [6, None]},
        "label": {"labels": [2, None]}, "time": {"seconds": "long"}, "title": {"title": 7},
        "said": {"said": [{"key": "a"}]},
    }  # fmt: skip
    state = {"good": sheet(), "begun": sheet(seconds=None), **{name: sheet(**one) for name, one in damaged.items()}}
    assert told("sheet.readSheets(state, 2)", state=state) == [["good", sheet()], ["begun", sheet(seconds=None)]]
    old = {name: value for name, value in sheet().items() if name not in ("blind", "spent")}  # nobody says it was blind
    assert told("sheet.readSheets(state, 2)", state={"old": old}) == [["old", sheet(blind=False, spent=0)]]
    assert told("[sheet.readSheets(null, 2), sheet.readSheets([1], 2)]") == [[], []]


def test_visits_to_a_case_count_together_and_nothing_between_them():
    script = """(() => {
        let now = 0;
        const [watch, first, second] = [new Stopwatch(() => now), { spent: 0 }, { spent: 0 }];
        const steps = [[1, first], [4, second], [6, null], [106, first], [108.5, first], [109, null], [200, null]];
        for (const [seconds, sheet] of steps) { now = seconds * 1000; watch.follow(sheet); }
        return [first.spent, second.spent];
    })()"""
    assert told(script) == [6, 2]

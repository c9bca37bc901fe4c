"""What is said of a finding above the panes: numbers and words worked out by hand, run by Node."""

import json
import math
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.ui.test_benchmark_inference import NODE

STATEMENT = (Path(__file__).parents[2] / "ui" / "js" / "statement").as_uri()

pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node, which tests/requirements.txt installs")

PATCHES = [4, -2, 0, 1, 8, -5, 3, 0, -1]  # of a grid of three: 8 in the middle, 8 of 16 above zero around it
MODEL = {"name": "PatchNet", "probability": 0.861, "calibrated": None, "says": True, "assessable": True}


def told(script: str, **given: Any) -> Any:
    """What a script logs that has the modules `evidence` and `words`, and these values."""
    head = (
        f"const words = await import('{STATEMENT}/words.js'); const evidence = await import('{STATEMENT}/evidence.js');"
    )
    values = "".join(f"const {name} = {json.dumps(value)};" for name, value in given.items())
    values += f"const patches = Float32Array.from({PATCHES});"
    command = [
        str(NODE),
        "--input-type=module",
        "--no-warnings",
        "-e",
        f"{head}{values}console.log(JSON.stringify({script}));",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_numbers_of_a_grid_of_three_are_those_worked_out_by_hand():
    found = told(
        """{
        ring: evidence.borderPatches(3), none: [evidence.borderPatches(2), evidence.borderPatches(0)],
        border: evidence.evidenceIn(patches, [1, 1, 1, 1, 0, 1, 1, 1, 1]),
        half: evidence.evidenceIn(patches, [0.5, 0, 0, 0, 0.25, 0, 0, 0, 0]),
        nothing: evidence.evidenceIn(Float32Array.of(-1, 0), [1, 0]),
        without: [[0, 1, 2, 3, 5, 6, 7, 8], [4]].map((off) => evidence.probabilityWithout(patches, off)),
        covered: [...evidence.coverage(Uint8Array.of(1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0), 2, 4)],
    }"""
    )
    assert found["ring"] == [0, 1, 2, 3, 5, 6, 7, 8] and found["none"] == [[], []]
    assert found["border"] == {"share": pytest.approx(8 / 16), "area": pytest.approx(8 / 9)}
    assert found["half"] == {"share": pytest.approx((2 + 2) / 16), "area": pytest.approx(0.75 / 9)}
    assert found["nothing"] == {"share": None, "area": 0.5}  # NaN: no patch supports it
    assert found["without"] == pytest.approx([1 / (1 + math.exp(-8)), 0.5], abs=1e-12)  # the others sum up to 0
    assert found["covered"] == [1, 0, 0, 0.25]


def facts(**given: Any) -> dict[str, Any]:
    """What is known of a finding."""
    usual: dict[str, Any] = {"opinions": [MODEL], "evidence": None, "fits": [], "drawn": "", "missing": ""}
    return usual | given


PARTS = [
    {"where": "in the border", "share": 0.31, "area": 0.4375},
    {"where": "where the radiologist drew", "share": 0.124, "area": 0.05},
    {"where": "in your annotation A", "share": 0.2, "area": 0.08},
]  # fmt: skip
CASES = {
    "one model": (facts(), ["PatchNet says present, 0.86."]),
    "calibrated, silent, unfit": (
        facts(opinions=[
            MODEL | {"calibrated": 0.714},
            MODEL | {"name": "CNN", "probability": None, "says": None},
            MODEL | {"name": "ViT", "assessable": False},
        ]),
        ["PatchNet says present, 0.86 (calibrated 0.71); CNN does not predict it; ViT cannot assess this image."],
    ),
    "nobody can": (
        facts(opinions=[MODEL | {"assessable": False}], missing="no mask"), ["No model can assess this image."],
    ),
    "nobody spoke": (facts(opinions=[]), []),
    "evidence": (
        facts(evidence={"name": "PatchNet", "parts": PARTS, "without": 0.62}),
        [
            "PatchNet says present, 0.86.",
            "Of PatchNet's evidence for it, 31 % lies in the border (44 % of the image), 12 % where the radiologist "
            "drew (5 % of the image) and 20 % in your annotation A (8 % of the image); "
            "without the border it says 0.62.",
        ],
    ),
    "no evidence": (
        facts(
            evidence={"name": "PatchNet", "parts": [PARTS[0] | {"share": math.nan}], "without": None},
            missing="no mask",
        ),
        ["PatchNet says present, 0.86.", "No patch of PatchNet supports it.", "No mask."],
    ),
    "maps": (
        facts(drawn="what the radiologist drew", fits=[
            {"name": "Raw map", "model": "PatchNet", "hit": True, "iou": 0.314, "says": False},
            {"name": "Grad-CAM", "model": "CNN", "hit": False, "iou": 0.05, "says": False},
            {"name": "Prior", "model": "x", "hit": None, "iou": math.nan, "says": None},
        ]),
        [
            "PatchNet says present, 0.86.",
            "Compared with what the radiologist drew: Raw map hits it (IoU 0.31 at this threshold), but PatchNet says "
            "absent; Grad-CAM misses it (IoU 0.05 at this threshold); Prior marks nothing.",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_said_of_a_finding(case):
    given, said = CASES[case]
    assert told("words.statement(facts)", facts=given) == said


def test_a_hit_of_a_model_that_denies_the_finding_says_so():
    words = told(
        "[[true, false], [true, true], [false, false], [true, null], [null, false]].map((x) => words.denialWords(...x))"
    )
    assert words == ["hit, but the model says absent", "", "", "", ""]

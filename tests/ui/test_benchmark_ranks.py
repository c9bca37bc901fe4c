"""What the tab's table calls best, and what it says of means over fewer findings, run by Node."""

import json
import subprocess

import pytest

from tests.ui.test_benchmark_inference import NODE, SCRIPTS

ASKED = """
const { Board } = await import(`${SCRIPTS}/board.js`);
const { findingsOfMean } = await import(`${SCRIPTS}/comparable.js`);
const method = { marks: true, kind: "cached", lacking: () => null };
const means = [[0, 0.3, 0.2], [0, 0.4, NaN]]; // nobody drew the first finding
const estimates = means.map((row) => row.map((value) => ({ value, n: Number.isNaN(value) ? 0 : 2 })));
const board = { methods: [method, method], findings: ["a", "b", "c"], estimates, values: [[], []] };
const places = [0, 1].map((row) => Board.prototype.ranks.call(board, row));
console.log(JSON.stringify({
  places: places.map(({ best, second }) => [[...best], [...second]]),
  over: [0, 1].map((m) => findingsOfMean(board, m)),
}));
"""


@pytest.mark.skipif(NODE is None, reason="needs Node, which tests/requirements.txt installs")
def test_a_finding_that_nobody_drew_has_no_best_and_a_mean_over_fewer_says_so():
    script = ASKED.replace("${SCRIPTS}", SCRIPTS.as_uri())
    command = [str(NODE), "--input-type=module", "--no-warnings", "-e", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["places"] == [[[], []], [[1], [0]]]
    assert found["over"] == [{"own": 3, "all": 3}, {"own": 2, "all": 3}]

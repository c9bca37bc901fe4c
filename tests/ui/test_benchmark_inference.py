"""The tab's intervals of rates, tests and corrections, run by Node, against the library's."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from evaluation.inference.holm import holm
from evaluation.inference.rates import effective_trials, wilson
from evaluation.inference.sign_flip import patient_sums, sign_flips

SCRIPTS = Path(__file__).parents[2] / "ui" / "js" / "benchmark"
NODE = shutil.which("node", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
ASKED = """
import { readFileSync } from "node:fs";
const { Patients, patientsOf } = await import(`${SCRIPTS}/patients.js`);
const { areHits, effectiveTrials, wilson } = await import(`${SCRIPTS}/rates.js`);
const { drawFlips, holm, signFlip } = await import(`${SCRIPTS}/sign_flip.js`);
const { Resampling } = await import(`${SCRIPTS}/resampling.js`);
const { randomBytes } = await import(`${SCRIPTS}/mersenne.js`);
const { cases, columns, family } = JSON.parse(readFileSync(0, "utf-8"));
const patients = new Patients(patientsOf(cases));
const flips = drawFlips(patients.size, 7);
const values = columns.map((column) => Float64Array.from(column, (value) => value ?? NaN));
const trials = (column) => (areHits(column) ? effectiveTrials(column, patients) : null);
const resampling = new Resampling(new Uint8Array(cases.length ** 2), patientsOf(cases), 7); // of as many as cases
console.log(JSON.stringify({
  intervals: values.map((column) => resampling.interval(column, 6)),
  first: [...randomBytes(5489, 6)],
  known: values.map((column) => patients.known(column)),
  trials: values.map(trials),
  ends: values.map((column) => (areHits(column) ? wilson(column.filter((v) => v === v).reduce((a, b) => a + b, 0) /
    column.filter((v) => v === v).length, trials(column)) : null)),
  p: values.map((column) => signFlip(patients.sums(column).sums, patients.known(column), () => flips)),
  holm: holm(family.map((value) => value ?? NaN)),
}));
"""

pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node, which tests/requirements.txt installs")


def asked(cases: list[str], columns: np.ndarray, family: np.ndarray) -> dict:
    question = {"cases": cases, "columns": plain(columns.T), "family": plain(family)}
    script = ASKED.replace("${SCRIPTS}", SCRIPTS.as_uri())
    done = subprocess.run(
        [str(NODE), "--input-type=module", "--no-warnings", "-e", script],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def plain(values: np.ndarray) -> list:
    return json.loads(json.dumps(values.tolist()).replace("NaN", "null"))


def numbers(values: list) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values])


def columns_of(cases: list[str]) -> np.ndarray:
    """Hits, IoU differences, differences of hits, a few of each, NaN between them."""
    rng = np.random.default_rng(3)
    hits = (rng.random((len(cases), 3)) < [0.3, 0.6, 1]).astype(float)
    ious = rng.normal(0.05, 0.2, (len(cases), 3))
    signs = rng.integers(-1, 2, (len(cases), 2)).astype(float)
    found = np.concatenate([hits, ious, signs], axis=1)
    found[rng.random(found.shape) < 0.2] = np.nan
    found[10:, 4] = np.nan  # few patients
    found[22:, [1, 7]] = np.nan
    found[3:, 5] = np.nan  # too few
    return found


def test_the_page_says_what_the_library_says():
    cases = [f"patient{k}_study{s}_view1_frontal" for k in range(90) for s in range(1 + k % 3)]
    columns = columns_of(cases)
    patients = [case.split("_study")[0] for case in cases]
    sums, counts = patient_sums(columns, patients)
    tests = sign_flips(sums, np.count_nonzero(counts, axis=0), 7)
    family = np.array([0.01, np.nan, 0.04, 0.03, 0.005, 0.03])
    found = asked(cases, columns, family)
    assert found["first"] == [*np.random.RandomState(5489).bytes(6)]
    assert found["known"] == [test.patients for test in tests]
    assert {test.exact for test in tests} == {True, False}
    np.testing.assert_allclose(numbers(found["p"]), [test.p for test in tests], rtol=1e-12)
    assert found["p"][5] is None
    for k, column in enumerate(columns.T):
        known = column[~np.isnan(column)]
        assert found["intervals"][k] == [*np.quantile(known, [0.025, 0.975], method="inverted_cdf")]
        if k > 2:
            continue
        trials = effective_trials(column, patients)
        assert found["trials"][k] == pytest.approx(trials, rel=1e-12)
        assert found["ends"][k] == pytest.approx(wilson(float(known.mean()), trials), rel=1e-12)
    assert found["trials"][3] is None
    np.testing.assert_allclose(numbers(found["holm"]), holm(family), rtol=1e-12)

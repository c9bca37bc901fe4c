"""Means over readings and findings, by hand: those that stand beside each other are over the same ones."""

import numpy as np
import pytest

from evaluation.gaze.floors import AVERAGE, CENTRE
from evaluation.gaze.running import GazeRow
from evaluation.gaze.scores import SCORES
from evaluation.gaze.summary import summarise
from evaluation.results import MEAN


def rows(method, finding, values):
    """One reading a patient, by case; every score has the same value."""
    return [
        GazeRow(method, finding, case, f"of {case}", "r", "whole", "", dict.fromkeys(SCORES, value), {})
        for case, value in values.items()
    ]


def summaries(*parts):
    found = [row for part in parts for row in part]
    table = summarise(found, list(dict.fromkeys(row.method for row in found)), 20, 0)
    return {(line.method, line.finding): line for line in table}


def test_methods_and_floors_have_means_over_the_same_readings_and_findings():
    """The floors are best where the method has no map: on Edema, and on the reading c."""
    everything = {"a": 0.1, "b": 0.3, "c": 1.0}
    found = summaries(
        rows("own", "Atelectasis", {"a": 0.4, "b": 0.2}),
        *(rows(floor, "Atelectasis", everything) for floor in (AVERAGE, CENTRE)),
        *(rows(floor, "Edema", everything) for floor in (AVERAGE, CENTRE)),
    )
    for method, value in (("own", 0.3), (AVERAGE, 0.2), (CENTRE, 0.2)):
        line = found[method, MEAN]
        assert line.means["ncc"].value == pytest.approx(value, abs=1e-12)
        assert (line.means["ncc"].n, line.readings, line.patients, line.findings) == (2, 2, 2, ("Atelectasis",))
        assert line.means["ncc"].interval.why == "fewer than 6 patients"
    one = found[CENTRE, "Atelectasis"]  # a finding's row is over all that the row has
    assert (one.means["ncc"].value, one.readings) == (pytest.approx(1.4 / 3, abs=1e-12), 3)


def test_methods_that_share_no_finding_have_no_mean():
    found = summaries(
        rows("one", "Atelectasis", {"a": 0.4}),
        rows("other", "Edema", {"a": 0.4}),
        *(rows(CENTRE, finding, {"a": 0.4}) for finding in ("Atelectasis", "Edema")),
    )
    line = found["one", MEAN]
    assert np.isnan(line.means["kl"].value) and (line.means["kl"].n, line.readings, line.findings) == (0, 0, ())
    assert found["one", "Atelectasis"].means["kl"].value == 0.4

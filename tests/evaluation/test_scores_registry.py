"""Every column of details.csv stands in the registry, and the README's table says what the registry says."""

from pathlib import Path

import numpy as np
import pytest

from data_cache.masks import Rle
from evaluation.evidence import Stored
from evaluation.further import Beside
from evaluation.pixels.mask_runs import MaskRuns, Region
from evaluation.scores import METRICS, Marking, score_drawn
from evaluation.scores_registry import FURTHER, SCORES, ScoreEntry, registered
from tests.evaluation.making import blob, smooth


@pytest.mark.parametrize("constant", [False, True])
def test_every_map_against_a_mask_has_all_of_them(constant):
    values = None if constant else smooth(1, (9, 9))
    mask, beside = MaskRuns.of(Rle.encode(blob(2))), Beside(Stored(smooth(1, (9, 9)), True))
    found = score_drawn(values, Region(60, 84, 0, 0, 60, 84), mask, Marking(0.5, 0.5), 3, beside=beside)
    assert set(found.values) == {*METRICS, *FURTHER}


def test_only_scores_that_depend_on_a_threshold_change_with_it():
    mask, beside = MaskRuns.of(Rle.encode(blob(2))), Beside(Stored(smooth(1, (9, 9)), True), outlines=True)
    region = Region(60, 84, 0, 0, 60, 84)
    low, high = (
        score_drawn(smooth(1, (9, 9)), region, mask, Marking(t, t), 3, beside=beside).values for t in (0.3, 0.7)
    )
    for key in FURTHER:
        same = low[key] == high[key] or np.isnan([low[key], high[key]]).all()
        assert same != SCORES[key].threshold, key


def test_a_key_twice_is_refused():
    entry = ScoreEntry("dice", "Dice", "", True)
    with pytest.raises(ValueError, match="once"):
        registered([entry, entry])


def test_the_readme_says_the_same():
    readme = (Path(__file__).parents[2] / "evaluation" / "README.md").read_text()
    for entry in SCORES.values():
        kind = "yes" if entry.threshold else "no"
        forms = "every form" if len(entry.forms) == 5 else ", ".join(entry.forms)
        signs = ", signed maps" if entry.signs == "signed" else ""
        assert f"| {entry.label} (`{entry.key}`) | {entry.words} | {kind} | {forms}{signs} |" in readme, entry.key

"""Every check that fits is asked about the attention network's maps, by what it can give."""

from pathlib import Path

import pytest

from data_cache.chexlocalize import CheXlocalize
from data_cache.demo import DEMO_ROOT
from evaluation.trust.registry import CHECKS
from evaluation.trust.run import Plan, run_checks
from explainers.pairs import parse_pair
from models.predictor import load_predictor
from tests.models.attention_network.networks import write_attention

KEY = "attention-network"
NAMES = ("attention", f"gradcam@{KEY}")
ASKED = tuple(key for key, check in CHECKS.items() if check.unit == "method" and key not in ("sanity", "one_map"))


@pytest.mark.thorough
@pytest.mark.parametrize("maps", ["shared", "findings"])
def test_every_check_that_fits_is_asked(maps: str, tmp_path: Path) -> None:
    model = load_predictor(write_attention(tmp_path, maps=maps), KEY, "torch-cpu")
    case = next(case for case in CheXlocalize(DEMO_ROOT).cases("test") if case.drawn)
    names = NAMES if maps == "shared" else NAMES[:1]
    parameters = {name: parse_pair(name).entry.parse(None) for name in names}
    plan = Plan(tmp_path / "out", ASKED, parameters, models={KEY: model}, settings={"steps": 4, "thresholds": {}})
    rows, _ = run_checks([case], plan, pytest.fail)
    assert {(row.check, row.method) for row in rows} == {
        (key, name) for key in ASKED if key != "exactness" for name in names
    }
    assert all(row.measured.reason == "" for row in rows if row.check != "shortcut")

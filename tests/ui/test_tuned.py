"""Tuned thresholds: read off a benchmark's table, and only for the weights that they were tuned with."""

from pathlib import Path

import pandas as pd

from data_cache.demo import DEMO_ROOT
from data_cache.findings import LOCALIZED_FINDINGS
from explainers.registry import STANDARD
from models.checkpoints import load_checkpoint
from ui.tuned import gather, tuned_thresholds


def test_the_bundled_thresholds_belong_to_the_bundled_weights() -> None:
    tuned = tuned_thresholds()
    assert tuned is not None
    for kind in ("medicalpatchnet", "cnn"):
        assert tuned["weights"][kind] == load_checkpoint("demo", kind).weights_sha256
    assert set(tuned["thresholds"]) == set(STANDARD)
    for thresholds in tuned["thresholds"].values():
        assert set(thresholds) == set(LOCALIZED_FINDINGS) and all(0 <= value <= 1 for value in thresholds.values())


def test_they_are_read_off_a_benchmarks_table(tmp_path: Path) -> None:
    rows = [("raw", "Edema", 0.25), ("raw", "Mean", None), ("ceiling of 8×8", "Edema", 0.5), ("gradcam", "Edema", 0.75)]
    pd.DataFrame(rows, columns=["method", "finding", "threshold"]).to_csv(tmp_path / "summary.csv", index=False)
    got = gather(tmp_path / "summary.csv", [DEMO_ROOT / "outputs-val.zip"])
    assert got["thresholds"] == {"raw": {"Edema": 0.25}, "gradcam": {"Edema": 0.75}}
    assert set(got["weights"]) == {"medicalpatchnet", "cnn"} and "234" in got["note"]

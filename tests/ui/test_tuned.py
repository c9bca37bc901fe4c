"""Tuned thresholds: read off a benchmark's table, and only for the weights that they were tuned with."""

from pathlib import Path
from zipfile import ZipFile

import pandas as pd

from data_cache.demo import DEMO_ROOT, outputs_of_families
from data_cache.findings import LOCALIZED_FINDINGS
from explainers.outputs import SUFFIX, name_of_file
from explainers.registry import STANDARD
from models.checkpoints import load_checkpoint
from ui.tuned import gather, tuned_thresholds

EMBEDDED = Path(__file__).parents[2] / "models" / "embedded"


def test_the_bundled_thresholds_belong_to_the_bundled_weights() -> None:
    tuned = tuned_thresholds()
    assert tuned is not None
    assert set(tuned["weights"]) == {path.stem.removesuffix("-demo") for path in EMBEDDED.glob("*.safetensors")}
    for kind, weights in tuned["weights"].items():
        assert weights == load_checkpoint("demo", kind).weights_sha256
    names = [name for place in outputs_of_families("val") for name in ZipFile(place).namelist()]
    bundled = {name_of_file(Path(name)) for name in names if name.endswith(SUFFIX)}
    assert set(tuned["thresholds"]) == {*STANDARD, *bundled}
    for thresholds in tuned["thresholds"].values():
        assert set(thresholds) == set(LOCALIZED_FINDINGS) and all(0 <= value <= 1 for value in thresholds.values())


def test_they_are_read_off_a_benchmarks_table(tmp_path: Path) -> None:
    rows = [("raw", "Edema", 0.25), ("raw", "Mean", None), ("ceiling of 8×8", "Edema", 0.5), ("gradcam", "Edema", 0.75)]
    pd.DataFrame(rows, columns=["method", "finding", "threshold"]).to_csv(tmp_path / "summary.csv", index=False)
    got = gather(tmp_path / "summary.csv", [DEMO_ROOT / "outputs-val.zip"])
    assert got["thresholds"] == {"raw": {"Edema": 0.25}, "gradcam": {"Edema": 0.75}}
    assert set(got["weights"]) == {"medicalpatchnet", "cnn"} and "234" in got["note"]

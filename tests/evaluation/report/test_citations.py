"""Every input of a run has a checksum that can be worked out again, and a citation."""

import hashlib
import json

import numpy as np
import pytest

from tests.evaluation.commands.test_benchmark import call
from tests.evaluation.making import blob, smooth, write_masks, write_outputs, write_own

CASES = [f"patient{k}_study1_view1_frontal" for k in range(3)]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cited")
    for k, case in enumerate(CASES):
        for split in ("test", "val"):
            write_outputs(folder / split, case, "gradcam", np.stack([smooth(20 * k + j, (8, 8)) for j in range(14)]))
            write_own(folder / f"{split}_own", case, "Edema", smooth(k, (9, 9)))
    write_masks(folder / "gt.json", {case: {"Edema": blob(k)} for k, case in enumerate(CASES)})
    write_masks(folder / "val.json", {case: {"Edema": blob(k + 5)} for k, case in enumerate(CASES)})
    write_masks(folder / "hb.json", {case: {"Edema": blob(k + 9)} for k, case in enumerate(CASES)})
    test = ("--maps", f"gradcam={folder / 'test'}", f"mine#1={folder / 'test_own'}")
    val = ("--tune-on", f"gradcam={folder / 'val'}", f"mine#1={folder / 'val_own'}")
    truth = ("--ground-truth", folder / "gt.json", "--tune-ground-truth", folder / "val.json")
    rest = ("--human-masks", folder / "hb.json", "--out", folder / "out", "--no-figures", "--processes", 1)
    assert call("benchmark", *test, *val, *truth, *rest, "--bootstrap", 5) == 0
    return folder, json.loads((folder / "out" / "manifest.json").read_text())


def test_checksums_can_be_worked_out_again(run):
    folder, manifest = run
    inputs = manifest["inputs"]
    for role, name in (("ground_truth", "gt"), ("tuning_ground_truth", "val"), ("human_masks", "hb")):
        assert inputs[role]["sha256"] == hashlib.sha256((folder / f"{name}.json").read_bytes()).hexdigest()
    for role, split in (("maps", "test"), ("tuning_maps", "val")):
        assert set(inputs[role]) == {"gradcam", "mine#1"}
        files = {case: folder / f"{split}_own" / case / "Edema.npy" for case in sorted(CASES)}
        lines = [f"{case} {hashlib.sha256(file.read_bytes()).hexdigest()}\n" for case, file in files.items()]
        assert inputs[role]["mine#1"]["sha256"] == hashlib.sha256("".join(lines).encode()).hexdigest()
        assert len(inputs[role]["gradcam"]["sha256"]) == 64


def test_everything_is_cited(run):
    found = run[1]["citations"]
    assert "Selvaraju" in found["maps of gradcam"]
    assert found["maps of mine#1"].startswith("not of a registered method")
    assert "Saporta" in found["ground_truth"] and "Saporta" in found["human benchmark"]
    assert "Wienholt" in found["protocol"]
    assert "Holm" in found["Holm"] and "Wilson" in found["Wilson"] and "Fisher" in found["sign-flip permutation"]
    assert all(found.values())

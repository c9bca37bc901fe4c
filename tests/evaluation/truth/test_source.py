"""A dataset's marks as ground truth: the same tables as from its file of masks, boxes as boxes, words mapped."""

import csv
import json

import numpy as np
import pytest

from data_cache.demo import DEMO_ROOT
from data_cache.errors import InputError
from data_cache.findings import LOCALIZED_FINDINGS
from data_cache.sources.registry import find_cases
from evaluation.truth.ground_truth import read_masks
from evaluation.truth.source import TruthSource
from tests.data_cache.sources.layouts import table, write
from tests.evaluation.commands.test_benchmark import call
from tests.evaluation.making import smooth, write_own

BOXES = table(
    "image_id,label,patient,x_min,y_min,x_max,y_max,image_width,image_height",
    "a,Effusion,p1,10,10,40,40,96,64",
    "b,Effusion,p1,20,10,60,50,96,64",
    "b,Fibrosis,p1,50,40,90,60,96,64",
    "c,Pneumonia,p2,5,5,30,60,96,64",
    "d,,p3,,,,,96,64",
    "e,Effusion,p4,40,10,20,50,96,64",
)


def test_the_masks_of_the_bundled_phantoms_are_those_of_their_file():
    masks, none = TruthSource("demo").masks()
    file = read_masks(DEMO_ROOT / "CheXlocalize" / "gt_segmentations_test.json")
    assert masks.cases == file.cases and masks.findings == LOCALIZED_FINDINGS and not none.cases
    assert masks.origin == "demo, test" and masks.problems == ()


def test_a_benchmark_of_a_dataset_is_that_of_its_file(tmp_path):
    for place, case in enumerate(find_cases("demo", None)[:1]):
        for k, finding in enumerate(LOCALIZED_FINDINGS):
            write_own(tmp_path / "maps", case.id, finding, smooth(100 * place + k, (9, 12)))
    common = (
        "--maps",
        f"mine={tmp_path / 'maps'}",
        "--no-figures",
        "--no-ceilings",
        "--no-floors",
        "--processes",
        1,
        "--bootstrap",
        0,
    )
    file = DEMO_ROOT / "CheXlocalize" / "gt_segmentations_test.json"
    assert call("benchmark", *common, "--ground-truth", file, "--out", tmp_path / "a") == 0
    assert call("benchmark", *common, "--source", "demo", "--split", "test", "--out", tmp_path / "b") == 0
    for name in ("per_case.csv", "summary.csv"):
        assert (tmp_path / "a" / name).read_text() == (tmp_path / "b" / name).read_text()


@pytest.fixture
def boxes(tmp_path):
    root = write(tmp_path / "boxes", {"mine.csv": BOXES})
    for place, case in enumerate("abcd"):
        for k, finding in enumerate(("Pleural Effusion", "Pneumonia")):
            write_own(tmp_path / "maps", case, finding, smooth(100 * place + k, (8, 12)))
    return root


def test_boxes_are_scored_as_boxes_on_the_findings_that_were_looked_for(boxes, tmp_path, capsys):
    out = tmp_path / "out"
    common = ("--maps", f"mine={tmp_path / 'maps'}", "--no-figures", "--processes", 1, "--bootstrap", 20)
    assert call("benchmark", *common, "--source", "csv", "--root", boxes, "--out", out) == 0
    said = capsys.readouterr().err
    assert "Fibrosis near Pleural Other (1)" in said
    assert "annotation that cannot be used: Line 7 of mine.csv: expected x from left to right" in said
    with (out / "per_case.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["method"] == "mine"]
    assert {row["finding"] for row in rows} == {"Pleural Effusion", "Pneumonia"}
    assert {row["case"] for row in rows} >= set("abcd")
    manifest = json.loads((out / "manifest.json").read_text())
    truth = manifest["inputs"]["ground_truth"]
    assert truth["dataset"] == "csv, mine" and len(truth["sha256"]) == 64
    assert manifest["problems"]["counts"]["annotation that cannot be used"] == 1
    (scored,) = [row for row in rows if row["finding"] == "Pneumonia" and row["case"] == "c"]
    assert scored["hit"] in ("0", "1", "0.0", "1.0")


def test_near_words_and_mappings_reach_the_benchmark(boxes, tmp_path):
    masks, _ = TruthSource("csv", boxes, near=True).masks()
    assert masks.cases["b"]["Pleural Other"].area == 40 * 20 and masks.forms["b"]["Pleural Other"] == "box"
    own = tmp_path / "own.yaml"
    own.write_text("Fibrosis: Lung Opacity\n", encoding="utf-8")
    masks, _ = TruthSource("csv", boxes, mapping=own, roll_up=True).masks()
    assert "Lung Opacity" in masks.cases["b"] and "Lung Opacity" in masks.cases["c"]
    assert masks.patients == {"a": "p1", "b": "p1", "c": "p2", "d": "p3", "e": "p4"}


def test_a_dataset_of_several_splits_must_say_which(tmp_path):
    root = write(tmp_path, {"one.csv": BOXES, "two.csv": BOXES})
    with pytest.raises(InputError, match="give --split one or two"):
        TruthSource("csv", root).masks()
    truth, tuning = TruthSource("csv", root, "one", "two").masks()
    assert truth.cases == tuning.cases and (truth.origin, tuning.origin) == ("csv, one", "csv, two")


def test_nothing_marked_is_refused(tmp_path):
    root = write(tmp_path, {"m.csv": table("image_id,label,x1,y1,x2,y2", "a,Spleen,1,2,3,4")})
    with pytest.raises(InputError, match="Expected something marked in csv, m, found nothing"):
        TruthSource("csv", root).masks()
    with pytest.raises(InputError, match="labels for demo, found --roll-up; leave that out"):
        TruthSource("demo", roll_up=True).masks()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--source", "demo", "--ground-truth", DEMO_ROOT / "CheXlocalize" / "gt_segmentations_test.json"),
        (),
        ("--source", "nobody"),
        ("--source", "demo", "--tune-split", "val", "--no-floors"),
        ("--source", "demo", "--tune-on", "mine=maps"),
    ],
)
def test_wrong_usage_ends_with_2(arguments, tmp_path, capsys):
    (tmp_path / "maps").mkdir()
    assert call("benchmark", "--maps", f"mine={tmp_path / 'maps'}", *arguments, "--out", tmp_path / "out") == 2
    capsys.readouterr()


def test_masks_are_encoded_at_the_size_of_the_image(boxes):
    masks, _ = TruthSource("csv", boxes).masks()
    expected = np.zeros((64, 96), bool)
    expected[10:40, 10:40] = True
    assert np.array_equal(masks.cases["a"]["Pleural Effusion"].decode(), expected)


def test_the_prior_of_a_dataset_is_written(tmp_path, capsys):
    header, *_ = BOXES.splitlines()
    rows = [f"f{n},Effusion,p{n},{n},10,{n + 30},40,96,64" for n in range(8)]
    root = write(tmp_path / "boxes", {"mine.csv": table(header, *rows)})
    assert call("prior", "--source", "csv", "--root", root, "--out", tmp_path / "prior") == 0
    assert "8 maps of 8 cases" in capsys.readouterr().out
    truth = json.loads((tmp_path / "prior" / "manifest.json").read_text())["inputs"]["ground_truth"]
    assert truth["dataset"] == "csv, mine" and truth["cases"] == 8
    assert call("prior", "--out", tmp_path / "none") == 2
    capsys.readouterr()

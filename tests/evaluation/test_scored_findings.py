"""Which findings are scored is a property of the truth: others than CheXlocalize's ten, through every file."""

import csv
import json

import pytest

from data_cache.masks import Rle
from evaluation.benchmark import Inputs, Settings, run_benchmark
from evaluation.report.writing import write_run
from evaluation.results import MEAN
from evaluation.sources.opening import open_maps
from evaluation.truth.ground_truth import Masks
from tests.evaluation import reference
from tests.evaluation.making import SIZE, blob, smooth, write_own

FINDINGS = ("Pneumonia", "Fracture")  # none of the ten
CASES = [f"patient{k}_study1_view1_frontal" for k in range(4)]


@pytest.fixture
def inputs(tmp_path):
    cases = {}
    for c, case in enumerate(CASES):
        for f, finding in enumerate((*FINDINGS, "Edema")):
            write_own(tmp_path / "maps", case, finding, smooth(10 * c + f, (9, 12)))
        cases[case] = {finding: Rle.encode(blob(20 * c + f)) for f, finding in enumerate((*FINDINGS, "Edema"))}
    source = open_maps(f"mine={tmp_path / 'maps'}")
    truth = Masks(cases, findings=FINDINGS)
    return Inputs((source,), truth, (source,), truth)


@pytest.mark.usefixtures("no_pictures")
def test_exactly_these_findings_are_tuned_scored_and_written(inputs, tmp_path):
    settings = Settings(protocol="medicalpatchnet", bootstrap=20, processes=1)
    found = run_benchmark(inputs, settings, lambda *_: None)
    assert {row.finding for row in found.results.rows} == set(FINDINGS)
    assert {finding for _, finding in found.markings} == set(FINDINGS)
    assert {ceiling.finding for ceiling in found.ceiling_values} == set(FINDINGS)
    assert {shape.finding for shape in found.shapes} == set(FINDINGS)
    for f, finding in enumerate(FINDINGS):
        items = [
            reference.Item(smooth(10 * c + f, (9, 12)), SIZE, reference.encoded(blob(20 * c + f))) for c in range(4)
        ]
        threshold = reference.halving_threshold(items, True)
        assert found.markings["mine", finding].threshold == threshold
        value = found.results.estimates(0, 0, "image")["mine", finding, "iou_tp"].value
        assert value == pytest.approx(reference.mean_iou(items, threshold, True), rel=1e-12)
    write_run(tmp_path / "out", found, inputs, {}, settings, True, 0.0)
    with (tmp_path / "out" / "summary.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["finding"] for row in rows if row["method"] == "mine"] == [*FINDINGS, MEAN]
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["cases"] == 4
    assert "| Fracture |" in (tmp_path / "out" / "summary.md").read_text()
    assert "Edema" not in (tmp_path / "out" / "summary.tex").read_text()
    page = (tmp_path / "out" / "figures" / "ranks.html").read_text()
    assert "Pneumonia" in page and "Edema" not in page


def test_the_default_stays_the_ten():
    assert len(Masks({}).findings) == 10

"""Scores against boxes and scores against masks have rows of their own, and every mean has one form."""

import csv
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from data_cache.masks import Rle
from evaluation.benchmark import Inputs, Protocol, Settings, run_benchmark
from evaluation.report.csv_files import write_all
from evaluation.report.skill_tables import skill_section, words
from evaluation.report.tables import markdown
from evaluation.results import MEAN, Results
from evaluation.scores import Scores
from evaluation.scoring import Row
from evaluation.skill import skills
from evaluation.sources.opening import open_maps
from evaluation.truth.forms import TruthForms, note_on_forms
from evaluation.truth.ground_truth import Masks
from tests.evaluation.making import SIZE, blob, smooth, write_own

EMPTY = Rle.encode(np.zeros(SIZE, bool))
BOXES = {"a_study1": ["Edema"], "b_study1": ["Edema", "Cardiomegaly"], "c_study1": []}


def truth(boxes=BOXES) -> Masks:
    """Three cases; Edema and Cardiomegaly drawn on all, in the named places as boxes; Atelectasis nowhere."""
    cases, forms = {}, {}
    for k, case in enumerate(boxes):
        drawn = {"Edema": Rle.encode(blob(k)), "Cardiomegaly": Rle.encode(blob(k + 10)), "Atelectasis": EMPTY}
        cases[case] = drawn
        forms[case] = {finding: "box" if finding in boxes[case] else "mask" for finding in drawn}
    return Masks(cases, findings=("Cardiomegaly", "Edema", "Atelectasis"), forms=forms)


def benchmark(folder, masks, floors=False, **settings):
    for k, case in enumerate(masks.cases):
        for f, finding in enumerate(masks.findings):
            write_own(folder, case, finding, smooth(10 * k + f, (9, 9)))
    sources = tuple(open_maps(f"{name}={folder}") for name in ("one", "two"))
    asked = Settings(protocol=Protocol.FIXED, bootstrap=20, processes=1, floors=floors, **settings)
    return run_benchmark(Inputs(sources, masks), asked, lambda *_: None), asked


def test_forms_are_counted_on_what_is_drawn():
    forms = TruthForms.of(truth())
    assert forms.present == ("mask", "box")  # three each: what says more comes first
    assert forms.by_finding == {"Edema": "box", "Cardiomegaly": "mask"}
    assert forms.of_truth("c_study1", "Edema") == "mask"
    assert forms.of_truth("a_study1", "Atelectasis") == "mask"
    assert forms.of_truth("unknown", "Edema") == "box"
    assert TruthForms.of(replace(truth(), forms={})).present == ("mask",)


def test_every_mean_is_over_truths_of_one_form(tmp_path):
    """Against means taken by hand from the rows themselves."""
    found, _ = benchmark(tmp_path, truth())
    assert found.results.methods == (
        "one, against masks",
        "one, against boxes",
        "two, against masks",
        "two, against boxes",
    )
    means, counts = found.results.means()
    for m, method in enumerate(found.results.methods):
        rows = [row for row in found.results.rows if row.method == method]
        form = "box" if method.endswith("boxes") else "mask"
        assert {row.form for row in rows} == {form}
        for f, finding in enumerate(found.results.findings):
            values = [row.scores.values["iou_all"] for row in rows if row.finding == finding]
            defined = [value for value in values if not np.isnan(value)]
            assert counts[m, 2, f] == len(defined)
            np.testing.assert_allclose(means[m, 2, f], np.mean(defined) if defined else np.nan, atol=1e-15)
    assert counts[:, 0, :2].tolist() == [[2, 1], [1, 2]] * 2  # three masks and three boxes, each seen once


def test_scores_of_one_form_are_those_without_the_others(tmp_path):
    mixed, _ = benchmark(tmp_path, truth())
    plain, _ = benchmark(tmp_path, replace(truth(), forms={}))
    expected = {(row.method, row.finding, row.case): row.scores.values for row in plain.results.rows}
    for row in mixed.results.rows:
        of_all = expected[row.method.split(",")[0], row.finding, row.case]
        np.testing.assert_equal(dict(row.scores.values), dict(of_all))


def test_methods_are_compared_on_one_form_only(tmp_path):
    found, asked = benchmark(tmp_path, truth())
    pairs = {(one.method, one.other) for one in found.results.differences(20, 0, "patient")}
    assert pairs == {(f"one, against {form}", f"two, against {form}") for form in ("masks", "boxes")}
    assert asked.bootstrap == 20


def test_tables_name_the_form(tmp_path):
    found, asked = benchmark(tmp_path / "maps", truth())
    estimates = write_all(tmp_path, found, asked, [])["patient"]
    for name in ("per_case.csv", "summary.csv"):
        with (tmp_path / name).open() as file:
            lines = list(csv.DictReader(file))
        assert list(lines[0])[-1] == "form"
        named = {line["method"]: line["form"] for line in lines if not line["method"].startswith("Ceiling: ")}
        assert all(form == ("box" if "against boxes" in method else "mask") for method, form in named.items())
        assert set(named.values()) == {"mask", "box"}
    text = markdown([found.results], estimates, [], [])
    assert "never averaged" in text and "against masks and against boxes" in text


def test_masks_alone_say_nothing_and_boxes_alone_keep_the_name(tmp_path):
    every = {case: ["Edema", "Cardiomegaly", "Atelectasis"] for case in BOXES}
    found, _ = benchmark(tmp_path, truth(every))
    assert found.results.methods == ("one", "two")
    assert set(found.results.forms.values()) == {"box"}
    assert note_on_forms(found.results.forms).startswith("Scored against boxes. A perfect outline")
    assert note_on_forms({"one": "mask"}) == ""


def test_rows_of_several_forms_are_refused_as_one_method():
    rows = [Row("one", "Edema", case, Scores({}), 0.5, form=form) for case, form in (("a", "mask"), ("b", "box"))]
    with pytest.raises(ValueError, match="one form for one"):
        Results.of(rows, ["one"])


def test_thresholds_are_tuned_for_each_form_apart(tmp_path):
    """The threshold of a form is that of a cohort that has nothing else."""
    masks = truth()
    found, _ = _tuned(tmp_path, masks)
    for form, suffix in (("mask", ", against masks"), ("box", ", against boxes")):
        alone = {
            case: {f: mask if masks.forms[case][f] == form else EMPTY for f, mask in drawn.items()}
            for case, drawn in masks.cases.items()
        }
        single, _ = _tuned(tmp_path, Masks(alone, findings=masks.findings))
        for finding in ("Edema", "Cardiomegaly"):
            assert found.markings[f"one{suffix}", finding].threshold == single.markings["one", finding].threshold
    thresholds = [marking.threshold for (name, f), marking in found.markings.items() if f == "Edema" and "one" in name]
    assert all(a != b for a, b in pairwise(thresholds))
    assert MEAN not in masks.findings


def _tuned(folder, masks):
    for k, case in enumerate(masks.cases):
        for f, finding in enumerate(masks.findings):
            write_own(folder, case, finding, smooth(10 * k + f, (9, 9)))
    source = (open_maps(f"one={folder}"),)
    asked = Settings(protocol=Protocol.MEDICALPATCHNET, bootstrap=0, processes=1, ceilings=False)
    return run_benchmark(Inputs(source, masks, source, masks), asked, lambda *_: None), asked


def test_each_form_has_its_verdict_and_an_outline_in_its_box_is_no_method(tmp_path):
    """Also not where it would be the best of all."""
    found, _ = benchmark(tmp_path, truth(), floors=True)
    assert found.ceilings is not None and "Ceiling: outline in its box" in found.ceilings.methods
    every = skills(found.results, found.ceilings, "paper", 20, 0, "patient", whole=found.whole)
    assert {one.form for one in every} == {"mask", "box"}
    assert not [one for one in every if "outline" in one.method]
    said = words(every)
    assert [sentence.partition(":")[0] for sentence in said] == [
        f"{metric}, against {form}"
        for metric in ("Hit rate", "mIoU, TP only", "mIoU, TP + FP + FN")
        for form in ("masks", "boxes")
    ]
    for sentence in said:
        form = "boxes" if "against boxes:" in sentence else "masks"
        assert (
            "the best method, Ceiling" not in sentence
            and f"against {'masks' if form == 'boxes' else 'boxes'}" not in sentence
        )
    text = "\n".join(skill_section(every, every, found.results.methods))
    assert "### Hit rate, against masks" in text and "### Hit rate, against boxes" in text


def test_floors_thresholds_stand_beside_the_rows_of_every_form(tmp_path):
    masks = truth()
    write = [(f"case{k}_study1", k) for k in range(4)]
    pool = Masks(
        {case: {"Edema": Rle.encode(blob(k)), "Cardiomegaly": Rle.encode(blob(k + 10))} for case, k in write},
        findings=masks.findings,
    )
    benchmark(tmp_path, masks)
    sources = (open_maps(f"one={tmp_path}"),)
    asked = Settings(protocol=Protocol.FIXED, bootstrap=0, processes=1, ceilings=False)
    found = run_benchmark(Inputs(sources, masks, (), pool), asked, lambda *_: None)
    one, other = (found.markings[f"Floor: prior, against {form}", "Edema"] for form in ("masks", "boxes"))
    assert one == other and one.threshold == one.threshold

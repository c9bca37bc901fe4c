"""`python -m evaluation benchmark` on small folders: against the plain reference, and with everything bad in them."""

import csv
import json
import pickle
import re
import shutil
import sys
from functools import cache

import numpy as np
import pytest
import typer

from data_cache.cli import run
from data_cache.findings import LOCALIZED_FINDINGS
from data_cache.masks import Rle
from evaluation.__main__ import app
from evaluation.commands.benchmark import spread
from evaluation.results import MEAN
from evaluation.truth.human import HUMAN
from tests.evaluation import reference
from tests.evaluation.making import SIZE, blob, smooth, write_masks, write_outputs, write_own
from tests.evaluation.test_sources import Evil

DRAWN = ("Edema", "Cardiomegaly")
VAL = [f"patient{k}_study1_view1_frontal" for k in range(3)]
TEST = [f"patient{k}_study{s}_view1_frontal" for k in range(10, 12) for s in (1, 2)]


def drawn_masks(case):
    number = int("".join(filter(str.isdigit, case)))
    return {finding: blob(number + k) for k, finding in enumerate(DRAWN) if (number + k) % 3}


def write_folders(folder):
    for split, cases in (("val", VAL), ("test", TEST)):
        for place, case in enumerate(cases):
            for k, finding in enumerate(LOCALIZED_FINDINGS):
                write_own(folder / f"{split}_maps", case, finding, smooth(100 * place + k + len(split), (9, 12)))
        write_masks(folder / f"{split}.json", {case: drawn_masks(case) for case in cases})
    return folder


@pytest.fixture
def folders(tmp_path):
    """Maps of one's own of ten findings, and masks, for validation and test cases."""
    return write_folders(tmp_path)


_parser = cache(typer.main.get_command)  # Typer makes it anew for each call, and reads all types of all commands


def call(*arguments) -> int:
    """The exit code of the command."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.main, "get_command", _parser)
        patch.setattr(sys, "argv", ["evaluation", *spread([str(argument) for argument in arguments])])
        try:
            run(app)
        except SystemExit as end:
            return int(end.code or 0)
    return 0


def table(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def basic(folders, out="out"):
    test = ("--maps", f"mine={folders / 'test_maps'}", "--ground-truth", folders / "test.json")
    return (
        "benchmark",
        *test,
        "--out",
        folders / out,
        "--no-figures",
        "--no-floors",
        "--no-ceilings",
        "--processes",
        1,
        "--bootstrap",
        50,
    )


def tuned(folders):
    return "--tune-on", f"mine={folders / 'val_maps'}", "--tune-ground-truth", folders / "val.json"


def items(folders, split, cases, finding):
    found = []
    for case in cases:
        values = np.load(folders / f"{split}_maps" / case / f"{finding}.npy")
        mask = drawn_masks(case).get(finding, np.zeros(SIZE, bool))
        found.append(reference.Item(values, SIZE, reference.encoded(mask)))
    return found


def number(text):
    return float(text) if text else float("nan")


@pytest.fixture(scope="module")
def untuned(tmp_path_factory):
    """The same, scored without tuning; read it only."""
    folder = write_folders(tmp_path_factory.mktemp("untuned"))
    assert call(*basic(folder)) == 0
    return folder


def test_untuned_equals_the_reference(untuned):
    folders = untuned
    rows = {(row["finding"], row["case"]): row for row in table(folders / "out" / "per_case.csv")}
    assert len(rows) == 40
    for finding in (*DRAWN, "Pneumothorax"):
        for item, case in zip(items(folders, "test", TEST, finding), TEST, strict=True):
            row = rows[finding, case]
            tp, everything = reference.otsu_iou(item)
            found = [number(row[name]) for name in ("iou_tp", "iou_all", "hit")]
            np.testing.assert_array_equal(found, [tp, everything, reference.hit(item)])


@pytest.mark.parametrize("protocol", ["chexlocalize", "auto"])
def test_tuned_equals_the_reference(folders, protocol):
    """By itself it takes the halving search where there are validation maps."""
    asked = () if protocol == "auto" else ("--protocol", protocol)
    assert call(*basic(folders), *tuned(folders), *asked) == 0
    taken = json.loads((folders / "out" / "manifest.json").read_text())["settings"]["protocol"]
    assert taken == ("medicalpatchnet" if protocol == "auto" else protocol)
    thresholds = {row["finding"]: row for row in table(folders / "out" / "thresholds.csv")}
    summary = {row["finding"]: row for row in table(folders / "out" / "summary.csv") if row["method"] == "mine"}
    for finding in (*DRAWN, "Pneumothorax"):
        validation, test = (items(folders, *which, finding) for which in (("val", VAL), ("test", TEST)))
        if protocol == "chexlocalize":
            expected = 2 * [reference.grid_threshold(validation)]
        else:
            expected = [reference.halving_threshold(validation, only) for only in (True, False)]
        found = [float(thresholds[finding][name]) for name in ("threshold_tp", "threshold_all")]
        assert found == expected
        assert float(summary[finding]["threshold"]) == expected[0]
        means = [
            reference.mean_iou(test, threshold, only) for threshold, only in zip(expected, (True, False), strict=True)
        ]
        values = [number(summary[finding][name]) for name in ("miou_tp", "miou_all")]
        np.testing.assert_allclose(values, means, rtol=1e-12)


def test_the_contract_of_the_two_tables(untuned):
    folders = untuned

    def header(name):
        return (folders / "out" / f"{name}.csv").read_text().splitlines()[0]

    assert header("per_case") == "method,finding,case,iou_tp,iou_all,hit,threshold,probability,skip_reason,form"
    assert header("summary") == (
        "method,finding,n_hit,hit_rate,hit_low,hit_high,n_tp,miou_tp,miou_tp_low,miou_tp_high,n_all,miou_all,"
        "miou_all_low,miou_all_high,threshold,form"
    )
    rows = table(folders / "out" / "summary.csv")
    assert [row["finding"] for row in rows if row["method"] == "mine"] == [*LOCALIZED_FINDINGS, MEAN]
    edema = next(row for row in rows if row["finding"] == "Edema")
    drawn = sum("Edema" in drawn_masks(case) for case in TEST)
    assert (int(edema["n_hit"]), int(edema["n_tp"]), int(edema["n_all"])) == (drawn, drawn, len(TEST))
    skipped = [
        row["skip_reason"] for row in table(folders / "out" / "per_case.csv") if row["finding"] == "Pneumothorax"
    ]
    assert skipped == ["empty mask"] * 4


def test_runs_are_alike_with_one_and_two_processes(folders):
    for case in [f"patient{k}_study1_view1_frontal" for k in range(20, 27)]:
        write_own(folders / "test_maps", case, "Edema", smooth(int(case[7:9]), (9, 12)))
    assert call(*basic(folders, "one")) == 0
    assert call(*basic(folders, "two"), "--processes", 2) == 0
    for name in ("per_case.csv", "summary.csv", "intervals.csv", "summary.md"):
        assert (folders / "one" / name).read_bytes() == (folders / "two" / name).read_bytes()


def test_one_flag_may_name_several_methods(folders):
    own = [f"{name}={folders / 'test_maps'}" for name in ("a", "b")]
    rest = basic(folders)[3:]
    assert call("benchmark", "--maps", *own, *rest) == 0
    assert {row["method"] for row in table(folders / "out" / "per_case.csv")} == {"a", "b"}
    drawn = [row for row in table(folders / "out" / "differences.csv") if row["n"] != "0"]
    assert {(row["p"], row["low"], row["why_no_interval"]) for row in drawn} == {("", "", "fewer than 6 patients")}


def test_intervals_and_tests_are_named_and_explained_wherever_they_stand(folders):
    for place in range(20, 28):
        case = f"patient{place}_study1_view1_frontal"
        for finding in DRAWN:
            write_own(folders / "test_maps", case, finding, smooth(place, (9, 12)))
            write_own(folders / "other_maps", case, finding, smooth(place + 50, (9, 12)))
        masks = json.loads((folders / "test.json").read_text())
        masks |= json.loads(write_masks(folders / "more.json", {case: {f: blob(place) for f in DRAWN}}).read_text())
        (folders / "test.json").write_text(json.dumps(masks))
    assert call(*basic(folders), "--maps", f"other={folders / 'other_maps'}") == 0
    out = folders / "out"
    mine = [row for row in table(out / "intervals.csv") if row["method"] == "mine"]
    intervals = {(row["finding"], row["metric"], row["resampled"]): row for row in mine}
    hit, mean, none = (intervals[one, "hit", "patient"] for one in ("Edema", MEAN, "Pneumothorax"))
    assert (hit["interval"], mean["interval"]) == ("Wilson", "percentile bootstrap")
    assert (none["interval"], none["why_no_interval"]) == ("", "fewer than 6 patients")
    rows = [row for row in table(out / "differences.csv") if row["finding"] == "Edema"]
    assert {row["test"] for row in rows} == {"sign-flip permutation by patient, exact"}
    assert all(float(row["p"]) <= float(row["p_holm"]) for row in rows)
    said = json.loads((out / "manifest.json").read_text())["inference"]
    assert set(said) == {"percentile bootstrap", "Wilson", "sign-flip permutation by patient", "Holm"}
    markdown, tex = (out / "summary.md").read_text(), (out / "summary.tex").read_text()
    for name, what in said.items():
        assert f"{name}: {what}" in markdown and name in tex, name
    for part in ("resamples of patients", "Protocol chexlocalize", "alignment paper", "0 to 1"):
        assert part in markdown and part in tex
    assert "| mine | other | Hit rate |" in markdown


def test_fixed_thresholds_cut_offs_and_alignment(folders):
    assert call(*basic(folders), "--protocol", "fixed", "--threshold", 0.6) == 0
    assert {row["threshold"] for row in table(folders / "out" / "per_case.csv")} == {"0.6"}
    assert call(*basic(folders), *tuned(folders), "--protocol", "cutoffs", "--alignment", "aligned") == 0
    assert {row["probability_cutoff"] for row in table(folders / "out" / "thresholds.csv")} == {"0.0", "0.1"}


def means(folders, out="out", file="summary"):
    return {row["method"]: row for row in table(folders / out / f"{file}.csv") if row["finding"] == "Edema"}


def hit_rates(folders, out="out", file="summary"):
    return {method: number(row["hit_rate"]) for method, row in means(folders, out, file).items()}


@pytest.fixture(scope="module")
def left_out(tmp_path_factory):
    """Two methods; the second has no maps of the cases in which the first one misses Edema. A folder, and these."""
    folders = tmp_path_factory.mktemp("left_out")
    cases = [f"patient{place}_study1_view1_frontal" for place in range(30, 44)]
    masks = {case: {"Edema": blob(place)} for place, case in enumerate(cases)}
    write_masks(folders / "test.json", masks)
    for place, case in enumerate(cases):
        for finding in LOCALIZED_FINDINGS:
            write_own(folders / "test_maps", case, finding, smooth(place, (9, 12)))
    assert call(*basic(folders, "whole")) == 0
    missed = [
        row["case"]
        for row in table(folders / "whole" / "per_case.csv")
        if row["finding"] == "Edema" and row["hit"] == "0.0"
    ]
    assert 2 < len(missed) < 12
    shutil.copytree(folders / "test_maps", folders / "sly_maps")
    for place, case in enumerate(missed):
        kind = place % 3
        if kind == 0:
            shutil.rmtree(folders / "sly_maps" / case)
        elif kind == 1:
            (folders / "sly_maps" / case / "Edema.npy").unlink()
        else:
            write_own(folders / "sly_maps", case, "Edema", np.full((9, 12), np.nan))
    return folders, missed


def both(folders, out, *more):
    return call(*basic(folders, out), "--maps", f"sly={folders / 'sly_maps'}", *more)


def test_leaving_out_the_maps_of_missed_cases_raises_nothing(left_out, capsys):
    folders, missed = left_out
    capsys.readouterr()
    assert both(folders, "out") == 0
    whole = hit_rates(folders, "whole")["mine"]
    assert 0 < whole < 1
    assert hit_rates(folders) == {"mine": whole, "sly": whole}
    assert number(means(folders)["sly"]["miou_all"]) < number(means(folders)["mine"]["miou_all"])
    captured = capsys.readouterr()
    (warning,) = [line for line in captured.err.splitlines() if line.startswith("Warning: ")]
    assert warning.startswith(f"Warning: sly has no usable map of {len(missed)} drawn mask")
    assert all(part in warning for part in (" no map", " map refused", " counted as misses", "(--missing miss)"))
    assert re.search(rf"^sly .* {len(missed)}$", captured.out, re.MULTILINE)
    assert re.search(r"^mine .* 0$", captured.out, re.MULTILINE)
    assert warning.removeprefix("Warning: ") in (folders / "out" / "summary.md").read_text()
    assert json.loads((folders / "out" / "manifest.json").read_text())["warnings"] == [warning[9:]]
    lacked = table(folders / "out" / "missing.csv")
    assert {row["method"] for row in lacked} == {"sly"}
    assert sum(int(row["masks_drawn"]) for row in lacked) == len(missed)
    assert hit_rates(folders, file="common") == {"mine": 1, "sly": 1}


def test_common_cases_and_own_cases(left_out):
    folders, _ = left_out
    assert both(folders, "common", "--missing", "common") == 0
    assert hit_rates(folders, "common") == {"mine": 1, "sly": 1}
    assert not (folders / "common" / "common.csv").exists()
    reasons = {row["skip_reason"] for row in table(folders / "common" / "per_case.csv") if row["method"] == "mine"}
    assert "left out: not every method has a map" in reasons
    assert both(folders, "own", "--missing", "own") == 0
    found = hit_rates(folders, "own")
    assert (found["mine"], found["sly"]) == (hit_rates(folders, "whole")["mine"], 1)


TITLES = ("Hit rate", "mIoU, TP only", "mIoU, TP + FP + FN")


@pytest.mark.parametrize("policy", ["miss", "own"])
def test_leaving_maps_out_wins_no_verdict(left_out, capsys, policy):
    """And with its own cases alone, a method's skill is that of the cases that it has.

    As where all are scored on these. Over TP, FP and FN a case without maps is 0, as published.
    """
    folders, missed = left_out
    found = verdicts(folders, capsys, policy)
    told = [line for title, line in found.items() if policy == "own" or title != "Hit rate"]  # there both have as many
    assert all("the best method, mine with" in line for line in told)
    lacking = f"without map and value are sly of {len(missed)}."
    assert found["mIoU, TP only"].endswith(lacking)
    assert found["Hit rate"].endswith(lacking) == (policy == "own")
    common = {row["method"]: row for row in table(folders / policy / "common.csv") if row["finding"] == "Edema"}
    assert f"mine with {number(common['mine']['miou_tp']):.3f}" in found["mIoU, TP only"]
    if policy == "own":
        verdicts(folders, capsys, "common")
        own, other = skills(folders, "own"), skills(folders, "common")
        assert [{**row, "cases_without_map": "0"} for row in own] == other
        assert {row["cases_without_map"] for row in own if row["finding"] == MEAN} == {str(len(missed))}


def verdicts(folders, capsys, policy):
    """What the command says of each metric with floors beside both methods; its tables lie in a folder of that name."""
    without = [argument for argument in basic(folders, policy) if argument != "--no-floors"]
    capsys.readouterr()
    assert call(*without, "--maps", f"sly={folders / 'sly_maps'}", "--missing", policy) == 0
    lines = capsys.readouterr().out.splitlines()
    return {title: line for title in TITLES for line in lines if line.startswith(f"{title}: ")}


def skills(folders, policy):
    rows = table(folders / policy / "skill.csv")
    return [row for row in rows if row["method"] == "sly" and row["metric"] != "iou_all"]


def test_where_nothing_is_missing_the_policies_agree(folders):
    found = []
    for policy in ("miss", "common", "own"):
        assert call(*basic(folders, policy), "--missing", policy) == 0
        found.append((folders / policy / "summary.csv").read_bytes())
        assert not (folders / policy / "missing.csv").exists()
    assert found[0] == found[1] == found[2]


def test_tuning_on_the_scored_cases_is_said_loudly(folders, capsys):
    same = ("--tune-on", f"mine={folders / 'test_maps'}", "--tune-ground-truth", folders / "test.json")
    assert call(*basic(folders), *same) == 0
    warning = "THRESHOLDS WERE TUNED ON SCORED CASES: 4 of 4 cases, 2 of 2 patients"
    assert f"Warning: {warning}" in capsys.readouterr().err
    assert warning in (folders / "out" / "summary.md").read_text()
    assert warning in (folders / "out" / "summary.tex").read_text()
    manifest = json.loads((folders / "out" / "manifest.json").read_text())
    assert manifest["tuned_on_scored"] == {"scored": 4, "patients": 2, "cases": 4, "shared_patients": 2}
    assert call(*basic(folders), *tuned(folders)) == 0
    assert "TUNED ON" not in capsys.readouterr().err
    manifest = json.loads((folders / "out" / "manifest.json").read_text())
    assert (manifest["tuned_on_scored"]["cases"], manifest["warnings"]) == (0, [])


def test_the_human_benchmark_is_one_more_method(folders):
    write_masks(folders / "hb.json", {case: {"Edema": blob(7)} for case in TEST[1:]})
    (folders / "points.json").write_text(json.dumps({case: {"Edema": [[3, 4]]} for case in TEST}))
    human = ("--human-masks", folders / "hb.json", "--human-points", folders / "points.json")
    assert call(*basic(folders), *human) == 0
    assert {row["method"] for row in table(folders / "out" / "per_case.csv")} == {"mine", HUMAN}
    assert {row["method"] for row in table(folders / "out" / "human.csv")} == {"mine"}
    problems = json.loads((folders / "out" / "manifest.json").read_text())["problems"]
    assert problems["counts"] == {"flagged human benchmark": 1}


@pytest.mark.usefixtures("first_panels")
def test_figures_and_tables(folders):
    assert call(*(argument for argument in basic(folders) if argument != "--no-figures")) == 0
    out = folders / "out"
    for name in ("iou_by_threshold", "by_finding", "ranks"):
        assert (out / "figures" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        page = (out / "figures" / f"{name}.html").read_text()
        assert 'src="plotly.min.js"' in page
        assert "NaN" not in page
    assert (out / "figures" / "plotly.min.js").stat().st_size > 1_000_000
    markdown = (out / "summary.md").read_text()
    assert "| Edema |" in markdown
    assert "empty mask" in markdown
    assert r"\toprule" in (out / "summary.tex").read_text()


def test_bad_input_is_named_and_counted_and_the_rest_goes_on(folders, untuned, capsys):
    maps = folders / "test_maps"
    good = {(row["finding"], row["case"]): row for row in table(untuned / "out" / "per_case.csv")}
    write_own(maps, TEST[0], "Edema", np.full((9, 12), np.nan))
    write_own(maps, TEST[1], "Edema", np.zeros((2, 9, 12)))
    write_own(maps, TEST[0], "Sarcoidosis", np.zeros((9, 12)))
    np.savez(maps / TEST[2] / "Edema.npz", smooth(0, (9, 12)))  # beside Edema.npy
    write_own(maps, "patient99_study1_view1_frontal", "Edema", smooth(0, (9, 12)))
    masks = json.loads((folders / "test.json").read_text())
    masks[TEST[3]]["Edema"]["size"] = [5, 7]
    masks["patient77_study1_view1_frontal"] = masks[TEST[2]]
    (folders / "test.json").write_text(json.dumps(masks))
    assert call(*basic(folders)) == 0
    problems = json.loads((folders / "out" / "manifest.json").read_text())["problems"]
    assert problems["counts"] == {
        "case without a mask entry": 1,  # the case of maps only; the entry that could not be read is named once
        "case without maps": 1,
        "duplicate map": 1,
        "map of another shape": 1,
        "map that is not finite": 1,
        "mask that cannot be read": 1,
        "unknown finding": 1,
    }
    assert sum(problems["counts"].values()) == len(problems["all"])
    lines = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("Warning: ")]
    assert len(lines) == len(problems["all"])
    rows = {(row["finding"], row["case"]): row for row in table(folders / "out" / "per_case.csv")}
    assert rows["Edema", TEST[0]]["skip_reason"] == "map refused"
    assert rows["Edema", TEST[3]]["skip_reason"] == "no mask entry"
    untouched = [(finding, case) for finding, case in good if finding != "Edema"]
    assert all(rows[key] == good[key] for key in untouched)


def test_a_mask_larger_than_the_radiograph_is_named(folders):
    for case in TEST:
        write_outputs(folders / "outputs", case, "raw", np.stack([smooth(k, (8, 8)) for k in range(14)]), (60, 80))
    arguments = [str(argument).replace("mine=", "raw=").replace("test_maps", "outputs") for argument in basic(folders)]
    assert call(*arguments) == 1  # no map fits its mask, so nothing is left


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda a, f: [*a[:1], "--maps", f"mine={f / 'nowhere'}", *a[3:]], "check the path"),
        (lambda a, f: [*a, "--protocol", "medicalpatchnet"], "give --tune-on"),
        (lambda a, f: [*a, "--maps", f"mine={f / 'test_maps'}"], "Expected each method once"),
    ],
)
def test_wrong_input_ends_with_one_line_and_1(folders, capsys, change, words):
    assert call(*change(list(basic(folders)), folders)) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Error: Expected")
    assert words in line


def test_wrong_usage_ends_with_2(folders, capsys):
    assert call(*basic(folders), "--alignment", "sideways") == 2
    assert call(*basic(folders), "--tune-on", f"mine={folders / 'val_maps'}") == 2
    assert call("benchmark") == 2


def test_nothing_left_to_score_ends_with_1(folders, tmp_path, capsys):
    maps = tmp_path / "evil"
    maps.mkdir()
    for case in TEST:
        (maps / f"{case}_Edema_map.pkl").write_bytes(pickle.dumps(Evil()))
    arguments = [str(argument).replace(str(folders / "test_maps"), str(maps)) for argument in basic(folders)]
    assert call(*arguments) == 1
    assert "nothing to score for mine" in capsys.readouterr().err


def test_spreading_options():
    assert spread(["benchmark", "--maps", "a=1", "b=2", "--out", "c=3", "d=4", "--tune-on", "e=5"]) == [
        *("benchmark", "--maps", "a=1", "--maps", "b=2", "--out", "c=3", "d=4", "--tune-on", "e=5")
    ]


def test_encoded_masks_of_the_tests_are_masks():
    assert Rle.encode(blob(1)).area == blob(1).sum()

"""Files of masks with good and bad entries."""

import json
from pathlib import Path

import numpy as np
import pytest

from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.findings import FINDINGS, LOCALIZED_FINDINGS
from data_cache.marks import Box, Disc, Mark
from data_cache.masks import Rle
from evaluation.truth.ground_truth import Masks, read_human_benchmark, read_masks
from tests.evaluation.making import blob, write_masks


def entry(mask):
    return {"size": list(mask.shape), "counts": Rle.encode(mask).counts}


def change(path, function):
    content = json.loads(path.read_text())
    function(content)
    path.write_text(json.dumps(content))
    return path


def test_good_masks_come_under_chexperts_names(tmp_path):
    path = write_masks(tmp_path / "gt.json", {"a": {"Lung Opacity": blob(0)}})
    masks = read_masks(path)
    assert not masks.problems
    np.testing.assert_array_equal(masks.cases["a"]["Lung Opacity"].decode(), blob(0))
    assert len(masks.cases["a"]) == 10


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (lambda c: c["a"].update(Sarcoidosis=entry(blob(0))), "unknown finding"),
        (lambda c: c["a"].update(Edema={"size": [3, 4]}), "mask that cannot be read"),
        (lambda c: c["a"].update(Edema={"size": [3, 4], "counts": "?"}), "mask that cannot be read"),
        (
            lambda c: c["a"].update(Edema={"size": [60, 80], "counts": entry(blob(0))["counts"]}),
            "mask that cannot be read",
        ),
        (lambda c: c["a"].update(Edema={"size": [float("inf"), 4], "counts": "1"}), "mask that cannot be read"),
        (lambda c: c["a"].update(Edema={"size": [10**6, 10**6], "counts": "1"}), "mask that cannot be read"),
        (lambda c: c["a"].update(Edema=entry(np.zeros((5, 6), bool))), "mask of another size"),
        (lambda c: c["a"].update({"Lung Opacity": c["a"]["Airspace Opacity"]}), "mask that cannot be read"),
        (lambda c: c["a"].pop("Edema"), "case without a mask entry"),
        (lambda c: c.update(a=7), "mask that cannot be read"),
    ],
)
def test_a_bad_entry_spoils_only_itself(tmp_path, spoil, kind):
    path = write_masks(tmp_path / "gt.json", {"a": {"Cardiomegaly": blob(0)}, "b": {"Edema": blob(1)}})
    masks = read_masks(change(path, spoil))
    assert [problem.kind for problem in masks.problems] == [kind]
    assert all("\n" not in problem.sentence for problem in masks.problems)
    np.testing.assert_array_equal(masks.cases["b"]["Edema"].decode(), blob(1))


def masks_of_sizes(tmp_path, sizes, **more):
    """A case whose findings have masks of these sizes, in CheXpert's order."""
    names = dict(zip(LOCALIZED_FINDINGS, sizes, strict=False))
    content = {"a": {finding: entry(np.ones(size, bool)) for finding, size in names.items()} | more}
    path = tmp_path / "gt.json"
    path.write_text(json.dumps(content))
    return read_masks(path)


@pytest.mark.parametrize("place", [0, 4, 9])
def test_one_mask_of_another_size_takes_no_other_with_it(tmp_path, place):
    sizes = [(5, 6)] * 10
    sizes[place] = (6, 5)
    masks = masks_of_sizes(tmp_path, sizes)
    assert set(masks.cases["a"]) == set(LOCALIZED_FINDINGS) - {LOCALIZED_FINDINGS[place]}
    (problem,) = masks.problems
    assert problem.subject == f"a, {LOCALIZED_FINDINGS[place]}"
    assert "6×5" in problem.sentence and "found 5×6" in problem.sentence


def test_the_radiographs_own_size_outvotes_the_masks(tmp_path):
    sizes = [(6, 5)] * 7 + [(5, 6)] * 3
    masks = masks_of_sizes(tmp_path, sizes, img_size=[5, 6])
    assert set(masks.cases["a"]) == set(LOCALIZED_FINDINGS[7:])
    assert [problem.kind for problem in masks.problems] == ["mask of another size"] * 7
    assert set(masks_of_sizes(tmp_path, sizes, img_size="?").cases["a"]) == set(LOCALIZED_FINDINGS[:7])


@pytest.mark.parametrize("content", ["", "[]", "{}", "{"])
def test_a_file_without_cases_is_refused(tmp_path, content):
    path = tmp_path / "gt.json"
    path.write_text(content)
    with pytest.raises(InputError, match=r"gt\.json"):
        read_masks(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_masks(tmp_path / "gt.json")


def test_human_cases_without_masks_or_points_are_flagged(tmp_path):
    truth = read_masks(write_masks(tmp_path / "gt.json", {key: {"Edema": blob(0)} for key in "abc"} | {"d": {}}))
    masks = write_masks(tmp_path / "hb.json", {"a": {"Edema": blob(1)}, "b": {}})
    points = tmp_path / "points.json"
    points.write_text(json.dumps({"a": {"Edema": [[3, 4]]}, "b": {"Edema": [[1, 1], [2, 2]]}}))
    human = read_human_benchmark(masks, points)
    assert human.points["b"]["Edema"] == ((1.0, 1.0), (2.0, 2.0))
    flagged = [(problem.subject, problem.sentence) for problem in human.flagged(truth)]
    assert [subject for subject, _ in flagged] == ["b", "c", "c"]
    assert "empty masks" in flagged[0][1]
    assert "no masks" in flagged[1][1]
    assert "no salient points" in flagged[2][1]


def test_bad_points_are_named(tmp_path):
    points = tmp_path / "points.json"
    points.write_text(json.dumps({"a": {"Edema": [[3]], "Cardiomegaly": [[1, 2]]}}))
    human = read_human_benchmark(None, points)
    assert [problem.subject for problem in human.problems] == ["a, Edema"]
    assert human.points["a"] == {"Cardiomegaly": ((1.0, 2.0),)}


# Masks of a dataset's cases


def test_cases_bring_their_forms_patients_and_findings():
    labels = {**dict.fromkeys(FINDINGS), "Pneumonia": 1, "Edema": 0}
    marks = (Mark("Pneumonia", Box(1, 2, 5, 8)), Mark("Fracture", Disc(5, 5, 2)))
    boxed = Case("a", "p7", "boxes", labels=labels, marks=marks, annotated_size=(10, 12))
    heart = {"Cardiomegaly": Rle.encode(blob(1, (10, 12)))}
    drawn = Case("b", "p8", "masks", pixels=np.zeros((10, 12), np.float32), masks=heart)
    gone = Case("c", "p9", "boxes", image_path=Path("nowhere.png"), labels=labels, marks=marks)
    truth = Masks.of_cases([boxed, drawn, gone])
    assert truth.cases["a"]["Pneumonia"].area == 24 and truth.cases["a"]["Edema"].area == 0
    assert truth.forms == {
        "a": {"Edema": "mask", "Pneumonia": "box", "Fracture": "disc"},
        "b": {"Cardiomegaly": "mask"},
    }
    assert truth.patients == {"a": "p7", "b": "p8"}
    assert truth.findings == ("Cardiomegaly", "Edema", "Pneumonia", "Fracture")
    (problem,) = truth.problems
    assert problem.subject == "c" and "nowhere.png" in problem.sentence


def test_a_file_of_masks_is_scored_on_the_ten():
    assert Masks({"a": {}}).findings == LOCALIZED_FINDINGS

"""Folders of maps of every kind, with good and bad files."""

import json
import pickle
import shutil

import numpy as np
import pytest
from PIL import Image

from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.pickles import HeatMap, write_heat_map
from data_cache.store import read_tensors, write_tensors
from evaluation.problems import Problem
from evaluation.report.predictions import classification
from evaluation.sources.base import usable
from evaluation.sources.opening import open_maps
from evaluation.sources.outputs import Outputs, output_names
from evaluation.sources.own import OwnMaps
from evaluation.sources.pickles import HeatMaps
from explainers.gradients.pixels import shown
from explainers.published import cam_picture, patch_export
from tests.evaluation.making import SIZE, smooth, write_outputs, write_own

MAPS = np.stack([smooth(k, (8, 8)) for k in range(14)])
CAMS = np.stack([smooth(k, (4, 4)) for k in range(14)])


def kinds(problems):
    return [problem.kind for problem in problems]


class Evil:
    def __reduce__(self):
        return exec, ("raise SystemExit('executed')",)


# The program's own outputs


def test_the_name_picks_the_method(tmp_path):
    write_outputs(tmp_path, "a", "raw", MAPS)
    write_outputs(tmp_path, "a", "gradcam", CAMS)
    (tmp_path / "a" / "prediction.json").write_text(
        json.dumps(
            {"patchnet": {"probabilities": dict.fromkeys(FINDINGS, 0.25)}, "cnn": {"probabilities": {"Edema": 0.5}}}
        )
    )
    raw, cam = (open_maps(f"{name}={tmp_path}") for name in ("raw", "gradcam"))
    assert isinstance(raw, Outputs)
    found = raw.read("a")
    np.testing.assert_array_equal(found.maps["Edema"], MAPS[FINDINGS.index("Edema")])
    assert found.image_size == SIZE
    assert found.probabilities["Edema"] == 0.25
    assert cam.read("a").probabilities == {"Edema": 0.5}
    with pytest.raises(InputError, match="raw"):
        open_maps(f"mine={tmp_path}")


DEEP = "[" * 200_000
PREDICTIONS = [DEEP, "[1]", '{"patchnet": ' + DEEP, '{"patchnet": null}', '{"patchnet": {"probabilities": 7}}', "{" * 9]
PREDICTIONS += ['{"patchnet": {"probabilities": {"Edema": [1]}}}', '{"patchnet": {"probabilities": {"Edema": "x"}}}']
PREDICTIONS += ['{"patchnet": {"probabilities": {"Edema": ' + "9" * 5000 + "}}}", " " * (1 << 24) + "{}"]


@pytest.mark.parametrize("content", PREDICTIONS)
def test_predictions_that_are_none_are_not_known(tmp_path, content):
    write_outputs(tmp_path, "a", "raw", MAPS)
    (tmp_path / "a" / "prediction.json").write_text(content)
    found = open_maps(f"raw={tmp_path}").read("a")
    assert found.probabilities == {} and len(found.maps) == 14 and not found.problems
    labels = dict.fromkeys(FINDINGS, 1)
    case = Case(id="a", patient="a", source="test", image_path=tmp_path / "a.png", labels=labels)
    assert classification("patchnet", (tmp_path, [case]), (tmp_path, [case])) is None


@pytest.mark.parametrize("text", [DEEP, "7", "{}", "", '["Edema", 3]', '["Edema"]'])
@pytest.mark.parametrize("name", ["findings", "geometry"])
def test_text_beside_maps_that_is_deep_or_something_else_is_a_problem_of_the_case(tmp_path, name, text):
    write_outputs(tmp_path, "a", "raw", MAPS)
    write_outputs(tmp_path, "b", "raw", MAPS, **{name: text})
    source = open_maps(f"raw={tmp_path}")
    assert not source.read("a").problems
    found = source.read_or_refuse("b")
    assert not found.maps and len(found.problems) == 1 and len(found.problems[0].sentence) < 500


def test_a_single_method_goes_by_any_name(tmp_path):
    write_outputs(tmp_path, "a", "scaled", MAPS)
    source = open_maps(f"mine={tmp_path}")
    assert isinstance(source, Outputs)
    assert (source.name, source.pair) == ("mine", "scaled")


def test_a_pair_is_named_by_method_and_model(tmp_path):
    write_outputs(tmp_path, "a", "gradcam", CAMS)
    write_outputs(tmp_path, "a", "gradcam++@timm+resnet18", CAMS, model_key="timm:resnet18")
    sections = {name: {"probabilities": {"Edema": p}} for name, p in (("cnn", 0.1), ("timm:resnet18", 0.9))}
    (tmp_path / "a" / "prediction.json").write_text(json.dumps(sections))
    assert output_names(tmp_path) == ["gradcam", "gradcam++@timm:resnet18"]
    other = open_maps(f"gradcam++@timm:resnet18={tmp_path}")
    assert isinstance(other, Outputs)
    assert other.read("a").probabilities == {"Edema": 0.9}
    values = other.read("a").maps["Edema"]
    np.testing.assert_array_equal(other.to_score(values, "paper"), cam_picture(values[None], 64)[0])
    assert open_maps(f"gradcam@cnn={tmp_path}").read("a").probabilities == {"Edema": 0.1}  # the same pair, spelled out


def test_the_model_that_the_file_names_has_the_probabilities(tmp_path):
    write_outputs(tmp_path, "a", "gradcam", CAMS, model_key="timm:resnet18")
    write_outputs(tmp_path, "b", "gradcam", CAMS)  # as files were before they named their model
    sections = {name: {"probabilities": {"Edema": p}} for name, p in (("cnn", 0.1), ("timm:resnet18", 0.9))}
    for case in "ab":
        (tmp_path / case / "prediction.json").write_text(json.dumps(sections))
    source = open_maps(f"gradcam={tmp_path}")
    assert [source.read(case).probabilities["Edema"] for case in "ab"] == [0.9, 0.1]


@pytest.mark.parametrize("name", ["novel", "novel@cnn", "novel@unheard-of"])
def test_maps_of_a_method_that_nobody_knows_are_scored_as_they_stand(tmp_path, name):
    write_outputs(tmp_path, "a", name, CAMS)
    (tmp_path / "a" / "prediction.json").write_text(json.dumps({"unheard-of": {"probabilities": {"Edema": 0.5}}}))
    source = open_maps(f"{name}={tmp_path}")
    found = source.read("a")
    assert not found.problems
    values = found.maps["Edema"]
    assert source.to_score(values, "paper") is values
    assert source.scored_shape(values) == (4, 4)
    assert found.probabilities == ({"Edema": 0.5} if "unheard" in name else {})


def test_a_known_method_on_an_unknown_model_keeps_its_form(tmp_path):
    write_outputs(tmp_path, "a", "gradcam@unheard-of", CAMS, model_key="unheard-of")
    (tmp_path / "a" / "prediction.json").write_text(json.dumps({"unheard-of": {"probabilities": {"Edema": 0.5}}}))
    source = open_maps(f"gradcam@unheard-of={tmp_path}")
    found = source.read("a")
    values = found.maps["Edema"]
    np.testing.assert_array_equal(source.to_score(values, "paper"), cam_picture(values[None], 64)[0])
    assert found.probabilities == {"Edema": 0.5}


def test_what_the_model_does_not_predict_is_no_damage(tmp_path):
    maps = CAMS.copy()
    maps[2:4] = np.nan  # one without a probability, and one that was predicted all the same
    write_outputs(tmp_path, "a", "gradcam", maps)
    odds = {finding: None if k == 2 else 0.5 for k, finding in enumerate(FINDINGS)}
    (tmp_path / "a" / "prediction.json").write_text(json.dumps({"cnn": {"probabilities": odds}}))
    found = open_maps(f"gradcam={tmp_path}").read("a")
    assert found.unpredicted == {FINDINGS[2]}
    assert found.refused == {FINDINGS[3]}
    assert kinds(found.problems) == ["map that is not finite"]
    assert FINDINGS[2] not in found.probabilities
    assert len(found.maps) == 12


def test_maps_are_scored_in_their_published_form(tmp_path):
    write_outputs(tmp_path, "a", "raw", MAPS * 150)
    write_outputs(tmp_path, "a", "gradcam", CAMS)
    raw, cam = (open_maps(f"{name}={tmp_path}") for name in ("raw", "gradcam"))
    values, picture = raw.read("a").maps["Edema"], cam.read("a").maps["Edema"]
    np.testing.assert_array_equal(raw.to_score(values, "paper"), patch_export(values[None], 64)[0])
    np.testing.assert_array_equal(raw.to_score(values, "aligned"), np.kron(values, np.ones((8, 8), np.float32)))
    for alignment in ("paper", "aligned"):
        np.testing.assert_array_equal(cam.to_score(picture, alignment), cam_picture(picture[None], 64)[0])


def test_maps_of_pixels_are_read_as_they_are_shown(tmp_path):
    """By the blur that they were made with; parameters that are none are a problem of the case."""
    pixels = np.random.default_rng(1).normal(size=(14, 64, 64)).astype(np.float32)
    for case, text in (("a", '{"blur": 10}'), ("b", '{"blur": "much"}'), ("c", "[")):
        path = write_outputs(tmp_path, case, "inputxgradient", pixels)
        tensors, metadata = read_tensors(path)
        write_tensors(path, tensors, {**metadata, "parameters": text})
    source = open_maps(f"inputxgradient={tmp_path}")
    found = source.read("a").maps["Edema"]
    np.testing.assert_array_equal(found, shown(pixels, {"blur": 10})[FINDINGS.index("Edema")])
    assert found.shape == (32, 32) and source.to_score(found, "aligned").shape == (64, 64)
    for case in ("b", "c"):
        assert kinds(source.read(case).problems) == ["map that cannot be read"]


def test_maps_that_the_published_form_makes_constant_mark_nothing(tmp_path):
    write_outputs(tmp_path, "a", "gradcam", -np.abs(CAMS))  # ReLU leaves nothing
    write_outputs(tmp_path, "a", "scaled", MAPS * 1e-9)  # in the export all values are 0.5
    cam, scaled = (open_maps(f"{name}={tmp_path}") for name in ("gradcam", "scaled"))
    assert not cam.marks_anything(cam.read("a").maps["Edema"], "aligned")
    tiny = scaled.read("a").maps["Edema"]
    assert not scaled.marks_anything(tiny, "paper")
    assert scaled.marks_anything(tiny, "aligned")


def test_damaged_and_misshapen_outputs_are_named(tmp_path):
    path = write_outputs(tmp_path, "a", "raw", MAPS)
    write_outputs(tmp_path, "b", "raw", MAPS[:5])
    spoilt = MAPS.copy()
    spoilt[3, 0, 0] = np.nan
    write_outputs(tmp_path, "c", "raw", spoilt)
    path.write_bytes(path.read_bytes()[:-50])
    source = open_maps(f"raw={tmp_path}")
    a, b, c = (source.read(case) for case in "abc")
    assert kinds(a.problems) == ["map that cannot be read"]
    assert kinds(b.problems) == ["map of another shape"]
    assert kinds(c.problems) == ["map that is not finite"]
    assert a.refused == b.refused == set(FINDINGS)
    assert c.refused == {FINDINGS[3]}
    assert len(c.maps) == 13


def test_a_range_beyond_float32_is_named():
    found = usable(np.float32([[3e38, -3e38]]), "a")
    assert kinds([found]) == ["map that is not finite"]
    assert not isinstance(usable(np.float32([[3e38, 0]]), "a"), Problem)


# CheXlocalize heat maps


def test_pickles_and_converted_ones_are_read_alike(sample_root, tmp_path):
    folder = tmp_path / "pickles"
    folder.mkdir()
    name = "patient64541_study1_view1_frontal_Airspace Opacity_map.pkl"
    shutil.copy(sample_root / "CheXlocalize" / "gradcam_maps_val" / name, folder)
    source = open_maps(f"densenet={folder}")
    assert isinstance(source, HeatMaps)
    pickled = source.read("patient64541_study1_view1_frontal")
    assert list(pickled.maps) == ["Lung Opacity"]
    assert pickled.image_size == (2320, 2828)
    heat_map = HeatMap(
        "patient64541_study1_view1_frontal",
        "Lung Opacity",
        pickled.maps["Lung Opacity"],
        pickled.probabilities["Lung Opacity"],
        1,
        pickled.image_size,
    )
    write_heat_map(tmp_path / "safe", heat_map)
    converted = open_maps(f"densenet={tmp_path / 'safe'}").read("patient64541_study1_view1_frontal")
    np.testing.assert_array_equal(converted.maps["Lung Opacity"], pickled.maps["Lung Opacity"])
    assert converted.probabilities == pickled.probabilities
    assert converted.image_size == pickled.image_size


def test_a_pickle_that_wants_more_is_refused_and_the_rest_goes_on(tmp_path):
    (tmp_path / "a_Edema_map.pkl").write_bytes(pickle.dumps(Evil()))
    (tmp_path / "a_Sarcoidosis_map.pkl").write_bytes(b"")
    write_heat_map(tmp_path, HeatMap("a", "Cardiomegaly", MAPS[0], 0.5, 1, (5, 6)))
    source = open_maps(f"m={tmp_path}")
    assert kinds(source.problems) == ["unknown finding"]
    found = source.read("a")
    assert kinds(found.problems) == ["map that cannot be read"]
    assert "refused and not executed" in found.problems[0].sentence
    assert found.refused == {"Edema"}
    assert list(found.maps) == ["Cardiomegaly"]


def test_two_maps_of_one_finding_are_named(tmp_path):
    for folder in ("one", "two"):
        write_heat_map(tmp_path / folder, HeatMap("a", "Edema", MAPS[0], 0.5, 1, None))
    source = open_maps(f"m={tmp_path}")
    assert kinds(source.problems) == ["duplicate map"]
    assert len(source.files["a"]) == 1


def test_a_heat_map_of_another_image_size_takes_no_other_with_it(tmp_path):
    for k, (finding, size) in enumerate((("Edema", (6, 5)), ("Cardiomegaly", (5, 6)), ("Pneumothorax", (5, 6)))):
        write_heat_map(tmp_path, HeatMap("a", finding, smooth(k, (4, 4)), 0.5, 1, size))
    found = open_maps(f"m={tmp_path}").read("a")
    assert set(found.maps) == {"Cardiomegaly", "Pneumothorax"} and found.image_size == (5, 6)
    assert found.refused == {"Edema"} and "Edema" not in found.probabilities
    (problem,) = found.problems
    assert problem.kind == "map of another shape" and "found 5×6" in problem.sentence


# Maps of one's own


def test_every_kind_of_file(tmp_path):
    values = MAPS[0]
    write_own(tmp_path, "a", "Edema", values.astype(np.float64))
    np.savez(tmp_path / "a" / "Cardiomegaly.npz", map=values, probability=0.75)
    np.savez(tmp_path / "a_Pneumothorax.npz", saliency=values)
    write_tensors(tmp_path / "a" / "Lung Lesion.safetensors", {"map": values}, {})
    grey = np.arange(64, dtype=np.uint16).reshape(8, 8) * 1000
    Image.fromarray(grey).save(tmp_path / "a" / "Airspace Opacity.png")
    Image.fromarray((grey // 256).astype(np.uint8)).save(tmp_path / "a" / "Atelectasis.png")
    source = open_maps(f"mine={tmp_path}")
    assert isinstance(source, OwnMaps)
    found = source.read("a")
    assert not found.problems
    for finding in ("Edema", "Cardiomegaly", "Pneumothorax", "Lung Lesion"):
        np.testing.assert_array_equal(found.maps[finding], values)
    np.testing.assert_array_equal(found.maps["Lung Opacity"], grey.astype(np.float32))
    np.testing.assert_array_equal(found.maps["Atelectasis"], grey // 256)
    assert found.probabilities["Cardiomegaly"] == 0.75
    assert found.geometry is None


def test_bad_files_are_named(tmp_path):
    write_own(tmp_path, "a", "Edema", np.zeros((2, 3, 4)))
    write_own(tmp_path, "a", "Cardiomegaly", np.full((3, 4), np.inf))
    write_own(tmp_path, "a", "Pneumothorax", np.array([[object()]]))
    write_own(tmp_path, "a", "Sarcoidosis", MAPS[0])
    (tmp_path / "a" / "Consolidation.npz").write_bytes(b"no archive")
    np.savez(tmp_path / "a" / "Lung Lesion.npz", one=MAPS[0], two=MAPS[0])
    Image.new("RGB", (4, 4), "red").save(tmp_path / "a" / "Atelectasis.png")
    Image.new("L", (4, 4)).save(tmp_path / "a" / "Edema.png")
    source = open_maps(f"mine={tmp_path}")
    assert sorted(kinds(source.problems)) == ["duplicate map", "unknown finding"]
    found = source.read("a")
    assert sorted(kinds(found.problems)) == [
        "map of another shape",
        "map that cannot be read",
        "map that cannot be read",
        "map that cannot be read",
        "map that cannot be read",
        "map that is not finite",
    ]
    assert not found.maps
    assert all("\n" not in problem.sentence for problem in found.problems)


# Naming folders


@pytest.mark.parametrize("argument", ["outputs", "=outputs", "raw="])
def test_arguments_of_another_form_are_refused(argument):
    with pytest.raises(InputError, match="NAME=DIR"):
        open_maps(argument)


def test_missing_and_empty_folders_are_refused(tmp_path):
    with pytest.raises(InputError, match="found none; check the path"):
        open_maps(f"raw={tmp_path / 'nowhere'}")
    with pytest.raises(InputError, match="found none; name the folder"):
        open_maps(f"raw={tmp_path}")


def test_the_hash_is_that_of_the_files(tmp_path):
    path = write_own(tmp_path, "a", "Edema", MAPS[0])
    before = open_maps(f"m={tmp_path}").digest("a")
    assert before == open_maps(f"m={tmp_path}").digest("a")
    np.save(path, MAPS[1])
    assert before != open_maps(f"m={tmp_path}").digest("a")

import json
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from safetensors.numpy import load_file
from safetensors.torch import save_file

import data_cache
from data_cache.case import Case
from data_cache.demo import bundled_cases
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.store import read_tensors
from explainers.model_run import ModelRun, model_runs
from explainers.options import parameters_by_method
from explainers.outputs import SUFFIX, file_name, name_of_file
from explainers.pairs import parse_pair
from explainers.registry import EXPLAINERS
from explainers.run import explain_all
from explainers.runner import Plan, run_cases
from models.predictor import load_predictor
from tests.explainers.conftest import save_small
from tests.models.networks import timm_network


@pytest.fixture
def cases(tmp_path):
    rng = np.random.default_rng(0)
    made = []
    for name in ("one", "two"):
        path = tmp_path / f"{name}.png"
        cv2.imwrite(str(path), rng.integers(0, 255, (250, 280), np.uint8))
        made.append(Case(id=name, patient=name, source="file", image_path=path))
    return made


def plan_of(out, names, *models, **common):
    parameters = parameters_by_method(names, common, {})
    return Plan(out, parameters, {model.info.key: model for model in models})


@pytest.fixture
def plan(tmp_path, small_patchnet, small_cnn):
    shared = [key for key, entry in EXPLAINERS.items() if entry.kind == "pass"]
    return plan_of(tmp_path / "out", shared, small_patchnet, small_cnn)


@pytest.fixture
def said():
    return []


def tally_of(cases, plan, said):
    passes = []
    tally = run_cases(cases, plan, said.append, passes.append)
    return tally.explained, tally.kept, len(tally.problems), len(passes)


def test_files_follow_the_contract(cases, plan, said):
    assert tally_of(cases, plan, said) == (2, 0, 0, 4)
    assert {path.name for path in (plan.out / "one").iterdir()} == {
        *(f"{method}.safetensors" for method in plan.parameters),
        "prediction.json",
    }
    runs = model_runs(cases[0].read(), plan.models)
    for method, explanation in explain_all(runs).items():
        tensors, metadata = read_tensors(plan.out / "one" / f"{method}.safetensors")
        np.testing.assert_array_equal(tensors["maps"], explanation.maps)
        assert tensors["maps"].dtype == np.float32
        assert json.loads(metadata["findings"]) == list(FINDINGS)
        assert (metadata["method"], metadata["model_key"]) == (method, explanation.model)
        assert json.loads(metadata["parameters"]) == explanation.parameters
        assert (metadata["model"], metadata["weights_sha256"]) == (explanation.model_id, explanation.weights_sha256)
        assert {"height": 250, "width": 280, "input_size": 128}.items() <= json.loads(metadata["geometry"]).items()
        assert metadata["resampling"] == explanation.resampling


def test_predictions_follow_the_contract(cases, plan, said):
    run_cases(cases[:1], plan, said.append)
    stored = json.loads((plan.out / "one" / "prediction.json").read_text())
    runs = model_runs(cases[0].read(), plan.models)
    assert set(stored) == {"patchnet", "cnn"}
    for name, kind in (("patchnet", "medicalpatchnet"), ("cnn", "cnn")):
        assert list(stored[name]["logits"]) == list(FINDINGS)
        np.testing.assert_allclose(list(stored[name]["logits"].values()), runs[kind].logits, rtol=1e-6)
        expected = 1 / (1 + np.exp(-runs[kind].logits.astype(float)))
        np.testing.assert_allclose(list(stored[name]["probabilities"].values()), expected, rtol=1e-6)
    patch_logits = np.array(stored["patchnet"]["patch_logits"])
    assert patch_logits.shape == (16, 14)
    np.testing.assert_allclose(patch_logits.mean(axis=0), list(stored["patchnet"]["logits"].values()), atol=1e-5)


def test_a_second_run_keeps_everything(cases, plan, said):
    run_cases(cases, plan, said.append)
    before = {path: path.stat().st_mtime_ns for path in plan.out.glob("*/*")}
    assert tally_of(cases, plan, said) == (0, 2, 0, 0)
    assert before == {path: path.stat().st_mtime_ns for path in plan.out.glob("*/*")} and not said


def test_only_what_is_missing_or_changed_is_computed(cases, plan, said, tmp_path):
    run_cases(cases[:1], plan, said.append)
    (plan.out / "one" / "eigencam.safetensors").unlink()
    assert tally_of(cases[:1], plan, said) == (1, 0, 0, 1)
    patchnet = plan.models["medicalpatchnet"]
    assert tally_of(cases[:1], plan_of(plan.out, ["raw"], patchnet, shift_steps=2), said) == (1, 0, 0, 4)
    assert "cnn" in json.loads((plan.out / "one" / "prediction.json").read_text())
    weights = save_small("medicalpatchnet", tmp_path, seed=1)
    retrained = load_predictor(weights, "medicalpatchnet", "torch-cpu")
    other = plan_of(plan.out, ["raw"], retrained, shift_steps=2)
    assert tally_of(cases[:1], other, said) == (1, 0, 0, 4)


def test_another_image_of_the_same_name_is_computed_anew(cases, plan, said):
    run_cases(cases[:1], plan, said.append)
    cases[0].image_path.write_bytes(cases[1].image_path.read_bytes())
    assert tally_of(cases[:1], plan, said) == (1, 0, 0, 2)


@pytest.mark.parametrize("name", ["raw.safetensors", "prediction.json"])
def test_a_damaged_entry_is_named_and_computed_again(name, cases, plan, said):
    run_cases(cases[:1], plan, said.append)
    path = plan.out / "one" / name
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert tally_of(cases[:1], plan, said) == (1, 0, 0, 1 + (name == "prediction.json"))
    assert said == [f"one: {name} is damaged and is computed again."]
    assert tally_of(cases[:1], plan, said) == (0, 1, 0, 0)


def test_a_bad_image_is_named_and_the_rest_goes_on(cases, plan, said, tmp_path):
    cases[0].image_path.write_text("no image")
    missing = Case(id="gone", patient="gone", source="file", image_path=tmp_path / "gone.png")
    assert tally_of([missing, *cases], plan, said) == (1, 0, 2, 2)
    assert said[0].startswith("gone: ") and said[1].startswith("one: ")
    assert not (plan.out / "one").exists() and (plan.out / "two" / "prediction.json").is_file()


def test_a_black_image_is_explained_with_a_warning(plan, said):
    black = Case(id="black", patient="black", source="file", pixels=np.zeros((100, 100), np.float32))
    assert run_cases([black], plan, said.append).explained == 1


def test_a_killed_run_leaves_nothing_that_is_read_later(cases, plan, said, monkeypatch):
    class Killed(BaseException):
        pass

    def kill(self):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(ModelRun, "logits", property(kill))
        with pytest.raises(Killed):
            run_cases(cases[:1], plan, said.append)
    assert tally_of(cases[:1], plan, said) == (1, 0, 0, 2) and not said


def test_parameters_that_fit_no_case_stop_the_run_at_once(cases, plan, said):
    patchnet, cnn = plan.models.values()
    wrong = plan_of(plan.out, ["raw"], patchnet, shift_steps=5)
    with pytest.raises(InputError, match=r"divide the patch size 32 \(1, 2, 4, 8, 16, 32\), found 5"):
        run_cases(cases, wrong, said.append)
    with pytest.raises(InputError, match="Expected the model cnn for gradcam, found medicalpatchnet; name its weights"):
        run_cases(cases, plan_of(plan.out, ["gradcam"], patchnet), said.append)
    layer = plan_of(plan.out, ["gradcam"], cnn, layer="backbone.nose")
    with pytest.raises(InputError, match=r"Unknown layer 'backbone\.nose'"):
        run_cases(cases, layer, said.append)


def test_a_folder_that_cannot_be_written_is_named(cases, plan, said):
    plan.out.write_text("a file")
    with pytest.raises(InputError, match="one"):
        run_cases(cases, plan, said.append)


def test_expanding_the_stored_map_needs_nothing_but_the_file(cases, small_patchnet, said, tmp_path):
    plan = plan_of(tmp_path / "out", ["raw"], small_patchnet, shift_steps=4)
    run_cases(cases[:1], plan, said.append)
    maps = load_file(tmp_path / "out" / "one" / "raw.safetensors")["maps"]
    assert maps.shape == (14, 16, 16)  # cells of 8 pixels: the input of 128 has 4 patches of 32, each with 4 steps


MIXED = ["gradcam", "gradcam@timm:test_resnet", "raw@timm:test_efficientnet"]


@pytest.fixture
def mixed(tmp_path, small_models):
    """A method on two models, one of another model of patches, and a model whose predictions alone are wanted."""
    keys = ("cnn", "timm:test_resnet", "timm:test_efficientnet", "timm:test_vit")
    return plan_of(tmp_path / "out", MIXED, *(small_models[key] for key in keys))


def test_results_of_several_models_lie_beside_each_other(cases, mixed, said):
    assert tally_of(cases[:1], mixed, said) == (1, 0, 0, 4)
    folder = mixed.out / "one"
    files = {"gradcam.safetensors", "gradcam@timm+test_resnet.safetensors", "raw@timm+test_efficientnet.safetensors"}
    assert {path.name for path in folder.iterdir()} == files | {"prediction.json"}
    assert {name_of_file(folder / name) for name in files} == set(MIXED)
    runs = model_runs(cases[0].read(), mixed.models)
    for name, explanation in explain_all(runs, MIXED).items():
        tensors, metadata = read_tensors(folder / file_name(name))
        np.testing.assert_array_equal(tensors["maps"], explanation.maps)
        assert metadata["model_key"] == explanation.model == parse_pair(name).model
        assert metadata["method"] == parse_pair(name).method
    assert tally_of(cases[:1], mixed, said) == (0, 1, 0, 0)


def test_what_is_not_predicted_is_null_and_nan(cases, mixed, small_models, said):
    run_cases(cases[:1], mixed, said.append)
    text = (mixed.out / "one" / "prediction.json").read_text()
    assert "NaN" not in text
    stored = json.loads(text)
    assert set(stored) == set(mixed.models)
    for key, model in mixed.models.items():
        predicted = model.info.architecture.predicted
        expected = ModelRun.of(cases[0].read(), model).logits
        for values in (stored[key]["logits"], stored[key]["probabilities"], *_patches(stored[key])):
            assert list(values) == list(FINDINGS)
            np.testing.assert_array_equal([value is not None for value in values.values()], predicted)
        found = np.array(list(stored[key]["logits"].values()), float)
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    patches = np.array(stored["timm:test_efficientnet"]["patch_logits"], float)
    assert patches.shape == (16, 14)
    found = np.array(list(stored["timm:test_efficientnet"]["logits"].values()), float)
    np.testing.assert_allclose(patches.mean(axis=0), found, atol=1e-5)
    maps = read_tensors(mixed.out / "one" / file_name(MIXED[1]))[0]["maps"]
    predicted = small_models["timm:test_resnet"].info.architecture.predicted
    np.testing.assert_array_equal(np.isnan(maps).all(axis=(1, 2)), ~predicted)
    np.testing.assert_array_equal(np.isfinite(maps).all(axis=(1, 2)), predicted)


def _patches(section):
    return [dict(zip(FINDINGS, row, strict=True)) for row in section.get("patch_logits", [])]


def test_other_settings_of_the_same_weights_are_another_model(cases, said, tmp_path):
    """Which output is which finding, or a normalisation, may be corrected in the YAML beside an unchanged file."""
    weights, both = tmp_path / "mine.safetensors", ["Edema", "Fracture"]
    save_file(timm_network("test_resnet", input_size=64, findings=both).state_dict(), weights)

    def plan_with(findings):
        weights.with_suffix(".yaml").write_text(f"input_size: 64\nfindings: {findings}\n")
        model = load_predictor(weights, "timm:test_resnet", "torch-cpu")
        return plan_of(tmp_path / "out", ["gradcam@timm:test_resnet"], model)

    first, second = plan_with("[Edema, Fracture]"), plan_with("[Fracture, Edema]")
    assert tally_of(cases[:1], first, said) == (1, 0, 0, 1)
    assert tally_of(cases[:1], first, said) == (0, 1, 0, 0)
    path = tmp_path / "out" / "one" / file_name("gradcam@timm:test_resnet")
    before = read_tensors(path)[0]["maps"]
    assert tally_of(cases[:1], second, said) == (1, 0, 0, 1)
    after = read_tensors(path)[0]["maps"]
    edema, fracture = FINDINGS.index("Edema"), FINDINGS.index("Fracture")
    np.testing.assert_array_equal(after[edema], before[fracture])
    assert tally_of(cases[:1], plan_with("[Fracture, Edema]"), said) == (0, 1, 0, 0)


def test_outputs_of_the_former_program_still_count(said, tmp_path):
    """The bundled ones were written when there were two models: nothing of a case is computed again."""
    bundle = Path(data_cache.__file__).parent / "demo" / "outputs-test.zip"
    case = bundled_cases()[0]
    with zipfile.ZipFile(bundle) as archive:
        names = [name for name in archive.namelist() if name.startswith(f"{case.id}/")]
        archive.extractall(tmp_path, names)
    methods = [name_of_file(Path(name)) for name in names if name.endswith(SUFFIX)]
    assert len(methods) >= 5
    models = [load_predictor("demo", key, "torch-cpu") for key in ("medicalpatchnet", "cnn")]
    plan = plan_of(tmp_path, methods, *models, pairing="paper")
    assert tally_of([case], plan, said) == (0, 1, 0, 0) and not said


def test_what_a_model_cannot_give_is_refused_before_anybody_asks_what_it_costs(tmp_path, small_models):
    plan = plan_of(tmp_path, ["scorecam@timm:test_vit"], small_models["timm:test_vit"])
    refused = r"^Expected a model that scorecam can explain: it needs convolutional features before pooling; timm:"
    with pytest.raises(InputError, match=refused):
        _ = plan.passes_per_case


def test_a_refusal_says_what_is_in_the_way_and_lists_no_reason_as_something_that_a_model_has(tmp_path, small_models):
    plan = plan_of(tmp_path, ["lrp@timm:test_convnext"], small_models["timm:test_convnext"])
    refused = r"since there is no rule for SiLU.*, but the method knows no rule for LayerNorm and GELU\.$"
    with pytest.raises(InputError, match=refused):
        plan.check()
    with pytest.raises(InputError) as caught:
        parse_pair("raw@xrv-densenet121-res224-nih")
    assert "a network of linear layers, ReLUs and max pooling alone, convolutional" in str(caught.value)
    assert "SiLU" not in str(caught.value)

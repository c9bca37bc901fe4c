import json
from itertools import chain

import cv2
import numpy as np
import pytest
from safetensors.numpy import load_file

from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.store import read_tensors
from explainers.options import parameters_by_method
from explainers.passes import Passes
from explainers.registry import EXPLAINERS
from explainers.run import explain_all
from explainers.runner import Plan, run_cases, share
from models.predictor import load_predictor
from tests.explainers.conftest import save_small


@pytest.fixture
def cases(tmp_path):
    rng = np.random.default_rng(0)
    made = []
    for name in ("one", "two"):
        path = tmp_path / f"{name}.png"
        cv2.imwrite(str(path), rng.integers(0, 255, (250, 280), np.uint8))
        made.append(Case(id=name, patient=name, source="file", image_path=path))
    return made


@pytest.fixture
def plan(tmp_path, small_patchnet, small_cnn):
    return Plan(tmp_path / "out", parameters_by_method(list(EXPLAINERS), {}, {}), small_patchnet, small_cnn)


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
        *(f"{method}.safetensors" for method in EXPLAINERS),
        "prediction.json",
    }
    passes = Passes.of(cases[0].read(), plan.patchnet, plan.cnn)
    for method, explanation in explain_all(passes).items():
        tensors, metadata = read_tensors(plan.out / "one" / f"{method}.safetensors")
        np.testing.assert_array_equal(tensors["maps"], explanation.maps)
        assert tensors["maps"].dtype == np.float32
        assert json.loads(metadata["findings"]) == list(FINDINGS)
        assert metadata["method"] == method
        assert json.loads(metadata["parameters"]) == explanation.parameters
        assert (metadata["model"], metadata["weights_sha256"]) == (explanation.model_id, explanation.weights_sha256)
        assert {"height": 250, "width": 280, "input_size": 128}.items() <= json.loads(metadata["geometry"]).items()
        assert metadata["resampling"] == explanation.resampling


def test_predictions_follow_the_contract(cases, plan, said):
    run_cases(cases[:1], plan, said.append)
    stored = json.loads((plan.out / "one" / "prediction.json").read_text())
    passes = Passes.of(cases[0].read(), plan.patchnet, plan.cnn)
    assert set(stored) == {"patchnet", "cnn"}
    for name, kind in (("patchnet", "medicalpatchnet"), ("cnn", "cnn")):
        assert list(stored[name]["logits"]) == list(FINDINGS)
        np.testing.assert_allclose(list(stored[name]["logits"].values()), passes.logits(kind), rtol=1e-6)
        expected = 1 / (1 + np.exp(-passes.logits(kind).astype(float)))
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
    finer = parameters_by_method(["raw"], {"shift_steps": 2}, {})
    assert tally_of(cases[:1], Plan(plan.out, finer, plan.patchnet), said) == (1, 0, 0, 4)
    assert "cnn" in json.loads((plan.out / "one" / "prediction.json").read_text())
    weights = save_small("medicalpatchnet", tmp_path, seed=1)
    other = Plan(plan.out, finer, load_predictor(weights, "medicalpatchnet", "torch-cpu"))
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

    def kill(self, _kind):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Passes, "logits", kill)
        with pytest.raises(Killed):
            run_cases(cases[:1], plan, said.append)
    assert tally_of(cases[:1], plan, said) == (1, 0, 0, 2) and not said


def test_parameters_that_fit_no_case_stop_the_run_at_once(cases, plan, said):
    wrong = Plan(plan.out, parameters_by_method(["raw"], {"shift_steps": 5}, {}), plan.patchnet)
    with pytest.raises(InputError, match=r"divide the patch size 32 \(1, 2, 4, 8, 16, 32\), found 5"):
        run_cases(cases, wrong, said.append)
    with pytest.raises(InputError, match="Expected a CNN"):
        run_cases(cases, Plan(plan.out, parameters_by_method(["gradcam"], {}, {}), plan.patchnet), said.append)
    layer = Plan(plan.out, parameters_by_method(["gradcam"], {"layer": "backbone.nose"}, {}), cnn=plan.cnn)
    with pytest.raises(InputError, match=r"Unknown layer 'backbone\.nose'"):
        run_cases(cases, layer, said.append)


def test_a_folder_that_cannot_be_written_is_named(cases, plan, said):
    plan.out.write_text("a file")
    with pytest.raises(InputError, match="one"):
        run_cases(cases, plan, said.append)


def test_expanding_the_stored_map_needs_nothing_but_the_file(cases, small_patchnet, said, tmp_path):
    parameters = parameters_by_method(["raw"], {"shift_steps": 4}, {})
    plan = Plan(tmp_path / "out", parameters, small_patchnet)
    run_cases(cases[:1], plan, said.append)
    maps = load_file(tmp_path / "out" / "one" / "raw.safetensors")["maps"]
    assert maps.shape == (14, 16, 16)  # cells of 8 pixels: the input of 128 has 4 patches of 32, each with 4 steps


def test_shares_take_each_case_once():
    shares = [share(list(range(10)), index, 3) for index in range(3)]
    assert sorted(chain(*shares)) == list(range(10))

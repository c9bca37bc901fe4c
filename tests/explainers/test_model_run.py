import numpy as np
import pytest

from data_cache.errors import InputError
from data_cache.geometry import Geometry
from data_cache.images import Radiograph, preprocess
from explainers.model_run import ModelRun, model_runs
from explainers.patch_maps import ShiftGrid, cut_patches
from explainers.run import explain, explain_all
from explainers.types import Cancelled
from models.predictor import load_predictor
from tests.explainers.conftest import save_small

FIVE = ["raw", "scaled", "gradcam", "gradcam++", "eigencam"]


class Counting:
    """A predictor that counts the patches it is asked about."""

    def __init__(self, predictor):
        self.predictor = predictor
        self.patches = 0
        self.predictions = 0

    def __getattr__(self, name):
        return getattr(self.predictor, name)

    def predict(self, image):
        self.predictions += 1
        return self.predictor.predict(image)

    def patch_logits(self, patches):
        self.patches += len(patches)
        return self.predictor.patch_logits(patches)


@pytest.fixture
def counting(small_patchnet):
    return Counting(small_patchnet)


def runs_of(image, *models, on_pass=None):
    geometry = Geometry(*image.shape, len(image))
    return {model.info.key: ModelRun(image, geometry, model, on_pass) for model in models}


def run_of(image, model):
    (run,) = runs_of(image, model).values()
    return run


def test_a_pass_is_made_once(image, counting):
    runs = runs_of(image, counting)
    explain_all(runs, ["raw", "scaled"])
    assert (counting.predictions, counting.patches) == (1, 0)
    explain_all(runs, ["raw", "scaled"], {"raw": {"shift_steps": 2}, "scaled": {"shift_steps": 4}})
    assert (counting.predictions, counting.patches) == (1, 15 * 16)  # the plain grid of 16 patches is known


def test_shifts_are_those_of_the_grid_in_its_order(image, small_patchnet):
    grid = ShiftGrid(128, 32, 2)
    logits = run_of(image, small_patchnet).shifted_logits(grid)
    for shift, found in zip(grid.pairs(), logits, strict=True):
        expected = small_patchnet.patch_logits(cut_patches(image, grid, shift))
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_patches_together_equal_patches_alone(image, small_patchnet):
    patches = cut_patches(image, ShiftGrid(128, 32, 1), (0, 0))
    alone = np.concatenate([small_patchnet.patch_logits(patch[None]) for patch in patches])
    np.testing.assert_allclose(small_patchnet.patch_logits(patches), alone, rtol=1e-5, atol=1e-5)


def test_what_was_computed_before_cancelling_is_kept(image, counting):
    run = run_of(image, counting)
    with pytest.raises(Cancelled):
        run.shifted_logits(ShiftGrid(128, 32, 4), cancelled=lambda: counting.patches >= 5 * 16)
    assert counting.patches == 5 * 16
    run.shifted_logits(ShiftGrid(128, 32, 4))
    assert counting.patches == 15 * 16


def test_cancelling_a_refinement_keeps_the_coarse_maps(image, counting):
    stages = explain(runs_of(image, counting), ["raw"], {"raw": {"shift_steps": 8}}, "", lambda: counting.patches > 48)
    assert [(stage.parameters["shift_steps"], stage.final) for stage in stages] == [(1, False), (2, False)]


def test_each_pass_is_reported(image, small_patchnet, small_cnn):
    heard = []
    runs = runs_of(image, small_patchnet, small_cnn, on_pass=heard.append)
    explain_all(runs, FIVE, {"raw": {"shift_steps": 2}})
    assert heard.count("medicalpatchnet") == 4 and heard.count("cnn") == 1


def test_coarse_maps_of_all_methods_come_before_finer_ones(image, small_patchnet, small_cnn):
    order = [
        (stage.method, stage.final)
        for stage in explain(runs_of(image, small_patchnet, small_cnn), FIVE, parameters={"raw": {"shift_steps": 2}})
    ]
    assert order == [
        ("raw", False),
        ("scaled", True),
        ("gradcam", True),
        ("gradcam++", True),
        ("eigencam", True),
        ("raw", True),
    ]


def test_each_model_gets_its_own_input_size(small_patchnet, tmp_path):
    cnn = load_predictor(save_small("cnn", tmp_path, input_size=96), "cnn", "torch-cpu")
    radiograph = Radiograph(np.random.default_rng(0).random((150, 200), np.float32), (), 8, "PNG")
    runs = model_runs(radiograph, {"medicalpatchnet": small_patchnet, "cnn": cnn})
    for kind, size in (("medicalpatchnet", 128), ("cnn", 96)):
        expected, expected_geometry = preprocess(radiograph, size)
        np.testing.assert_array_equal(runs[kind].image, expected)
        assert runs[kind].geometry == expected_geometry
        assert (runs[kind].key, runs[kind].info.architecture.input_size) == (kind, size)
        alone = ModelRun.of(radiograph, runs[kind].model)
        np.testing.assert_array_equal(alone.image, expected)
    explanations = explain_all(runs, ["raw", "gradcam"])
    assert explanations["raw"].geometry.input_size == 128 and explanations["gradcam"].geometry.input_size == 96


def test_smaller_images_than_the_models_own_size_work(small_patchnet, small_cnn):
    """The contract of `ModelRun` is any size that the patch size divides."""
    image = np.random.default_rng(0).random((64, 64), np.float32)
    maps = explain_all(runs_of(image, small_patchnet, small_cnn), ["raw", "gradcam"], {"raw": {"shift_steps": 4}})
    assert maps["raw"].maps.shape == (14, 8, 8)
    assert maps["gradcam"].maps.shape == (14, 2, 2)


def test_no_model_at_all_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="at least one model"):
        model_runs(Radiograph(np.zeros((64, 64), np.float32), (), 8, "PNG"), {})


def test_an_image_is_preprocessed_once_for_models_of_one_size(small_patchnet, small_cnn, monkeypatch):
    asked = []

    def listening(radiograph, size):
        asked.append(size)
        return preprocess(radiograph, size)

    monkeypatch.setattr("data_cache.images.preprocess", listening)
    radiograph = Radiograph(np.zeros((150, 200), np.float32), (), 8, "PNG")
    model_runs(radiograph, {"medicalpatchnet": small_patchnet, "cnn": small_cnn})
    assert asked == [128]


def test_what_a_model_cannot_give_is_refused(small_models):
    run = run_of(np.zeros((160, 160), np.float32), small_models["timm:test_vit"])
    for ask in (
        lambda: run.patch_prediction,
        lambda: run.patch_model,
        lambda: run.shifted_logits(ShiftGrid(160, 32, 1)),
        lambda: run.evidence(""),
        lambda: run.check_layer(""),
    ):
        with pytest.raises(InputError, match=r"Expected a model with .*, found timm:test_vit, which has none"):
            ask()
    with pytest.raises(InputError, match=r"Unknown layer 'backbone\.nose'"):
        run.check_layer("backbone.nose")


def test_a_layer_without_feature_maps_of_a_transformer_is_refused(small_models):
    run = run_of(np.zeros((160, 160), np.float32), small_models["timm:test_vit"])
    with pytest.raises(InputError, match=r"'backbone\.blocks\.1' is not used or gives none"):
        run.evidence("backbone.blocks.1")

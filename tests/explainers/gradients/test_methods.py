"""Input × gradient, integrated gradients, SmoothGrad and GradientSHAP: by hand, and against captum."""

import captum.attr
import numpy as np
import pytest
import torch
from torch import nn

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from explainers.baselines import baseline_of
from explainers.gradients import passes
from explainers.gradients.gradientshap import GradientShap
from explainers.gradients.input_x_gradient import InputXGradient
from explainers.gradients.integrated import IntegratedGradients, IntegratedParameters
from explainers.gradients.passes import Point, weighted_gradients
from explainers.gradients.pixels import PixelParameters, shown
from explainers.gradients.smoothgrad import NoiseParameters, SmoothGrad, SmoothParameters, noisy_images
from explainers.registry import find_method
from explainers.run import explain_all
from explainers.types import never
from tests.explainers.gradients.tiny import Weights, convolutions, maps_of, run_of

SIZE = 12
ONE = ("Edema",)
EDEMA = FINDINGS.index("Edema")


@pytest.fixture
def run():
    return run_of(convolutions(act=nn.SiLU), np.random.default_rng(1).random((SIZE, SIZE), np.float32))


@pytest.fixture
def by_two_chunks(monkeypatch):
    """As many images go together as two chunks of three steps take."""
    monkeypatch.setattr(passes, "_PIXELS", 3 * SIZE * SIZE)


def theirs(method, run, image=None, **settings):
    """captum's maps (14, s, s), one call a finding."""
    x = torch.from_numpy(run.image if image is None else image)[None, None].requires_grad_()
    attribution = method(run.model.module)
    found = [attribution.attribute(x, target=target, **settings)[0, 0] for target in range(len(FINDINGS))]
    return torch.stack(found).detach().numpy()


def test_input_x_gradient_by_hand():
    """y = a² + 3ab at (2, 1): gradient (7, 6), times the pixels."""
    run = run_of(Weights(lambda a, b: a * a + 3 * a * b), [[2, 1], [5, 5]], ONE)
    maps = maps_of(InputXGradient(PixelParameters()), run)
    np.testing.assert_allclose(maps[EDEMA], [[14, 6], [0, 0]], rtol=1e-6)
    assert not np.delete(maps, EDEMA, axis=0).any()


def test_integrated_gradients_by_hand():
    """y = a²b from (0, 0) to (2, 3): ∫ 2·2α·3α·2 = 8 and ∫ (2α)²·3 = 4, together y = 12."""
    run = run_of(Weights(lambda a, b: a * a * b), [[2, 3], [0, 0]], ONE)
    explainer = IntegratedGradients(IntegratedParameters(baseline="black", steps=3))
    (stage,) = explainer.stages(run, never)
    np.testing.assert_allclose(stage.maps[EDEMA], [[8, 4], [0, 0]], rtol=1e-5)
    assert stage.note.startswith("Maps add up to the logits' differences from the baseline within ")
    assert float(stage.note.split()[-1].rstrip(".")) < 1e-4


def test_input_x_gradient_is_captums(run):
    expected = theirs(captum.attr.InputXGradient, run)
    np.testing.assert_allclose(maps_of(InputXGradient(PixelParameters()), run), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("baseline", ["mean", "blur", "black"])
def test_integrated_gradients_in_chunks_are_captums_in_one_call(run, baseline, by_two_chunks):
    ours = maps_of(IntegratedGradients(IntegratedParameters(baseline=baseline, steps=6)), run)
    start = torch.from_numpy(baseline_of(run.image, baseline))[None, None]
    expected = theirs(captum.attr.IntegratedGradients, run, baselines=start, n_steps=6)
    np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("of", "library", "settings"),
    [
        ("gradient", captum.attr.Saliency, {"abs": False}),
        ("inputxgradient", captum.attr.InputXGradient, {}),
        ("integrated", captum.attr.IntegratedGradients, {"n_steps": 4}),
    ],
)
def test_smoothgrad_is_the_mean_of_captums_maps_of_the_noisy_images(run, of, library, settings, by_two_chunks):
    parameters = SmoothParameters(of=of, samples=5, noise=0.3, seed=2, steps=4)
    if of == "integrated":
        settings = {**settings, "baselines": torch.from_numpy(baseline_of(run.image, "mean"))[None, None]}
    noisy = list(noisy_images(run.image, parameters))
    expected = np.mean([theirs(library, run, image, **settings) for image in noisy], axis=0)
    np.testing.assert_allclose(maps_of(SmoothGrad(parameters), run), expected, rtol=1e-4, atol=1e-6)
    deviation = np.std(np.stack(noisy) - run.image)
    assert deviation == pytest.approx(0.3 * np.ptp(run.image), rel=0.05)
    assert not np.array_equal(noisy[0], noisy[1])


def test_gradientshap_of_a_linear_network_is_its_weights_times_the_distance_to_one_grey():
    """Without noise: w · (x − grey), the grey being a pixel's."""
    weights = np.random.default_rng(3).normal(size=(SIZE, SIZE)).astype(np.float32)
    network = nn.Sequential(nn.Flatten(), nn.Linear(SIZE * SIZE, 1))
    with torch.no_grad():
        network[1].weight.copy_(torch.from_numpy(weights.ravel()))
    image = np.random.default_rng(4).random((SIZE, SIZE), np.float32)
    maps = maps_of(GradientShap(NoiseParameters(samples=1, noise=0)), run_of(network, image, ONE))
    grey = image - maps[EDEMA] / weights
    assert np.ptp(grey) < 1e-3 and np.abs(image - np.median(grey)).min() < 1e-5


def test_gradientshap_is_captums_with_the_same_distribution_of_baselines(run):
    """Both are random: their means over 4,000 draws agree to what is left of chance."""
    greys = torch.from_numpy(run.image.ravel())[:, None, None, None].expand(-1, 1, SIZE, SIZE)
    x = torch.from_numpy(run.image)[None, None].requires_grad_()
    torch.manual_seed(5)
    shap = captum.attr.GradientShap(run.model.module)
    expected = shap.attribute(x, greys, n_samples=4000, stdevs=0.05, target=EDEMA)[0, 0].detach().numpy()
    noise = 0.05 / float(np.ptp(run.image))
    ours = maps_of(GradientShap(NoiseParameters(samples=256, noise=noise)), run)
    more = [maps_of(GradientShap(NoiseParameters(samples=256, noise=noise, seed=seed)), run) for seed in range(1, 8)]
    found = np.mean([ours, *more], axis=0)[EDEMA]
    np.testing.assert_allclose(found, expected, atol=0.08 * np.abs(expected).max())
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.99


def test_completeness_of_a_smooth_network_is_reached_with_steps(run):
    """And the note says how far it is reached."""
    smooth = run_of(convolutions(act=nn.SiLU, pool=nn.AvgPool2d), run.image)
    for steps, least, most in ((1, 3e-4, 1), (16, 0, 1e-5)):
        explainer = IntegratedGradients(IntegratedParameters(baseline="blur", steps=steps))
        (stage,) = explainer.stages(smooth, never)
        difference = smooth.logits - smooth.model.logits(baseline_of(run.image, "blur")[None])[0]
        miss = np.abs(stage.maps.sum(axis=(1, 2)) - difference).max()
        assert least <= miss <= most and float(stage.note.split()[-1].rstrip(".")) == pytest.approx(
            miss, rel=0.05, abs=1e-6
        )


def test_patches_of_a_patch_model_are_explained_by_themselves(small_patchnet):
    """The gradient by the pixels of a patch is that of the patch's own logit, over the number of patches."""
    size, side = small_patchnet.input_size, small_patchnet.patch_size
    image = np.random.default_rng(5).random((size, size), np.float32)
    whole = run_of(small_patchnet.module, image)
    maps = weighted_gradients(whole, [Point(image)], never)
    alone = run_of(small_patchnet.module.backbone, image[:side, -side:])
    patch = weighted_gradients(alone, [Point(alone.image)], never)
    share = (side / size) ** 2
    np.testing.assert_allclose(
        maps[:, :side, -side:], share * patch, rtol=1e-3, atol=1e-5 * np.abs(patch).max() * share
    )


def test_baselines():
    image = np.zeros((40, 40), np.float32)
    image[:, 20:] = 0.5
    assert not baseline_of(image, "black").any()
    np.testing.assert_array_equal(baseline_of(image, "mean"), np.full((40, 40), 0.25, np.float32))
    blurred = baseline_of(image, "blur")
    assert (np.diff(blurred, axis=1) >= 0).all() and 0.2 < blurred[20, 19:21].mean() < 0.3
    assert blurred[20, 17] == pytest.approx(0.5 * 0.1056, abs=0.02)  # 2.5 pixels off the edge, σ 2: Φ(−1.25)


@pytest.mark.parametrize("blur", [0, 2.0, 10.0])
def test_shown_maps_keep_their_sum_and_their_place(blur):
    maps = np.zeros((2, 256, 256), np.float32)
    maps[0, 122, 140], maps[1] = 5.0, np.nan
    found = shown(maps, {"blur": blur})
    cell = 256 // found.shape[1]
    assert {0: 1, 2.0: 2, 10.0: 8}[blur] == cell and found.dtype == np.float32
    assert found[0].sum() * cell**2 == pytest.approx(5, rel=1e-3)
    assert np.unravel_index(found[0].argmax(), found[0].shape) == (122 // cell, 140 // cell)
    assert np.isnan(found[1]).all()
    if blur:
        rows = found[0].sum(axis=1) / found[0].sum()
        at = (np.arange(len(rows)) + 0.5) * cell
        deviation = np.sqrt(rows @ (at - rows @ at) ** 2)
        assert deviation == pytest.approx(blur / 100 * 256, rel=0.05)


def test_the_resolution_that_the_rooms_readme_names():
    sides = {side: side // shown(np.zeros((1, side, side), np.float32), {}).shape[1] for side in (512, 256, 224)}
    assert sides == {512: 4, 256: 2, 224: 2}


def test_another_blur_shows_the_same_maps_without_a_pass(run):
    passed = []
    run._on_pass = passed.append
    asked = [maps_of(InputXGradient(PixelParameters(blur=blur)), run) for blur in (1, 5)]
    np.testing.assert_array_equal(*asked)
    assert len(passed) == 1 + len(FINDINGS)
    other = SmoothGrad(SmoothParameters(samples=1))  # another method does not take them for its own
    assert not other.is_known(run)
    maps_of(other, run)
    assert len(passed) == 2 * (1 + len(FINDINGS))
    assert all(one.is_known(run.again()) for one in (other, InputXGradient(PixelParameters())))


def test_maps_are_stored_as_they_are_and_scored_blurred(small_cnn):
    size = small_cnn.input_size
    run = run_of(small_cnn.module, np.random.default_rng(6).random((size, size), np.float32))
    run.model.info = small_cnn.info
    found = explain_all({"cnn": run}, ["inputxgradient@cnn"], {"inputxgradient@cnn": {"blur": 4}})["inputxgradient@cnn"]
    assert found.maps.shape == (14, size, size) and found.shown.shape == (14, size // 2, size // 2)
    np.testing.assert_array_equal(found.shown, shown(found.maps, {"blur": 4}))
    assert "averaged over 5.1 pixels (4 % of the side)" in find_method("inputxgradient").view.remark(found)


@pytest.mark.parametrize(
    ("method", "values"),
    [
        ("integrated", {"steps": 0}),
        ("integrated", {"baseline": "white"}),
        ("smoothgrad", {"samples": 0}),
        ("smoothgrad", {"noise": float("nan")}),
        ("gradientshap", {"seed": -1}),
        ("inputxgradient", {"blur": 11}),
    ],
)
def test_wrong_parameters_are_one_sentence(method, values):
    with pytest.raises(InputError, match=rf"^Wrong parameter '{next(iter(values))}' of {method}: .*\.$"):
        find_method(method).parse(values)


def test_a_baseline_of_another_size_is_one_sentence(run):
    with pytest.raises(InputError, match=r"^Expected an image and a baseline of 12×12 pixels, found \(6, 6\); resize"):
        weighted_gradients(run, [Point(np.zeros((6, 6), np.float32))], never)


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory: 9 bytes")])
def test_too_little_memory_is_one_sentence_and_leaves_nothing(run, error, monkeypatch):
    """Going forward or coming back."""
    explainer, grad = InputXGradient(PixelParameters()), torch.autograd.grad
    hook = run.model.module.register_forward_pre_hook(lambda *_: (_ for _ in ()).throw(error))
    with pytest.raises(InputError, match=r"^Expected memory for the gradients of 12×12 pixels, found too little; "):
        maps_of(explainer, run)
    hook.remove()
    monkeypatch.setattr(torch.autograd, "grad", lambda *_args, **_rest: (_ for _ in ()).throw(error))
    with pytest.raises(InputError, match=r"^Expected memory"):
        maps_of(explainer, run)
    monkeypatch.setattr(torch.autograd, "grad", grad)
    assert torch.is_grad_enabled() and maps_of(explainer, run).any()


def test_other_errors_are_not_called_memory(run, monkeypatch):
    monkeypatch.setattr(torch.autograd, "grad", lambda *_args, **_rest: (_ for _ in ()).throw(RuntimeError("shape")))
    with pytest.raises(RuntimeError, match=r"^shape$"):
        maps_of(InputXGradient(PixelParameters()), run)

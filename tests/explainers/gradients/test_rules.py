"""Guided backpropagation, DeepLIFT and LRP: by hand, against captum and zennit, and what must add up."""

import captum.attr
import numpy as np
import pytest
import torch
import zennit.rules
from captum.attr._utils.lrp_rules import EpsilonRule, GammaRule
from torch import nn
from zennit.attribution import Gradient
from zennit.composites import LayerMapComposite
from zennit.types import Activation, AvgPool, Convolution
from zennit.types import Linear as Dense

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from explainers.baselines import baseline_of
from explainers.gradients.deeplift import BaselineParameters, DeepLift
from explainers.gradients.guided import GuidedBackpropagation
from explainers.gradients.input_x_gradient import InputXGradient
from explainers.gradients.lrp import LayerwiseRelevance, RelevanceParameters
from explainers.gradients.passes import Point, weighted_gradients
from explainers.gradients.pixels import PixelParameters
from explainers.gradients.rules import Relevance
from explainers.run import explain
from explainers.types import never
from models.predictor import load_predictor
from models.xrv_network import XrvNetwork
from tests.explainers.gradients.tiny import Weights, convolutions, maps_of, run_of

SIZE = 12
ONE = ("Edema",)
FEW = ("Edema", "Pneumonia")
PLACES = [FINDINGS.index(finding) for finding in FEW]
EDEMA = FINDINGS.index("Edema")


@pytest.fixture
def run():
    return run_of(convolutions(seed=3), np.random.default_rng(1).random((SIZE, SIZE), np.float32))


def deep(kind, side=64):
    """One of torchxrayvision's networks with random weights and two outputs, and the run of noise."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        module = XrvNetwork(kind, len(FEW)).eval()
    return run_of(module, np.random.default_rng(2).random((side, side), np.float32), FEW)


def two(function):
    """y = f(a, b) at (2, 1)."""
    return run_of(Weights(function), [[2, 1], [0, 0]], ONE)


def test_guided_backpropagation_by_hand():
    """y = relu(a − 3b) + relu(a + b) − relu(2a): the first is off; what comes back through the last is negative."""
    run = two(lambda a, b: (a - 3 * b).relu() + torch.relu(a + b) - nn.functional.relu(2 * a, inplace=True))
    maps = maps_of(GuidedBackpropagation(PixelParameters()), run)
    np.testing.assert_array_equal(maps[EDEMA], [[1, 1], [0, 0]])


def test_deeplift_by_hand():
    """y = relu(a − b − 0.5) from black: 0.5 of a change of 1, so that 2 and −1 count half."""
    maps = maps_of(DeepLift(BaselineParameters(baseline="black")), two(lambda a, b: (a - b - 0.5).relu()))
    np.testing.assert_allclose(maps[EDEMA], [[1, -0.5], [0, 0]], rtol=1e-6)


def test_relevance_by_hand():
    """One convolution (first, so ε), one with γ = 1: z = (a·1, a·(−2)) → relu (2, 0); y = 3·2 by 3·(1 + 1)·2 / itself.

    And where both are on, positive weights count double: shares 2·3·2 = 12 and −1·1 of 11, the logit being 5.
    """
    network = nn.Sequential(nn.Conv2d(1, 2, 1, bias=False), nn.ReLU(), nn.Conv2d(2, 1, 1, bias=False), nn.Flatten())
    with torch.no_grad():
        network[0].weight.copy_(torch.tensor([2.0, 1.0])[:, None, None, None])
        network[2].weight.copy_(torch.tensor([3.0, -1.0])[None, :, None, None])
    first = run_of(network, [[1.0]], ONE)
    with Relevance(gamma=1):
        shares = network[0](torch.ones(1, 1, 1, 1))
        shares.retain_grad()
        network[2](shares).sum().backward()
    np.testing.assert_allclose((shares * shares.grad).detach().ravel(), [5 * 12 / 11, -5 / 11], rtol=1e-5)
    maps = maps_of(LayerwiseRelevance(RelevanceParameters(baseline="black", gamma=1)), first)
    np.testing.assert_allclose(maps[EDEMA], [[5]], rtol=1e-5)


def each(attribute):
    """A library's maps (14, s, s), one call a finding."""
    return torch.stack([attribute(target)[0, 0] for target in range(len(FINDINGS))]).detach().numpy()


def as_tensor(image):
    return torch.from_numpy(image)[None, None].requires_grad_()


@pytest.mark.filterwarnings("ignore:Setting (forward, )?backward hooks")
def test_guided_backpropagation_is_captums(run):
    x, library = as_tensor(run.image), captum.attr.GuidedBackprop(run.model.module)
    expected = each(lambda target: library.attribute(x, target))
    np.testing.assert_allclose(maps_of(GuidedBackpropagation(PixelParameters()), run), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.filterwarnings("ignore:Setting forward, backward hooks")
@pytest.mark.parametrize("baseline", ["mean", "blur", "black"])
def test_deeplift_is_captums_where_pooling_stands_apart(baseline):
    """Where a ReLU is next to it, or its windows overlap, captum's maps do not add up."""
    network = nn.Sequential(*convolutions(seed=3)[:2], nn.Conv2d(6, 8, 3), nn.MaxPool2d(2), *convolutions(seed=4)[3:])
    network[4] = nn.Conv2d(8, 8, 3, padding=1)
    run = run_of(network, np.random.default_rng(1).random((SIZE, SIZE), np.float32))
    x, start = as_tensor(run.image), as_tensor(baseline_of(run.image, baseline))
    library = captum.attr.DeepLift(run.model.module)
    expected = each(lambda target: library.attribute(x, start, target=target))
    ours = maps_of(DeepLift(BaselineParameters(baseline=baseline)), run)
    np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=2e-6 * np.abs(expected).max())


@pytest.mark.parametrize("gamma", [0.0, 0.25])
def test_relevance_is_zennits(run, gamma):
    x, network = as_tensor(run.image), run.model.module
    first = network[0]
    rules = [
        (Activation, zennit.rules.Pass()),
        (AvgPool, zennit.rules.Norm()),
        (Convolution, zennit.rules.Gamma(gamma) if gamma else zennit.rules.Epsilon(1e-6)),
        (Dense, zennit.rules.Epsilon(1e-6)),
    ]

    class OfFirst(LayerMapComposite):
        def mapping(self, ctx, name, module):
            return zennit.rules.Epsilon(1e-6) if module is first else super().mapping(ctx, name, module)

    def attribute(target):
        only = torch.eye(len(FINDINGS))[[target]]
        with Gradient(network, OfFirst(rules)) as library:
            return library(x, lambda output: output * only)[1]

    ours = maps_of(LayerwiseRelevance(RelevanceParameters(baseline="black", gamma=gamma)), run)
    expected = each(attribute)
    np.testing.assert_allclose(ours, expected, rtol=2e-3, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("gamma", [0.0, 0.25])
def test_relevance_is_captums(gamma):
    """Whose rule γ leaves positive biases as they are; so without biases."""
    run = run_of(convolutions(seed=3, bias=False), np.random.default_rng(1).random((SIZE, SIZE), np.float32))
    network, x = run.model.module, as_tensor(run.image)

    def attribute(target):
        network[3].rule = GammaRule(gamma) if gamma else EpsilonRule(1e-6)
        network[6].rule = EpsilonRule(1e-6)  # flattening, of which captum knows nothing
        return captum.attr.LRP(network).attribute(x, target=target)  # which takes the rules away in the end

    expected = each(attribute)
    ours = maps_of(LayerwiseRelevance(RelevanceParameters(baseline="black", gamma=gamma)), run)
    np.testing.assert_allclose(ours, expected, rtol=2e-3, atol=1e-4 * np.abs(expected).max())


def test_epsilon_from_black_is_input_times_gradient(run):
    """As is known of networks of ReLUs (Ancona et al., ICLR 2018), but for ε."""
    ours = maps_of(LayerwiseRelevance(RelevanceParameters(baseline="black", gamma=0)), run)
    expected = maps_of(InputXGradient(PixelParameters()), run)
    np.testing.assert_allclose(ours, expected, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("kind", ["densenet121", pytest.param("resnet50", marks=pytest.mark.thorough)])
def test_deeplift_adds_up_through_deep_networks(kind):
    """Concatenations, sums and overlapping windows of max pooling: to 10⁻³ of the logits' differences, in float32."""
    run = deep(kind)
    (stage,) = DeepLift(BaselineParameters()).stages(run, never)
    difference = (run.logits - run.model.logits(baseline_of(run.image, "mean")[None])[0])[PLACES]
    np.testing.assert_allclose(stage.maps.sum(axis=(1, 2))[PLACES], difference, atol=1e-3 * np.abs(difference).max())
    assert float(stage.note.split()[-1].rstrip(".")) <= 1e-3 * np.abs(difference).max()


@pytest.mark.thorough
@pytest.mark.parametrize("kind", ["densenet121", "resnet50"])
def test_relevance_is_conserved_through_deep_networks_without_biases(kind):
    """Of 0.5, which the network's scale makes 0: what arrives at the pixels is the logit, but for ε."""
    run = deep(kind)
    for part in run.model.module.modules():
        if isinstance(part, nn.BatchNorm2d | nn.Linear):
            nn.init.zeros_(part.bias)
    points = [Point(run.image, run.image - 0.5)]
    maps = weighted_gradients(run, points, never, lambda: Relevance(gamma=0.25))
    logits = run.logits[PLACES]
    assert np.abs(logits).max() > 0.01
    np.testing.assert_allclose(maps.sum(axis=(1, 2))[PLACES], logits, atol=2e-3 * np.abs(logits).max())


def test_biases_keep_the_rest_of_the_relevance(run):
    """Σ pixels + Σ biases · what arrives at them = logit."""
    network = run.model.module
    biases = [part.bias for part in network if isinstance(part, nn.Conv2d | nn.Linear)]
    with Relevance(gamma=0.25):
        logit = network(as_tensor(run.image))[0, EDEMA]
    got = torch.autograd.grad(logit, biases)
    kept = sum((bias.detach() * one).sum().item() for bias, one in zip(biases, got, strict=True))
    maps = maps_of(LayerwiseRelevance(RelevanceParameters(baseline="black")), run)
    assert abs(kept) > 0.05 * abs(run.logits[EDEMA])
    assert maps[EDEMA].sum() + kept == pytest.approx(run.logits[EDEMA], rel=1e-4)


def test_batch_norm_after_a_convolution_is_one_layer_with_it(run):
    """The same maps as of the network whose convolution has taken its batch norm in."""
    first, norm = nn.Conv2d(1, 6, 3, padding=1), nn.BatchNorm2d(6)
    second, other = nn.Conv2d(6, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8)
    generator = torch.Generator().manual_seed(4)
    for one in (norm, other):
        for tensor in (one.weight.data, one.bias.data, one.running_mean):
            tensor.copy_(torch.randn(tensor.shape, generator=generator))
    rest = nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, len(FINDINGS))
    apart = nn.Sequential(first, norm, nn.ReLU(), second, other, *rest).eval()
    whole = [torch.nn.utils.fuse_conv_bn_eval(*pair) for pair in ((first.eval(), norm), (second.eval(), other))]
    explainer = LayerwiseRelevance(RelevanceParameters())
    together = run_of(nn.Sequential(whole[0], nn.ReLU(), whole[1], *rest), run.image)
    expected = maps_of(explainer, together)
    ours = maps_of(explainer, run_of(apart, run.image))
    np.testing.assert_allclose(ours, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


def test_rules_end_with_the_pass(run):
    """Also where the pass fails: another pass of the same network is as if there had been none."""
    plain = maps_of(InputXGradient(PixelParameters()), run)
    hook = run.model.module[4].register_forward_pre_hook(lambda *_: (_ for _ in ()).throw(KeyError))
    for explainer in (GuidedBackpropagation(PixelParameters()), LayerwiseRelevance(RelevanceParameters())):
        with pytest.raises(KeyError):
            maps_of(explainer, run)
    hook.remove()
    np.testing.assert_array_equal(maps_of(InputXGradient(PixelParameters()), run), plain)


def test_guided_backpropagation_hardly_sees_random_weights_as_its_warning_says():
    """The last layers' weights are made random: its map stays more alike than the gradient's."""
    image = np.kron(np.random.default_rng(5).random((4, 4)), np.ones((8, 8))).astype(np.float32)
    trained, other = convolutions(seed=1), convolutions(seed=1)
    other[7].load_state_dict(convolutions(seed=2)[7].state_dict())
    alike = {}
    for name, explainer in (("guided", GuidedBackpropagation), ("plain", InputXGradient)):
        pair = [maps_of(explainer(PixelParameters()), run_of(one, image)) for one in (trained, other)]
        alike[name] = np.mean([np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(*pair, strict=True)])
    assert alike["guided"] > 0.5 > 0.2 > abs(alike["plain"])


@pytest.mark.parametrize("method", ["guided", "deeplift", "lrp"])
def test_networks_without_rules_are_refused_with_the_reason(method, small_models):
    for key in ("cnn", "timm:test_efficientnet", "timm:test_vit"):
        model = small_models[key]
        with pytest.raises(InputError) as caught:
            explain({key: run_of(model.module, np.zeros((model.input_size,) * 2, np.float32))}, [f"{method}@{key}"])
        assert f"{method} can explain: it needs a network of linear layers, ReLUs and max pooling" in str(caught.value)
        assert "SiLU" in str(caught.value) and "\n" not in str(caught.value)


def test_a_file_of_a_network_that_has_the_rules_is_explained(timm_weights):
    model = load_predictor(timm_weights["timm:test_resnet"], "timm:test_resnet", "torch-cpu")
    run = run_of(model.module, np.random.default_rng(1).random((96, 96), np.float32), model.info.architecture.findings)
    run.model.info = model.info
    (found,) = explain({"timm:test_resnet": run}, ["lrp@timm:test_resnet"])
    assert np.isfinite(found.maps[EDEMA]).all() and found.maps[EDEMA].any()

"""The network: its sizes, what it learns, the traps of the network it is built on, and what it gives ready to run."""

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from timm.models.efficientvit_msra import CascadedGroupAttention, EfficientVitMsra
from torch.utils.flop_counter import FlopCounterMode

import models.training
from data_cache.errors import InputError
from models.capabilities import POOLED_FEATURES, REGIONS
from models.checkpoints import load_checkpoint, save_checkpoint
from models.empty_networks import empty_network
from models.families.mxa_efficientvit import ENTRY, VARIANTS, MxaArchitecture
from models.mxa.attention import GroupAttention
from models.mxa.network import MxaEfficientVit
from models.mxa.predictor import RegionPredictor
from models.predictor import PooledPredictor, load_predictor
from models.training.config import load_config
from models.training_outputs import TrainingOutputs
from tests.models.mxa.small import small_network, small_shape

THOUSAND = ["No Finding", *[""] * 999]  # ImageNet's classes, none of which is a finding

# Parameters of the network of timm (three colours, 1,000 classes), of one grey channel and 14 findings, and with MXA;
# millions of multiplications of the first and the last at 224 pixels.
COUNTS = {
    "M0": (2_349_436, 2_158_994, 2_843_382, 79.2, 96.1),
    "M1": (2_980_560, 2_789_974, 3_571_642, 167.1, 195.0),
    "M2": (4_187_554, 3_965_416, 5_081_356, 201.0, 239.0),
    "M3": (6_900_722, 6_583_928, 8_617_052, 262.7, 321.0),
    "M4": (8_804_228, 8_424_330, 11_156_462, 299.3, 370.8),
    "M5": (12_473_772, 12_093_730, 16_149_010, 521.6, 646.1),
}


def empty(**numbers: object) -> MxaEfficientVit:
    """A network without content, in eval mode."""
    network = empty_network(ENTRY, MxaArchitecture.model_validate({**numbers, "kind": ENTRY.key})).eval()
    assert isinstance(network, MxaEfficientVit)
    return network


def size(network: torch.nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())


def millions(network: torch.nn.Module) -> float:
    """Multiplications for one image of 224 pixels; with numbers, to count them takes half as long as without."""
    network = network.to_empty(device="cpu")
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        for tensor in (*network.parameters(), *network.buffers()):
            tensor.zero_()
        network(torch.zeros(1, 1, 224, 224))
    return counter.get_total_flops() / 2e6


@pytest.mark.parametrize(
    "variant",
    [variant if variant == "M0" else pytest.param(variant, marks=pytest.mark.thorough) for variant in VARIANTS],
)
def test_published_counts_of_parameters(variant: str) -> None:
    published, grey, with_mxa, _, _ = COUNTS[variant]
    network = empty(variant=variant, distilled_head=True)
    width = VARIANTS[variant].widths[-1]
    assert size(network) == with_mxa + 16 * width + 14
    mxa = sum(weight.numel() for name, weight in network.named_parameters() if ".mxa." in name)
    assert with_mxa - mxa == grey
    assert size(empty(variant=variant, channels=3, block="none", findings=THOUSAND)) == published


@pytest.mark.thorough
def test_the_authors_count_of_their_largest() -> None:
    assert size(empty(variant="M5", block="none", channels=3)) == 12_094_162


def test_the_demonstration_network_has_the_parameters_that_the_readme_says() -> None:
    root = Path(models.training.__file__).parents[1]
    shape = load_config(root / "training" / "configs" / "demo-mxa-efficientvit.yaml").architecture
    count = f"{size(empty(**shape.model_dump())):,}"
    assert f"`demo-mxa-efficientvit.yaml` ({count} parameters)" in (root / "README.md").read_text()


@pytest.mark.thorough
def test_the_smallest_ones_count_of_multiplications() -> None:
    assert millions(empty(variant="M0")) == pytest.approx(COUNTS["M0"][-1], abs=0.06)


@pytest.mark.thorough
@pytest.mark.parametrize("variant", VARIANTS)
def test_counts_of_multiplications(variant: str) -> None:
    *_, published, with_mxa = COUNTS[variant]
    plain = empty(variant=variant, channels=3, block="none", findings=THOUSAND)
    assert millions(plain) == pytest.approx(published, abs=0.06)
    assert millions(empty(variant=variant)) == pytest.approx(with_mxa, abs=0.06)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"variant": "M6"}, "Expected a variant out of M0, M1, M2, M3, M4, M5 or own, found 'M6'."),
        ({"variant": "M1", "widths": [64, 128, 192]}, r"Expected the widths of M1 to be \[128, 144, 192\], found"),
        ({"variant": "M0", "input_size": 250}, "a multiple of 16, found 250"),
        ({**small_shape().model_dump(), "heads": [2, 3, 2]}, "found 16 channels for 3 heads"),
        ({**small_shape().model_dump(), "kernels": [3]}, r"an odd kernel for each of 2 heads, found \[3\]"),
        ({**small_shape().model_dump(), "widths": [12, 16, 24]}, "a multiple of 8, found 12"),
    ],
)
def test_wrong_sizes_are_one_sentence(numbers: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        MxaArchitecture.model_validate({"kind": ENTRY.key, **numbers})


def test_its_shape_survives_being_written_down() -> None:
    for shape in (small_shape(distilled_head=True), MxaArchitecture.model_validate({"kind": ENTRY.key})):
        assert MxaArchitecture.model_validate_json(shape.model_dump_json(by_alias=True)) == shape
        assert shape.words


def test_without_the_block_it_is_timms_network() -> None:
    """Windows within a map, a map as large as one, and one smaller, with the very tensors of timm's network.

    In training batch norms divide by the spread of few values, which multiplies what rounding leaves.
    """
    ours = small_network(block="none", input_size=128, window=4)
    timms = EfficientVitMsra(
        128, 1, 14, embed_dim=(16, 16, 24), depth=(1, 1, 2), num_heads=(2, 2, 2), window_size=(4,) * 3, kernels=(3, 3)
    )
    timms.load_state_dict(ours.backbone.state_dict())
    images = torch.rand(3, 1, 128, 128)
    with torch.no_grad():
        torch.testing.assert_close(ours(images)[0], timms.eval()(images), atol=2e-6, rtol=0)
        torch.testing.assert_close(ours.train()(images).logits, timms.train()(images), atol=5e-5, rtol=0)


def test_a_map_smaller_than_the_window_is_attended_to_by_itself() -> None:
    """As by timm's attention of that size, whose biases are those of the offsets that both have."""
    torch.manual_seed(0)
    large, small = GroupAttention(16, 16, 2, 0.5, 4, (3, 3)).eval(), CascadedGroupAttention(16, 16, 2, 0.5, 2, (3, 3))
    torch.nn.init.normal_(large.attention_biases)
    state = {name: tensor for name, tensor in large.state_dict().items() if name != "attention_biases"}
    small.load_state_dict(state, strict=False)
    with torch.no_grad():  # the offsets (0, 0), (0, 1), (1, 0), (1, 1), of four a row
        small.attention_biases.copy_(large.attention_biases[:, [0, 1, 4, 5]])
        small.train(False)
        x = torch.randn(2, 16, 2, 2)
        torch.testing.assert_close(large(x), small(x), atol=1e-6, rtol=0)


def test_every_weight_learns_after_a_step() -> None:
    """At the start last norms are zero, as timm has them, and keep gradients from what is before them."""
    torch.manual_seed(0)
    network = MxaEfficientVit(small_shape(distilled_head=True, input_size=128)).train()  # no map of a single cell
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    images, labels = torch.rand(4, 1, 128, 128), torch.randint(0, 2, (4, 14)).float()
    for _ in range(2):
        optimizer.zero_grad()
        outputs = network(images)
        (outputs.logits.square().mean() + (outputs.distilled - labels).square().mean()).backward()
        optimizer.step()
    silent = [name for name, w in network.named_parameters() if w.grad is None or not w.grad.abs().max() > 0]
    assert silent == []


def test_nothing_is_kept_from_one_pass_to_the_next() -> None:
    """timm's attention keeps its biases: no gradients, no second backward pass, no copy, old weights (see there)."""
    network, images = small_network(), torch.rand(1, 1, 64, 64)
    assert network.train() is network
    assert network.eval().backbone.stages.train(False) is network.backbone.stages
    with torch.no_grad():
        before = network(images)[0]
    for _ in range(2):
        network.zero_grad()
        network(images)[0].sum().backward()
        biases = [w.grad for name, w in network.named_parameters() if name.endswith("attention_biases")]
        assert all(gradient is not None and gradient.abs().max() > 0 for gradient in biases[:2])
    other = small_network(seed=1)
    twin = copy.deepcopy(network)
    with torch.no_grad():
        torch.testing.assert_close(twin(images)[0], before, atol=0, rtol=0)
        network.load_state_dict(other.state_dict())
        torch.testing.assert_close(network(images)[0], other(images)[0], atol=0, rtol=0)


def test_two_heads_in_training_and_their_mean_afterwards() -> None:
    network, images = small_network(distilled_head=True), torch.rand(2, 1, 64, 64)
    assert network.distilled_head is not None
    pooled = network.backbone.forward_features(images).mean(dim=(2, 3))
    first, second = network.backbone.head(pooled), network.distilled_head(pooled)
    torch.testing.assert_close(network(images)[0], (first + second) / 2)
    alone = MxaEfficientVit(small_shape(distilled_head=True, average_heads=False)).eval()
    alone.load_state_dict(network.state_dict())
    torch.testing.assert_close(alone(images)[0], first)
    torch.testing.assert_close(alone.linear()(pooled), first)
    outputs = network.train()(images)
    assert isinstance(outputs, TrainingOutputs)
    assert outputs.distilled is not None
    assert outputs.distilled.shape == outputs.logits.shape == (2, 14)
    assert small_network().train()(images).distilled is None


def test_one_image_alone_is_no_batch_to_learn_from() -> None:
    network = small_network()
    with pytest.raises(InputError, match=r"two or more images at once .* found one; raise optimizer.batch_size"):
        network.train()(torch.rand(1, 1, 64, 64))
    assert network.eval()(torch.rand(1, 1, 64, 64))[0].shape == (1, 14)


def test_a_checkpoint_read_again_says_the_same_in_closed_form(tmp_path: Path) -> None:
    """Also the tables that a state dict leaves out are there again."""
    network = small_network(distilled_head=True)
    path = tmp_path / "own.safetensors"
    save_checkpoint(path, network, network.architecture)
    built = load_checkpoint(path, ENTRY.key).build()
    images = torch.rand(2, 1, 64, 64)
    with torch.no_grad():
        expected, features = network(images)
        torch.testing.assert_close(built(images)[0], expected, atol=0, rtol=0)
    model = load_predictor(path, ENTRY.key, "torch-cpu")
    assert isinstance(model, RegionPredictor)
    assert POOLED_FEATURES.of(model)
    closed = features.mean(dim=(2, 3)).numpy() @ model.classifier_weight.T + model.classifier_bias
    np.testing.assert_allclose(closed, expected.numpy(), atol=2e-5)
    other = small_network(seed=1, distilled_head=True)
    assert isinstance(model.around(other, model.info, lambda _: model._backend), RegionPredictor)


def test_regions_are_boxes_in_pixels_with_a_gate(tmp_path: Path) -> None:
    network = small_network()
    # the first block looks at the lower right quarter, and its gate is open
    block = network.backbone.stages[0].blocks[0].mixer.mxa
    with torch.no_grad():
        block.region.second.weight.zero_()
        block.region.second.bias.copy_(torch.tensor([30.0, 30.0, 0.0, 0.0]))
        block.places.convolution.weight.zero_()
    path = tmp_path / "own.safetensors"
    save_checkpoint(path, network, network.architecture)
    model = load_predictor(path, ENTRY.key, "torch-cpu")
    assert isinstance(model, RegionPredictor)
    assert REGIONS.of(model)
    regions = model.regions(np.random.default_rng(0).random((64, 64), np.float32))
    assert [one.block for one in regions] == [
        "stage 1, block 1",
        "stage 2, block 1",
        "stage 3, block 1",
        "stage 3, block 2",
    ]
    assert regions[0].box == pytest.approx((32, 32, 64, 64))
    assert [one.gate.shape for one in regions] == [(4, 4), (2, 2), (1, 1), (1, 1)]
    np.testing.assert_array_equal(regions[0].gate, np.full((4, 4), 0.5, np.float32))
    assert all(one.gate.dtype == np.float32 for one in regions)


@pytest.mark.thorough
def test_without_the_block_there_are_no_regions(tmp_path: Path) -> None:
    network = small_network(block="none")
    assert network.regions(torch.rand(1, 1, 64, 64)) == []
    path = tmp_path / "own.safetensors"
    save_checkpoint(path, network, network.architecture)
    model = load_predictor(path, ENTRY.key, "torch-cpu")
    assert type(model) is PooledPredictor
    assert not REGIONS.of(model)

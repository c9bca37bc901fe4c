"""The block: where its region lies, what is cut out of it, and that all of it learns."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from models.mxa.block import ChannelGate, MxaBlock, RegionOfInterest, SpatialGate, crop, ordered_box

SHARES = st.floats(0, 1, width=32)


def whole_region(block: MxaBlock) -> None:
    """Make a block look at all of its map, whatever is on it."""
    with torch.no_grad():
        block.region.second.weight.zero_()
        block.region.second.bias = torch.nn.Parameter(torch.tensor([-30.0, -30.0, 30.0, 30.0]))


def test_a_box_around_everything_and_gates_without_weights_give_a_quarter_of_the_map() -> None:
    block, x = MxaBlock(16), torch.randn(2, 16, 5, 7)
    whole_region(block)
    with torch.no_grad():
        for gate in (block.channels.first, block.channels.second, block.places.convolution):
            gate.weight.zero_()
    look = block.look(x)
    torch.testing.assert_close(look.box, torch.tensor([[0.0, 0, 1, 1]] * 2), atol=1e-6, rtol=0)
    torch.testing.assert_close(look.gate, torch.full((2, 1, 5, 7), 0.5))
    torch.testing.assert_close(look.seen, 0.25 * x, atol=1e-5, rtol=0)


@given(st.lists(SHARES, min_size=4, max_size=4), st.integers(1, 20), st.integers(1, 20))
def test_boxes_are_ordered_inside_the_map_and_hold_a_cell(corners: list[float], height: int, width: int) -> None:
    (box,) = ordered_box(torch.tensor([corners]), height, width).numpy()
    assert (box >= -1e-6).all()
    assert (box <= 1 + 1e-6).all()
    assert box[2] - box[0] >= 1 / width - 1e-6
    assert box[3] - box[1] >= 1 / height - 1e-6
    for low, high, smallest in ((0, 2, 1 / width), (1, 3, 1 / height)):
        if abs(corners[low] - corners[high]) >= smallest:  # then the corners themselves are the box
            np.testing.assert_allclose(box[[low, high]], sorted((corners[low], corners[high])), atol=1e-6)


def test_cropping_is_pytorchs_affine_grid_sampled_without_aligned_corners() -> None:
    x = torch.randn(3, 4, 6, 9)
    box = torch.tensor([[0.1, 0.3, 0.6, 0.9], [0.0, 0.0, 1.0, 1.0], [0.5, 0.25, 0.75, 1.0]])
    width, height = box[:, 2] - box[:, 0], box[:, 3] - box[:, 1]
    zero = torch.zeros(3)
    theta = torch.stack(
        [
            torch.stack([width, zero, box[:, 0] + box[:, 2] - 1], 1),
            torch.stack([zero, height, box[:, 1] + box[:, 3] - 1], 1),
        ],
        1,
    )
    grid = functional.affine_grid(theta, [3, 4, 6, 9], align_corners=False)
    expected = functional.grid_sample(x, grid, padding_mode="border", align_corners=False)
    torch.testing.assert_close(crop(x, box), expected, atol=5e-6, rtol=0)


def test_cropping_cells_gives_these_cells() -> None:
    """The lower right quarter of 4×4 cells, counted row by row: sampled at row 1.75, columns 1.75, 2.25, 2.75 and 3."""
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    found = crop(x, torch.tensor([[0.5, 0.5, 1.0, 1.0]]))[0, 0]
    torch.testing.assert_close(found[0], torch.tensor([8.75, 9.25, 9.75, 10.0]))
    assert found[-1, -1] == 15


def test_the_channel_gate_looks_at_mean_and_maximum() -> None:
    gate = ChannelGate(16)
    with torch.no_grad():
        gate.first.weight.fill_(1 / 16)
        gate.second.weight.fill_(1.0)
    x = torch.zeros(1, 16, 2, 2)
    x[:, :, 0, 0] = 2.0  # mean 0.5, maximum 2
    torch.testing.assert_close(gate(x), torch.full((1, 16, 1, 1), 1 / (1 + np.exp(-2.5)), dtype=torch.float32))


def test_the_spatial_gate_looks_at_the_maximum_and_the_mean_of_the_channels() -> None:
    gate = SpatialGate()
    with torch.no_grad():
        gate.convolution.weight.zero_()
        gate.convolution.weight[0, :, 3, 3] = torch.tensor([1.0, 10.0])
    x = torch.tensor([[[[-1.0]], [[0.5]], [[0.2]]]])
    torch.testing.assert_close(gate(x), torch.sigmoid(torch.tensor([[[[0.5 - 1.0]]]])))


def test_every_weight_of_the_region_and_of_the_gates_learns() -> None:
    torch.manual_seed(0)
    block = MxaBlock(16)
    block(torch.randn(2, 16, 8, 8)).square().sum().backward()
    for name, weight in block.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.abs().max() > 0, name


def test_a_region_moves_towards_what_it_is_rewarded_for() -> None:
    """The region of a map that is bright at its upper left, if brightness is wanted: a box that cannot move fails."""
    torch.manual_seed(0)
    region = RegionOfInterest(4)
    x = torch.zeros(1, 4, 8, 8)
    x[:, :, :4, :4] = 1.0
    optimizer = torch.optim.Adam(region.parameters(), lr=0.05)
    before = region(x).detach()
    for _ in range(30):
        loss = -crop(x, region(x)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    after = region(x).detach()
    assert (after[0, 2:] < before[0, 2:] - 0.2).all()


def test_boxes_are_computed_in_single_precision_whatever_the_maps_are() -> None:
    block, x = MxaBlock(16).bfloat16(), torch.randn(1, 16, 4, 4).bfloat16()
    look = block.look(x)
    assert look.box.dtype == torch.float32
    assert look.seen.dtype == torch.bfloat16


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore")  # OpenVINO's converter traces, which PyTorch advises against
def test_openvino_converts_it() -> None:
    import openvino as ov

    block, x = MxaBlock(16).eval(), torch.randn(1, 16, 6, 6)
    exactly = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = ov.Core().compile_model(ov.convert_model(block, example_input=x), "CPU", exactly)
    with torch.no_grad():
        np.testing.assert_allclose(compiled(x.numpy())[0], block(x).numpy(), atol=2e-6)

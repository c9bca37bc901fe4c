"""Sparsity, variation and the consistency of two views, by pencil."""

import numpy as np
import torch

from models.training.attention_terms import inconsistency, sparsity, total_variation
from models.training.config import SecondViewConfig
from models.training.second_view import SecondViews

RNG = np.random.default_rng(0)
MAPS = torch.from_numpy(RNG.random((2, 3, 8, 8))).float()


def views(*numbers: float) -> SecondViews:
    """The same for both images: degrees, shift down, shift right, contrast."""
    return SecondViews(torch.tensor([numbers, numbers], dtype=torch.float32))


def test_a_constant_map_is_as_dense_as_its_constant_and_does_not_vary() -> None:
    constant = torch.full((2, 1, 5, 7), 0.3)
    torch.testing.assert_close(sparsity(constant), torch.tensor([0.3, 0.3]))
    assert total_variation(constant).tolist() == [0, 0]


def test_variation_is_the_mean_difference_of_neighbours() -> None:
    """Rows (0, 1, 3) and (2, 1, 1): down 2, 0, 2 of three pairs; across 1, 2, 1, 0 of four. One row: across alone."""
    image = torch.tensor([[[[0.0, 1.0, 3.0], [2.0, 1.0, 1.0]]]])
    torch.testing.assert_close(total_variation(image), torch.tensor([4 / 3 + 1]))
    torch.testing.assert_close(total_variation(image[:, :, :1]), torch.tensor([1.5]))


def test_an_unchanged_view_agrees_exactly_where_the_map_does() -> None:
    same = views(0, 0, 0, 1)
    torch.testing.assert_close(inconsistency(MAPS, MAPS, same), torch.zeros(2), rtol=0, atol=1e-12)
    torch.testing.assert_close(inconsistency(MAPS, MAPS + 0.5, same), torch.full((2,), 0.25))


def test_a_shift_by_whole_cells_is_undone_and_what_left_the_view_does_not_count() -> None:
    moved = views(0, 2 / 8, -1 / 8, 1)
    images = MAPS[:, :1]
    seen = moved.of(images)
    torch.testing.assert_close(seen[:, :, 2:, :-1], images[:, :, :-2, 1:], rtol=0, atol=1e-6)
    assert seen[:, :, :2].abs().max() <= 1e-6
    shifted = torch.roll(MAPS, (2, -1), dims=(2, 3))  # what left comes in again on the other side: elsewhere, wrong
    torch.testing.assert_close(inconsistency(MAPS, shifted, moved), torch.zeros(2), rtol=0, atol=1e-10)
    _, valid = moved.undo(shifted)
    assert valid.sum().item() == 2 * 6 * 7
    _, valid = views(0, 0.5 / 8, 0, 1).undo(shifted)  # half of what the last row is read from is outside
    assert valid.sum().item() == 2 * 7 * 8


def test_a_quarter_turn_is_numpys_and_undone() -> None:
    turned = views(90, 0, 0, 1)
    seen = torch.from_numpy(np.rot90(MAPS.numpy(), axes=(2, 3)).copy())
    torch.testing.assert_close(turned.of(MAPS[:, :1]), seen[:, :1], rtol=0, atol=1e-5)
    torch.testing.assert_close(inconsistency(MAPS, seen, turned), torch.zeros(2), rtol=0, atol=1e-8)


def test_the_way_back_is_the_way_there_backwards() -> None:
    """A spot in the middle of a smooth image comes back to its place from a turned and shifted view."""
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    spot = torch.exp(-((y - 24) ** 2 + (x - 36) ** 2) / 80)[None, None].repeat(2, 1, 1, 1)
    both = views(20, 0.1, -0.05, 1)
    assert inconsistency(spot, both.of(spot), both).max() < 1e-5
    assert inconsistency(spot, spot, both).max() > 1e-3


def test_contrast_is_about_the_mean_and_drawn_within_its_limits() -> None:
    image = torch.tensor([[[[0.2, 0.6], [0.4, 0.4]]]])
    seen = SecondViews(torch.tensor([[0, 0, 0, 1.5]])).of(image)
    torch.testing.assert_close(seen, torch.tensor([[[[0.1, 0.7], [0.4, 0.4]]]]))
    drawn = SecondViews.draw(SecondViewConfig(), 500, np.random.default_rng(0)).numbers
    low, high = drawn.min(dim=0).values, drawn.max(dim=0).values
    limits = torch.tensor([[-5, -0.05, -0.05, 0.8], [5, 0.05, 0.05, 1.2]])
    assert (low >= limits[0]).all()
    assert (high <= limits[1]).all()
    assert ((high - low) > 0.95 * (limits[1] - limits[0])).all()

"""What the loss says of attention maps: that they are sparse, smooth, and the same for two views of an image.

The attention framework of Zhang and Wang (2026). Departure: sparsity and variation are means, not sums, so that their
weights mean the same at every resolution.
"""

import torch

from models.training.second_view import SecondViews


def sparsity(attention: torch.Tensor) -> torch.Tensor:
    """Return each image's mean attention, (n,), of attention (n, maps, h, w) in [0, 1]; c for a constant map c."""
    return attention.abs().mean(dim=(1, 2, 3))


def total_variation(attention: torch.Tensor) -> torch.Tensor:
    """Return each image's mean difference between neighbours, along rows plus along columns, (n,).

    Anisotropic (Rudin et al., Physica D 1992); 0 for a constant map, and along an axis of one cell.
    """
    down = (attention[:, :, 1:] - attention[:, :, :-1]).abs()
    across = (attention[..., 1:] - attention[..., :-1]).abs()
    return _mean(down) + _mean(across)


def inconsistency(attention: torch.Tensor, seen_again: torch.Tensor, views: SecondViews) -> torch.Tensor:
    """Return each image's mean squared difference of its attention and that of its second view, put back, (n,).

    Args:
        attention: (n, maps, h, w) of the images.
        seen_again: the same of their second views, in these views' coordinates.
        views: how the second views were made.

    Returns:
        means over the places that the second view shows; 0 where it shows none.
    """
    back, valid = views.undo(seen_again)
    squares = (attention - back).square().mean(dim=1, keepdim=True) * valid
    return squares.sum(dim=(1, 2, 3)) / valid.sum(dim=(1, 2, 3)).clamp_min(1)


def _mean(differences: torch.Tensor) -> torch.Tensor:
    return differences.flatten(1).sum(dim=1) / max(1, differences[0].numel())

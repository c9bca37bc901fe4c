"""Three of timm's architectures of which it has no small model, narrow and shallow, under names of their own.

What the program asks of them (rows that come last, tokens of two sizes, no word of a last layer) is timm's own code.
"""

from typing import Any

from timm.models import register_model
from timm.models.crossvit import CrossVit, crossvit_tiny_240
from timm.models.sequencer import Sequencer2d, sequencer2d_s
from timm.models.swin_transformer import SwinTransformer, swin_tiny_patch4_window7_224

# What `register_model` reads: they must be told their size, as timm's configurations of all three say.
default_cfgs: dict[str, dict[str, Any]] = {
    "narrow_swin": {"fixed_input_size": True},
    "narrow_sequencer": {"fixed_input_size": True},
    "narrow_crossvit": {"fixed_input_size": True},
}


@register_model
def narrow_swin(pretrained: bool = False, **settings: Any) -> SwinTransformer:
    """A Swin transformer of few weights; its feature maps have their channels last."""
    shape = {"embed_dim": 24, "depths": (2, 1, 1, 1), "num_heads": (1, 2, 4, 8)}
    return swin_tiny_patch4_window7_224(pretrained, **shape, **settings)


@register_model
def narrow_sequencer(pretrained: bool = False, **settings: Any) -> Sequencer2d:
    """A Sequencer of few weights; it does not say which layer is its last."""
    shape = {"layers": [1, 1, 1, 1], "embed_dims": [24, 48, 48, 48], "hidden_sizes": [6, 12, 12, 12]}
    return sequencer2d_s(pretrained, **shape, **settings)


@register_model
def narrow_crossvit(pretrained: bool = False, **settings: Any) -> CrossVit:
    """A CrossViT of few weights: two rows of tokens, of patches of two sizes."""
    shape = {"embed_dim": [24, 48], "depth": [[1, 1, 0]] * 3, "num_heads": [3, 3]}
    return crossvit_tiny_240(pretrained, **shape, **settings)

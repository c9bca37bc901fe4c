"""Some of timm's architectures, narrow and shallow, under names of their own.

What the program asks of them (rows that come last, tokens of two sizes, no word of a last layer) is timm's own code.
"""

from typing import Any

from timm.models import register_model
from timm.models.convnext import ConvNeXt, convnext_atto
from timm.models.crossvit import CrossVit, crossvit_tiny_240
from timm.models.deit import VisionTransformerDistilled, deit_tiny_distilled_patch16_224
from timm.models.efficientvit_msra import EfficientVitMsra, efficientvit_m0
from timm.models.eva import Eva, eva02_tiny_patch14_224
from timm.models.resnet import ResNet, resnet18
from timm.models.sequencer import Sequencer2d, sequencer2d_s
from timm.models.swin_transformer import SwinTransformer, swin_tiny_patch4_window7_224
from timm.models.vision_transformer import VisionTransformer, vit_tiny_patch16_224

# What `register_model` reads: which of them must be told their size, as timm's configurations say.
default_cfgs: dict[str, dict[str, Any]] = {
    "narrow_resnet": {},
    "narrow_convnext": {},
    "narrow_efficientvit": {"fixed_input_size": True},
    "narrow_vit": {"fixed_input_size": True},
    "narrow_deit": {"fixed_input_size": True},
    "narrow_eva": {"fixed_input_size": True},
    "narrow_swin": {"fixed_input_size": True},
    "narrow_sequencer": {"fixed_input_size": True},
    "narrow_crossvit": {"fixed_input_size": True},
}


@register_model
def narrow_resnet(pretrained: bool = False, **settings: Any) -> ResNet:
    """A ResNet-18 of few weights."""
    return resnet18(pretrained, channels=(8, 16, 24, 32), **settings)


@register_model
def narrow_convnext(pretrained: bool = False, **settings: Any) -> ConvNeXt:
    """A ConvNeXt of few weights; its last layer comes after a norm."""
    return convnext_atto(pretrained, depths=(1, 1, 1, 1), dims=(8, 16, 24, 32), **settings)


@register_model
def narrow_efficientvit(pretrained: bool = False, **settings: Any) -> EfficientVitMsra:
    """An EfficientViT of few weights; batch norm is a part of its last layer."""
    return efficientvit_m0(pretrained, embed_dim=[16, 16, 24], num_heads=[2, 2, 2], depth=[1, 1, 1], **settings)


@register_model
def narrow_vit(pretrained: bool = False, **settings: Any) -> VisionTransformer:
    """A ViT of few weights."""
    return vit_tiny_patch16_224(pretrained, embed_dim=48, depth=2, **settings)


@register_model
def narrow_deit(pretrained: bool = False, **settings: Any) -> VisionTransformerDistilled:
    """A DeiT of few weights; two tokens come before those of the image, and both are read."""
    return deit_tiny_distilled_patch16_224(pretrained, embed_dim=48, depth=2, **settings)


@register_model
def narrow_eva(pretrained: bool = False, **settings: Any) -> Eva:
    """An EVA-02 of few weights; it turns its queries and keys."""
    return eva02_tiny_patch14_224(pretrained, embed_dim=48, depth=2, **settings)


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

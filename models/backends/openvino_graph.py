"""Writing timm's EfficientNet down as an OpenVINO graph, layer by layer.

OpenVINO's own converter (`convert_model`) traces the network three times and takes some fifteen seconds for it; this
takes a tenth of a second, which is what lets the page open at once, also the first time, when no cache could help, and
where nothing can be written. Batch norms are written as they are: OpenVINO folds them into the
convolutions.
"""

from typing import Any

import numpy as np
import openvino as ov
import openvino.opset13 as ops
import torch
from timm.layers import BatchNormAct2d
from timm.models._efficientnet_blocks import ConvBnAct, EdgeResidual, InvertedResidual, SqueezeExcite
from timm.models.efficientnet import EfficientNet
from torch import nn

from models.cnn import BaselineCnn
from models.patch_embeddings import PatchesWithEmbedding

Node = Any  # OpenVINO's nodes carry no types

_SPATIAL = np.array([2, 3])


class UnknownLayerError(TypeError):
    """The network holds a layer that this module cannot write down."""


def graph(network: nn.Module) -> ov.Model:
    """Write a network in eval mode as an OpenVINO graph.

    Args:
        network: the backbone, the baseline CNN with such a backbone, or a patch model that gives its embeddings; on
            the CPU, float32.

    Returns:
        A graph from (n, 1, h, w) float32 to (n, 14) logits and, for the CNN, (n, C, h/32, w/32) features, for patches
        with embeddings these, (n, C).

    Raises:
        UnknownLayerError: a layer is of a kind that this module does not know.
    """
    with_features = isinstance(network, BaselineCnn)
    with_embeddings = isinstance(network, PatchesWithEmbedding)
    whole: Any = network.whole if with_embeddings else network
    backbone: Any = whole.backbone if with_features or with_embeddings else whole
    if not isinstance(backbone, EfficientNet):
        raise UnknownLayerError("the graph writer of this program knows only EfficientNets")
    images = ops.parameter([-1, backbone.conv_stem.in_channels, -1, -1], np.float32, name="images")
    node = _norm(_convolution(images, backbone.conv_stem), backbone.bn1)
    stages: Any = backbone.blocks
    for stage in stages:
        for block in stage:
            node = _block(node, block)
    features = _norm(_convolution(node, backbone.conv_head), backbone.bn2)
    pooled = ops.reduce_mean(features, _SPATIAL, keep_dims=False)
    classifier = _expect(backbone.classifier, nn.Linear)
    logits = ops.matmul(pooled, _constant(classifier.weight), transpose_a=False, transpose_b=True)
    logits = ops.add(logits, _constant(classifier.bias))
    outputs = [logits, *([features] if with_features else []), *([pooled] if with_embeddings else [])]
    return ov.Model(outputs, [images], "efficientnet")


def _block(x: Node, block: nn.Module) -> Node:
    if isinstance(block, ConvBnAct):
        y = _norm(_convolution(x, block.conv), block.bn1)
    elif isinstance(block, EdgeResidual):
        y = _norm(_convolution(x, block.conv_exp), block.bn1)
        y = _norm(_convolution(_excite(y, block.se), block.conv_pwl), block.bn2)
    elif isinstance(block, InvertedResidual):
        y = _norm(_convolution(x, block.conv_pw), block.bn1)
        y = _norm(_convolution(y, block.conv_dw), block.bn2)
        y = _norm(_convolution(_excite(y, block.se), block.conv_pwl), block.bn3)
    else:
        raise UnknownLayerError(f"it has {type(block).__name__}, which cannot be written down")
    return ops.add(y, x) if block.has_skip else y


def _excite(x: Node, layer: nn.Module) -> Node:
    """Squeeze and excite: scale each channel by a function of all channels' means."""
    if isinstance(layer, nn.Identity):
        return x
    squeeze = _expect(layer, SqueezeExcite)
    scale = ops.reduce_mean(x, _SPATIAL, keep_dims=True)
    scale = _activation(_convolution(scale, squeeze.conv_reduce), squeeze.act1)
    return ops.multiply(x, _activation(_convolution(scale, squeeze.conv_expand), squeeze.gate))


def _convolution(x: Node, layer: nn.Module) -> Node:
    convolution = _expect(layer, nn.Conv2d)
    weight = convolution.weight
    geometry = {
        "strides": list(convolution.stride),
        "pads_begin": list(convolution.padding),
        "pads_end": list(convolution.padding),
        "dilations": list(convolution.dilation),
    }
    if convolution.groups == 1:
        y = ops.convolution(x, _constant(weight), **geometry)
    else:
        y = ops.group_convolution(x, _constant(weight.unflatten(0, (convolution.groups, -1))), **geometry)
    return y if convolution.bias is None else ops.add(y, _constant(convolution.bias.reshape(1, -1, 1, 1)))


def _norm(x: Node, layer: nn.Module) -> Node:
    norm = _expect(layer, BatchNormAct2d)
    terms = [_constant(term) for term in (norm.weight, norm.bias, norm.running_mean, norm.running_var)]
    return _activation(ops.batch_norm_inference(x, *terms, epsilon=norm.eps), norm.act)


def _activation(x: Node, layer: nn.Module) -> Node:
    if isinstance(layer, nn.Identity):
        return x
    if isinstance(layer, nn.SiLU):
        return ops.swish(x)
    _expect(layer, nn.Sigmoid)
    return ops.sigmoid(x)


def _constant(tensor: torch.Tensor) -> Node:
    return ops.constant(tensor.detach().numpy(), np.float32)


def _expect(layer: Any, kind: type) -> Any:
    if not isinstance(layer, kind):
        raise UnknownLayerError(f"it has {type(layer).__name__} where {kind.__name__} alone can be written down")
    return layer

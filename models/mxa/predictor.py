"""Asking MXA-EfficientViT where its blocks look."""

from collections.abc import Callable
from typing import cast

import numpy as np
import torch
from torch import nn

from models.backends.base import Backend, BackendName, FloatArray
from models.checkpoints import Checkpoint
from models.heads import linear_head
from models.mxa.network import MxaEfficientVit
from models.predictions import ModelInfo, Region
from models.predictor import PooledPredictor, Predictor, run_whole_image


class RegionPredictor(PooledPredictor):
    """One whose blocks look into regions; see `capabilities.Regions`."""

    module: MxaEfficientVit

    @property
    def region_blocks(self) -> tuple[str, ...]:
        """Names of the blocks."""
        return self.module.block_names()

    @classmethod
    def of(cls, plain: PooledPredictor) -> "RegionPredictor":
        """The same network, asked for its regions too."""
        return cls(plain.info, plain._backend, plain.module, linear_head(plain.module))

    def around(self, module: nn.Module, info: ModelInfo, run: Callable[[nn.Module], Backend]) -> "RegionPredictor":
        """As above; every network of one shape has its blocks at the same places."""
        return RegionPredictor(info, run(module), module, linear_head(module))

    def regions(self, image: FloatArray) -> tuple[Region, ...]:
        """Where each block looks in one image (s, s), in the network's order.

        Computed by PyTorch, whatever computes the logits.
        """
        side = self.input_size
        device = next(self.module.parameters()).device
        batch = torch.from_numpy(np.array(image, np.float32))[None, None].to(device)
        with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            looks = self.module.regions(batch)
        return tuple(
            Region(block, _four(look.box[0] * side), look.gate[0, 0].cpu().numpy())
            for block, look in zip(self.region_blocks, looks, strict=True)
        )


def run_with_regions(checkpoint: Checkpoint, backend: BackendName) -> Predictor:
    """Make the network ready to run; what it gives beside logits and regions is measured."""
    plain = run_whole_image(checkpoint, backend)
    if isinstance(plain, PooledPredictor) and cast(MxaEfficientVit, plain.module).architecture.block == "mxa":
        return RegionPredictor.of(plain)
    return plain


def _four(box: torch.Tensor) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (float(value) for value in box.cpu())
    return x0, y0, x1, y1

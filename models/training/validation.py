"""Logits of a whole split, shared between processes."""

import numpy as np
import torch
from accelerate import Accelerator
from torch import nn

from models.training.data import Split
from models.training.objective import logits_of


@torch.inference_mode()
def predict_split(network: nn.Module, split: Split, batch_size: int, accelerator: Accelerator) -> np.ndarray:
    """Return float32 (n, 14) logits of a split's images, in its order, on every process.

    Each process takes every P-th batch; the network is in evaluation mode meanwhile and in its former mode after.
    """
    was_training = network.training
    network.eval()
    total = len(split.table)
    logits = torch.zeros(total, split.labels.shape[1], device=accelerator.device)
    try:
        for number, start in enumerate(range(0, total, batch_size)):
            if number % accelerator.num_processes == accelerator.process_index:
                rows = slice(start, min(start + batch_size, total))
                pixels = torch.from_numpy(split.cache.images[split.cache.rows[rows]])
                images = pixels.to(accelerator.device)[:, None].float() / 255
                with accelerator.autocast():
                    logits[rows] = logits_of(network(images)).float()
    finally:
        network.train(was_training)
    return accelerator.reduce(logits, "sum").cpu().numpy()

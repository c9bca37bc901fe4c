"""Tensors out of files of torch.save, in PyTorch's own form."""

from collections.abc import Mapping

import torch

from data_cache.restricted_pickle import Damaged
from data_cache.torch_files import PickledTensor

_MOST_SHARED = 4  # tensors may share numbers, as tied weights do, but not without end


def to_torch(found: Mapping[str, PickledTensor], file_size: int) -> dict[str, torch.Tensor]:
    """Copy the numbers of tensors out of a file, onto the CPU.

    Args:
        found: by name.
        file_size: of the file, in bytes. Many tensors may name the same numbers: together they may not be much larger.

    Raises:
        Damaged: they are, or one of them reaches beyond its storage.
    """
    if sum(tensor.nbytes for tensor in found.values()) > _MOST_SHARED * file_size:
        raise Damaged("tensors larger than the file")
    return {name: torch.from_numpy(tensor.array()) for name, tensor in found.items()}

"""What a run starts from: a checkpoint of the same network, or pretrained weights of the backbone it is built on.

    initial_weights: runs/one/model.safetensors                  a checkpoint: every tensor fits
    initial_weights: timm://efficientvit_m5.r224_in1k            timm's, from the Hugging Face Hub or its cache
    initial_weights: downloads/efficientvit_m5.safetensors       the same, downloaded elsewhere

Pretrained weights go where the network has tensors of their names and shapes, below whichever module holds the
backbone. A first convolution on three colours is summed for a grey image, as timm does; the classifier is left out.
"""

import logging
import re
from collections.abc import Mapping
from itertools import accumulate
from pathlib import Path

import timm
import torch
from timm.models import adapt_input_conv
from torch import nn

from data_cache.errors import InputError
from models.architecture import Architecture
from models.hub import PREFIX, from_hub, is_on_hub
from models.state_dict_loading import fit
from models.weight_files import read_weights

log = logging.getLogger(__name__)

TIMM = "timm://"
_FEWEST = 0.5  # of a backbone's tensors must fit: a network may leave out its last stages, and has its own classifier
_COLOURS = 3

Tensors = Mapping[str, torch.Tensor]


def start_from(spec: str, network: nn.Module, architecture: Architecture) -> None:
    """Load initial weights into a network.

    Raises:
        InputError: there is no such file, timm has no such weights, or they do not fit.
    """
    path = _timm_file(spec.removeprefix(TIMM)) if spec.startswith(TIMM) else _file(spec)
    tensors, metadata = read_weights(path)
    if "architecture" in metadata or not _is_backbone(tensors, network):
        network.load_state_dict(fit(tensors, architecture, path.name))
        return
    found = fit_backbone(tensors, network)
    network.load_state_dict({**network.state_dict(), **found})
    log.info("Started from %s: %d of its %d tensors.", path.name, len(found), len(tensors))


def fit_backbone(tensors: Tensors, network: nn.Module) -> dict[str, torch.Tensor]:
    """Give pretrained tensors the names that a network has for them.

    Names are looked for below each of its modules; `stages_0.conv` and `stages.0.conv` are one name, since timm's
    feature extractors flatten sequences. The place below which most tensors fit is taken.

    Returns:
        The network's name -> tensor; those that fit nowhere are left out.
    """
    own = network.state_dict()
    best: dict[str, torch.Tensor] = {}
    for prefix, names in _places(own):
        if len(names) <= len(best):
            break
        best = max(best, _below(prefix, names, tensors, own), key=len)
    return best


def _is_backbone(tensors: Tensors, network: nn.Module) -> bool:
    """Whether tensors are those of a part of the network, not of all of it."""
    own = network.state_dict()
    same = tensors.keys() == own.keys()
    return not same and len(fit_backbone(tensors, network)) >= _FEWEST * len(tensors)


def _places(own: Tensors) -> list[tuple[str, list[str]]]:
    """Every module that holds tensors, by its name with a dot, with their names; those with most come first."""
    places: dict[str, list[str]] = {"": list(own)}
    for name in own:
        for prefix in accumulate(f"{part}." for part in name.split(".")[:-1]):
            places.setdefault(prefix, []).append(name)
    return sorted(places.items(), key=lambda place: -len(place[1]))


def _below(prefix: str, names: list[str], tensors: Tensors, own: Tensors) -> dict[str, torch.Tensor]:
    plain = {_plain(name.removeprefix(prefix)): name for name in names}
    found = {}
    for name, tensor in tensors.items():
        target = plain.get(_plain(name))
        fitted = _fitted(tensor, own[target]) if target is not None else None
        if target is not None and fitted is not None:
            found[target] = fitted
    return found


def _plain(name: str) -> str:
    return re.sub(r"[._]+", ".", name)


def _fitted(tensor: torch.Tensor, own: torch.Tensor) -> torch.Tensor | None:
    """A pretrained tensor in the shape of the network's own; None where they differ in more than the colours."""
    if tensor.ndim == 4 and own.ndim == 4 and tensor.shape[1] == _COLOURS and own.shape[1] == 1:
        tensor = adapt_input_conv(1, tensor)
    return tensor.to(own.dtype) if tensor.shape == own.shape else None


def _file(spec: str) -> Path:
    return from_hub(spec) if is_on_hub(spec) else Path(spec)


def _timm_file(name: str) -> Path:
    """Bring timm's pretrained weights of a name, with or without its tag, into the Hugging Face cache."""
    try:
        settings = timm.models.get_pretrained_cfg(name) if timm.is_model(name.partition(".")[0]) else None
    except RuntimeError:  # of a tag that it does not know
        settings = None
    if settings is None or not settings.hf_hub_id:
        raise InputError(
            f"Expected the name of weights that timm publishes on the Hugging Face Hub after {TIMM}, found {name!r}; "
            "`timm.list_pretrained()` gives them."
        )
    file = settings.hf_hub_filename or "model.safetensors"
    return from_hub(f"{PREFIX}{settings.hf_hub_id}/{file}")

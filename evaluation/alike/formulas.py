"""Methods that are one by construction: their own formulas, by autograd, where they must be the same map."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from explainers.entry import Entry
from explainers.model_run import ModelRun
from explainers.run import explain_all
from models.capabilities import Module, PooledFeatures
from models.predictions import FeaturePrediction

SAME = 2e-6  # largest difference after scaling, in single precision


def equal_formulas(entry: Entry, run: ModelRun) -> Iterator[tuple[str, float]]:
    """The published methods that an entry equals, and the largest difference of any map after scaling.

    Each is computed by its own formula with gradients by autograd at the block that the network pools; the entry's map
    is that of the closed form.

    Args:
        entry: of a method with `equals`.
        run: of a model whose head is linear.
    """
    if not entry.equals:
        return
    expected = _maps(entry, run, {})
    layer = pooled_layer(run)
    for name in entry.equals:
        formula = name.lower().replace("-", "")
        yield name, _apart(expected, _maps(entry, run, {"formula": formula, "layer": layer}))


def pooled_layer(run: ModelRun) -> str:
    """Name of the module whose output a model pools: the last that gives just these features.

    Raises:
        ValueError: there is none.
    """
    model, prediction = run.model, run.prediction
    if not (isinstance(model, Module) and isinstance(model, PooledFeatures)):
        raise ValueError(f"Expected a model with a linear head, found {run.key}.")
    if not isinstance(prediction, FeaturePrediction):
        raise ValueError(f"Expected features of {run.key}, found none.")
    found, hooks = [], []
    wanted = torch.from_numpy(prediction.features)[None]

    def look(name: str) -> None:
        def hook(_module: nn.Module, _given: object, output: object) -> None:
            if isinstance(output, torch.Tensor) and output.shape == wanted.shape:
                scale = wanted.abs().max()
                if (output.detach().cpu() - wanted).abs().max() <= 1e-4 * scale:
                    found.append(name)

        hooks.append(model.module.get_submodule(name).register_forward_hook(hook))

    try:
        for name, _ in model.module.named_modules():
            if name:
                look(name)
        device = next(model.module.parameters()).device
        with torch.inference_mode():
            model.module(torch.from_numpy(np.array(run.image))[None, None].to(device))
    finally:
        for one in hooks:
            one.remove()
    if not found:
        raise ValueError(f"Expected a layer of {run.key} that gives its features, found none.")
    return found[-1]


def _maps(entry: Entry, run: ModelRun, parameters: dict[str, str]) -> NDArray[np.float64]:
    name = f"{entry.key}@{run.key}"
    (explanation,) = explain_all({run.key: run}, (name,), {name: parameters}).values()
    return explanation.maps.astype(np.float64)


def _apart(maps: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    scaled = [one / np.abs(one).max(axis=(1, 2), keepdims=True) for one in (maps, others)]
    return float(np.nanmax(np.abs(scaled[0] - scaled[1])))

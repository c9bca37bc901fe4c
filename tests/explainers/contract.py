"""Methods, models and parameters that the contract of test_contract.py is tried on, and what a run leaves behind.

Everything comes from what entries declare: nothing here is about the methods there are.
"""

from dataclasses import dataclass
from typing import get_args
from unittest.mock import patch

import numpy as np
import pytest
import torch

from explainers.cam import LayerParameters
from explainers.explanation import Explanation
from explainers.pairs import Pair
from explainers.registry import EXPLAINERS
from explainers.run import explain
from models.capabilities import ATTENTION, MODULE, RECTIFIED, REGIONS
from models.families.mxa_efficientvit import ENTRY as MXA
from models.registry import first_with
from tests.explainers.cheap import usual
from tests.explainers.conftest import GIVES as GIVEN
from tests.explainers.conftest import XRV
from tests.toys.models import FIVE

GIVES = {**GIVEN, FIVE.key: {ATTENTION}, MXA.key: {REGIONS}}  # each of these two stands for what it alone can give

LAYERS = {  # a module in the middle of each network that gives feature maps
    "cnn": "backbone.blocks.3",
    "timm:test_resnet": "backbone.layer2",
    XRV: "backbone.features.denseblock2",
    "timm:test_convnext": "backbone.stages.1",
}
WHOLE = (
    MODULE,
    RECTIFIED,
)  # what asks the network as a whole: tried on patches and on an image
SMALLEST = "timm:test_resnet"
FEW = ("medicalpatchnet", SMALLEST)
PAIRS = [
    Pair(key, model)
    for key, entry in EXPLAINERS.items()
    for model, has in GIVES.items()
    if entry.needs in has and (entry.needs not in WHOLE or model in FEW)
]


def varied(pair):
    """Whether a method's choices are all tried on this model: each on one alone."""
    return pair.model == (SMALLEST if pair.entry.needs in WHOLE else first_with(pair.entry.needs))


def chosen(pairs):
    """Of each method one model, and of each model one method a capability: any other pair brings together the same.

    None of the large network, which can what a small one can.
    """
    methods, capabilities, some = {}, set(), []
    for pair in sorted((pair for pair in pairs if pair.model != XRV), key=varied, reverse=True):
        capability = pair.model, pair.entry.needs
        if pair.method not in methods or capability not in capabilities:
            some.append(pair)
        methods.setdefault(pair.method, pair)
        capabilities.add(capability)
    return some, [*methods.values()]


CHOSEN, ONE_A_METHOD = chosen(PAIRS)


def each_pair(wanted):
    """Every pair as a case of a test; thorough but for those that are wanted."""
    marks = {True: (), False: pytest.mark.thorough}
    return pytest.mark.parametrize(
        "pair", [pytest.param(pair, id=pair.name, marks=marks[pair in wanted]) for pair in PAIRS]
    )


def variants(pair):
    """Parameters that take every branch that an entry declares: defaults, refined, each choice, another layer."""
    yield usual(pair.method)
    if pair.entry.refines is not None:
        yield {pair.entry.refines: 2}
    if not pair.entry.own_passes or varied(pair):  # what is altered is the image
        for name, field in pair.entry.parameters.model_fields.items():
            choices = (one for one in get_args(field.annotation) if isinstance(one, str) and one != field.default)
            yield from (usual(pair.method, {name: choice}) for choice in choices)
    if issubclass(pair.entry.parameters, LayerParameters):
        yield {"layer": LAYERS[pair.model]}


def cases(wanted):
    """Every pair with its variants as cases of a test; thorough but for those that `wanted(pair, place, values)`."""
    marks = {True: (), False: pytest.mark.thorough}
    return pytest.mark.parametrize(
        ("pair", "values"),
        [
            pytest.param(pair, values, id=f"{pair.name}-{values}", marks=marks[bool(wanted(pair, place, values))])
            for pair in PAIRS
            for place, values in enumerate(variants(pair))
        ],
    )


def usual_ones(pair, place, values):
    """The usual parameters. What each choice computes is in the tests of its method; that it is declared, here."""
    return pair in CHOSEN and not place


@dataclass(frozen=True)
class Again:
    """What a run of a method gave, and what of its surroundings it has not left as it was."""

    stages: list[Explanation]
    passes: list[str]
    touched: set[str]


def traced(pair, values, run_of, case_id):
    passes = []
    run = run_of(pair.model, passes.append)
    image, network = run.image.copy(), run.model.module
    before = [parameter.clone() for parameter in network.parameters()]
    grad = torch.autograd.grad
    counted = lambda *args, **rest: (passes.append("back"), grad(*args, **rest))[1]  # noqa: E731
    with patch.object(torch.autograd, "grad", counted if values.get("layer") else grad):
        stages = list(explain({pair.model: run}, [pair.name], {pair.name: values}, case_id))
    touched = {
        "image": not np.array_equal(run.image, image),
        "hooks": any(hooks(run.model)),
        "mode": network.training or not torch.is_grad_enabled(),
        "parameters": any(not old.equal(new) for old, new in zip(before, network.parameters(), strict=True)),
        "gradients": any(one.grad is not None or not one.requires_grad for one in network.parameters()),
    }
    run.prediction  # noqa: B018  whoever shows maps shows probabilities too
    return Again(stages, passes, {name for name, found in touched.items() if found})


def hooks(model):
    return [len(part._forward_hooks) + len(part._backward_hooks) for part in model.module.modules()]

"""What every method of the registry promises on every model that can give what it needs, whatever it computes.

Nothing here is about the methods there are: an entry's declaration is what is asserted.
"""

import threading
from collections import ChainMap
from contextlib import suppress
from itertools import count
from unittest.mock import patch

import numpy as np
import pytest
import torch

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.geometry import Geometry
from explainers.model_run import ModelRun
from explainers.pairs import default_model
from explainers.registry import EXPLAINERS
from explainers.run import explain, explain_all
from models.capabilities import capabilities_of
from models.families.mxa_efficientvit import ENTRY as MXA
from models.predictor import load_predictor
from models.registry import MODELS
from tests.explainers.cheap import usual
from tests.explainers.conftest import GIVES as GIVEN
from tests.explainers.conftest import XRV, MadeWhenAsked
from tests.explainers.contract import (
    CHOSEN,
    GIVES,
    ONE_A_METHOD,
    PAIRS,
    cases,
    each_pair,
    hooks,
    traced,
    usual_ones,
)
from tests.models.mxa.small import write_small
from tests.toys.models import FIVE, write_five

CASE = "case 7"
CASES = cases(usual_ones)
SMALL = [key for key in GIVES if key != XRV]


@pytest.fixture(scope="module", autouse=True)
def registered_five():
    """The toy's entry, for this file."""
    with patch.dict(MODELS, {FIVE.key: FIVE}):
        default_model.cache_clear()
        yield
    default_model.cache_clear()


@pytest.fixture(scope="module")
def small_models(registered_five, small_models, tmp_path_factory):
    """Those of the room, and the two; each is made when somebody asks."""
    two = {
        MXA.key: lambda: load_predictor(write_small(tmp_path_factory.mktemp("mxa")), MXA.key, "torch-cpu"),
        FIVE.key: lambda: load_predictor(write_five(tmp_path_factory.mktemp("five")), FIVE.key, "torch-cpu"),
    }
    return ChainMap(MadeWhenAsked(two), small_models)


@pytest.fixture(scope="module")
def run_of(small_models):
    """Makes the run of a model on an image of its size."""

    def make(key, on_pass=None):
        model = small_models[key]
        size = model.input_size
        image = np.random.default_rng(3).random((size, size), np.float32)
        return ModelRun(image, Geometry(size, size, size), model, on_pass)

    return make


@pytest.fixture(scope="module")
def explained(run_of):
    """Makes the finished explanation of a pair, or takes the one that was made before or is given."""
    known = {}

    def make(pair, values=None, given=None):
        values = usual(pair.method) if values is None else values
        key = pair.name, repr(values)
        if key not in known:
            runs = {pair.model: run_of(pair.model)}
            known[key] = given or explain_all(runs, [pair.name], {pair.name: values}, CASE)[pair.name]
        return known[key]

    return make


@pytest.mark.parametrize("key", [*SMALL, pytest.param(XRV, marks=pytest.mark.thorough)])
def test_models_give_what_is_declared(key, small_models):
    assert set(capabilities_of(small_models[key])) == (GIVEN.get(key) or set(MODELS[key].capabilities))


def test_every_method_has_a_model_here():
    assert {pair.method for pair in PAIRS} == set(EXPLAINERS)


@CASES
def test_a_run_gives_what_is_declared_again_and_again_and_leaves_nothing_behind(
    pair, values, explained, run_of, small_models
):
    """All that is seen of a run of a method with its parameters, and with its usual ones of two.

    Each promise is a function of its own below.
    """
    model = small_models[pair.model]
    again = traced(pair, values, run_of, CASE)
    explanation = explained(pair, values, None if values == usual(pair.method) else again.stages[-1])
    maps_are_float32_of_what_is_predicted_and_frozen(pair, values, explanation, model)
    findings_differ_where_the_registry_says_so(pair, explanation, model)
    published_form_is_a_picture_of_the_input(pair, explanation, model)
    np.testing.assert_array_equal(again.stages[-1].maps, explanation.maps)
    assert again.touched == set()
    stages_become_finer_in_what_the_entry_says(pair, values, again.stages)
    passes_are_as_many_as_declared(pair, values, again.passes, model)
    cancelled_at_once_gives_nothing(pair, values, run_of)


def maps_are_float32_of_what_is_predicted_and_frozen(pair, values, explanation, model):
    maps = explanation.maps
    predicted = model.info.architecture.predicted
    assert maps.dtype == np.float32 and maps.shape[0] == len(FINDINGS) == len(explanation.logits)
    np.testing.assert_array_equal(np.isfinite(maps).all(axis=(1, 2)), predicted)
    np.testing.assert_array_equal(np.isnan(maps).all(axis=(1, 2)), ~predicted)
    np.testing.assert_array_equal(np.isfinite(explanation.logits), predicted)
    if pair.entry.view.sign == "positive":
        assert np.nanmin(maps) >= 0
    assert explanation.can_be_negative == (pair.entry.view.sign == "signed")
    assert explanation.depends_on_finding == pair.entry.depends_on_finding
    assert explanation.resampling == pair.entry.view.resampling
    assert not maps.flags.writeable and not explanation.logits.flags.writeable
    assert explanation.shown.dtype == np.float32 and not explanation.shown.flags.writeable
    assert explanation.at_input_size().shape == (14, model.input_size, model.input_size)
    assert (explanation.method, explanation.model, explanation.name) == (pair.method, pair.model, pair.name)
    assert (explanation.case_id, explanation.final) == (CASE, True)
    assert explanation.model_id == model.info.id and len(explanation.weights_sha256) == 64
    assert explanation.parameters == pair.entry.parse(values).model_dump(mode="json")
    assert explanation.seconds > 0
    assert isinstance(pair.entry.view.remark(explanation), str)
    with pytest.raises(AttributeError):
        explanation.maps = maps


def findings_differ_where_the_registry_says_so(pair, explanation, model):
    maps = explanation.maps[model.info.architecture.predicted]
    assert (maps != maps[0]).any() == pair.entry.depends_on_finding


def published_form_is_a_picture_of_the_input(pair, explanation, model):
    maps = explanation.maps[model.info.architecture.predicted]
    picture = pair.entry.view.published(maps, model.input_size)
    assert picture.shape == (len(maps), model.input_size, model.input_size) and picture.dtype == np.float32
    assert picture.min() >= 0 and picture.max() <= 1


def stages_become_finer_in_what_the_entry_says(pair, values, stages):
    """Stages differ in the parameter that refines or is coarse, and in nothing else; without one there is one stage."""
    wanted, refines, coarse = pair.entry.parse(values).model_dump(mode="json"), pair.entry.refines, pair.entry.coarse
    assert [stage.final for stage in stages] == [False] * (len(stages) - 1) + [True]
    assert stages[-1].parameters == wanted
    assert len(stages) == 1 or (refines or coarse) is not None
    if coarse is not None:
        assert all({**stage.parameters, coarse: wanted[coarse]} == wanted for stage in stages)
        assert len({stage.parameters[coarse] for stage in stages}) == len(stages)
    if refines is not None:
        finer = [stage.parameters[refines] for stage in stages]
        assert finer == sorted(set(finer)) and finer[-1] == wanted[refines]
        assert all({**stage.parameters, refines: wanted[refines]} == wanted for stage in stages)
        sizes = [stage.maps.shape[1] for stage in stages]
        assert sizes == sorted(set(sizes))


def passes_are_as_many_as_declared(pair, values, passes, model):
    """Forward and backward through the network; of a last block, backward through the head alone counts nothing."""
    shared = bool(values.get("layer"))  # that pass gave no features of the last block
    cost = pair.entry.cost(pair.entry.parse(values), model)
    assert 1 <= len(passes) <= cost + shared


def cancelled_at_once_gives_nothing(pair, values, run_of):
    run = run_of(pair.model)
    assert not list(explain({pair.model: run}, [pair.name], {pair.name: values}, cancelled=lambda: True))
    assert not any(hooks(run.model))


def test_what_is_negative_is_not_cut_off_before_drawing(explained):
    for key, entry in EXPLAINERS.items():
        lowest = min(np.nanmin(explained(pair).maps) for pair in CHOSEN if pair.method == key)
        assert (lowest < 0) == (entry.view.sign == "signed"), key


@cases(lambda pair, place, values: pair.name == "gradcam" and "layer" in values)  # all at once: below
def test_alone_and_beside_others_is_the_same(pair, values, explained, run_of):
    alone = explained(pair, values)
    beside = [other for other in CHOSEN if other.model == pair.model and not other.entry.own_passes]
    shared = [pair, *(other for other in beside if other != pair)]
    names = [other.name for other in shared]
    together = explain_all({pair.model: run_of(pair.model)}, names, {pair.name: values})
    assert set(together) == set(names)
    np.testing.assert_allclose(alone.maps, together[pair.name].maps, rtol=1e-6, atol=1e-6)


def test_all_at_once(explained, run_of):
    parameters = {pair.name: usual(pair.method) for pair in CHOSEN}
    together = explain_all({key: run_of(key) for key in SMALL}, list(parameters), parameters)
    assert set(together) == {pair.name for pair in CHOSEN}
    for pair in CHOSEN:
        np.testing.assert_allclose(explained(pair).maps, together[pair.name].maps, rtol=1e-6, atol=1e-6)


@each_pair(ONE_A_METHOD)
def test_a_failure_leaves_nothing_behind(pair, run_of):
    """Whatever is under way when somebody who was told of a pass fails."""
    threads = threading.active_count()
    for good in (0, 1):
        passes = count()

        def fail(_key, passes=passes, good=good):
            if next(passes) == good:
                raise KeyError

        run = run_of(pair.model, fail)
        with suppress(KeyError):  # of methods of one pass, the second one never comes
            explain_all({pair.model: run}, [pair.name], {pair.name: usual(pair.method)})
        assert not any(hooks(run.model)) and not run.model.module.training
        assert torch.is_grad_enabled() and threading.active_count() == threads
        assert all(parameter.requires_grad and parameter.grad is None for parameter in run.model.module.parameters())


@cases(lambda pair, place, _: pair in ONE_A_METHOD and not place)
def test_cancelled_at_any_moment_leaves_only_what_was_whole(pair, values, run_of, explained, small_models):
    wanted = pair.entry.parse(values)
    most = pair.entry.cost(wanted, small_models[pair.model])
    most += len(FINDINGS)  # asked before each pass, and each finding's way back
    whole = explained(pair, values).maps
    asked = count()
    undisturbed = {pair.model: run_of(pair.model)}
    given = list(explain(undisturbed, [pair.name], {pair.name: values}, cancelled=lambda: next(asked) < 0))
    np.testing.assert_allclose(given[-1].maps, whole, rtol=1e-6, atol=1e-6)
    total = next(asked)
    assert given[-1].final and 1 <= total <= most + 2  # the runner asks too, once a stage
    for allowed in {1, total // 2, total - 1} & set(range(total)):
        asked, run = count(), run_of(pair.model)
        cancelled = lambda asked=asked, allowed=allowed: next(asked) >= allowed  # noqa: E731
        given = list(explain({pair.model: run}, [pair.name], {pair.name: values}, cancelled=cancelled))
        assert not any(hooks(run.model)) and torch.is_grad_enabled()
        assert not given or not given[-1].final


def test_a_missing_model_is_named_before_anything_is_computed():
    for pair in PAIRS:
        with pytest.raises(InputError, match=f"Expected the model {pair.model} for .*, found none; name its weights"):
            explain({}, [pair.name])


def test_a_model_that_cannot_is_refused_with_what_it_has(run_of):
    cannot = [
        (entry, key)
        for entry in EXPLAINERS.values()
        for key in SMALL
        if entry.needs not in GIVEN.get(key, (entry.needs,))
    ]
    for entry, key in cannot:
        with pytest.raises(InputError) as caught:
            explain({key: run_of(key)}, [f"{entry.key}@{key}"])
        message = str(caught.value)
        assert f"{entry.key} can explain: it needs {entry.needs.needed}; {key} has " in message
        assert message.count(". ") == 0 and "\n" not in message

"""What every method of the registry promises, whatever it computes."""

import subprocess
import sys
from itertools import count

import numpy as np
import pytest

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.geometry import Geometry
from explainers.passes import Passes
from explainers.registry import EXPLAINERS, find_method
from explainers.run import explain, explain_all

ENTRIES = pytest.mark.parametrize("entry", EXPLAINERS.values(), ids=EXPLAINERS)


@pytest.fixture
def passes(image, small_patchnet, small_cnn):
    return Passes(image, Geometry(128, 128, 128), small_patchnet, small_cnn)


def variants(entry):
    """Parameters that take every branch of the methods there are: defaults, several steps, another layer."""
    fields = entry.parameters.model_fields
    yield {}
    if "shift_steps" in fields:
        yield {"shift_steps": 2, "edge": "covered"}
    if "layer" in fields:
        yield {"layer": "backbone.blocks.3"}


CASES = pytest.mark.parametrize(
    ("entry", "values"),
    [
        pytest.param(entry, values, id=f"{key}-{values}")
        for key, entry in EXPLAINERS.items()
        for values in variants(entry)
    ],
)


def hooks(module):
    return [len(part._forward_hooks) + len(part._backward_hooks) for part in module.modules()]


@CASES
def test_maps_are_signed_float32_of_all_findings_and_frozen(entry, values, passes):
    explanation = explain_all(passes, [entry.key], {entry.key: values}, "case 7")[entry.key]
    maps = explanation.maps
    assert maps.dtype == np.float32 and maps.shape[0] == len(FINDINGS) == len(explanation.logits)
    assert np.isfinite(maps).all()
    assert maps.min() < 0 <= entry.can_be_negative  # nothing is cut off before drawing
    assert not maps.flags.writeable and not explanation.logits.flags.writeable
    assert explanation.at_input_size().shape == (14, 128, 128)
    assert (explanation.method, explanation.case_id, explanation.final) == (entry.key, "case 7", True)
    assert explanation.model_id == passes.info(entry.model).id and len(explanation.weights_sha256) == 64
    assert explanation.seconds > 0
    with pytest.raises(AttributeError):
        explanation.maps = maps


@CASES
def test_same_input_gives_the_same_maps(entry, values, image, small_patchnet, small_cnn):
    first, second = (
        explain_all(Passes(image, Geometry(128, 128, 128), small_patchnet, small_cnn), [entry.key], {entry.key: values})
        for _ in range(2)
    )
    np.testing.assert_array_equal(first[entry.key].maps, second[entry.key].maps)


@CASES
def test_alone_and_beside_others_is_the_same(entry, values, passes, image, small_patchnet, small_cnn):
    alone = explain_all(passes, [entry.key], {entry.key: values})[entry.key]
    fresh = Passes(image, Geometry(128, 128, 128), small_patchnet, small_cnn)
    together = explain_all(fresh, list(EXPLAINERS), {entry.key: values})[entry.key]
    np.testing.assert_allclose(alone.maps, together.maps, rtol=1e-6, atol=1e-6)


@CASES
def test_nothing_is_left_behind(entry, values, image, small_patchnet, small_cnn):
    before = image.copy()
    parameters = [parameter.clone() for parameter in small_cnn.module.parameters()]
    explain_all(Passes(image, Geometry(128, 128, 128), small_patchnet, small_cnn), [entry.key], {entry.key: values})
    np.testing.assert_array_equal(image, before)
    assert not any(hooks(small_cnn.module)) and not small_cnn.module.training
    for old, new in zip(parameters, small_cnn.module.parameters(), strict=True):
        assert old.equal(new) and new.grad is None


@ENTRIES
def test_findings_differ_where_the_registry_says_so(entry, passes):
    maps = explain_all(passes, [entry.key])[entry.key].maps
    assert (maps != maps[0]).any() == entry.depends_on_finding


@ENTRIES
def test_published_form_is_a_picture_of_the_input(entry, passes):
    maps = explain_all(passes, [entry.key])[entry.key].maps
    picture = entry.published(maps, 128)
    assert picture.shape == (14, 128, 128) and picture.dtype == np.float32
    assert picture.min() >= 0 and picture.max() <= 1


@CASES
def test_cancelled_at_once_gives_nothing(entry, values, passes):
    assert not list(explain(passes, [entry.key], {entry.key: values}, cancelled=lambda: True))
    assert not any(hooks(passes.cnn.module))


@CASES
def test_cancelled_at_any_moment_leaves_only_what_was_whole(entry, values, image, small_patchnet, small_cnn):
    for allowed in range(12):
        asked = count()
        passes = Passes(image, Geometry(128, 128, 128), small_patchnet, small_cnn)
        given = list(explain(passes, [entry.key], {entry.key: values}, cancelled=lambda: next(asked) >= allowed))  # noqa: B023
        if given and given[-1].final:
            return
        assert not any(hooks(small_cnn.module))
    assert "layer" in entry.parameters.model_fields and values["layer"]  # asked once a finding, 15 times


@ENTRIES
def test_registry_entry_is_complete(entry):
    parameters = entry.parse(None)
    assert EXPLAINERS[entry.key] is entry
    assert entry.label and entry.words.endswith(".") and entry.negative_means.endswith(".")
    assert any(character.isdigit() for character in entry.paper)
    assert entry.cost(parameters) == 1
    for name, field in entry.parameters.model_fields.items():
        assert field.title and field.description, name
    assert "properties" in entry.parameters.model_json_schema()


@ENTRIES
def test_unknown_parameter_and_value_outside_limits_are_named(entry):
    with pytest.raises(InputError, match=f"'sharpness' of {entry.key.replace('+', '.')}"):
        entry.parse({"sharpness": 3})


@ENTRIES
def test_a_missing_model_is_named_before_anything_is_computed(entry, image):
    with pytest.raises(InputError, match="found none"):
        explain(Passes(image, Geometry(128, 128, 128)), [entry.key])


def test_unknown_method_is_named():
    with pytest.raises(InputError, match="'lime': expected one of raw, scaled"):
        find_method("lime")


def test_command_line_lists_every_method_without_loading_a_model():
    code = (
        "import sys; from explainers.__main__ import app; app(['list'], standalone_mode=False);"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *lines, torch_loaded = done.stdout.splitlines()
    assert all(any(line.startswith(f"{key}: ") for line in lines) for key in EXPLAINERS)
    assert torch_loaded == "False"

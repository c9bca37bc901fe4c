"""What the browser asks of panes, and what is on show at first."""

import math
from typing import Any

import pytest

from data_cache.errors import InputError
from explainers.registry import STANDARD
from models.registry import DEFAULT_MODELS
from tests.toys.registering import registered_toys
from ui.panes import MOST_PANES, Wanted, quick_names


def test_at_first_every_quick_method_is_on_show_on_its_default_model() -> None:
    assert quick_names(DEFAULT_MODELS) == STANDARD
    assert quick_names(["cnn"]) == ("gradcam", "gradcam++", "eigencam")
    with registered_toys():
        assert quick_names([*DEFAULT_MODELS, "toy-five"])[-2:] == ("toy-bright", "toy-patches")


def test_a_method_that_takes_many_passes_waits_to_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.panes.QUICK", 0)
    with registered_toys():
        assert quick_names(DEFAULT_MODELS) == ("toy-bright",)


def test_names_and_parameters_are_read_as_the_server_writes_them() -> None:
    wanted = Wanted.of(
        {"names": ["raw@medicalpatchnet", "gradcam", "gradcam"], "parameters": {"raw": {"shift_steps": 2}}}
    )
    assert wanted.names == ("raw", "gradcam")
    assert wanted.parameters["raw"].model_dump() == {"shift_steps": 2, "edge": "paper"}
    assert Wanted.of({"case": "x"}).among(DEFAULT_MODELS) == quick_names(DEFAULT_MODELS)


BAD: dict[str, tuple[Any, str]] = {
    "no object": (3, "the panes on show"),
    "method": ({"names": ["lime"]}, "Unknown method 'lime'"),
    "model": ({"names": ["raw@nobody"]}, "Unknown model 'nobody'"),
    "capability": ({"names": ["raw@cnn"]}, "it needs logits of patches; cnn has"),
    "too many": ({"names": ["raw"] * (MOST_PANES + 1)}, "reload the page"),
    "parameter": ({"parameters": {"raw": {"nose": 1}}}, "Wrong parameter 'nose' of raw"),
    "limit": ({"parameters": {"raw": {"shift_steps": 0}}}, "greater than or equal to 1, found 0"),
    "kind": ({"parameters": {"raw": {"shift_steps": [1]}}}, "reload the page"),
    "not finite": ({"parameters": {"raw": {"shift_steps": math.nan}}}, "Expected|Wrong"),
    "long": ({"parameters": {"gradcam": {"layer": "x" * 10_000}}}, "reload the page"),
    "of another model": ({"parameters": {"lime": {}}}, "Unknown method"),
}


@pytest.mark.parametrize("bad", BAD)
def test_what_the_browser_gets_wrong_is_one_sentence(bad: str) -> None:
    content, words = BAD[bad]
    with pytest.raises(InputError, match=words) as caught:
        Wanted.of(content)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_a_model_that_is_not_loaded_is_one_sentence() -> None:
    for content in ({"names": ["gradcam@timm:resnet18"]}, {"parameters": {"gradcam@timm:resnet18": {}}}):
        with pytest.raises(InputError, match=r"one of this page's models \(medicalpatchnet, cnn\) for gradcam"):
            Wanted.of(content).among(DEFAULT_MODELS)

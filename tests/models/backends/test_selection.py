import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from data_cache.errors import InputError
from models.backends.base import UnavailableError
from models.backends.probes import probe_image, probe_patches
from models.backends.selection import AGREEMENT, logit_error, select_backend
from models.predictor import load_predictor
from tests.models.networks import narrow, network

PROBES = probe_image(64)[None, None]


@cache
def cnn() -> Any:
    """A network that nobody changes."""
    return network(narrow("cnn"))


@pytest.fixture(autouse=True)
def on_a_machine_without_accelerator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.backends.selection.accelerator", lambda: None)


class Shifted:
    """A backend that is wrong by a known amount."""

    name, dtype, batch_size = "Wrong 1.0 on CPU", "float32", 64

    def __init__(self, network: nn.Module, error: float) -> None:
        self._network, self._error = network, error

    def __call__(self, images: np.ndarray) -> tuple[np.ndarray, ...]:
        with torch.inference_mode():
            logits = self._network(torch.from_numpy(images))[0].numpy()
        return (logits + self._error * np.abs(logits).max(),)


def test_auto_takes_a_backend_that_agrees_and_states_its_error() -> None:
    selection = select_backend(cnn(), PROBES)
    assert selection.backend.name.startswith("OpenVINO")
    assert re.fullmatch(
        r"float32; compared with PyTorch's float32 on test images when loaded, logits were the same to \d digits",
        selection.precision,
    )


@pytest.mark.parametrize(("error", "taken"), [(AGREEMENT / 4, "Wrong"), (4 * AGREEMENT, "PyTorch")])
def test_auto_passes_over_a_backend_that_does_not_agree(
    monkeypatch: pytest.MonkeyPatch, error: float, taken: str
) -> None:
    monkeypatch.setattr("models.backends.selection._candidates", lambda: [lambda network: Shifted(network, error)])
    selection = select_backend(cnn(), PROBES)
    assert selection.backend.name.startswith(taken)
    if taken == "Wrong":  # 1.25e-5
        assert selection.precision.endswith("logits were the same to 4 digits")
    else:
        assert selection.precision == "float32; with these weights Wrong 1.0 on CPU differs by 0.0002 on probe images"


def test_auto_falls_back_with_the_reason_where_openvino_does_not_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_network: nn.Module) -> None:
        raise UnavailableError("the processor is from a museum")

    monkeypatch.setattr("models.backends.selection._candidates", lambda: [refuse])
    selection = select_backend(cnn(), PROBES)
    assert selection.backend.name.startswith("PyTorch")
    assert selection.precision == "float32; the processor is from a museum"


def test_a_driver_that_fails_when_it_runs_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(Shifted):
        def __call__(self, images: np.ndarray) -> tuple[np.ndarray, ...]:
            raise RuntimeError("CUDA error: no kernel image is available\nCompile with what you do not have")

    monkeypatch.setattr("models.backends.selection._candidates", lambda: [lambda network: Failing(network, 0)])
    selection = select_backend(cnn(), PROBES)
    assert selection.backend.name.startswith("PyTorch")
    assert selection.precision.endswith("(CUDA error: no kernel image is available)")


def test_without_openvino_auto_falls_back_and_forcing_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "models.backends.openvino_backend", raising=False)
    monkeypatch.delitem(sys.modules, "models.backends.openvino_graph", raising=False)
    monkeypatch.setitem(sys.modules, "openvino", None)
    selection = select_backend(cnn(), PROBES)
    assert "OpenVINO cannot be imported" in selection.precision
    with pytest.raises(InputError, match=r"can use the backend openvino, but OpenVINO cannot be imported .*; use auto"):
        select_backend(cnn(), PROBES, "openvino")


def test_a_processor_without_bfloat16_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    import openvino as ov

    class Core(ov.Core):
        def get_property(self, *_arguments: object) -> list[str]:
            return ["FP32"]

    monkeypatch.setattr("models.backends.openvino_backend.ov.Core", Core)
    with pytest.raises(InputError, match=r"but this processor has no bfloat16; use auto"):
        select_backend(cnn(), PROBES, "openvino-bf16")


def test_a_layer_that_openvinos_graph_does_not_know_is_said() -> None:
    strange = network(narrow("cnn"))
    strange.backbone.blocks[1][0].bn1.act = nn.ELU()
    with pytest.raises(InputError, match=r"OpenVINO cannot compile this network .it has ELU where Sigmoid alone"):
        select_backend(strange, PROBES, "openvino")
    assert "ELU" in select_backend(strange, PROBES).precision


def test_unknown_backends_are_refused(own_weights: dict[str, Path]) -> None:
    with pytest.raises(InputError, match=r"Expected a backend out of auto, torch, .* found 'tensorflow'"):
        load_predictor(own_weights["cnn"], "cnn", "tensorflow")  # type: ignore[arg-type]


def test_the_error_is_relative_to_an_images_largest_logit() -> None:
    reference = np.array([[0.5, -0.1], [100.0, 1.0]], np.float32)
    assert logit_error(reference, reference) == 0
    assert logit_error(np.array([[0.5, -0.1], [101.0, 1.0]], np.float32), reference) == pytest.approx(0.01)
    assert np.isnan(logit_error(np.full((1, 2), np.inf, np.float32), np.full((1, 2), np.inf, np.float32)))
    assert logit_error(np.array([[0.75, -0.1], [100.0, 1.0]], np.float32), reference) == pytest.approx(0.25)


@pytest.mark.parametrize("size", [1, 20, 64])
def test_probes_are_images_and_always_the_same(size: int) -> None:
    for probes in (probe_patches(size), probe_image(size)):
        assert probes.dtype == np.float32
        assert probes.shape[-2:] == (size, size)
        assert probes.min() >= 0
        assert probes.max() <= 1
        assert np.isfinite(probes).all()
    np.testing.assert_array_equal(probe_patches(size), probe_patches(size))
    if size == 64:
        assert len(np.unique(probe_patches(size).mean(axis=(1, 2)))) > 32

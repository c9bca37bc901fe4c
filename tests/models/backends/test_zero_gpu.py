"""ZeroGPU's way of lending, with a stand-in for its package: passes run in a forked process and come back pickled."""

import multiprocessing
import os
import pickle
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from models.backends import zero_gpu
from models.backends.probes import probe_image
from models.backends.selection import select_backend
from models.backends.torch_backend import TorchBackend
from models.backends.zero_gpu import ZeroGpuBackend, announce, lent_gpus, seconds
from tests.models.networks import narrow, network

PROBES = probe_image(64)[None, None]


def _answer(task: Callable[..., Any], sent: bytes, back: Any) -> None:
    values = pickle.loads(sent)  # noqa: S301  from itself
    back.send_bytes(pickle.dumps((os.getpid(), task(*values))))


class Spaces(ModuleType):
    """The part of `spaces` that is used: it writes down what is declared, and who computed."""

    def __init__(self) -> None:
        super().__init__("spaces")
        self.zero = ModuleType("spaces.zero")
        self.declared: list[int] = []
        self.processes: list[int] = []
        self.announced = 0
        self.zero.startup = self._startup  # type: ignore[attr-defined]

    def _startup(self) -> None:
        self.announced += 1

    def GPU(self, *, duration: Callable[..., int]) -> Callable[..., Any]:  # noqa: N802  its name there
        def decorate(task: Callable[..., Any]) -> Callable[..., Any]:
            def lent(*values: Any) -> Any:
                self.declared.append(duration(*values))
                here, there = multiprocessing.Pipe()
                sent = pickle.dumps(values)
                forked = multiprocessing.get_context("fork").Process(target=_answer, args=(task, sent, there))
                forked.start()
                process, found = pickle.loads(here.recv_bytes())  # noqa: S301  from itself
                forked.join()
                self.processes.append(process)
                return found

            return lent

        return decorate


@pytest.fixture
def spaces(monkeypatch: pytest.MonkeyPatch) -> Spaces:
    stand_in = Spaces()
    monkeypatch.setitem(sys.modules, "spaces", stand_in)
    monkeypatch.setitem(sys.modules, "spaces.zero", stand_in.zero)
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setattr(ZeroGpuBackend.__init__, "__defaults__", ("cpu",))  # there is no CUDA here to stand in for
    return stand_in


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # a fork in a process with threads, as ZeroGPU has it
def test_passes_run_in_a_process_that_is_lent_a_gpu(spaces: Spaces) -> None:
    torch.set_num_threads(1)
    module = network(narrow("cnn"))
    expected = TorchBackend(network(narrow("cnn")), torch.device("cpu"))(PROBES)
    selection = select_backend(module, PROBES)
    assert spaces.declared == []  # nothing is lent while models are loaded
    assert selection.backend.name.endswith("lent by ZeroGPU") and "not compared" in selection.precision
    found = selection.backend(PROBES)
    for one, other, loaded in zip(found, expected, selection.outputs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-6)
        np.testing.assert_array_equal(loaded, other)
    assert spaces.declared == [6] and spaces.processes[0] != os.getpid()
    assert next(module.parameters()).device.type == "cpu"  # for gradients


@pytest.mark.parametrize(
    ("shape", "declared"),
    [((1, 1, 512, 512), 6), ((1024, 1, 64, 64), 6), ((1000, 1, 512, 512), 15), ((10**6, 1, 512, 512), 60)],
)
def test_what_is_declared_grows_with_the_work_up_to_a_minute(shape: tuple[int, ...], declared: int) -> None:
    assert seconds(np.broadcast_to(np.float32(0), shape)) == declared


def test_elsewhere_nothing_is_lent(spaces: Spaces, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lent_gpus() is spaces
    announce()
    assert spaces.announced == 1
    monkeypatch.setitem(sys.modules, "spaces", None)  # not installed
    assert lent_gpus() is None
    monkeypatch.undo()
    monkeypatch.delenv("SPACES_ZERO_GPU", raising=False)
    assert lent_gpus() is None
    announce()
    assert zero_gpu.ZeroGpuBackend.__init__.__defaults__ == ("cuda",)

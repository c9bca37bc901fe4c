"""Fixtures for data that is not part of the repository, and how tests are shared between the workers of `make test`.

Tests that need data skip with a reason where it is absent.
"""

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests import warm
from tests.sharing import ROOT, OneWorkerAGroup, long_first

# Each worker computes with one thread, and so does what it starts; PyTorch and OpenBLAS read this as they are loaded.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Where a test asks for two threads, they must not spin while they wait for one another on a core that works elsewhere.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

settings.register_profile("untimed", deadline=None)  # nothing here is a test of speed
settings.load_profile("untimed")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneWorkerAGroup:
    """How several workers share the tests."""
    return OneWorkerAGroup(config, log)


def pytest_xdist_setupnodes(config: pytest.Config, specs: Sequence[Any]) -> None:
    """Workers are forks of one process that has collected the tests."""
    if sys.platform != "linux":
        return
    folder = tempfile.TemporaryDirectory(prefix="warm-")  # of a short name: sockets lie in it
    os.environ[warm.PLACE] = folder.name
    process = subprocess.Popen([sys.executable, "-m", "tests.warm", folder.name], cwd=ROOT, stdin=subprocess.PIPE)
    config.add_cleanup(folder.cleanup)
    config.add_cleanup(process.communicate)  # the end of its input is its end
    if files := _not_rewritten():
        config.add_cleanup(subprocess.Popen([sys.executable, "-m", "tests.rewriting", *files], cwd=ROOT).wait)
    for spec in specs:
        spec.python = shlex.join(warm.warm_python(warm.TESTS))


def _not_rewritten() -> list[Path]:
    """Test files that pytest has not rewritten yet, where it keeps what it rewrote; it takes the first of them last."""
    found = [] if sys.dont_write_bytecode else sorted((ROOT / "tests").rglob("test_*.py"), reverse=True)
    return [file for file in found if not any((file.parent / "__pycache__").glob(f"{file.stem}.*-pytest-*.pyc"))]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    long_first(items)


@pytest.fixture(scope="session", autouse=True)
def _one_core() -> Iterator[None]:
    """What takes a process a core where nothing else is said takes one; tests of several processes say how many.

    The workers of `make test` share the cores already, and each process more would import everything again.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "cpu_count", lambda: 1)
        patch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
        yield


def _folder_from_environment(variable: str, what: str) -> Path:
    place = os.environ.get(variable)
    if not place:
        pytest.skip(f"{variable} is not set: it names the folder of {what}")
    folder = Path(place)
    if not folder.is_dir():
        pytest.skip(f"{variable} names {place}, which is no folder")
    return folder


@pytest.fixture(scope="session")
def sample_root() -> Path:
    """Root of the two public CheXlocalize radiographs, laid out as the dataset is (`fetch-sample` makes it)."""
    return _folder_from_environment("CHEXLOCALIZE_SAMPLE", "the two public CheXlocalize radiographs")


@pytest.fixture(scope="session")
def golden_root() -> Path:
    """Outputs of the official codes on the two radiographs, and the recipe of the weights that produced them."""
    return _folder_from_environment("GOLDEN_ROOT", "the outputs of the official codes")


@pytest.fixture(scope="session")
def chestx_det_sample() -> Path:
    """Nine real entries of ChestX-Det, a file that CHESTX_DET_SAMPLE names or that lies in ../shared."""
    place = os.environ.get("CHESTX_DET_SAMPLE")
    path = Path(place) if place else Path(__file__).parents[2] / "shared" / "chestx_det_sample.json"
    if not path.is_file():
        pytest.skip(f"CHESTX_DET_SAMPLE names no file of entries of ChestX-Det, and {path} is not there")
    return path

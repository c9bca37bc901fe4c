"""Fixtures for data that is not part of the repository, and how tests are shared between the workers of `make test`.

Tests that need data skip with a reason where it is absent.
"""

import logging
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
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

# Nothing here is a test of speed. Every run draws other examples; all tests together draw as many as Hypothesis likes.
settings.register_profile("selected", deadline=None, max_examples=40)
settings.register_profile("thorough", deadline=None)


def pytest_configure(config: pytest.Config) -> None:
    # In a variable, for a test has it from the time when it is imported, and workers do not import: see tests/warm.py.
    profile = "selected" if config.option.markexpr else "thorough"
    settings.load_profile(os.environ.setdefault("HYPOTHESIS_PROFILE", profile))


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


@pytest.fixture(scope="session", autouse=True)
def _certificates_read_once() -> Iterator[None]:
    """Each client of HTTPX reads the certificates of all authorities, 30 ms of work; what asks this machine needs none.

    Those of one worker have them together.
    """
    from httpx._transports import default as transports

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transports, "create_ssl_context", cache(transports.create_ssl_context))
        yield


@pytest.fixture(scope="session", autouse=True)
def _loggers_in_one_place() -> None:
    """PyTorch has dozens of loggers that tell the others nothing; pytest takes hold of each six times in every test."""
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger) and logger.name.startswith("torch"):
            logger.propagate = True


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

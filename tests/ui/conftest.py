"""The small world of the page's tests, made once."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.toys.registering import toys as toys
from tests.ui.space import Space, running_space
from tests.ui.worlds import write_phantoms, write_weights
from ui.catalogue import Catalogue
from ui.engine import Engine
from ui.settings import Settings


@pytest.fixture(scope="session")
def phantom_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with six small phantoms."""
    return write_phantoms(tmp_path_factory.mktemp("phantoms") / "root")


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Files of narrow models with fixed random weights."""
    return write_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="session")
def catalogue(phantom_root: Path) -> Catalogue:
    return Catalogue(phantom_root)


@pytest.fixture(scope="session")
def engine(weights: tuple[Path, Path]) -> Engine:
    patchnet, cnn = weights
    return Engine(Settings(models={"medicalpatchnet": str(patchnet), "cnn": str(cnn)}, backend="torch-cpu"))


@pytest.fixture(scope="session")
def space() -> Iterator[Space]:
    """The app as a Hugging Face Space runs it, with the demonstration weights."""
    with running_space(EXPLORER_PASSES="200", EXPLORER_BACKEND="torch-cpu") as running:
        yield running


@pytest.fixture(scope="module")
def collected() -> Iterator[None]:
    """What a module's tests leave to the collector is collected while its warnings are ignored, not in a later test."""
    yield
    gc.collect()

"""Fixtures for data that is not part of the repository; tests that need it skip with a reason where it is absent."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # nothing here is a test of speed
settings.load_profile("untimed")


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

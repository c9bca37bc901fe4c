"""Putting the toys into the registries, and taking them out again."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest

from explainers.pairs import default_model
from explainers.registry import EXPLAINERS
from models.registry import MODELS
from tests.toys.methods import BRIGHT, PATCHES
from tests.toys.models import FIVE


@contextmanager
def registered_toys() -> Iterator[None]:
    """Register both methods and the model, after those of the program, and forget what was worked out without them."""
    with (
        patch.dict(EXPLAINERS, {entry.key: entry for entry in (BRIGHT, PATCHES)}),
        patch.dict(MODELS, {FIVE.key: FIVE}),
    ):
        default_model.cache_clear()
        yield
    default_model.cache_clear()


@pytest.fixture
def toys() -> Iterator[None]:
    """The same for one test."""
    with registered_toys():
        yield

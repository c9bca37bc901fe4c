"""What tests of several parts of this room share. The golden models come from the explainers' tests."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from evaluation.charts import pictures
from tests.explainers.conftest import golden_models

__all__ = ["golden_models"]


@pytest.fixture(scope="module")
def first_panels() -> Iterator[None]:
    """In a file, pictures of sheets show the first of their panels: to draw all takes longer than what they show."""
    whole = pictures.png
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "png", lambda sheet: whole(replace(sheet, panels=sheet.panels[:1], columns=1)))
        yield

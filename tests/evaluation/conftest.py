"""What tests of several parts of this room share. The golden models come from the explainers' tests."""

import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from evaluation.charts import pictures
from tests.evaluation.compiling import compile_passes
from tests.explainers.conftest import golden_models

__all__ = ["golden_models"]


@pytest.fixture(scope="session", autouse=True)
def _compiled_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """One worker compiles the passes over pixels where nobody has, and the others wait for what it keeps."""
    if sys.platform == "win32":
        return
    import fcntl

    with (tmp_path_factory.getbasetemp().parent / "compiled.lock").open("w") as lock:  # beside the workers' folders
        fcntl.flock(lock, fcntl.LOCK_EX)
        compile_passes()


@pytest.fixture(scope="module")
def first_panels() -> Iterator[None]:
    """In a file, pictures of sheets show the first of their panels: to draw all takes longer than what they show."""
    whole = pictures.png
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "png", lambda sheet: whole(replace(sheet, panels=sheet.panels[:1], columns=1)))
        yield


@pytest.fixture(scope="module")
def no_pictures() -> Iterator[None]:
    """In a file, nothing is drawn as PNG: sheets are made and written as HTML."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "png", lambda sheet: sheet.title.encode())
        yield

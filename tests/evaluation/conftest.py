"""What tests of several parts of this room share. The golden models come from the explainers' tests."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numba.core.dispatcher import Dispatcher

from evaluation import score
from evaluation.charts import pictures
from evaluation.pixels import kernels
from tests.explainers.conftest import golden_models

__all__ = ["golden_models"]


@pytest.fixture(scope="session", autouse=True)
def _compiled_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """One worker compiles the passes over pixels where nobody has, and the others wait for what it keeps."""
    if sys.platform == "win32":
        return
    import fcntl

    source = Path(kernels.__file__)
    with (tmp_path_factory.getbasetemp().parent / "compiled.lock").open("w") as lock:  # beside the workers' folders
        fcntl.flock(lock, fcntl.LOCK_EX)
        if len(list((source.parent / "__pycache__").glob("kernels.*.nbi"))) < _PASSES:
            mask = np.eye(90, dtype=bool)  # large enough for a map to be enlarged here
            score({"m": {"patient1": {"Edema": mask.astype(np.float32)}}}, {"patient1": {"Edema": mask}}, bootstrap=0)


_PASSES = sum(isinstance(one, Dispatcher) for one in vars(kernels).values())


@pytest.fixture(scope="module")
def first_panels() -> Iterator[None]:
    """In a file, pictures of sheets show the first of their panels: to draw all takes longer than what they show."""
    whole = pictures.png
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "png", lambda sheet: whole(replace(sheet, panels=sheet.panels[:1], columns=1)))
        yield

"""What is compiled in a fresh checkout, beside the imports of the process that collects the tests.

    python -m tests.rewriting FILES

Python compiles each file of a library as it is first imported, and pytest rewrites each file of tests as it collects
it: three quarters of the time until the first test. Here another core does it for what that process comes to last, and
then has Numba compile the passes over pixels, or else many tests would at once. All is kept where Python, pytest and
Numba keep it: they check it, and what is missing or old they compile themselves.
"""

import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

import pytest
from _pytest.assertion.rewrite import PYC_TAIL, _rewrite_test, _write_pyc, assertstate_key, get_cache_dir

_LIBRARIES = ("torch", "timm", "torchmetrics", "captum.attr", "matplotlib.pyplot", "pydicom", "highdicom", "skimage")


def rewrite(files: Iterable[Path], config: pytest.Config) -> None:
    """Write what pytest looks for in place of each file."""
    for file in files:
        folder = get_cache_dir(file)
        folder.mkdir(parents=True, exist_ok=True)
        digest, code = _rewrite_test(file, config)
        _write_pyc(config.stash[assertstate_key], code, digest, folder / (file.name[: -len(".py")] + PYC_TAIL))


if __name__ == "__main__":
    for name in _LIBRARIES:
        import_module(name)
    rewrite(map(Path, sys.argv[1:]), pytest.Config.fromdictargs({}, ["--noconftest"]))
    import_module("tests.evaluation.compiling").compile_passes()

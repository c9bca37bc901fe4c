"""Test files with rewritten assertions, as pytest keeps them: beside the imports of the process that collects them.

    python -m tests.rewriting FILES

In a fresh checkout pytest rewrites each file as it collects it, which takes half of the time until the first test. The
rewritten files are pytest's own cache: it checks them, and where one is missing or old it rewrites that file itself.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from _pytest.assertion.rewrite import PYC_TAIL, _rewrite_test, _write_pyc, assertstate_key, get_cache_dir


def rewrite(files: Iterable[Path], config: pytest.Config) -> None:
    """Write what pytest looks for in place of each file."""
    for file in files:
        folder = get_cache_dir(file)
        folder.mkdir(parents=True, exist_ok=True)
        digest, code = _rewrite_test(file, config)
        _write_pyc(config.stash[assertstate_key], code, digest, folder / (file.name[: -len(".py")] + PYC_TAIL))


if __name__ == "__main__":
    rewrite(map(Path, sys.argv[1:]), pytest.Config.fromdictargs({}, ["--noconftest"]))

"""Test files that were rewritten beforehand."""

import types
from pathlib import Path

import pytest
from _pytest.assertion.rewrite import _read_pyc

from tests.rewriting import rewrite


def test_pytest_takes_what_was_rewritten_until_the_file_changes(
    tmp_path: Path, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.pycache_prefix", str(tmp_path / "cache"))
    file = tmp_path / "test_sum.py"
    file.write_text("def sums():\n    assert 1 + 1 == 3\n")
    rewrite([file], pytestconfig)
    (kept,) = tmp_path.rglob("test_sum.*.pyc")
    code = _read_pyc(file, kept)
    assert code is not None
    module = types.ModuleType("test_sum")
    exec(code, module.__dict__)
    with pytest.raises(AssertionError, match=r"assert \(1 \+ 1\) == 3"):
        module.sums()
    file.write_text("def sums():\n    assert 2 + 2 == 5\n")
    assert _read_pyc(file, kept) is None

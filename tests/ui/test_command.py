"""The command that starts the app, up to where the page would be served."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

APP = Path(__file__).parents[2] / "app.py"


def run_app(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(APP), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize("by_environment", [False, True])
def test_a_wrong_root_is_one_line_and_exit_code_1(tmp_path: Path, by_environment: bool) -> None:
    root = str(tmp_path / "missing")
    done = run_app(CHEXLOCALIZE_ROOT=root) if by_environment else run_app("--root", root)
    assert done.returncode == 1 and done.stdout == ""
    assert "missing" in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_wrong_weights_are_one_line_and_exit_code_1(tmp_path: Path) -> None:
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(b"no weights")
    done = run_app("--patchnet", str(bad))
    assert done.returncode == 1 and "bad.safetensors" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_flag_that_does_not_exist_is_a_usage_error() -> None:
    assert run_app("--nonsense").returncode == 2


def test_an_old_python_is_told_so_in_one_line() -> None:
    old = "import sys, runpy; sys.version_info = (3, 9, 18, 'final', 0)"
    script = f"{old}; runpy.run_path({str(APP)!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stderr.strip() == "Expected Python 3.11 or newer, found 3.9: start app.py with a newer one."

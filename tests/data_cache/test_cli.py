"""Exit codes and the one line on stderr."""

import errno
import os
import subprocess

import pytest
import typer

from data_cache.cli import run, transfer_bar
from data_cache.errors import InputError
from tests.warm import warm_python


def application(error: BaseException | None) -> typer.Typer:
    app = typer.Typer()

    @app.command()
    def act(number: int = 0) -> None:
        if error is not None:
            raise error

    return app


def exit_code(monkeypatch, error: BaseException | None, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["program", *arguments])
    with pytest.raises(SystemExit) as caught:
        run(application(error))
    return caught.value.code or 0


def test_done(monkeypatch, capsys):
    assert exit_code(monkeypatch, None) == 0
    assert capsys.readouterr().err == ""


def test_a_wrong_input_is_one_line_whatever_its_message_holds(monkeypatch, capsys):
    assert exit_code(monkeypatch, InputError("Expected a,\n  found b.")) == 1
    assert capsys.readouterr().err == "Error: Expected a, found b.\n"


@pytest.mark.parametrize("arguments", [("--nonsense",), ("--number", "x"), ("extra",)])
def test_wrong_usage(monkeypatch, arguments):
    assert exit_code(monkeypatch, None, *arguments) == 2


def test_a_bug_keeps_its_traceback(monkeypatch):
    monkeypatch.setattr("sys.argv", ["program"])
    with pytest.raises(ZeroDivisionError):
        run(application(ZeroDivisionError()))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "Expected room on the disk at OUT, found: No space left on device; free some space"),
        (errno.EDQUOT, "Expected room on the disk at OUT"),
        (errno.EFBIG, "Expected room on the disk at OUT"),
        (errno.EROFS, "Expected access at OUT, found: Read-only file system; mend that"),
        (errno.EACCES, "Expected access at OUT"),
        (errno.ELOOP, "Expected access at OUT"),
    ],
)
def test_a_disk_that_is_full_or_closed_is_one_line(monkeypatch, capsys, number, words):
    assert exit_code(monkeypatch, OSError(number, os.strerror(number), "OUT")) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"Error: {words}") and said.count("\n") == 1


def test_other_errors_of_the_system_are_bugs(monkeypatch):
    monkeypatch.setattr("sys.argv", ["program"])
    for error in (FileNotFoundError(errno.ENOENT, "gone", "x"), ConnectionResetError(errno.ECONNRESET, "x"), OSError()):
        with pytest.raises(OSError):
            run(application(error))


FULL = """
import resource, signal, sys
from data_cache.__main__ import app, run
resource.setrlimit(resource.RLIMIT_FSIZE, (3_000, 3_000))
sys.argv[1:] = ["phantom", "--out", sys.argv[1], "--count", "3", "--size", "128", "--jobs", sys.argv[2]]
run(app)
"""


@pytest.mark.parametrize("jobs", ["1", pytest.param("2", marks=pytest.mark.thorough)])
def test_a_real_limit_of_the_disk(tmp_path, jobs):
    """Files end at 3,000 bytes, in this process and in the ones that it starts."""
    done = subprocess.run([*warm_python(), "-c", FULL, tmp_path / "out", jobs], capture_output=True, text=True)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("Error: Expected room on the disk, found: File too large; free")
    assert not list((tmp_path / "out").rglob("*.jpg"))
    assert not list((tmp_path / "out").rglob("*.partial"))


def test_no_bar_where_nobody_watches(capsys):
    with transfer_bar("file") as report:
        report(5, 10)
        report(10, 10)
    assert capsys.readouterr().err == ""

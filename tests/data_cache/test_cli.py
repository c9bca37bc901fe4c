"""Exit codes and the one line on stderr."""

import pytest
import typer

from data_cache.cli import run, transfer_bar
from data_cache.errors import InputError


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


def test_no_bar_where_nobody_watches(capsys):
    with transfer_bar("file") as report:
        report(5, 10)
        report(10, 10)
    assert capsys.readouterr().err == ""

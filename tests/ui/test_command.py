"""The command that starts the app, up to where the page would be served."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.forking import fork_app
from tests.warm import warm_python
from ui import VERSION
from ui.command import main, separated
from ui.settings import Settings

BY_ENVIRONMENT = [False, pytest.param(True, marks=pytest.mark.thorough)]  # which typer reads, not this program
APP = Path(__file__).parents[2] / "app.py"


def run_app(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*warm_python(), str(APP), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize("by_environment", BY_ENVIRONMENT)
def test_a_wrong_root_is_one_line_and_exit_code_1(tmp_path: Path, by_environment: bool) -> None:
    root = str(tmp_path / "missing")
    done = run_app(CHEXLOCALIZE_ROOT=root) if by_environment else run_app("--root", root)
    assert done.returncode == 1 and done.stdout == ""
    assert "missing" in done.stderr and len(done.stderr.strip().splitlines()) == 1


def run_fork(tmp_path: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    """The app's exit code and all that it says, where it ends only after it has imported what takes long."""
    app = fork_app([*arguments], {**os.environ, **environment}, tmp_path / "log")
    return app.wait(120), (tmp_path / "log").read_text()


def test_wrong_weights_are_one_line_and_exit_code_1(tmp_path: Path) -> None:
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(b"no weights")
    code, said = run_fork(tmp_path, "--patchnet", str(bad))
    assert code == 1 and "bad.safetensors" in said and len(said.strip().splitlines()) == 1


@pytest.mark.parametrize("by_environment", BY_ENVIRONMENT)
def test_wrong_weights_of_a_further_model_are_one_line_and_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], by_environment: bool
) -> None:
    """In this process, which has PyTorch imported already."""
    chosen = f"timm:resnet18={tmp_path / 'none.safetensors'}"
    if by_environment:
        monkeypatch.setenv("EXPLORER_MODELS", f"cnn=demo,{chosen}")
    monkeypatch.setattr(sys, "argv", ["app.py"] if by_environment else ["app.py", "--model", chosen])
    with pytest.raises(SystemExit) as caught:
        main()
    said = capsys.readouterr()
    assert caught.value.code == 1 and said.out == "" and "none.safetensors" in said.err
    assert len(said.err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--model", "nonsense=demo"), "Unknown model"),
        pytest.param(("--model", "cnn"), "expected KEY=WEIGHTS", marks=pytest.mark.thorough),
        pytest.param(("--cnn", "demo", "--model", "cnn=auto"), "expected one file for cnn", marks=pytest.mark.thorough),
    ],
)
def test_a_model_that_is_named_wrongly_is_a_usage_error(arguments: tuple[str, ...], words: str) -> None:
    done = run_app(*arguments)
    assert done.returncode == 2 and words in " ".join(done.stderr.split())


def test_further_models_are_separated_by_blanks_or_commas() -> None:
    assert separated(["a=x,b=y", "c=/some,where/z"]) == ["a=x", "b=y", "c=/some,where/z"]


def test_models_are_in_the_order_of_the_registry_and_named_ones_are_known() -> None:
    settings = Settings(models={"timm:resnet18": "x", "cnn": "auto", "medicalpatchnet": "auto"})
    assert settings.keys == ("medicalpatchnet", "cnn", "timm:resnet18") and settings.names_weights
    assert not Settings().names_weights and Settings(backend="torch-cpu").names_weights


@pytest.mark.thorough
def test_a_flag_that_does_not_exist_is_a_usage_error() -> None:
    assert run_app("--nonsense").returncode == 2


def test_an_old_python_is_told_so_in_one_line() -> None:
    old = "import sys, runpy; sys.version_info = (3, 9, 18, 'final', 0)"
    script = f"{old}; runpy.run_path({str(APP)!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stderr.strip() == "Expected Python 3.11 or newer, found 3.9: start app.py with a newer one."


def test_the_version_is_one_line() -> None:
    done = run_app("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"medicalpatchnet-explorer {VERSION}\n", "")


def test_passwords_are_no_part_of_a_command_line() -> None:
    done = run_app("--auth", "ann:secret")
    assert done.returncode == 2 and "passwords are for the file" in " ".join(done.stderr.split())
    assert "secret" not in done.stderr


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"EXPLORER_AUTH": "/no/such/file"}, "Expected a file with NAME:PASSWORD"),
        pytest.param(
            {"EXPLORER_AUTH_HEADER": "X-User"},
            "Expected --auth-header and --auth-from together",
            marks=pytest.mark.thorough,
        ),
        pytest.param(
            {"EXPLORER_METRICS": "localhost"}, "Expected addresses such as 127.0.0.1", marks=pytest.mark.thorough
        ),
    ],
)
def test_wrong_settings_of_who_may_ask_are_one_line(
    tmp_path: Path, weights: tuple[Path, Path], environment: dict[str, str], words: str
) -> None:
    models = ("--patchnet", str(weights[0]), "--cnn", str(weights[1]), "--backend", "torch-cpu")
    code, said = run_fork(tmp_path, *models, **environment)
    assert code == 1 and words in said and len(said.strip().splitlines()) == 1

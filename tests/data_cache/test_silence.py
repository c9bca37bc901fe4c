"""Nothing is sent anywhere: not by the program, and not by any library that it stands on."""

from pathlib import Path

import httpx
import pytest

from data_cache.demo import DEMO_ROOT, bundled_cases
from tests.offline.counting import ROOT, Watch, built
from tests.ui.visitor import Visitor

HOMES = pytest.mark.parametrize("writable_home", [True, False], ids=["home", "unwritable-home"])
_PACKAGES = ("data_cache", "models", "explainers", "evaluation", "ui")
_MODULES = sorted(
    ".".join(file.relative_to(ROOT).with_suffix("").parts)
    for package in _PACKAGES
    for file in (ROOT / package).rglob("*.py")
    if file.name not in ("__init__.py", "__main__.py")
)
COMMANDS = {
    "list": "data_cache list --source demo",
    "phantom": "data_cache phantom --count 2 --seed 1 --out {out}/phantoms",
    "models": "models list",
    "verify": "models verify models/embedded/cnn-demo.safetensors",
    "benchmark": "evaluation benchmark --maps raw={demo}/outputs-test.zip "
    "--ground-truth {demo}/outputs-test-masks.json --protocol fixed --processes 2 --bootstrap 10 --out {out}/benchmark",
    "trust": "evaluation trust --patchnet demo --cnn demo --methods raw,gradcam --limit 1 --out {out}/trust",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("library"))


def test_the_counter_counts(tmp_path: Path, library: Path) -> None:
    """It would see what telemetry does: a name asked for, a connection, a packet; also by a process started thus."""
    watch = Watch.over(tmp_path, library, True)
    script = """
import multiprocessing, socket, urllib.request
def call():
    try:
        urllib.request.urlopen("https://telemetry.example/collect")
    except OSError:
        pass
if __name__ == "__main__":
    process = multiprocessing.get_context("spawn").Process(target=call)
    process.start(); process.join()
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(type=kind) as one:
            try:
                one.connect(("192.0.2.1", 443)) if kind == socket.SOCK_STREAM else one.sendto(b"", ("192.0.2.1", 53))
            except OSError:
                pass
"""
    (tmp_path / "script.py").write_text(script)
    done = watch.run(str(tmp_path / "script.py"))
    assert done.returncode == 0, done.stderr
    assert watch.calls() == ["name telemetry.example 0", "connect 192.0.2.1 443", "sendto 192.0.2.1 53"]


@HOMES
def test_no_module_of_the_project_calls_anybody_when_it_is_imported(
    tmp_path: Path, library: Path, writable_home: bool
) -> None:
    """All of them, so that every library is imported too."""
    watch = Watch.over(tmp_path, library, writable_home)
    assert len(_MODULES) > 100
    done = watch.run("-c", f"import importlib, sys\nfor name in {_MODULES}: importlib.import_module(name)")
    assert done.returncode == 0, done.stderr
    assert watch.calls() == [] and not (watch.home / "intel").exists()


@HOMES
def test_openvino_imported_first_calls_nobody_and_goes_on_with_its_own_stand_in(
    tmp_path: Path, library: Path, writable_home: bool
) -> None:
    watch = Watch.over(tmp_path, library, writable_home)
    script = (
        "import models.backends.openvino_graph, sys; assert 'openvino' in sys.modules; "
        "import models.backends.openvino_backend as backend, openvino.tools.ovc as ovc; "
        "print(type(ovc.telemetry).__module__, backend.ov.Core().available_devices)"
    )
    done = watch.run("-c", script)
    assert done.stdout.split()[0] == "openvino.tools.ovc.telemetry_stub" and "CPU" in done.stdout, done.stderr
    assert watch.calls() == [] and not (watch.home / "intel").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_calls_nobody(tmp_path: Path, library: Path, command: str) -> None:
    watch = Watch.over(tmp_path, library, True)
    done = watch.run("-m", *(part.format(out=tmp_path, demo=DEMO_ROOT) for part in COMMANDS[command].split()))
    assert done.returncode == 0, done.stderr
    assert watch.calls() == [] and not (watch.home / "intel").exists()


@HOMES
def test_explaining_with_all_backends_calls_nobody(tmp_path: Path, library: Path, writable_home: bool) -> None:
    watch = Watch.over(tmp_path, library, writable_home)
    done = watch.run(
        *("-m", "explainers", "run", str(next(DEMO_ROOT.rglob("*.jpg"))), "--patchnet", "demo", "--cnn", "demo"),
        *("--out", str(tmp_path / "out")),
    )
    assert done.returncode == 0, done.stderr
    assert watch.calls() == [] and not (watch.home / "intel").exists()


@HOMES
def test_the_app_calls_nobody(tmp_path: Path, library: Path, writable_home: bool) -> None:
    """Started, visited, asked by a program, and ended."""
    watch = Watch.over(tmp_path, library, writable_home)
    with watch.app() as address:
        assert httpx.get(address, trust_env=False).status_code == 200
        visitor = Visitor(address)
        with visitor.visiting():
            *_, last = visitor.ask("open", {"case": bundled_cases()[0].id})
            assert len(last["maps"]) == 5 and not last.get("error")
            *_, last = visitor.ask("cohort", {"key": "phantom-test", "alignment": "paper", "turn": 1})
            assert last["cohort"] and not last["error"]
    assert watch.calls() == [] and not (watch.home / "intel").exists()
    written = [path for path in watch.home.rglob("*") if path.is_file() and "matplotlib" not in path.parts]
    assert written == []  # but for the list of the machine's fonts

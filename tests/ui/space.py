"""The app as a Hugging Face Space runs it: its variables and no network; and from a folder of its own, without rights.

Most that a Space does is asked of a fork of a process that has imported what the app imports. A cold one is laid out as
Spaces.md says, in a read-only folder, and imports all from there.
"""

import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data_cache.demo import DEMO_ROOT
from evaluation.truth.ground_truth import read_masks
from tests.browser.running_app import address_of
from tests.warm import warm_executable, warm_python

ROOT = Path(__file__).parents[2]
FEW = 16  # of the bundled cohort's cases that a Space has here
# A cold Space imports this by itself, a fork runs it first: it writes down each host that the process asks for, and
# refuses all but its own. What it would ask through the proxy that the Space's variables name counts too. BESIDE is
# what runs commands for it: where nothing can be written, each would compile anew what it computes with.
_WATCH = """
import os, sys
def watch(event, args):
    if event == "socket.getaddrinfo":
        host = args[0]
    elif event == "socket.connect" and isinstance(args[1], tuple):
        host = "proxy" if args[1][1] == 9 else args[1][0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else str(host)
    if host not in ("127.0.0.1", "localhost", "0.0.0.0", "::1", "None"):
        with open(os.environ["WATCHED"], "a") as file:
            file.write(host + "\\n")
        raise OSError("no network in this test")
sys.addaudithook(watch)
sys.executable = os.environ["BESIDE"]
"""
# A fork has the variables that it is given: those that the project sets as it is imported are set anew. What libraries
# have read from variables, and the masks of few cases, are put in place.
_IN_A_FORK = f"""{_WATCH}
import importlib, pathlib, runpy
import data_cache.silence
importlib.reload(data_cache.silence)
import huggingface_hub.constants as hub, ui.api
hub.HF_HUB_CACHE = os.path.join(os.environ["HF_HOME"], "hub")
ui.api.DEMO_ROOT = pathlib.Path(sys.argv.pop(1))
sys.argv[0] = "app.py"
runpy.run_path("app.py", run_name="__main__")
"""
_MASKS = "outputs-test-masks.json"


@dataclass(frozen=True)
class Space:
    """A running Space: `asked` are the outside hosts it asked for."""

    address: str
    log: Path
    watched: Path

    @property
    def asked(self) -> list[str]:
        return self.watched.read_text().split()


@dataclass(frozen=True)
class ColdSpace(Space):
    """One in a folder of its own; `laid` is all that lay there, `unprivileged` whether modes of files bind it."""

    source: Path
    laid: frozenset[Path]
    unprivileged: bool


# Root without any capability is bound by the modes of files as everybody else is.
_WITHOUT_RIGHTS = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs")


def without_rights() -> tuple[str, ...] | None:
    """What to put before a command so that it cannot write where modes forbid it; None where that is impossible."""
    if os.getuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        return None
    done = subprocess.run([*_WITHOUT_RIGHTS, sys.executable, "-c", ""], capture_output=True, check=False)
    return None if done.returncode else _WITHOUT_RIGHTS


@contextmanager
def running_space(**further: str) -> Iterator[Space]:
    """Start a Space that is a fork; `further` are variables that its host has set."""
    with tempfile.TemporaryDirectory(prefix="space-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        shutil.copy(DEMO_ROOT / _MASKS, folder)
        _leave_few(folder / _MASKS)
        command = [*warm_python(), "-c", _IN_A_FORK, place]
        with _started(folder, command, ROOT, {"BESIDE": warm_executable(), **further}) as (address, log):
            yield Space(address, log, folder / "asked")


@contextmanager
def cold_space() -> Iterator[ColdSpace]:
    """Follow Spaces.md in a folder of its own, and start the result."""
    with tempfile.TemporaryDirectory(prefix="space-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        source, watch = folder / "app", folder / "watch"
        made = [*warm_python(), "-m", "ui.space_card", str(source)]
        subprocess.run(made, cwd=ROOT, check=True, capture_output=True)
        _leave_few(source / "data_cache" / "demo" / _MASKS)
        watch.mkdir()
        (watch / "sitecustomize.py").write_text(_WATCH)
        laid, prefix = frozenset(source.rglob("*")), without_rights()
        command = [*(prefix or ()), sys.executable, "app.py"]
        for path in (*laid, source):
            path.chmod(0o555 if path.is_dir() else 0o444)
        try:
            further = {"BESIDE": sys.executable, "PYTHONPATH": str(watch)}
            with _started(folder, command, source, further) as (address, log):
                yield ColdSpace(address, log, folder / "asked", source, laid, prefix is not None)
        finally:
            for path in (source, *source.rglob("*")):
                path.chmod(0o755)
            shutil.rmtree(source)


def _leave_few(masks: Path) -> None:
    """Leave the first of three hundred cases: against all of them each call of `benchmark` takes ten seconds."""
    masks.write_text(json.dumps(dict(list(json.loads(masks.read_text()).items())[:FEW])))


@contextmanager
def _started(folder: Path, command: list[str], source: Path, further: dict[str, str]) -> Iterator[tuple[str, Path]]:
    home, watched, log = folder / "home", folder / "asked", folder / "log"
    home.mkdir()
    watched.write_text("")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "HF_HOME": str(home / ".cache" / "huggingface"),
        "SYSTEM": "spaces",
        "SPACE_ID": "somebody/explorer",
        "SPACE_HOST": "somebody-explorer.hf.space",
        "GRADIO_SERVER_NAME": "0.0.0.0",
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(home / "gradio"),
        "HTTP_PROXY": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "NO_PROXY": "localhost,127.0.0.1,0.0.0.0",
        "PYTHONUNBUFFERED": "1",
        "WATCHED": str(watched),
        "OMP_NUM_THREADS": "1",
        **further,
    }
    with log.open("wb") as out:
        app = subprocess.Popen(command, cwd=source, env=environment, stdout=out, stderr=subprocess.STDOUT)
    try:
        yield address_of(app, log).replace("0.0.0.0", "127.0.0.1"), log
    finally:
        app.terminate()
        app.wait(timeout=30)


def own_maps(path: Path) -> Path:
    """An archive with the masks themselves as maps of two findings: nothing can point better."""
    masks = read_masks(DEMO_ROOT / "outputs-test-masks.json")
    with zipfile.ZipFile(path, "w") as archive:
        for case, drawn in list(masks.cases.items())[:FEW]:
            for finding in ("Cardiomegaly", "Edema"):
                buffer = io.BytesIO()
                np.save(buffer, drawn[finding].decode()[::8, ::8].astype(np.float32))
                archive.writestr(f"{case}/{finding}.npy", buffer.getvalue())
    return path

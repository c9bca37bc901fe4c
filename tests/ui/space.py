"""The app as a Hugging Face Space runs it: its variables, a read-only source folder, no rights, and no network."""

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
# Python imports this module by itself: it writes down each host that the process asks for, and refuses all but its own.
# What it would ask through the proxy that the Space's variables name counts too. BESIDE is what runs commands for it:
# where nothing can be written, each would compile anew what it computes with.
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


@dataclass(frozen=True)
class Space:
    """A running Space: `asked` are the outside hosts it asked for, `unprivileged` whether modes of files bind it."""

    address: str
    source: Path
    log: Path
    watched: Path
    unprivileged: bool

    @property
    def asked(self) -> list[str]:
        return self.watched.read_text().split()


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
    """Follow Spaces.md in a folder of its own, and start the result; `further` are variables that its host has set."""
    with tempfile.TemporaryDirectory(prefix="space-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        source, home, watch = folder / "app", folder / "home", folder / "watch"
        made = [*warm_python(), "-m", "ui.space_card", str(source)]
        subprocess.run(made, cwd=ROOT, check=True, capture_output=True)
        _leave_few(source / "data_cache" / "demo" / "outputs-test-masks.json")
        home.mkdir()
        watch.mkdir()
        (watch / "sitecustomize.py").write_text(_WATCH)
        watched = watch / "asked"
        watched.write_text("")
        prefix = without_rights()
        for path in (*source.rglob("*"), source):
            path.chmod(0o555 if path.is_dir() else 0o444)
        try:
            with _started(folder, source, home, watch, prefix or (), further) as (address, log):
                yield Space(address, source, log, watched, prefix is not None)
        finally:
            for path in (source, *source.rglob("*")):
                path.chmod(0o755)
            shutil.rmtree(source)


def _leave_few(masks: Path) -> None:
    """Leave the first of three hundred cases: against all of them each call of `benchmark` takes ten seconds."""
    masks.write_text(json.dumps(dict(list(json.loads(masks.read_text()).items())[:FEW])))


@contextmanager
def _started(
    folder: Path, source: Path, home: Path, watch: Path, prefix: tuple[str, ...], further: dict[str, str]
) -> Iterator[tuple[str, Path]]:
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
        "PYTHONPATH": str(watch),
        "PYTHONUNBUFFERED": "1",
        "WATCHED": str(watch / "asked"),
        "BESIDE": warm_executable(),
        "OMP_NUM_THREADS": "1",
        **further,
    }
    log = folder / "log"
    command = [*prefix, sys.executable, "app.py"]
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

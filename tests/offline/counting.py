"""Processes whose every connection and every question for a name is written down, whatever library makes it."""

import atexit
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests import warm
from tests.browser.running_app import address_of
from tests.offline import steps
from tests.ui.space import without_rights

ROOT = Path(__file__).parents[2]
_SOURCE = Path(__file__).with_name("calls.c")


def built(folder: Path) -> Path:
    """Compile what is loaded into the processes; skips where that cannot be."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if sys.platform != "linux" or compiler is None:
        pytest.skip("counting connections needs Linux and a C compiler")
    library = folder / "calls.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, _SOURCE, "-ldl"], check=True)
    return library


@dataclass(frozen=True)
class Watch:
    """Where processes run and what they have called.

    The environment holds nothing that turns something off or away: no proxy, which calls would hide behind, no CI.
    `source` is the project's folder or one laid out like it, and `variables` are those that belong to it. `prefix`
    comes before a command so that modes of files bind it.
    """

    folder: Path
    library: Path
    home: Path
    temporary: Path
    prefix: tuple[str, ...] = ()
    source: Path = ROOT
    variables: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def over(cls, folder: Path, library: Path, writable_home: bool) -> "Watch":
        """A home of its own below a folder; skips where nothing could keep the processes from writing into it."""
        home = folder / "home"
        home.mkdir()
        temporary = Path(tempfile.mkdtemp(prefix="calls-"))  # of a short name: sockets of workers lie below it
        atexit.register(shutil.rmtree, temporary, ignore_errors=True)
        if writable_home:
            return cls(folder, library, home, temporary)
        prefix = without_rights()
        if prefix is None:
            pytest.skip("root cannot be bound by modes of files here: there is no setpriv")
        home.chmod(0o555)
        return cls(folder, library, home, temporary, prefix)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "LD_PRELOAD": str(self.library),
            "CALLS": str(self.folder / "calls"),
            "OMP_NUM_THREADS": "1",
            "PYTHONUNBUFFERED": "1",
            **self.variables,
        }

    def calls(self) -> list[str]:
        """Every call so far: "name HOST 0", "connect ADDRESS PORT", "sendto ADDRESS PORT"."""
        file = self.folder / "calls"
        return file.read_text().splitlines() if file.exists() else []

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run Python in the source's folder to its end."""
        command = [*self.prefix, sys.executable, *arguments]
        return subprocess.run(
            command, cwd=self.source, env=self.environment, capture_output=True, text=True, timeout=540, check=False
        )

    @contextmanager
    def steps(self, modules: list[str], after: Mapping[str, list[str]]) -> Iterator["Done"]:
        """Do what `tests.offline.steps` does, and yield when that has become the app and says its address."""
        order, log = self.folder / "order", self.folder / "log"
        order.write_text(json.dumps({"modules": modules, "after": after}))
        command = [*self.prefix, sys.executable, "-m", "tests.offline.steps", str(order)]
        environment = {**self.environment, "PYTHONPATH": str(self._beside())}
        with (
            log.open("wb") as out,
            subprocess.Popen(command, cwd=self.source, env=environment, stdout=out, stderr=subprocess.STDOUT) as app,
        ):
            try:
                address = address_of(app, log, within=540).replace("0.0.0.0", "127.0.0.1")
                yield Done(self.folder, self.home, address, app)
            finally:
                app.kill()

    def _beside(self) -> Path:
        """A folder with the steps, and with no module of the project, for Python to import them from."""
        beside = self.folder / "beside"
        for module in (steps, warm):
            file = Path(module.__file__).relative_to(ROOT)
            (beside / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, beside / file)
        return beside


@dataclass(frozen=True)
class Done:
    """What came of steps, by their names, and the app."""

    folder: Path
    home: Path
    address: str
    app: "subprocess.Popen[bytes]"

    @property
    def log(self) -> str:
        """What was said outside of the steps."""
        return (self.folder / "log").read_text()

    def called(self, name: str) -> list[str]:
        """The calls of a step, as `Watch.calls` has them; "modules" are the imports, "app" is the app."""
        file = self.folder / f"{name}.calls"
        return file.read_text().splitlines() if file.exists() else []

    def ended(self, name: str) -> tuple[int, str]:
        """The exit code of a step, and all that it said."""
        return int((self.folder / f"{name}.code").read_text()), (self.folder / f"{name}.said").read_text()

    def end(self) -> int:
        """End the app as a terminal does, and return its exit code."""
        self.app.terminate()
        return self.app.wait(timeout=60)

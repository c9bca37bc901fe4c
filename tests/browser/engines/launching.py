"""Firefox and WebKitGTK, each started with an empty profile, where they are installed."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.browser.engines.remote import OPEN, PATIENCE, WITHIN, Marionette, OverHttp, Remote

SIZE = (1440, 900)
_WEBKIT = "webkit2gtk-4.1/MiniBrowser"
_LIBRARIES = (Path("/usr/lib/x86_64-linux-gnu"), Path("/usr/lib/aarch64-linux-gnu"), Path("/usr/libexec"))
_NARROW = "* { padding: 0; margin: 0; font-size: 4px; min-width: 0; }"  # a toolbar that is no wider than a phone
# No first steps, no questions, nothing asked of Mozilla, files saved without asking, and all errors said on stdout.
_PREFERENCES = {
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.aboutwelcome.enabled": False,
    "browser.download.folderList": 2,
    "browser.download.useDownloadDir": True,
    "browser.download.alwaysOpenPanel": False,
    "browser.safebrowsing.downloads.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "devtools.console.stdout.content": True,
    "browser.dom.window.dump.enabled": True,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
}


@dataclass(frozen=True)
class Engine:
    """A running browser."""

    name: str
    version: str
    remote: Remote
    log: Path  # what it says
    saved: Path  # the folder that its downloads come into


@dataclass(frozen=True)
class Launcher:
    """How one engine is started."""

    key: str
    missing: Callable[[], str]  # why it cannot be, in one sentence, or ""
    started: Callable[[Path], Any]  # a context that gives an Engine, which writes only below a folder


def _lacking(packages: str, programs: Sequence[str | None]) -> str:
    found = all(programs)
    return "" if found else f"not installed: on Debian, `apt-get install --no-install-recommends {packages}`"


def _firefox() -> str | None:
    return shutil.which("firefox-esr") or shutil.which("firefox")


def _mini_browser() -> str | None:
    return next((str(place / _WEBKIT) for place in _LIBRARIES if (place / _WEBKIT).exists()), None)


@contextmanager
def _process(command: Sequence[str], log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program that is ended with what it started."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, **environment}, start_new_session=True
        )
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=20)
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _reached(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until somebody listens at a port."""
    end = time.monotonic() + WITHIN
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise RuntimeError(f"{process.args!r} did not start")


@contextmanager
def firefox(folder: Path) -> Iterator[Engine]:
    """Firefox without a window, driven by Marionette, which is part of it."""
    profile, saved, port = folder / "profile", folder / "saved", _free_port()
    profile.mkdir(parents=True)
    saved.mkdir()
    chosen = {**_PREFERENCES, "browser.download.dir": str(saved), "marionette.port": port}
    lines = [f"user_pref({_js(key)}, {_js(value)});\n" for key, value in chosen.items()]
    (profile / "user.js").write_text("".join(lines))
    log = folder / "firefox.log"
    flags = ["--headless", "--marionette", "--remote-allow-system-access", "--no-remote", "--profile", str(profile)]
    with _process([_firefox() or "", *flags, "about:blank"], log, MOZ_HEADLESS_WIDTH="1600") as process:
        _reached(port, process)
        yield _opened("Firefox", Marionette(port), log, saved, {})


def _js(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value).replace("'", '"')


@contextmanager
def webkit(folder: Path) -> Iterator[Engine]:
    """WebKitGTK's small browser on a screen that nobody sees."""
    home, display, port = folder / "home", folder / "display", _free_port()
    saved = home / "Downloads"
    saved.mkdir(parents=True)
    style = home / ".config/gtk-3.0/gtk.css"
    style.parent.mkdir(parents=True)
    style.write_text(_NARROW)
    (home / ".config/user-dirs.dirs").write_text('XDG_DOWNLOAD_DIR="$HOME/Downloads"\n')
    log = folder / "webkit.log"
    options = {
        "binary": str(_talking(folder, log)),
        "args": ["--automation"],
    }
    read, write = os.pipe()
    screen = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1400x24", "-nolisten", "tcp"]
    with display.open("wb") as said:
        server = subprocess.Popen(screen, pass_fds=[write], stdout=said, stderr=said)
    os.close(write)
    with os.fdopen(read) as told:
        number = told.readline().strip()
    places = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config")}
    try:
        driver = ["WebKitWebDriver", f"--port={port}"]
        places |= {"DISPLAY": f":{number}", "GDK_BACKEND": "x11", "NO_AT_BRIDGE": "1"}
        places |= {"WEBKIT_DISABLE_DMABUF_RENDERER": "1"}  # which without a graphics processor takes seconds a frame
        with _process(driver, folder / "driver.log", **places) as process:
            _reached(port, process)
            yield _opened("WebKitGTK", OverHttp(port), log, saved, {"webkitgtk:browserOptions": options})
    finally:
        server.terminate()
        server.wait()


def _talking(folder: Path, log: Path) -> Path:
    """A program that starts the small browser with its words in a file: the driver throws them away."""
    program = folder / "browser"
    program.write_text(f'#!/bin/sh\nexec {_mini_browser()} "$@" >{log} 2>&1\n')
    program.chmod(0o755)
    return program


def _opened(name: str, remote: Remote, log: Path, saved: Path, options: dict[str, Any]) -> Engine:
    found = remote.ask(OPEN, capabilities={"alwaysMatch": {"pageLoadStrategy": "none", **options}})
    remote.ask(PATIENCE, script=1000 * WITHIN, pageLoad=1000 * WITHIN, implicit=0)
    return Engine(name, found["capabilities"]["browserVersion"], remote, log, saved)


LAUNCHERS = (
    Launcher("firefox", lambda: _lacking("firefox-esr", [_firefox()]), firefox),
    Launcher(
        "webkit",
        lambda: _lacking(
            "webkit2gtk-driver xvfb", [_mini_browser(), shutil.which("WebKitWebDriver"), shutil.which("Xvfb")]
        ),
        webkit,
    ),
)

"""The hosting files of the project, put to work on this machine: an image's folder, and nginx before the app."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOSTING = ROOT / "ui" / "hosting"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Image:
    """The Dockerfile's steps, but for the base image and pip: its files, its variables and its health check.

    `laid` is all that lies in `source`, where nothing can be written by whom modes of files bind; `places` are the
    folders that can be written to, by where they are in the image.
    """

    source: Path
    laid: frozenset[Path]
    places: dict[str, Path]
    variables: dict[str, str]

    @property
    def health(self) -> list[str]:
        """What follows Python in the command of the health check."""
        (check,) = re.findall(r'HEALTHCHECK .* CMD \["python", (.*)\]', (ROOT / "Dockerfile").read_text())
        return [word.strip().strip('"') for word in check.split(",")]


@contextmanager
def image(folder: Path) -> Iterator[Image]:
    """Lay out the image's files below a folder, with variables that name places below it and a port that is free."""
    source = folder / "app"
    variables = {**_image_folder(source), "GRADIO_SERVER_PORT": str(free_port())}
    places = {"/tmp/": folder / "tmp", "/weights": folder / "weights"}
    for place, here in places.items():
        here.mkdir()
        for name, value in variables.items():
            if value.startswith(place):
                variables[name] = str(here / value.removeprefix(place))
    laid = frozenset(source.rglob("*"))
    for path in (*laid, source):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        yield Image(source, laid, places, variables)
    finally:
        for path in (source, *source.rglob("*")):
            path.chmod(0o755)


def _image_folder(target: Path) -> dict[str, str]:
    """Lay out what the Dockerfile copies, with what is compiled of it by now, and return the variables that it sets."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    for line in re.findall(r"^COPY (.+)$", text, re.MULTILINE):
        *sources, place = line.split()
        for source in sources:
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, target / place, ignore=shutil.ignore_patterns("*.pyc.*"))
            else:
                target.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / source, target / source)
    return dict(pair.split("=", 1) for line in re.findall(r"^ENV (.+)$", text, re.MULTILINE) for pair in line.split())


@contextmanager
def nginx(folder: Path, app: str, logins: Path | None = None) -> Iterator[str]:
    """Run nginx with the project's example before an app; yields the address at which visitors see it.

    Args:
        folder: for its files.
        app: host and port of the app.
        logins: names and passwords as nginx has them, for the login that the example has in comments.
    """
    assert NGINX is not None
    port, written = free_port(), folder / "nginx"
    written.mkdir()
    example = (HOSTING / "nginx.conf").read_text()
    example = example.replace("listen 8080;", f"listen 127.0.0.1:{port};").replace("explorer:7860", app)
    if logins is not None:
        sent = "proxy_set_header X-Forwarded-User"
        example = example.replace(f'{sent} "";', "").replace(f"# {sent}", sent).replace("# auth_basic", "auth_basic")
        example = example.replace("/etc/nginx/logins", str(logins))
    example = example.replace("/dev/stdout", str(written / "access")).replace("/dev/stderr", str(written / "error"))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {written}/{kind};\n" for kind in kinds)
    user = "user root;\n" if os.getuid() == 0 else ""  # so that its workers may read what tests write
    whole = f"{user}daemon off; pid {written}/pid; error_log {written}/error;\n"
    whole += f"events {{}}\nhttp {{\n{places}{example}\n}}\n"
    (written / "nginx.conf").write_text(whole)
    command = [NGINX, "-e", str(written / "error"), "-p", str(written), "-c", str(written / "nginx.conf")]
    with subprocess.Popen(command) as running:
        try:
            _wait_for(port, running)
            yield f"http://127.0.0.1:{port}/explorer/"
        finally:
            running.terminate()
            running.wait(timeout=10)


def _wait_for(port: int, running: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and running.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("nginx did not start.")

"""Hosting by image, by nginx and by systemd, as far as one machine without their daemons can tell."""

import os
import re
import shutil
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import yaml
from typer.main import get_command

from tests.browser.running_app import address_of, running_app
from tests.ui.hosted import HOSTING, NGINX, ROOT, image, nginx
from tests.ui.space import without_rights
from tests.ui.test_privacy import picture
from tests.ui.visitor import Visitor
from ui.command import app as app_command

Weights = tuple[Path, Path]


def flags(weights: Weights) -> tuple[str, ...]:
    return ("--patchnet", str(weights[0]), "--cnn", str(weights[1]), "--backend", "torch-cpu")


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_behind_nginx_at_a_path_of_its_own(tmp_path: Path, weights: Weights) -> None:
    """Uploads, streams and files go through; what a proxy must not pass or keep stays away."""
    named = {"GRADIO_ROOT_PATH": "/explorer"}
    login = ("--auth-header", "X-Forwarded-User", "--auth-from", "127.0.0.1", "--auth", str(tmp_path / "logins"))
    (tmp_path / "logins").write_text("ann:secret\n")
    with (
        running_app(
            *flags(weights), "--metrics", "127.0.0.1", *login, temporary=tmp_path / "t", environment=named
        ) as app,
        nginx(tmp_path, app.removeprefix("http://").rstrip("/")) as address,
    ):
        asked = {"auth": ("ann", "secret"), "trust_env": False}
        page = httpx.get(address, **asked)  # type: ignore[arg-type]
        assert page.status_code == 200 and page.headers["set-cookie"].endswith("Path=/; HttpOnly; SameSite=Lax")
        assert httpx.get(f"{address}config", **asked).json()["root"] == address.rstrip("/")  # type: ignore[arg-type]
        assert httpx.get(address.rstrip("/"), trust_env=False).headers["location"] == "/explorer/"
        assert httpx.get(address, headers={"X-Forwarded-User": "ann"}, trust_env=False).status_code == 401
        assert httpx.get(address, auth=("eve", "nothing"), trust_env=False).status_code == 401
        assert httpx.get(f"{address}metrics", **asked).status_code == 404  # type: ignore[arg-type]
        assert httpx.get(f"{app}metrics", trust_env=False).status_code == 200
        assert httpx.get(f"{address}healthz", trust_env=False).status_code in (200, 503)

        visitor = Visitor(address, auth=("ann", "secret"))
        with visitor.visiting():
            large = os.urandom(3_000_000)  # more than nginx keeps in memory, and than it takes by default
            *_, message = visitor.ask("read", visitor.upload("large.png", large))
            assert message["error"].startswith("upload.png: ") and "large" not in message["error"]
            messages = list(visitor.ask("read", visitor.upload("chest.png", picture())))
            assert len(messages) >= 3 and len(messages[-1]["maps"]) == 5  # they came one by one
            for content in (messages[-1]["image"], *messages[-1]["maps"].values()):
                url = content["file"]["url"]
                assert url.startswith(address) and visitor.http.get(url).status_code == 200
        assert status_of_a_length(address, 200_000_000) == 413
    kept = [path for path in (tmp_path / "nginx").rglob("*") if path.is_file()]
    assert {path.name for path in kept} <= {"access", "error", "nginx.conf", "pid"}
    said = (tmp_path / "nginx" / "access").read_text()
    assert "POST 200" in said and not any(word in said for word in ("chest", "session", "gradio", "ann", "file"))


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_the_proxy_vouches_only_for_whom_it_has_asked(tmp_path: Path, weights: Weights) -> None:
    """An invented name in the Authorization header passes neither the example as it stands nor its own login."""
    named = {"GRADIO_ROOT_PATH": "/explorer"}
    trusting = ("--auth-header", "X-Forwarded-User", "--auth-from", "127.0.0.1")
    (tmp_path / "logins").write_text("ann:{PLAIN}secret\n")
    asked: list[dict[str, Any]] = [
        {"auth": ("ann", "secret")}, {"auth": ("eve", "nothing")}, {"auth": ("ann", "wrong")}, {},
        {"headers": {"X-Forwarded-User": "ann"}},
    ]  # fmt: skip
    with running_app(*flags(weights), *trusting, temporary=tmp_path / "t", environment=named) as app:
        for logins, expected in ((None, [403, 403, 403, 403, 403]), (tmp_path / "logins", [200, 401, 401, 401, 401])):
            folder = tmp_path / str(logins is None)
            folder.mkdir()
            with nginx(folder, app.removeprefix("http://").rstrip("/"), logins) as address:
                assert [httpx.get(address, trust_env=False, **one).status_code for one in asked] == expected
            assert "ann" not in (folder / "nginx" / "error").read_text()


def status_of_a_length(address: str, length: int) -> int:
    """What is answered to an upload that says how long it will be, and sends nothing yet."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.netloc, timeout=30)
    connection.putrequest("POST", f"{parts.path}gradio_api/upload")
    connection.putheader("Content-Length", str(length))
    connection.endheaders()
    try:
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.thorough  # of a named one, and of none: test_privacy.py, test_gate.py
@pytest.mark.parametrize(
    ("proxies", "status"),
    [((), 404), (("--trusted-proxies", "192.0.2.1"), 404), (("--trusted-proxies", "127.0.0.1"), 200)],
)
def test_a_forwarded_address_is_believed_only_of_proxies_that_are_named(
    tmp_path: Path, weights: Weights, proxies: tuple[str, ...], status: int
) -> None:
    said = {"X-Forwarded-For": "10.0.0.7"}
    with running_app(*flags(weights), "--metrics", "10.0.0.7", *proxies, temporary=tmp_path / "t") as app:
        assert httpx.get(f"{app}metrics", trust_env=False).status_code == 404
        assert httpx.get(f"{app}metrics", headers=said, trust_env=False).status_code == status


@pytest.mark.thorough
def test_the_images_folder_runs_read_only_without_rights_and_home(tmp_path: Path) -> None:
    """With its user's home. In `make test` it runs in test_silence.py, which watches whom it calls."""
    prefix = without_rights()
    if prefix is None:
        pytest.skip("root cannot be bound by modes of files here: there is no setpriv")
    log = tmp_path / "log"
    with image(tmp_path) as laid:
        environment = {
            "PATH": os.environ["PATH"], "HOME": "/nowhere", "TMPDIR": str(tmp_path / "tmp"), "OMP_NUM_THREADS": "1",
            **laid.variables,
        }  # fmt: skip
        python = [*prefix, sys.executable]
        with (
            log.open("wb") as out,
            subprocess.Popen(
                [*python, "app.py"], cwd=laid.source, env=environment, stdout=out, stderr=subprocess.STDOUT
            ) as app,
        ):
            try:
                visitor = Visitor(address_of(app, log).replace("0.0.0.0", "127.0.0.1"))
                list(visitor.ask("open", {"case": "patientPHANTOM80140_study1_view1_frontal"}))
                asked = [*python, *laid.health]
                assert subprocess.run(asked, cwd=laid.source, env=environment, check=False).returncode == 0
            finally:
                app.terminate()
                assert app.wait(timeout=30) == 0
            assert subprocess.run(asked, cwd=laid.source, env=environment, check=False).returncode == 1
        assert "Traceback" not in log.read_text() and "GET /config 200" in log.read_text()
        assert {*laid.source.rglob("*")} == laid.laid


def test_the_image_holds_what_the_ignore_file_lets_through() -> None:
    """Docker refuses to copy what is ignored; what nobody copies is not sent to it."""
    listed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = re.findall(r"^COPY (.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert listed == {name for line in copied for name in line.split()}
    assert all((ROOT / name).exists() for name in listed)


def test_openvino_runs_without_the_package_that_the_image_leaves_out() -> None:
    assert "pip uninstall --yes openvino-telemetry" in (ROOT / "Dockerfile").read_text()
    code = "import sys; sys.modules['openvino_telemetry'] = None; import openvino; openvino.Core()"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_hosting_files_name_only_settings_that_exist() -> None:
    known = {option.envvar for option in get_command(app_command).params}
    files = [ROOT / "Dockerfile", *(path for path in HOSTING.iterdir() if path.is_file())]
    named = {name for path in files for name in re.findall(r"\bEXPLORER_[A-Z_]+\b", path.read_text())}
    assert named <= known and len(named) >= 5


def test_the_compose_file_is_what_its_words_say() -> None:
    services = yaml.safe_load((HOSTING / "compose.yaml").read_text())["services"]
    app, proxy = services["explorer"], services["proxy"]
    assert (HOSTING / app["build"] / "Dockerfile").is_file()
    assert app["read_only"] and app["cap_drop"] == ["ALL"] and "ports" not in app  # nobody passes the proxy by
    (mounted,) = proxy["volumes"]
    assert (HOSTING / mounted.split(":")[0]).is_file()
    text = (HOSTING / "nginx.conf").read_text()
    assert "server explorer:7860;" in text and f"location {app['environment']['GRADIO_ROOT_PATH']}/ " in text


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_the_unit_is_one_of_systemds(tmp_path: Path) -> None:
    unit = tmp_path / "explorer.service"
    text = (HOSTING / "explorer.service").read_text()
    python = shutil.which("true") or "/bin/true"
    unit.write_text(text.replace("/opt/explorer/.venv/bin/python", python).replace("/opt/explorer", str(ROOT)))
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and done.stderr == ""

"""The login, asked as browsers, programs, proxies and strangers ask."""

import base64
from collections.abc import Mapping
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from data_cache.errors import InputError
from ui.login import Login, Logins
from ui.settings import Settings

PAIRS = "# who may come in\nann:pa:ss\n\nbob:söcret\n"
INSIDE = Starlette(routes=[Route("/{path:path}", lambda _: PlainTextResponse("inside"), methods=["GET", "POST"])])


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.login._PAUSE", 0.0)


def client(peer: str = "192.0.2.9", **settings: str) -> TestClient:
    logins = Logins.of(Settings(**settings))  # type: ignore[arg-type]
    assert logins is not None
    return TestClient(Login(INSIDE, logins), client=(peer, 5))


def basic(pair: str) -> Mapping[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def test_without_a_setting_everybody_is_let_in() -> None:
    assert Logins.of(Settings()) is None


@pytest.mark.parametrize("by_file", [True, False])
def test_names_and_passwords_are_let_in_and_nobody_else(tmp_path: Path, by_file: bool) -> None:
    file = tmp_path / "logins"
    file.write_text(PAIRS, encoding="utf-8")
    with client(auth=str(file) if by_file else PAIRS) as asked:
        for pair in ("ann:pa:ss", "bob:söcret"):
            assert asked.get("/", headers=basic(pair)).text == "inside"
            assert asked.post("/gradio_api/upload", headers=basic(pair)).text == "inside"
        wrong = ["ann:pa", "ann:", ":", "", "bob:pa:ss", "ann", "ANN:pa:ss", "ann:pa:ss ", "# who may come in"]
        answers = [asked.get("/", headers=basic(pair)) for pair in wrong]
        headers = [b"Basic", b"Basic %", b"Bearer YTpi", b"Basic \xe9", b"YW5uOnBhOnNz", b"Basic YW5uOnBhOnNz!"]
        answers += [asked.get("/", headers={b"Authorization": said}) for said in headers]
        answers += [asked.get(path) for path in ("/", "/config", "/healthz/", "//healthz", "/metrics/x")]
        assert {answer.status_code for answer in answers} == {401}
        assert all(answer.headers["www-authenticate"].startswith("Basic ") for answer in answers)
        assert not any("inside" in answer.text for answer in answers)


def test_health_and_metrics_are_for_machines() -> None:
    with client(auth=PAIRS) as asked:
        assert asked.get("/healthz").text == asked.get("/metrics").text == "inside"


def test_a_proxys_header_counts_from_that_proxy_alone() -> None:
    settings = {"auth_header": "X-Forwarded-User", "auth_from": "10.0.0.0/8"}
    named = {"X-Forwarded-User": "ann"}
    with client("10.0.0.7", **settings) as asked:
        assert asked.get("/", headers=named).text == "inside"
        for headers in ({}, {"X-Forwarded-User": " "}, {"X-Remote-User": "ann"}, basic("ann:pa:ss")):
            assert asked.get("/", headers=headers).status_code == 403
    for peer in ("192.0.2.9", "11.0.0.7", "testclient"):
        with client(peer, **settings) as asked:
            assert asked.get("/", headers={**named, "X-Forwarded-For": "10.0.0.7"}).status_code == 403


def test_either_way_in_is_enough() -> None:
    with client("10.0.0.7", auth=PAIRS, auth_header="x-user", auth_from="10.0.0.7") as asked:
        assert asked.get("/", headers={"X-User": "ann"}).text == "inside"
        assert asked.get("/", headers=basic("ann:pa:ss")).text == "inside"
        assert asked.get("/").status_code == 401


@pytest.mark.parametrize("half", [{"auth_header": "X-User"}, {"auth_from": "127.0.0.1"}])
def test_half_a_proxys_login_is_refused(half: dict[str, str]) -> None:
    with pytest.raises(InputError, match="Expected --auth-header and --auth-from together"):
        Logins.of(Settings(**half))  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "# none\n", "ann\n", "ann:\n", ":secret\n", "ann:pa\nonly-a-secret\n"])
def test_what_is_no_list_of_logins_is_one_sentence_that_repeats_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / "logins"
    file.write_text(text)
    with pytest.raises(InputError, match="Expected NAME:PASSWORD in each line for --auth, found") as caught:
        Logins.of(Settings(auth=str(file)))
    assert "secret" not in str(caught.value) and "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for name in ("none", "", "binary", "x" * 300):
        with pytest.raises(InputError, match=r"Expected a file with NAME:PASSWORD .*, found none that can be read"):
            Logins.of(Settings(auth=str(tmp_path / name)))

"""The gate before the app, asked over the network as other websites, other visitors and readers of logs would ask."""

import re
import socket
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from data_cache.demo import bundled_cases
from tests.browser.running_app import running_app
from tests.ui.test_privacy import picture
from tests.ui.visitor import Visitor

CLOSED = [
    "monitoring", "monitoring/summary", "monitoring/anything", "login", "logout",
    "gradio_api/deep_link?session_hash=abc",
    "gradio_api/call/explain/abc", "gradio_api/proxy=https://x.hf.space/", "gradio_api/upload_progress?upload_id=abc",
    "gradio_api/token", "gradio_api/runs", "gradio_api/dev/reload", "gradio_api/queue/status", "docs",
    "gradio_api/stream/a/1/2/playlist.m3u8", "gradio_api/custom_component/a/client/b/c", "gradio_api/vibe-code",
    "gradio_api/file/etc/passwd", "manifest.json", "svelte/x.js",
]  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, weights: tuple[Path, Path]) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("gate")
    flags = ("--patchnet", str(weights[0]), "--cnn", str(weights[1]), "--backend", "torch-cpu")
    admitted = ("--allowed-hosts", "xray.example.org", "--allowed-origins", "https://portal.example.org", "--metrics")
    with running_app(*flags, *admitted, "127.0.0.1", temporary=folder / "temporary") as address:
        yield address


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory, weights: tuple[Path, Path]) -> Iterator[str]:
    """The app as it is without a setting: no other website is admitted, and Gradio's own variable gives no tools."""
    folder = tmp_path_factory.mktemp("closed")
    flags = ("--patchnet", str(weights[0]), "--cnn", str(weights[1]), "--backend", "torch-cpu")
    own = {"GRADIO_MCP_SERVER": "true"}
    with running_app(*flags, temporary=folder / "temporary", environment=own) as address:
        yield address


@pytest.fixture
def http(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
        yield client


def test_only_the_machines_names_and_the_admitted_one_are_answered(http: httpx.Client) -> None:
    for host in ("evil.example", "127.0.0.1.nip.io:7860", "192.0.2.7"):
        for path in ("", "config", "gradio_api/info", "theme.css"):
            answer = http.get(path, headers={"Host": host})
            assert answer.status_code == 421 and "gradio" not in answer.text and "--allowed-hosts" in answer.text
    assert http.get("config", headers={"Host": "xray.example.org"}).status_code == 200
    assert http.get("config", headers={"X-Forwarded-Host": "evil.example"}).status_code == 421
    behind = http.get("config", headers={"X-Forwarded-Host": "xray.example.org", "X-Forwarded-Proto": "https"})
    assert behind.json()["root"] == "https://xray.example.org"


@pytest.mark.parametrize("host", ["xray.example.org", "127.0.0.1"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"])
def test_another_website_reads_nothing_and_changes_nothing(http: httpx.Client, host: str, origin: str) -> None:
    headers = {"Host": host, "Origin": origin}
    preflight = {**headers, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    answers = [
        http.get("config", headers=headers),
        http.get("", headers=headers),
        http.post("gradio_api/upload", headers=headers, files={"files": ("a.png", b"a")}),
        http.post("gradio_api/queue/join", headers=headers, json={"data": [], "fn_index": 0, "session_hash": "abc"}),
        http.options("gradio_api/queue/join", headers=preflight),
    ]
    assert [answer.status_code for answer in answers] == [403] * 5
    assert not [name for answer in answers for name in answer.headers if name.startswith("access-control")]


def test_what_a_browser_says_of_a_request_without_origin_counts(http: httpx.Client) -> None:
    for site in ("cross-site", "same-site"):
        headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors"}
        assert http.get("config", headers=headers).status_code == 403
        assert http.get("gradio_api/info", headers=headers).status_code == 403
        assert http.get("config", headers={**headers, "Sec-Fetch-Mode": "navigate"}).status_code == 403
        assert http.get("", headers={**headers, "Sec-Fetch-Mode": "navigate"}).status_code == 200  # a link was followed
    assert http.get("config", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_the_admitted_website_may_ask_and_frame(http: httpx.Client, closed: str) -> None:
    answer = http.get("config", headers={"Origin": "https://portal.example.org"})
    assert answer.headers["access-control-allow-origin"] == "https://portal.example.org"
    assert answer.headers["access-control-allow-credentials"] == "true" and "Origin" in answer.headers["vary"]
    assert "frame-ancestors https://portal.example.org" in answer.headers["content-security-policy"]
    own = httpx.get(closed, trust_env=False).headers
    assert own["content-security-policy"].endswith("frame-ancestors 'none'")


def test_every_answer_says_what_may_be_done_with_it(http: httpx.Client) -> None:
    for path in (
        "",
        "config",
        "theme.css",
        "nothing",
        "gradio_api/file=/etc/passwd",
        "gradio_api/file=http://a.example",
    ):
        headers = http.get(path).headers
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "same-origin"
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'self'" and policy["object-src"] == "'none'"
        assert "http:" not in str(policy.values()) and "*" not in str(policy.values())


@pytest.mark.parametrize("place", CLOSED)
def test_what_the_page_does_not_need_is_closed(http: httpx.Client, place: str) -> None:
    assert http.get("config").status_code == 200  # a visitor like any other
    assert http.get(place).status_code == 404
    assert http.post(place, json={}).status_code == 404


@pytest.mark.parametrize(
    "place",
    ["http://192.0.2.1/a.png", "https://example.org/", "HTTP://a/", "//a.example/b", "ftp://a/", "file:///etc/passwd"],
)
def test_the_app_relays_nothing(http: httpx.Client, place: str) -> None:
    """192.0.2.1 answers nobody: had the app asked it, this would have taken until the client gave up."""
    http.get("config")
    answer = http.get(f"gradio_api/file={place}", timeout=5)
    assert answer.status_code in (403, 404) and len(answer.content) < 200


def test_an_address_in_place_of_an_upload_is_never_fetched(http: httpx.Client, address: str) -> None:
    """A listener on this machine's own address would be asked; names would be looked up, which the app says in vain."""
    config = http.get("config").json()
    explain = next(one["id"] for one in config["dependencies"] if one["api_name"] == "explain")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.5)
        for url in (
            f"http://127.0.0.1:{listener.getsockname()[1]}/a.png",
            "http://100.64.0.1/a.png",
            "https://a.example/",
        ):
            file = {"path": url, "url": url, "orig_name": "a.png", "meta": {"_type": "gradio.FileData"}}
            body = {"data": [file, None, 1, "none"], "fn_index": explain, "session_hash": "abc"}
            http.post("gradio_api/queue/join", json=body).raise_for_status()
            said = http.get("gradio_api/queue/data", params={"session_hash": "abc"}).text
            assert "found an address: download it" in said and "probabilities" not in said
        with pytest.raises(TimeoutError):
            listener.accept()


def test_without_the_setting_there_are_no_tools(closed: str) -> None:
    hello = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    assert httpx.post(f"{closed}gradio_api/mcp/", json=hello, trust_env=False).status_code == 404


def maps_of(visitor: Visitor) -> list[dict[str, Any]]:
    *_, last = visitor.ask("read", visitor.upload("chest.png", picture()))
    assert not last.get("error")
    return [last["image"], *last["maps"].values()]


def file_in(content: dict[str, Any]) -> str:
    return str(content["file"]["url"])


def test_who_reads_an_address_in_a_log_gets_nothing(closed: str) -> None:
    """Sessions and files belong to the cookie that they were made with."""
    visitor, other = Visitor(closed), Visitor(closed)
    nobody = httpx.Client(base_url=closed, trust_env=False, timeout=30)
    with visitor.visiting(), other.visiting(), nobody:
        contents = maps_of(visitor)
        for content in contents:
            own = visitor.http.get(file_in(content))
            assert own.status_code == 200 and own.headers["cache-control"] == "no-store"
            packed = Path(file_in(content)).suffix in (".tile", ".z")
            whole = zlib.decompress(own.content) if packed else own.content
            assert len(whole) == np.dtype(content["dtype"]).itemsize * np.prod(content["shape"])
            for reader in (other.http, nobody):
                assert reader.get(file_in(content)).status_code == 403
        other.session = visitor.session  # who knows the hash
        (message,) = other.ask("refine", {"steps": 2})
        assert "open it again" in message["error"]
        (message,) = other.ask("export", {"what": "json", "state": {}})
        assert "Expected an open case" in message["error"]
        *_, still = visitor.ask("refine", {"steps": 2})
        assert not still.get("error") and len(still["maps"]) == 5
        assert nobody.get("gradio_api/queue/data", params={"session_hash": visitor.session}).status_code == 403
        with nobody.stream("GET", f"gradio_api/heartbeat/{visitor.session}") as beat:
            assert beat.status_code == 403


def test_an_upload_is_given_to_nobody(closed: str) -> None:
    visitor = Visitor(closed)
    with visitor.visiting():
        path = visitor.upload("chest.png", picture())["path"]
        assert visitor.http.get(f"gradio_api/file={path}").status_code == 403


def test_an_upload_is_explained_for_its_visitor_alone_and_not_used_up_by_others(closed: str) -> None:
    visitor, other = Visitor(closed), Visitor(closed)
    with visitor.visiting(), other.visiting():
        sent = visitor.upload("chest.png", picture())
        (message,) = other.ask("read", sent)
        assert "expected a file that was just uploaded" in message["error"]
        call = {"session_hash": "abc", "data": [{"path": sent["path"], "orig_name": "a"}, ["gradcam"], 1, "none"]}
        many = {"session_hash": "abc", "data": [call["data"][:1], ["gradcam"], 1, "none", None]}
        refused = other.http.post("gradio_api/run/explain", json=call)
        assert refused.status_code == 422 and "just uploaded" in refused.json()["error"]
        (refused,) = other.http.post("gradio_api/run/explain_many", json=many).json()["data"]
        assert refused[0]["report"] is None and "just uploaded" in refused[0]["error"]
        answer = visitor.http.post("gradio_api/run/explain", json=call)
        assert answer.status_code == 200 and "cnn" in answer.json()["data"][0]["probabilities"]
        assert visitor.http.post("gradio_api/run/explain", json=call).status_code == 422  # it was read


def test_who_looks_after_the_machine_may_call_it_by_any_name(http: httpx.Client) -> None:
    for host in ("explorer", "explorer:7860", "evil.example"):
        answer = http.get("healthz", headers={"Host": host})
        assert answer.status_code in (200, 503) and answer.json()["version"] and "set-cookie" not in answer.headers
        assert http.get("metrics", headers={"Host": host}).status_code == 200
        assert http.get("healthz", headers={"Host": host, "Origin": "https://other.example"}).status_code == 403
        for path in ("config", "openapi.json", "healthz/"):
            assert http.get(path, headers={"Host": host}).status_code == 421
        assert http.post("healthz", headers={"Host": host}).status_code == 421


def test_who_asks_is_not_taken_from_a_header_where_no_proxy_is_named(http: httpx.Client) -> None:
    """What a named one says is, in test_hosting.py."""
    assert http.get("metrics", headers={"X-Forwarded-For": "10.0.0.7"}).status_code == 200


def test_the_cookie_is_for_this_page_alone(closed: str, address: str) -> None:
    with httpx.Client(trust_env=False) as http:
        first = http.get(closed)
        assert re.fullmatch(r"explorer-visit=[\w-]{43}; Path=/; HttpOnly; SameSite=Lax", first.headers["set-cookie"])
        assert "set-cookie" not in http.get(closed).headers
        assert http.cookies["explorer-visit"] not in first.text
    secure = {"X-Forwarded-Proto": "https"}
    alone = httpx.get(closed, headers=secure, trust_env=False).headers["set-cookie"]
    assert re.fullmatch(r"__Host-explorer-visit=[\w-]{43}; Path=/; HttpOnly; Secure; SameSite=Lax", alone)
    framed = httpx.get(address, headers=secure, trust_env=False).headers["set-cookie"]
    assert framed.endswith("; Secure; SameSite=None; Partitioned")


def test_who_keeps_no_cookies_comes_in_only_where_frames_are_admitted(closed: str, address: str) -> None:
    body = {"data": [], "fn_index": 0, "session_hash": "abc"}
    refused = httpx.post(f"{closed}gradio_api/queue/join", json=body, trust_env=False)
    assert refused.status_code == 403 and "cookie" in refused.text
    assert httpx.post(f"{address}gradio_api/upload", files={"files": ("a", b"a")}, trust_env=False).status_code == 200


@pytest.mark.parametrize("session", ["", "a.b", "../x", "a" * 65, "abc.open", None, 7])
def test_no_visitor_can_be_named_in_a_session_hash(http: httpx.Client, session: object) -> None:
    http.get("config")
    body = {"data": [], "fn_index": 0, "session_hash": session}
    assert http.post("gradio_api/queue/join", json=body).status_code == 400


@pytest.mark.thorough  # that no more is read than is allowed: test_bodies.py
def test_a_body_that_is_too_large_is_refused(http: httpx.Client) -> None:
    http.get("config")
    many = b'{"session_hash": "' + b"a" * 65 * 1024**2 + b'"}'
    answer = http.post("gradio_api/queue/join", content=many, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


def test_bodies_that_are_none_are_refused(http: httpx.Client) -> None:
    http.get("config")
    for body, kind, status in (
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b'{"data": ' + b"[" * 5000 + b"]" * 5000 + b"}", "application/json", 400),
    ):
        answer = http.post("gradio_api/queue/join", content=body, headers={"Content-Type": kind})
        assert answer.status_code == status


def test_the_list_of_cases_is_what_it_was(closed: str) -> None:
    """The page's functions for components go through the gate too."""
    with httpx.Client(base_url=closed, trust_env=False) as http:
        config = http.get("config").json()
        viewer = next(one["id"] for one in config["components"] if one["props"].get("elem_id") == "viewer")
        body = {"data": None, "component_id": viewer, "fn_name": "cases", "session_hash": "abc"}
        rows = http.post("gradio_api/component_server", json=body).json()
    assert [row["id"] for row in rows][:1] == [bundled_cases()[0].id]

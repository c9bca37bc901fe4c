"""The endpoints as tools for language models, called by the protocol's reference client."""

import asyncio
import base64
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import httpx
import pytest

from data_cache.demo import DEMO_ROOT, bundled_cases
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from explainers.registry import STANDARD
from tests.browser.running_app import running_app
from tests.lying import files_below
from tests.ui.test_privacy import picture
from tests.warm import warm_executable
from ui.api import _bundled
from ui.settings import Settings
from ui.temporary import own_folder
from ui.tools import check_tools, refusal

CASE = bundled_cases()[0].id


TOOLS = ["cases", "explain_case", "benchmark"]
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
# The app where the bundled outputs are those of its first argument, and its commands are run by its second.
FEW = (
    "-c",
    "import pathlib, runpy, sys; import ui.api; ui.api.DEMO_ROOT = pathlib.Path(sys.argv.pop(1)); "
    "sys.executable = sys.argv.pop(1); sys.argv[0] = 'app.py'; runpy.run_path('app.py', run_name='__main__')",
)
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
    pytest.mark.usefixtures("collected"),
]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, weights: tuple[Path, Path]) -> Iterator[tuple[str, Path]]:
    """The app with tools: its address, and the folder of its files."""
    pytest.importorskip("mcp", reason="mcp is not installed: requirements-mcp.txt")
    folder = tmp_path_factory.mktemp("tools") / "t"
    flags = ("--patchnet", str(weights[0]), "--cnn", str(weights[1]), "--backend", "torch-cpu", "--mcp")
    few = tmp_path_factory.mktemp("few")
    write_four(few)
    nowhere, program = dict.fromkeys(PROXIES, ""), (*FEW, str(few), warm_executable())
    with running_app(*flags, temporary=folder, environment=nowhere, program=program) as address:
        yield address, folder


def write_four(folder: Path) -> None:
    """The bundled outputs of the first four cases of phantom-val, and their masks."""
    with ZipFile(DEMO_ROOT / "outputs-val.zip") as maps, ZipFile(folder / "outputs-val.zip", "w") as few:
        files = [name for name in maps.namelist() if not name.endswith("/")]
        cases = sorted({name.split("/")[0] for name in files})[:4]
        masks = json.loads((DEMO_ROOT / "outputs-val-masks.json").read_text())
        (folder / "outputs-val-masks.json").write_text(json.dumps({case: masks[case] for case in cases}))
        for name in files:
            if name.split("/")[0] in cases:
                few.writestr(name, maps.read(name))


@pytest.mark.thorough
def test_the_bundled_outputs_are_scored_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    with own_folder():
        rows = _bundled("phantom-val", 0.5)
    assert {row["method"] for row in rows} >= set(STANDARD) and {row["finding"] for row in rows} > {"Mean", "Edema"}


async def talk(address: str, calls: list[tuple[str, dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    """The tools, and the answers to calls, by the protocol's own client."""
    from mcp import ClientSession, McpError
    from mcp.client.streamable_http import streamablehttp_client

    async with (
        streamablehttp_client(f"{address}gradio_api/mcp/") as (reading, writing, _),
        ClientSession(reading, writing) as session,
    ):
        await session.initialize()
        tools = await session.list_tools()
        answers: list[Any] = []
        for name, given in calls:
            try:
                answers.append(await session.call_tool(name, given))
            except McpError as error:
                answers.append(error)
        return tools.tools, answers


def told(address: str, calls: list[tuple[str, dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    """The same in a thread of its own: in this one the loop of a browser's tests may be running."""
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as pool:
        for name in PROXIES:
            patch.delenv(name, raising=False)
        return pool.submit(asyncio.run, talk(address, calls)).result()


@pytest.mark.thorough  # what these endpoints answer: test_api.py
def test_maps_and_a_benchmark_come_through_the_tools(app: tuple[str, Path]) -> None:
    asked = {"case": CASE, "methods": ["gradcam"], "shift_steps": 1, "maps": "json"}
    _, (mapped, scored) = told(
        app[0], [("explain_case", asked), ("benchmark", {"cohort": "phantom-val", "threshold": 0.5})]
    )
    (maps,) = json.loads(mapped.content[0].text)["maps"].values()
    assert len(maps) == len(FINDINGS)
    assert {row["finding"] for row in json.loads(scored.content[0].text)} > {"Mean", "Edema"}


def test_a_language_model_uses_the_tools(app: tuple[str, Path]) -> None:
    asked = {"case": CASE, "methods": ["gradcam"], "shift_steps": 1}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("cases", {}),
        ("explain_case", asked),
        ("explain_case", {**asked, "case": "none"}),
        ("explain", {"image": "https://192.0.2.1/a.png"}),
    ]
    tools, (cases, explained, unknown, closed) = told(app[0], calls)
    assert [tool.name for tool in tools] == TOOLS
    assert not [
        key for tool in tools for key in tool.inputSchema["properties"] if key in ("image", "images", "archive")
    ]
    assert "gradio.FileData" not in json.dumps([tool.inputSchema for tool in tools])
    assert json.loads(cases.content[0].text)[0]["id"] == CASE
    report = json.loads(explained.content[0].text)
    assert list(report["probabilities"]) == ["cnn"] and report["maps"] is None
    assert unknown.isError and "/cases lists" in unknown.content[0].text
    assert "Expected one of the tools benchmark, cases, explain_case" in str(closed)
    evil = {"Host": "evil.example"}
    assert httpx.post(f"{app[0]}gradio_api/mcp/", headers=evil, trust_env=False).status_code == 421
    evil = {"Origin": "https://evil.example"}
    assert httpx.post(f"{app[0]}gradio_api/mcp/", headers=evil, trust_env=False).status_code == 403
    for place in ("sse", "schema", "messages/", "http", "http/"):
        assert httpx.post(f"{app[0]}gradio_api/mcp/{place}", json={}, trust_env=False).status_code == 404


def in_place_of(name: str, file: object) -> list[tuple[str, dict[str, Any]]]:
    """Calls that hand a file over, where the endpoints take one and where no tool does."""
    return [
        ("explain", {"image": file, "methods": ["raw"], "maps": "none"}),
        ("explain_many", {"images": [file], "maps": "none"}),
        ("benchmark", {"cohort": "phantom-val", "archive": file}),
        ("explain_case", {"case": file}),
        ("explain_case", {"case": CASE, "methods": [file], "maps": "none"}),
        ("cases", {name: {"deeper": [file]}}),
    ]


FORMS = ("object", "bare object", "words")
PLACES = ("picture", "/etc/passwd", "folder", "address", "data")
ORDINARY = {("picture", "object"), ("picture", "words"), ("address", "bare object"), ("address", "words")}


@pytest.mark.parametrize(
    ("which", "form"),
    [
        pytest.param(which, form, marks=() if (which, form) in ORDINARY else pytest.mark.thorough)
        for which in PLACES
        for form in FORMS
    ],
)
def test_no_tool_reads_a_file_of_the_server_or_fetches_one(
    app: tuple[str, Path], tmp_path: Path, which: str, form: str
) -> None:
    """The picture could be explained, the listener asked: neither happens, and nothing is laid on the disk."""
    address, folder = app
    secret = tmp_path / "secret.png"
    secret.write_bytes(picture())
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        place = {
            "picture": str(secret),
            "/etc/passwd": "/etc/passwd",
            "folder": str(tmp_path),
            "address": f"http://127.0.0.1:{listener.getsockname()[1]}/a.png",
            "data": "data:image/png;base64," + base64.b64encode(picture()).decode(),
        }[which]
        file: Any = {
            "object": {"path": place, "meta": {"_type": "gradio.FileData"}},
            "bare object": {"path": place, "url": place},
            "words": place,
        }[form]
        before = set(files_below(folder))
        for name, arguments in in_place_of("extra", file):
            said = called(address, name, arguments)
            assert "probabilities" not in said and "root:" not in said
            assert (
                ("no tool takes a file" in said)
                if form != "words"
                else ("Expected" in said or '"isError":true' in said)
            )
        assert set(files_below(folder)) <= before  # the app may have cleared something meanwhile
        with pytest.raises(TimeoutError):
            listener.accept()


def called(address: str, name: str, arguments: dict[str, Any]) -> str:
    """What is answered to one call, as it comes over the network."""
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}
    accept = {"Accept": "application/json, text/event-stream"}
    answer = httpx.post(f"{address}gradio_api/mcp/", json=message, headers=accept, trust_env=False, timeout=60)
    assert answer.status_code == 200
    return answer.text


def test_what_is_no_message_is_refused(app: tuple[str, Path]) -> None:
    for body, kind, status in (
        (b"[]", "application/json", 400),
        (b"{", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}", "application/json", 400),
    ):
        answer = httpx.post(f"{app[0]}gradio_api/mcp/", content=body, headers={"Content-Type": kind}, trust_env=False)
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"method": "tools/call", "params": {"name": "cases"}}, None),
        ({"method": "tools/list"}, None),
        ({"method": "tools/call", "params": {"name": "tool_cases"}}, "Expected one of the tools"),
        ({"method": "tools/call", "params": []}, "Expected one of the tools"),
        ({"method": "tools/call"}, "Expected one of the tools"),
        ({"method": "resources/read", "params": {"a": [{"path": "/a"}]}}, "no tool takes a file"),
        ({"method": "tools/list", "params": {"a": {"_type": "gradio.FileData"}}}, "no tool takes a file"),
    ],
)  # fmt: skip
def test_which_messages_reach_gradio(message: dict[str, Any], words: str | None) -> None:
    answer = refusal({"jsonrpc": "2.0", "id": 7, **message}, frozenset({"cases"}))
    if words is None:
        assert answer is None
    else:
        assert answer is not None and answer["id"] == 7 and words in answer["error"]["message"]


def test_what_cannot_be_served_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.tools.find_spec", lambda _: object())
    check_tools(Settings(mcp=True))
    with pytest.raises(InputError, match="Expected --mcp without a login, found both"):
        check_tools(Settings(mcp=True, auth="a:b"))
    monkeypatch.setattr("ui.tools.find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"Expected the package mcp .* pip install -r requirements-mcp.txt"):
        check_tools(Settings(mcp=True))

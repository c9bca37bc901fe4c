"""The endpoints as tools for language models, called by the protocol's reference client."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from data_cache.demo import bundled_cases
from data_cache.errors import InputError
from tests.browser.running_app import running_app
from ui.settings import Settings
from ui.tools import check_tools

CASE = bundled_cases()[0].id


async def talk(address: str) -> tuple[list[str], list[Any]]:
    """The names of the tools, and the answers to three calls."""
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    asked = {"case": CASE, "methods": ["gradcam"], "shift_steps": 1, "maps": "none"}
    wrong = {"path": "http://192.0.2.1/a.png"}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("cases", {}),
        ("explain_case", asked),
        ("explain_case", {**asked, "case": "none"}),
        ("explain", {"image": wrong}),
    ]
    async with (
        streamablehttp_client(f"{address}gradio_api/mcp/") as (reading, writing, _),
        ClientSession(reading, writing) as session,
    ):
        await session.initialize()
        tools = await session.list_tools()
        return [tool.name for tool in tools.tools], [await session.call_tool(name, given) for name, given in calls]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_language_model_uses_the_endpoints(
    tmp_path: Path, weights: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("mcp", reason="mcp is not installed: requirements-mcp.txt")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    flags = ("--patchnet", str(weights[0]), "--cnn", str(weights[1]), "--backend", "torch-cpu", "--mcp")
    with running_app(*flags, temporary=tmp_path / "t") as address:
        names, (cases, explained, unknown, fetched) = asyncio.run(talk(address))
        evil = {"Host": "evil.example"}
        assert httpx.post(f"{address}gradio_api/mcp/", headers=evil, trust_env=False).status_code == 421
        evil = {"Origin": "https://evil.example"}
        assert httpx.post(f"{address}gradio_api/mcp/", headers=evil, trust_env=False).status_code == 403
        for closed in ("sse", "schema", "messages/"):
            assert httpx.get(f"{address}gradio_api/mcp/{closed}", trust_env=False).status_code == 404
    assert names == ["explain", "explain_case", "explain_many", "benchmark", "cases"]
    assert CASE in cases.content[0].text
    assert "'cnn'" in explained.content[0].text and "Pleural Effusion" in explained.content[0].text
    assert unknown.isError and "/cases lists" in unknown.content[0].text
    assert fetched.isError and "download it" in fetched.content[0].text


def test_without_the_setting_there_are_no_tools(tmp_path: Path, weights: tuple[Path, Path]) -> None:
    flags = ("--patchnet", str(weights[0]), "--cnn", str(weights[1]), "--backend", "torch-cpu")
    with running_app(*flags, temporary=tmp_path / "t", environment={"GRADIO_MCP_SERVER": "true"}) as address:
        hello = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        answer = httpx.post(f"{address}gradio_api/mcp/", content=json.dumps(hello), trust_env=False)
        assert answer.status_code == 404


def test_what_cannot_be_served_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.tools.find_spec", lambda _: object())
    check_tools(Settings(mcp=True))
    with pytest.raises(InputError, match="Expected --mcp without a login, found both"):
        check_tools(Settings(mcp=True, auth="a:b"))
    monkeypatch.setattr("ui.tools.find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"Expected the package mcp .* pip install -r requirements-mcp.txt"):
        check_tools(Settings(mcp=True))

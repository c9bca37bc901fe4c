"""Reading and replacing JSON bodies, without a server."""

import asyncio
import json
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ui.bodies import TooLargeError, put_object, read_object, without_files


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine in a thread of its own: a browser of other tests may have a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def receiving(*parts: bytes) -> Any:
    messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    waiting = iter([*messages, {"type": "http.request"}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return next(waiting)

    return receive


def test_a_body_arrives_in_parts() -> None:
    assert run(read_object(receiving(b'{"a"', b": 1}"), 8)) == ({"a": 1}, 8)


def test_a_body_that_is_too_large_is_not_read_to_its_end() -> None:
    receive = receiving(b"{", b"          ", b"}")
    with pytest.raises(TooLargeError):
        run(read_object(receive, 10))
    assert run(receive())["body"] == b"}"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"1", b"\xff"])
def test_what_is_no_object_is_an_error(body: bytes) -> None:
    with pytest.raises(ValueError):
        run(read_object(receiving(body), 100))


def test_a_request_that_is_broken_off_is_an_error() -> None:
    async def receive() -> Any:
        return {"type": "http.disconnect"}

    with pytest.raises(ValueError, match="ended"):
        run(read_object(receive, 100))


def test_what_was_put_is_received_once_and_has_its_length() -> None:
    async def both() -> None:
        scope: Any = {"headers": [(b"content-length", b"3"), (b"transfer-encoding", b"chunked"), (b"host", b"a")]}
        receive = put_object(scope, receiving(b"rest"), {"ä": [1, None]})
        message = await receive()
        assert json.loads(message["body"]) == {"ä": [1, None]} and not message["more_body"]
        assert dict(scope["headers"]) == {b"content-length": b"%d" % len(message["body"]), b"host": b"a"}
        assert (await receive())["body"] == b"rest"

    run(both())


def test_gradio_sees_no_files() -> None:
    file = {"path": "http://a.example", "meta": {"_type": "gradio.FileData"}, "url": "http://a.example"}
    bare = {"path": "http://a.example", "url": "http://a.example"}
    assert without_files([file, {"deep": [{"er": file}]}, {"meta": 1}, 2, None]) == [
        bare,
        {"deep": [{"er": bare}]},
        {"meta": 1},
        2,
        None,
    ]

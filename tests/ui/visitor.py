"""A visitor without a browser: speaks to the page's server as Gradio's JavaScript does, and follows one request."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx
from gradio_client.utils import apply_diff


class Visitor:
    """One open page. `address` is the app's; the connection that keeps the visit alive is open inside `visiting`.

    `auth` are name and password, where the page asks for them.
    """

    def __init__(self, address: str, timeout: float = 300.0, auth: tuple[str, str] | None = None) -> None:
        self.session = uuid4().hex[:12]
        self.http = httpx.Client(base_url=address, timeout=timeout, trust_env=False, auth=auth)
        config = self.http.get("config").json()
        self._events = {
            target[1]: (dep["id"], target[0]) for dep in config["dependencies"] for target in dep["targets"]
        }

    @contextmanager
    def visiting(self) -> Iterator["Visitor"]:
        """Keep the page open, and close it."""
        over = threading.Event()
        open_ = threading.Event()

        def beat() -> None:
            with self.http.stream("GET", f"gradio_api/heartbeat/{self.session}") as beats:
                arriving = beats.iter_raw()
                next(arriving)
                open_.set()
                over.wait()

        thread = threading.Thread(target=beat)
        thread.start()
        open_.wait(30)
        try:
            yield self
        finally:
            over.set()
            thread.join()
            self.http.close()

    def upload(self, name: str, data: bytes) -> dict[str, str]:
        """Upload a file; returns what the event `read` is told of it."""
        answer = self.http.post("gradio_api/upload", files={"files": (name, data)})
        answer.raise_for_status()
        return {"path": answer.json()[0], "name": name}

    def ask(self, event: str, data: dict[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """Trigger an event of the viewer (open, read, refine, load); yields its messages."""
        fn_index, trigger = self._events[event]
        body = {
            "data": [None],
            "fn_index": fn_index,
            "trigger_id": trigger,
            "session_hash": self.session,
            "event_data": data,
        }
        self.http.post("gradio_api/queue/join", json=body).raise_for_status()
        last: list[Any] | None = None
        with self.http.stream("GET", "gradio_api/queue/data", params={"session_hash": self.session}) as lines:
            for line in lines.iter_lines():
                said = json.loads(line[5:]) if line.startswith("data:") else {}
                if said.get("msg") == "process_completed":
                    if not said["success"]:
                        raise RuntimeError(str(said["output"]))
                    return
                if said.get("msg") != "process_generating":
                    continue
                given = said["output"]["data"]
                last = given if last is None else [apply_diff(a, b) for a, b in zip(last, given, strict=True)]
                yield last[0]

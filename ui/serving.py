"""Serving the page from a thread, and ending that within seconds."""

import errno
import logging
import os
import socket
import time
from pathlib import Path
from threading import Event, Thread
from typing import Any

import gradio as gr
import uvicorn
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from data_cache.errors import InputError
from ui.admission import Admission
from ui.gate import Gate
from ui.house import House

_FIRST_PORT, _PORTS = 7860, 100  # Gradio's, where no port is named
_LOOK = 0.2  # seconds between looks at signals
_START, _STREAMS, _STOP = 60.0, 1, 3.0  # seconds to start; for open streams to end; for all of it to end


class Served:
    """A page that is being served; `address` is for this machine's browser."""

    def __init__(self, app: Gate, found: socket.socket, named: str, proxies: list[str]) -> None:
        config = uvicorn.Config(
            app,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=_STREAMS,
            forwarded_allow_ips=proxies,
        )
        self._server = uvicorn.Server(config)
        self._found, self._over = found, Event()
        self._thread = Thread(target=self._run, name="server", daemon=True)
        host = "localhost" if named in ("", "0.0.0.0", "::") else f"[{named}]" if ":" in named else named
        self.address = f"http://{host}:{found.getsockname()[1]}/"

    def start(self) -> None:
        """Begin to answer; returns when it does."""
        self._thread.start()
        end = time.monotonic() + _START
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > end:
                raise RuntimeError("The server did not start; its log says why.")
            time.sleep(0.005)

    def _run(self) -> None:
        try:
            self._server.run([self._found])
        finally:
            self._over.set()

    def wait(self) -> None:
        """Return when the server has ended.

        A signal does not always wake a thread that waits for good, and one that interrupts `Thread.join` makes Python
        take the thread for ended: so this looks up again and again.
        """
        while not self._over.wait(_LOOK):
            pass

    def stop(self) -> None:
        """Take no further request, and end what is being answered."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # that visits are cut off is no error now
        self._server.should_exit = True
        self._over.wait(_STOP)


def serve(
    page: gr.Blocks, host: str | None, port: int | None, admission: Admission, house: House, **look: Any
) -> Served:
    """Serve a page behind the gate.

    Args:
        page: built, in Gradio's own folder for files.
        host: address to listen on; None: this machine alone.
        port: None: the first that is free from 7860 on.
        admission: who is answered.
        house: how much of it.
        look: what `gr.mount_gradio_app` takes besides: theme, head, largest upload.

    Raises:
        InputError: the port is taken, or the address is not this machine's.
    """
    named = (host or "127.0.0.1").strip("[]")
    found = _listen(named, port)
    parent = FastAPI(openapi_url=None)
    # Where there is one of these, Gradio adds none of its own, which reflects every origin.
    parent.add_middleware(
        CORSMiddleware,
        allow_origins=admission.origins,
        allow_credentials=True,
        allow_methods=["GET", "POST"],
        allow_headers=["*"],
    )
    parent.add_route("/gradio_api/upload", house.receiver.answer, methods=["POST"])  # in place of Gradio's
    gr.mount_gradio_app(
        parent,
        page,
        "/",
        root_path=os.environ.get("GRADIO_ROOT_PATH"),
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        **look,
    )
    page.has_launched = True  # Gradio checks whether a file may be given out only then
    served = Served(Gate(parent, admission, Path(page.GRADIO_CACHE), house), found, named, list(admission.proxies))
    served.start()
    return served


def _listen(host: str, port: int | None) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    ports = range(_FIRST_PORT, _FIRST_PORT + _PORTS) if port is None else (port,)
    for one in ports:
        try:
            return socket.create_server((host, one), family=family, backlog=2048)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                reason = error.strerror or "it is not"
                raise InputError(f"Expected an address of this machine, found {host} ({reason}).") from error
    raise InputError(f"Expected a free port, found {port or 'none'} taken: choose another with --port.")

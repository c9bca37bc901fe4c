"""Serving the page from a thread, and ending that within seconds."""

import errno
import logging
import os
import socket
import time
from pathlib import Path
from threading import Event, Thread
from typing import Any, cast

import gradio as gr
import uvicorn
from fastapi import FastAPI
from gradio.routes import templates
from jinja2 import BaseLoader, ChoiceLoader, DictLoader
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from data_cache.errors import InputError
from ui.access_log import log_request, log_requests
from ui.admission import Admission
from ui.chunks import UnknownChunksError
from ui.device.served import Shop
from ui.engine import Engine
from ui.gate import Gate
from ui.health import Health
from ui.house import House
from ui.login import Login, Logins
from ui.metrics import Metrics
from ui.observed import Observed, Observer
from ui.openapi import openapi_answer
from ui.packing import PackedPage
from ui.page_files import gradio_script, gradio_style, page_source, plotly, script, style
from ui.peers import Peers
from ui.routes import HEALTH, METRICS, OPENAPI
from ui.settings import Settings
from ui.tools import check_tools, give_address, offer_tools

_LOG = logging.getLogger(__name__)
_FIRST_PORT, _PORTS = 7860, 100  # Gradio's, where no port is named
_LOOK = 0.2  # seconds between looks at signals
_START, _STREAMS, _STOP = 60.0, 1, 3.0  # seconds to start; for open streams to end; for all of it to end


class Served:
    """A page that is being served; `address` is for this machine's browser."""

    def __init__(self, app: ASGIApp, found: socket.socket, named: str) -> None:
        config = uvicorn.Config(
            app,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=_STREAMS,
            proxy_headers=False,  # `serve` reads them behind the login, which goes by the connection's own address
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
    page: gr.Blocks,
    host: str | None,
    port: int | None,
    settings: Settings,
    engine: Engine,
    house: House,
    **look: Any,
) -> Served:
    """Serve a page behind the gate, and behind the login where there is one.

    Args:
        page: built, in Gradio's own folder for files.
        host: address to listen on; None: this machine alone.
        port: None: the first that is free from 7860 on.
        settings: who is answered, and what is told of the app.
        engine: the models that the page shows.
        house: counts who asks for how much.
        look: what `gr.mount_gradio_app` takes besides: theme, head, largest upload.

    Raises:
        InputError: the port is taken, the address is not this machine's, or a setting of who may ask says nothing that
            can be used.
    """
    admission, logins = Admission.of(host, settings), Logins.of(settings)
    if settings.mcp:
        check_tools(settings)
    named = (host or "127.0.0.1").strip("[]")
    health = Health(engine)
    metrics = Metrics(health, Peers.of(settings.metrics, "--metrics")) if settings.metrics else None
    found = _listen(named, port)
    parent = _parent(admission, house, health, metrics)
    on_devices = settings.device != "off"
    if on_devices:
        parent.routes.extend(Shop(settings).routes())
    parent.add_route(OPENAPI, openapi_answer(page))
    _bundle(parent)
    _mount(parent, page, settings, look)
    tools = offer_tools(page) if settings.mcp else frozenset()
    told = frozenset({HEALTH, OPENAPI, METRICS} if metrics else {HEALTH, OPENAPI})
    app: ASGIApp = Gate(parent, admission, Path(page.GRADIO_CACHE), house, told, tools, on_devices)
    app = cast(ASGIApp, ProxyHeadersMiddleware(cast(Any, app), list(admission.proxies)))
    if logins is not None:
        app = Login(app, logins)
    served = Served(Observed(app, _observers(settings, metrics)), found, named)
    served.start()
    if settings.mcp:
        give_address(page, served.address)
    return served


def _parent(admission: Admission, house: House, health: Health, metrics: Metrics | None) -> FastAPI:
    """What Gradio's page is mounted in, with the app's own addresses."""
    parent = FastAPI(openapi_url=None)
    # Where there is one of these, Gradio adds none of its own, which reflects every origin.
    parent.add_middleware(
        CORSMiddleware,
        allow_origins=admission.origins,
        allow_credentials=True,
        allow_methods=["GET", "POST"],
        allow_headers=["*"],
    )
    parent.add_middleware(PackedPage)
    parent.routes.extend(file.route() for file in (script(), style(), plotly()))
    parent.add_route(HEALTH, health.answer)
    if metrics is not None:
        parent.add_route(METRICS, metrics.answer)
    parent.add_route("/gradio_api/upload", house.receiver.answer, methods=["POST"])  # in place of Gradio's
    return parent


def _bundle(parent: FastAPI) -> None:
    """Let the page ask for Gradio's files together; where they cannot be bundled, it asks for each, and all works."""
    try:
        own = DictLoader({"frontend/index.html": page_source()})
    except UnknownChunksError as error:
        _LOG.warning("Gradio's files are served one by one: %s", error)
        return
    parent.routes.extend(file.route() for file in (gradio_script(), gradio_style()))
    templates.env.loader = ChoiceLoader([own, cast(BaseLoader, templates.env.loader)])


def _mount(parent: FastAPI, page: gr.Blocks, settings: Settings, look: dict[str, Any]) -> None:
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
        mcp_server=settings.mcp,
        **look,
    )
    page.has_launched = True  # Gradio checks whether a file may be given out only then


def _observers(settings: Settings, metrics: Metrics | None) -> list[Observer]:
    observers: list[Observer] = [metrics.count] if metrics is not None else []
    if settings.access_log:
        log_requests()
        observers.append(log_request)
    return observers


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

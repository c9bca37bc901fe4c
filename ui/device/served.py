"""What the host gives out to devices: the runtime, the models and the script that runs beside the page, each under its
hash, so that a browser fetches it once."""

import gzip
import json
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from ui.bundle import bundle
from ui.device.runtime import DICOM, OPENJPEG, WASM, WEBGPU, RuntimeFile, missing_files
from ui.page_files import FOLDER, FOREVER, PLACE, PageFile, made, takes_gzip
from ui.settings import Settings

WORKER = "js/device/worker.js"
BUNDLED = Path(__file__).parents[2] / "models" / "embedded" / "device"
DESCRIPTION = "model.json"
_LEVEL = 5  # 14 MB of WebAssembly: 3.7 MB; at level 6 it takes two thirds longer and is 1.4 % smaller
_TYPES = {".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm"}


@dataclass(frozen=True)
class Given:
    """A file on the disk that is given out.

    Attributes:
        path: where it lies.
        sha256: hexadecimal, as it is told to the browser, which checks it.
        size: in bytes.
    """

    path: Path
    sha256: str
    size: int

    @property
    def address(self) -> str:
        """Below the app's root, without a slash before it."""
        return f"{PLACE.strip('/')}/{self.sha256[:16]}{self.path.suffix}"

    @property
    def media_type(self) -> str:
        """What it is."""
        return _TYPES.get(self.path.suffix, "application/octet-stream")

    def content(self) -> dict[str, Any]:
        """The same as the page is told it; see `ui.protocol.device.DeviceFile`."""
        return {"name": self.path.name, "address": self.address, "sha256": self.sha256, "bytes": self.size}

    @cached_property
    def packed(self) -> bytes:
        """The file by gzip, made when it is first asked for, and kept: the file itself is not."""
        return gzip.compress(self.path.read_bytes(), _LEVEL, mtime=0)

    def route(self) -> Route:
        """What answers requests for it."""

        def answer(request: Request) -> Response:
            headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
            if takes_gzip(request.headers):
                return Response(self.packed, 200, headers | {"Content-Encoding": "gzip"}, self.media_type)
            return FileResponse(self.path, 200, headers, self.media_type)

        return Route(f"/{self.address}", answer)


@cache
def worker() -> PageFile:
    """The script that runs beside the page: the modules of `ui/js/device` that compute, in one."""
    return made(f'{bundle(FOLDER, (WORKER,))}\nload("{WORKER}");\n'.encode(), "js", "text/javascript")


class Shop:
    """Everything that one app gives out to devices.

    Args:
        settings: the app's.

    Attributes:
        folder: of the models.
        runtime: the runtime's files by their names; empty where one is missing.
        graphs: the models' graphs, by the models' keys.
    """

    def __init__(self, settings: Settings) -> None:
        self.folder = settings.device_models or BUNDLED
        place = settings.device_runtime
        self.runtime: dict[str, Given] = {}
        if not missing_files(place):
            files: tuple[RuntimeFile, ...] = (*WASM, *WEBGPU, DICOM, *OPENJPEG)
            self.runtime = {file.name: Given(place / file.name, file.sha256, file.bytes) for file in files}
        found = {key: _graph(self.folder / key) for key in settings.keys}
        self.graphs: dict[str, Given] = {key: graph for key, graph in found.items() if graph is not None}

    def routes(self) -> list[Route]:
        """What answers requests for all of it."""
        return [*(file.route() for file in (*self.runtime.values(), *self.graphs.values())), worker().route()]


def _graph(folder: Path) -> Given | None:
    """The graph of a model that was written for devices, as its description has it; None where there is none whole."""
    try:
        said = json.loads((folder / DESCRIPTION).read_text("utf-8"))["graph"]
        path = folder / Path(said["name"]).name
        whole = path.stat().st_size == said["bytes"]
        return Given(path, str(said["sha256"]), int(said["bytes"])) if whole else None
    except (OSError, ValueError, KeyError, TypeError):
        return None

"""Receiving uploads: each into a folder of its own, which is its visitor's, counted while it comes.

Gradio names an upload by its content: whoever brings the same file gets the same path, and who deletes it deletes it
for all. It also takes a thousand files in one request, each as large as one may be. This stands in its place.
"""

import asyncio
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

from gradio.route_utils import GradioMultiPartParser, GradioUploadFile, MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from data_cache.errors import InputError
from ui.limits import CLIENT
from ui.naming import ending_of
from ui.room import NoRoomError, Room
from ui.uploads import new_folder
from ui.visitors import NOBODY, Client

_AROUND = 64 << 10  # bytes of a request besides those of its files
_MOST_FILES = 8
_AGAIN_AFTER = "10"  # seconds
_SILENCE = 60.0  # seconds after which who sends nothing has gone


class TooLargeError(Exception):
    """More was sent than one request may bring."""


class Receiver:
    """Takes uploads.

    Args:
        folder: below which each gets a folder of its own.
        room: where they are counted.
        most: bytes that one request may bring.
        uploaded: the paths of all that came and were not taken yet, to which they are added.
    """

    def __init__(self, folder: Path, room: Room, most: int, uploaded: set[str]) -> None:
        self._folder, self._room, self.most, self._uploaded = folder, room, most, uploaded

    async def answer(self, request: Request) -> Response:
        """Receive, as Gradio's address for uploads does; an error is one sentence."""
        try:
            return JSONResponse(await self.receive(request, request.scope[CLIENT]))
        except TooLargeError:
            return PlainTextResponse(f"Expected at most {self.most} bytes in one request, found more.\n", 413)
        except InputError as error:
            return PlainTextResponse(f"{error}\n", 400)
        except NoRoomError as error:
            return JSONResponse({"detail": str(error)}, 429, {"Retry-After": _AGAIN_AFTER})
        except ClientDisconnect:
            return Response(status_code=400)  # nobody hears it
        except OSError as error:
            return PlainTextResponse(f"The server's disk does not take it ({error.strerror}).\n", 507)

    async def receive(self, request: Request, client: Client) -> list[str]:
        """Write the files of a request to disk; returns their paths.

        Raises:
            TooLargeError: they are larger than one request may bring.
            NoRoomError: there is no room.
            InputError: that is no upload.
            OSError: the disk does not take them.
        """
        if int(request.headers.get("content-length") or 0) > self.most + _AROUND:
            raise TooLargeError
        folder = self._folder / new_folder(NOBODY if client.visitor.startswith(NOBODY) else client.visitor)
        folder.mkdir(mode=0o700)
        try:
            paths = await self._received(request, client, folder)
            self._room.release(folder)
            for path in paths:
                self._room.claim(path, client, path.stat().st_size, lasting=True)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            self._room.release(folder)
            raise
        self._uploaded.update(map(str, paths))
        return [str(path) for path in paths]

    async def _received(self, request: Request, client: Client, folder: Path) -> list[Path]:
        parser = GradioMultiPartParser(
            request.headers,
            self._counted(request, client, folder),
            max_files=_MOST_FILES,
            max_fields=_MOST_FILES,
            upload_dir=folder,
            max_file_size=self.most,
        )
        try:
            form = await parser.parse()
        except MultiPartException as error:
            if "maximum allowed size" in error.message:
                raise TooLargeError from None
            raise InputError("Expected files in a form, found something else.") from None
        except KeyError:
            raise InputError("Expected files in a form, found something else.") from None
        files = [file for file in form.getlist("files") if isinstance(file, GradioUploadFile)]
        return [_named(file, folder, number) for number, file in enumerate(files)]

    async def _counted(self, request: Request, client: Client, folder: Path) -> AsyncGenerator[bytes, None]:
        """The request's body, for which room is claimed piece by piece."""
        size = 0
        pieces = request.stream()
        while True:
            try:
                async with asyncio.timeout(_SILENCE):
                    piece = await anext(pieces)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise InputError("Expected the rest of an upload, found none.") from None
            size += len(piece)
            if size > self.most + _AROUND:
                raise TooLargeError
            self._room.claim(folder, client, size, lasting=True)
            yield piece


def _named(file: GradioUploadFile, folder: Path, number: int) -> Path:
    """Give a file a name, in a folder of its own; its own name may be a patient's, and is not kept."""
    place = folder / str(number)
    place.mkdir(mode=0o700)
    file.file.close()
    return Path(str(file.file.name)).rename(place / f"file{ending_of(file.filename or '')}")

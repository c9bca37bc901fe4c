"""Fetching a file whose fingerprint is known: from an address or from a folder, resumable, whole or not at all."""

import errno
import hashlib
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, unquote, urlsplit
from urllib.request import url2pathname

import httpx
from httpx import codes

from data_cache.errors import InputError

Progress = Callable[[int, int | None], None]
CHUNK = 1 << 18
TIMEOUT = httpx.Timeout(30.0, connect=10.0)
ATTEMPTS = 3  # connections in a row that may break without bringing a single byte
SPAN = 60.0  # seconds in which at least SLOWEST bytes must arrive, over however many connections
SLOWEST = 600_000


class NotThere(InputError):  # noqa: N818  the name says what is wrong
    """The source was reached, but has no such file."""


class _BrokenConnectionError(Exception):
    """The connection ended early; what arrived is kept."""


def is_address(place: str | Path) -> bool:
    """Tell an http(s) address from a place in the file system."""
    return isinstance(place, str) and place.lower().startswith(("http://", "https://"))


def within(base: str | Path, relative: str) -> str | Path:
    """Join the folder or address that a user gave with --from and a file's place below it ("a/b c.jpg")."""
    if is_address(base):
        return f"{str(base).rstrip('/')}/{quote(relative)}"
    return _local(base) / relative


def download(
    source: str | Path,
    target: Path,
    sha256: str | None,
    size: int | None = None,
    progress: Progress | None = None,
    most: int | None = None,
) -> Path:
    """Bring one file to its place and check it.

    What has arrived is kept beside the target as `<name>.<first digits of the hash>.partial`, and a later call goes on
    from there (HTTP Range). The target appears by renaming, after its hash has been checked; one that has the hash
    already is left alone. The machine's proxy settings are honoured.

    Args:
        source: an http(s) address, a file:// address, or the path of a file.
        target: where the file goes; missing folders are made.
        sha256: hexadecimal; None trusts whatever arrives.
        size: expected length in bytes, where known.
        progress: called with (bytes so far, bytes in all or None).
        most: bytes that it has at most, where its length is not known.

    Returns:
        The target.

    Raises:
        NotThere: the source has no such file.
        InputError: the source cannot be reached, is refused, sends next to nothing or without end, has another hash or
            size, or the disk does not take it.
    """
    report = progress or _ignore
    try:
        if target.is_file() and sha256 is not None and fingerprint(target) == sha256.lower():
            report(target.stat().st_size, target.stat().st_size)
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.{(sha256 or 'unchecked')[:12]}.partial")
        bring = _fetch if is_address(source) else _copy
        bring(str(source), partial, sha256, _Bounds(size, most), report)
        partial.replace(target)
    except OSError as error:
        raise _disk_error(target, error) from error
    return target


def fingerprint(path: Path) -> str:
    """Return the sha256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class _Bounds:
    """How many bytes a file has, or has at most; None where that is not known."""

    size: int | None
    most: int | None

    def check(self, found: int | None, source: str) -> None:
        """Refuse a length that is stated, or that a whole file has."""
        if found is not None and self.size is not None and found != self.size:
            raise InputError(
                f"Expected {self.size} bytes of {_name(source)}, found {found}; check the address or the folder."
            )
        self.check_least(found, source)

    def check_least(self, found: int | None, source: str) -> None:
        """Refuse a length of which there may be more to come."""
        most = self.most if self.size is None else self.size
        if found is not None and most is not None and found > most:
            bound = "at most " if self.size is None else ""
            raise InputError(f"Expected {bound}{most} bytes of {_name(source)}, but more arrived; check the address.")


class _Pace:
    """Ends a transfer that hardly moves: each single read may be quick enough, and all of it last for days."""

    def __init__(self) -> None:
        self._since, self._arrived = time.monotonic(), 0

    def count(self, arrived: int, url: str) -> None:
        """Count bytes that have just arrived."""
        self._arrived += arrived
        if self._arrived >= SLOWEST:
            self._since, self._arrived = time.monotonic(), 0
        elif time.monotonic() - self._since > SPAN:
            raise InputError(
                f"Expected at least {SLOWEST:,} bytes of {_name(url)} within {SPAN:.0f} s, found {self._arrived:,}; "
                "try again later (it goes on where it stopped), or name a folder or another address with --from."
            )


def _fetch(url: str, partial: Path, sha256: str | None, bounds: _Bounds, report: Progress) -> None:
    """Fill `partial` from an address and check it.

    A file pieced together from an earlier call that fails the check may come from two versions of the source: it is
    fetched once more from the start before the source is blamed.
    """
    if sha256 is None:
        partial.unlink(missing_ok=True)  # nothing could tell whether old and new bytes belong together
    resumed = partial.exists() and partial.stat().st_size > 0
    with _client(url) as client:
        _receive(client, url, partial, bounds, report)
        try:
            _check(partial, sha256, bounds, url)
        except InputError:
            if not resumed:
                raise
            _receive(client, url, partial, bounds, report)
            _check(partial, sha256, bounds, url)


@contextmanager
def _client(url: str) -> Iterator[httpx.Client]:
    try:
        with httpx.Client(follow_redirects=True, timeout=TIMEOUT, headers={"Accept-Encoding": "identity"}) as client:
            yield client
    except httpx.HTTPStatusError as error:
        code = error.response.status_code
        refusal = NotThere if code in {codes.NOT_FOUND, codes.GONE} else InputError
        raise refusal(f"Expected a file at {url}, but the server answered {code}; check the address.") from error
    except (httpx.TransportError, _BrokenConnectionError) as error:
        raise InputError(
            f"Expected to reach {url.split('/')[2]} for {_name(url)}, but there is no working connection to it; "
            "try again later (it goes on where it stopped), or name a folder or another address with --from."
        ) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise InputError(f"Expected an address that can be fetched, found {url}; check it.") from error


def _receive(client: httpx.Client, url: str, partial: Path, bounds: _Bounds, report: Progress) -> None:
    """Go on receiving until the file is whole, as long as each new connection brings something."""
    idle, pace = 0, _Pace()
    while idle < ATTEMPTS:
        before = partial.stat().st_size if partial.exists() else 0
        try:
            return _receive_once(client, url, partial, before, bounds, pace, report)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise
        except (httpx.TransportError, _BrokenConnectionError):
            arrived = partial.stat().st_size if partial.exists() else 0
            idle = 0 if arrived > before else idle + 1
            if idle == ATTEMPTS:
                raise
            pace.count(0, url)
    return None


def _receive_once(
    client: httpx.Client, url: str, partial: Path, start: int, bounds: _Bounds, pace: _Pace, report: Progress
) -> None:
    headers = {"Range": f"bytes={start}-"} if start else {}
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == codes.REQUESTED_RANGE_NOT_SATISFIABLE and start:
            return  # nothing is missing; the check decides whether what is there is right
        response.raise_for_status()
        continues = response.status_code == codes.PARTIAL_CONTENT and _range_start(response) == start
        if response.status_code == codes.PARTIAL_CONTENT and not continues:
            partial.unlink(missing_ok=True)
            raise _BrokenConnectionError("the server sent another part than asked for")
        total = _total(response, start if continues else 0)
        bounds.check(total, url)
        with partial.open("ab" if continues else "wb") as file:
            _write(response, file, _Bounds(bounds.size or total, bounds.most), pace, report)
    if total is not None and partial.stat().st_size < total:
        raise _BrokenConnectionError("the connection ended early")


def _write(response: httpx.Response, file: BinaryIO, bounds: _Bounds, pace: _Pace, report: Progress) -> None:
    arrived, url = file.tell(), str(response.url)
    report(arrived, bounds.size)
    for chunk in response.iter_raw():  # as it comes: gathered into larger pieces, a trickle would not be seen
        file.write(chunk)
        arrived += len(chunk)
        try:
            bounds.check_least(arrived, url)
        except InputError:
            Path(file.name).unlink(missing_ok=True)  # no part of the file, so nothing to go on from
            raise
        pace.count(len(chunk), url)
        report(arrived, bounds.size)


def _range_start(response: httpx.Response) -> int | None:
    """First byte of a partial answer: `Content-Range: bytes 100-199/200` begins at 100."""
    stated = response.headers.get("Content-Range", "").removeprefix("bytes ").split("-")[0]
    return int(stated) if stated.isdigit() else None


def _total(response: httpx.Response, start: int) -> int | None:
    length = response.headers.get("Content-Length", "")
    return start + int(length) if length.isdigit() else None


def _copy(source: str, partial: Path, sha256: str | None, bounds: _Bounds, report: Progress) -> None:
    """Fill `partial` from a file and check it."""
    path = _local(source)
    if not path.is_file():
        raise NotThere(f"Expected the file {path.name} in {path.parent}, found none; check the folder given.")
    total = path.stat().st_size
    bounds.check(total, source)
    with path.open("rb") as origin, partial.open("wb") as file:
        shutil.copyfileobj(origin, file, CHUNK)
    _check(partial, sha256, bounds, source)
    report(total, total)


def _check(partial: Path, sha256: str | None, bounds: _Bounds, source: str) -> None:
    try:
        bounds.check(partial.stat().st_size, source)
        found = fingerprint(partial)
        if sha256 is not None and found != sha256.lower():
            raise InputError(
                f"Expected {_name(source)} with the sha256 {sha256}, found {found}; "
                "it is another version or damaged, so it was not kept."
            )
    except InputError:
        partial.unlink(missing_ok=True)
        raise


def _local(place: str | Path) -> Path:
    if str(place).lower().startswith("file:"):
        return Path(url2pathname(urlsplit(str(place)).path))
    return Path(place).expanduser()


def _name(source: str) -> str:
    return unquote(source.partition("?")[0].rpartition("/")[2]) or source


def _disk_error(target: Path, error: OSError) -> InputError:
    reason = "the disk is full" if error.errno == errno.ENOSPC else (error.strerror or "it cannot be written")
    return InputError(f"Expected to write {target.name} into {target.parent}, but {reason}; choose another folder.")


def _ignore(_done: int, _total: int | None) -> None:
    """Report to nobody."""

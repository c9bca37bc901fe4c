"""The ledger of a shard: what was written when, one JSON object a line, only ever added to.

A line is written after the file that it speaks of. One that was cut short by a kill is no JSON object: it is passed
over, and the next writer begins on a new line.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from data_cache.errors import InputError
from data_cache.guarding import guarded
from data_cache.locking import Lock, LockedError

LEDGER = "ledger.jsonl"
_LOCK = "ledger.lock"
_LONGEST_LINE = 1 << 24
_MOST = 1 << 53  # whole numbers in JSON
_FILE = r"^[0-9]{6,12}\.safetensors$"


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Begun(_Line):
    """A process began: its share and how many cases are in it, what is asked, and which models answer.

    `asked` says by name of method and model, and by section of predictions, what results count as the ones wanted (see
    `shards.made_with`).
    """

    kind: Literal["begun"] = "begun"
    index: Annotated[int, Field(ge=0, le=_MOST)]
    count: Annotated[int, Field(ge=1, le=_MOST)]
    cases: Annotated[int, Field(ge=0, le=_MOST)]
    parameters: Mapping[str, Mapping[str, object]]
    models: Mapping[str, Mapping[str, str]]
    asked: Mapping[str, str]


class Stored(NamedTuple):
    """One case of a block, a JSON list: its row is its place among the block's cases.

    `image` is the fingerprint of its image, `size` and `modified` (ns) the state of the image's file, by which an
    unchanged one is recognised without being read (0 of a case without a file); `seconds` were spent on it.
    """

    id: str
    image: str
    size: int
    modified: int
    seconds: float


class Block(_Line):
    """A file was written: what its maps and predictions were made with (see `shards.made_with`), and of which cases."""

    kind: Literal["block"] = "block"
    file: Annotated[str, Field(pattern=_FILE)]
    bytes: int
    sha256: str
    written: float
    maps: Mapping[str, str]
    predictions: Mapping[str, str]
    cases: Sequence[Stored]


class Refused(_Line):
    """A case could not be explained, and why."""

    kind: Literal["refused"] = "refused"
    written: float
    id: str
    reason: str


class Ended(_Line):
    """A process came to its end after so many seconds."""

    kind: Literal["ended"] = "ended"
    seconds: float


Record = Begun | Block | Refused | Ended
_RECORD: TypeAdapter[Record] = TypeAdapter(Annotated[Record, Field(discriminator="kind")])


class Ledger:
    """The ledger of one folder, opened to be added to by this process alone.

    Raises:
        InputError: another process has it open.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            self._lock = Lock(folder / _LOCK)
        except LockedError:
            raise InputError(
                f"Expected the shard {folder.name} for this process alone, found another that writes it; wait for it."
            ) from None
        self._file = (folder / LEDGER).open("ab", buffering=0)
        if _is_cut_short(folder / LEDGER):
            self._file.write(b"\n")

    def add(self, *records: Record) -> None:
        """Write records down, all in one piece, and see that they are on the disk."""
        self._file.write(b"".join(record.model_dump_json().encode() + b"\n" for record in records))
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Let others write."""
        self._file.close()
        self._lock.release()


def _is_cut_short(path: Path) -> bool:
    with path.open("rb") as file:
        if not file.seek(0, os.SEEK_END):
            return False
        file.seek(-1, os.SEEK_END)
        return file.read() != b"\n"


def read_ledger(folder: Path) -> Iterator[Record]:
    """The records of a folder's ledger in the order in which they were written; lines that are none are passed over.

    Raises:
        InputError: it cannot be read.
    """
    path = folder / LEDGER
    with guarded(InputError(f"Expected a ledger in {folder.name}, found none that can be read.")):
        if not path.is_file():
            raise FileNotFoundError
        with path.open("rb") as file:
            while line := file.readline(_LONGEST_LINE):
                try:
                    yield _RECORD.validate_json(line)
                except ValidationError:
                    continue


def ledger_folders(out: Path) -> list[Path]:
    """The folders of shards below a folder of results, in order of their names; none where it has another layout."""
    return sorted(path.parent for path in out.glob(f"*/{LEDGER}"))

"""Reading a stranger's file into memory: regular files of bounded size, and a sentence for everything else."""

import os
import stat
from pathlib import Path

from data_cache.errors import InputError


def read_file(path: Path, what: str, most_bytes: int) -> bytes:
    """Return a file's content.

    Read rather than mapped: a mapped file that is cut short meanwhile ends the process. A named pipe is refused
    without being opened, which would wait for ever.

    Args:
        path: the file; links are followed.
        what: what it should be, such as "masks", for the sentence.
        most_bytes: how large it may be.

    Raises:
        InputError: there is none, it cannot be read, is no file, or is too large.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            found = "a folder" if stat.S_ISDIR(status.st_mode) else "no regular file"
            raise InputError(f"Expected {what} in {path.name}, found {found}; name a file.")
        if status.st_size > most_bytes:
            raise InputError(
                f"Expected {what} of at most {most_bytes:,} bytes in {path.name}, found {status.st_size:,}."
            )
        with open(path, "rb", opener=_opened) as file:
            content = file.read(most_bytes + 1)
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"Expected {what} in {path.name}, found no such file; check the path.") from None
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        reason = getattr(error, "strerror", None) or "its name is none"
        raise InputError(f"Expected {what} in {path.name}, found a file that cannot be read ({reason}).") from error
    if len(content) > most_bytes:
        raise InputError(f"Expected {what} of at most {most_bytes:,} bytes in {path.name}, found a growing file.")
    return content


def refuse_special(path: Path, what: str) -> None:
    """Refuse a named pipe, a device or a socket, which would be waited for or read without end.

    What is not there, or cannot be looked at, is left to whoever opens it.

    Args:
        path: the file; links are followed.
        what: what it should be, for the sentence.

    Raises:
        InputError: it is one.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise InputError(f"Expected {what} in {path.name}, found no regular file; name a file.")


def _opened(path: str, flags: int) -> int:
    """Without waiting, should a pipe have taken the file's place."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))

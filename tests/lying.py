"""What lies in a folder that a running app is clearing at the same time."""

import os
from contextlib import suppress
from pathlib import Path


def paths_below(folder: Path) -> list[Path]:
    """All folders and files below, but for what goes while they are looked for (`Path.rglob` fails there)."""
    return [Path(place) / name for place, folders, files in os.walk(folder) for name in (*folders, *files)]


def files_below(folder: Path) -> list[Path]:
    """The files among these."""
    return [path for path in paths_below(folder) if path.is_file()]


def contents_below(folder: Path) -> list[bytes]:
    """What is in these files, of those that are still there when they are read."""
    contents = []
    for path in files_below(folder):
        with suppress(FileNotFoundError):
            contents.append(path.read_bytes())
    return contents

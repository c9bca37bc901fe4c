"""Runs a reader over files in a process that may take little more memory than it has when it begins."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.warm import warm_python

ROOM = 300 << 20
_PROGRAM = """
import resource, sys
from pathlib import Path
from data_cache.errors import InputError
from {module} import {function}
pages = int(Path("/proc/self/statm").read_text().split()[0])
most = pages * resource.getpagesize() + {room}
resource.setrlimit(resource.RLIMIT_AS, (most, most))
for path in sys.argv[1:]:
    try:
        {function}(Path(path))
        print("read")
    except InputError as error:
        print(error)
"""


def outcomes(module: str, function: str, paths: Iterable[Path]) -> list[str]:
    """Return what the reader says to each file: the sentence of its InputError, or "read".

    A file that takes `ROOM` bytes more than the process had, or very long, fails the test.
    """
    program = _PROGRAM.format(module=module, function=function, room=ROOM)
    command = [*warm_python(), "-c", program, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()

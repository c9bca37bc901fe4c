"""One process at a time in a folder."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from data_cache.errors import InputError
from data_cache.locking import alone_in

HOLD = """
import sys, time
from pathlib import Path
from data_cache.locking import alone_in
with alone_in(Path(sys.argv[1]), "Expected it"):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_lock_ends_with_the_work_and_after_an_error(tmp_path: Path) -> None:
    with alone_in(tmp_path / "a" / "b", "Expected b"):
        second = alone_in(tmp_path / "a" / "b", "Expected b")
        with (
            pytest.raises(InputError, match="Expected b, found another one that is writing there; wait"),
            second,
        ):
            pass
        with alone_in(tmp_path / "a", "Expected a"):
            pass
    with pytest.raises(KeyError), alone_in(tmp_path / "a" / "b", "Expected b"):
        raise KeyError
    with alone_in(tmp_path / "a" / "b", "Expected b"):
        pass


def test_a_process_that_is_killed_holds_none(tmp_path: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        with pytest.raises(InputError), alone_in(tmp_path, "Expected it"):
            pass
    finally:
        other.send_signal(signal.SIGKILL)
        other.communicate()
    with alone_in(tmp_path, "Expected it"):
        pass

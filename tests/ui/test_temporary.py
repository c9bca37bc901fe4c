"""The app's own folder: private, swept, gone with the app, and cleared by the next one where an app was killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from data_cache.errors import InputError
from tests.browser.running_app import address_of
from tests.forking import Fork, fork_app
from tests.lying import files_below, paths_below
from tests.ui.test_privacy import eventually, picture
from tests.ui.visitor import Visitor
from ui.children import end_all, run_beside
from ui.shelf import Shelf
from ui.temporary import clear_left_behind, own_folder, sweep, work_folder

PREFIX = "medicalpatchnet-explorer-"
# What is started by nohup, these tests too, is not ended by a terminal that hangs up.
HANGING_UP = signal.SIGTERM if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN else signal.SIGHUP


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return tmp_path


def aged(path: Path, seconds: float) -> Path:
    os.utime(path, (time.time() - seconds, time.time() - seconds))
    return path


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_files_and_empty_folders_are_swept_whoever_left_them(tmp_path: Path) -> None:
    for name in ("a/old", "a/b/old", "c/new", "new"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "empty").mkdir()
    (tmp_path / "just made").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "c")
    os.utime(tmp_path / "link", (time.time() - 500,) * 2, follow_symlinks=False)
    for name in ("a/old", "a/b/old", "a/b", "a", "c", "empty"):
        aged(tmp_path / name, 500)
    sweep(tmp_path, 480)
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")} == {"c", "c/new", "new", "just made"}


def test_the_folder_of_the_app_is_its_own_is_swept_and_goes_with_it(place: Path) -> None:
    (place / "of somebody else").write_bytes(b"x")
    with own_folder(every=0.01, after=0.02) as files:
        assert os.environ["GRADIO_TEMP_DIR"] == str(files) and files.parents[1] == place
        assert {mode(one) for one in (files.parent, files, files.with_name("work"))} == {0o700}
        (files / "upload").mkdir()
        (files / "upload" / "tmp").write_bytes(b"a broken upload")
        assert eventually(lambda: not list(files.iterdir()))
        with work_folder("maps-") as work:
            assert Path(work).parent == files.with_name("work") and mode(Path(work)) == 0o700
            time.sleep(0.1)
            assert Path(work).is_dir()  # what is being worked on is not swept
    assert [file.name for file in place.iterdir()] == ["of somebody else"]


def test_a_new_place_is_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "new"))
    with own_folder():
        assert mode(tmp_path / "new") == 0o700


def test_nothing_makes_the_folder_anew(place: Path) -> None:
    """A thread that has computed while the app ended finds no place for its array."""
    with own_folder() as files:
        shelf = Shelf(str(files))
        shelf(np.zeros(3))
        (laid,) = [path for path in files.rglob("*") if path.is_file()]
        assert {mode(folder) for folder in (laid.parent, laid.parents[1])} == {0o700}
    with pytest.raises(InputError, match="No such file"):
        shelf(np.ones(3))
    with pytest.raises(FileNotFoundError):
        work_folder("maps-")
    assert list(place.iterdir()) == []


def test_a_temporary_folder_that_cannot_be_made_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "file" / "below"))
    with pytest.raises(InputError, match="GRADIO_TEMP_DIR"), own_folder():
        pass


def test_only_what_dead_apps_left_is_cleared(place: Path) -> None:
    left, other = place / f"{PREFIX}left", place / "explorer-of-another-program"
    for folder in (left, other):
        (folder / "files").mkdir(parents=True)
        (folder / "files" / "array.bin").write_bytes(b"x")
    (place / f"{PREFIX}link").symlink_to(other)
    with own_folder() as files:
        assert not left.exists()
        clear_left_behind(place)  # as another app does that starts now
        assert files.is_dir()
    assert (other / "files" / "array.bin").exists()


@contextmanager
def started(place: Path, weights: tuple[Path, Path]) -> Iterator[tuple[Fork, str]]:
    """The app as a process, and its address."""
    flags = ["--patchnet", str(weights[0]), "--cnn", str(weights[1]), "--backend", "torch-cpu", "--host", "127.0.0.1"]
    log = place.with_name(f"{place.name}.log")
    app = fork_app(flags, {**os.environ, "GRADIO_TEMP_DIR": str(place)}, log)
    try:
        yield app, address_of(app, log)
    finally:
        app.kill()


def read(visitor: Visitor) -> None:
    *_, last = visitor.ask("read", visitor.upload("chest.png", picture()))
    assert len(last["maps"]) == 5


def folders_below(place: Path) -> list[Path]:
    return [path for path in paths_below(place) if path.is_dir()]


def empty_folders(place: Path) -> set[Path]:
    """Folders below which lies no array."""
    arrays = [path for path in files_below(place) if path.name.startswith("array.")]
    return set(folders_below(place)) - {parent for path in arrays for parent in path.parents}


def end_in_the_middle(app: Fork, address: str, place: Path, told: signal.Signals) -> None:
    """End an app that is at work; it must leave nothing. An upload leaves no folder but those of its maps."""
    visitor = Visitor(address)
    with visitor.visiting():
        before = set(folders_below(place))
        read(visitor)
        assert eventually(lambda: not empty_folders(place) - before)  # that of the upload goes after the answer
        busy = visitor.ask("refine", {"steps": 16})
        next(busy)
        os.kill(app.pid, told)
        assert app.wait(180) == 0  # on a busy machine
        time.sleep(0.5)
        assert list(place.iterdir()) == []
    assert "Traceback" not in place.with_name(f"{place.name}.log").read_text()


def files_of_a_killed_one(place: Path) -> list[Path]:
    script = """
import os, signal
from ui.temporary import own_folder
with own_folder() as files:
    (files / "shelf").mkdir()
    (files / "shelf" / "array.bin").write_bytes(b"x")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    environment = {**os.environ, "GRADIO_TEMP_DIR": str(place)}
    killed = subprocess.run([sys.executable, "-c", script], env=environment, check=False)
    left = files_below(place)
    assert killed.returncode == -signal.SIGKILL and "array.bin" in {path.name for path in left}
    return left


def test_what_a_killed_process_left_is_cleared(place: Path) -> None:
    left = files_of_a_killed_one(place)
    with own_folder() as files:
        assert not [path for path in left if path.exists()] and list(place.iterdir()) == [files.parent]
    assert list(place.iterdir()) == []


@pytest.mark.thorough  # that an app clears and leaves nothing: above, and where test_privacy.py ends its app
def test_what_a_killed_app_left_goes_when_the_next_one_starts(tmp_path: Path, weights: tuple[Path, Path]) -> None:
    """What is killed has the folder of an app and an array in it; the next app, which is hung up on, leaves nothing."""
    place = tmp_path / "place"
    left = files_of_a_killed_one(place)
    with started(place, weights) as (app, address):
        assert not [path for path in left if path.exists()] and len(list(place.iterdir())) == 1
        end_in_the_middle(app, address, place, HANGING_UP)


def test_whichever_signal_ends_the_app_it_ends_with_0_though_a_thread_computes() -> None:
    """What `app.py` is run within; the app itself is hung up on above."""
    script = """
import os, signal, sys, threading, time
from ui.ending import ending
told = int(sys.argv[1])
signal.signal(told, signal.SIG_DFL)  # whatever these tests were started by ignores
with ending():
    threading.Thread(target=time.sleep, args=(300,)).start()
    os.kill(os.getpid(), told)
    time.sleep(9)
    sys.exit(1)
"""
    for told in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        assert subprocess.run([sys.executable, "-c", script, str(int(told))], timeout=60, check=False).returncode == 0


@pytest.mark.thorough
@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_an_app_that_is_told_to_end_in_the_middle_of_its_work_leaves_nothing(
    tmp_path: Path, weights: tuple[Path, Path], told: signal.Signals
) -> None:
    place = tmp_path / "place"
    with started(place, weights) as (app, address):
        end_in_the_middle(app, address, place, told)


def test_commands_end_with_the_app(tmp_path: Path) -> None:
    script = "import pathlib, time; pathlib.Path('started').touch(); time.sleep(300)"
    codes: list[int] = []
    thread = Thread(target=lambda: codes.append(run_beside([sys.executable, "-c", script], tmp_path, 300)[0]))
    thread.start()
    assert eventually((tmp_path / "started").exists)
    end_all()
    thread.join(60)
    assert codes == [-signal.SIGKILL]


def test_a_command_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        run_beside([sys.executable, "-c", "import time; time.sleep(300)"], tmp_path, 0.2)
    code, said = run_beside([sys.executable, "-c", "import os, sys; sys.exit(os.environ['A'])"], tmp_path, 60, A="b")
    assert (code, said.strip()) == (1, "b")

"""The log of a run, written and read back by TensorBoard's own code."""

import os
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch.utils.tensorboard import SummaryWriter

from models.training.event_log import EventLog


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    board = EventAccumulator(str(folder)).Reload()
    return {tag: [(event.step, event.value) for event in board.Scalars(tag)] for tag in board.Tags()["scalars"]}


def test_what_is_logged_is_there_at_once(tmp_path: Path) -> None:
    with EventLog(tmp_path / "log", 0) as log:
        for step in range(1, 4):
            log.add_scalar("a", step / 4, step)
            log.add_scalar("b", -step, step)
            assert scalars(tmp_path / "log")["b"][-1] == (step, -step)
    assert scalars(tmp_path / "log")["a"] == [(1, 0.25), (2, 0.5), (3, 0.75)]


def test_a_resumed_run_goes_on_after_its_step_and_a_new_one_from_nothing(tmp_path: Path) -> None:
    with EventLog(tmp_path, 0) as log:
        for step in (1, 2, 3, 4):
            log.add_scalar("a", step, step)
    with EventLog(tmp_path, 2) as log:
        log.add_scalar("a", 30, 3)
    assert scalars(tmp_path) == {"a": [(1, 1), (2, 2), (3, 30)]}
    with EventLog(tmp_path, 0):
        assert scalars(tmp_path) == {}
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("lost", [1, 9, 20])
def test_half_a_record_at_the_end_is_left_out(tmp_path: Path, lost: int) -> None:
    with EventLog(tmp_path, 0) as log:
        for step in (1, 2, 3):
            log.add_scalar("a", step, step)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-lost])
    with EventLog(tmp_path, 3) as log:
        log.add_scalar("a", 4, 4)
    assert scalars(tmp_path) == {"a": [(1, 1), (2, 2), (4, 4)]}


def test_logs_of_several_files_become_one(tmp_path: Path) -> None:
    """As a run leaves them that was killed after step 4 and resumed after step 2."""
    for start, stop in ((1, 4), (3, 7)):
        before = set(tmp_path.iterdir())
        with SummaryWriter(str(tmp_path)) as board:
            for step in range(start, stop + 1):
                board.add_scalar("a", 10 * start + step, step)
        (new,) = set(tmp_path.iterdir()) - before
        os.utime(new, (start, start))
    with EventLog(tmp_path, 5) as log:
        log.add_scalar("a", 6, 6)
    assert len(list(tmp_path.iterdir())) == 1
    assert scalars(tmp_path) == {"a": [(1, 11), (2, 12), (3, 33), (4, 34), (5, 35), (6, 6)]}

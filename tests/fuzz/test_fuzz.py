"""A fortieth of `make fuzz`: broken files end in one sentence, or are read; nothing else."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.warm import warm_python

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What a process of its own found: the readers there are limited in memory."""
    path = tmp_path_factory.mktemp("fuzz") / "report.json"
    command = [*warm_python(), "-m", "tests.fuzz", "--count", "500", "--seed", "14", "--report", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert path.exists(), done.stderr[-3000:]
    return json.loads(path.read_text())


def test_no_broken_file_ends_in_a_foreign_exception_a_hang_or_a_crash(report: dict) -> None:
    assert report["faults"] == []


def test_every_reader_was_given_files_that_it_read_and_files_that_it_refused(report: dict) -> None:
    assert len(report["readers"]) == 59
    for reader, counts in report["readers"].items():
        assert counts["accepted"] > 0 and counts["refused"] > 0, (reader, counts)
    assert sum(sum(counts.values()) for counts in report["readers"].values()) == 500

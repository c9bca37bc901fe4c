"""Freed memory that is kept: what comes again is not mapped anew, page by page."""

import json
import platform
import subprocess

import pytest

from models.training.kept_memory import keep_freed_memory
from tests.warm import warm_python

FAULTS = """
import json, resource
import torch
from models.training.kept_memory import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        torch.ones(8 << 20).add_(1)  # 32 MiB, of which glibc by itself keeps nothing
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

given_back, told = faults(), keep_freed_memory()
faults()
print(json.dumps([given_back, told, faults()]))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told")
def test_what_is_freed_is_there_again() -> None:
    done = subprocess.run([*warm_python(), "-c", FAULTS], capture_output=True, text=True, check=True)
    given_back, told, kept = json.loads(done.stdout)
    assert told
    assert kept < given_back / 4


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())
    assert not keep_freed_memory()

"""Real kills in the middle of writing, and the work shared between real processes.

The launchers that start these are thorough: what they tell a process is told here without them.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest

from data_cache.case import Case
from data_cache.store import read_tensors
from explainers.ledger import read_ledger
from explainers.options import parameters_by_method
from explainers.registry import STANDARD
from explainers.runner import Plan, run_cases
from explainers.shard_summary import sum_up
from tests.warm import warm_executable, warm_python

COUNT = 8  # cases
ENTRIES = 12  # of the 40 that the whole run writes
WRITER = """
import sys, numpy as np
from pathlib import Path
from data_cache.store import write_tensors
for number in range(10_000):
    write_tensors(Path(sys.argv[1]) / f"{number % 3}.safetensors", {"maps": np.full(500_000, number, np.float32)}, {})
"""

# What `python -m MODULE WORDS` does, in a fork of a process that has imported all; says its number, then what ended it.
FORKED = """
import os, runpy, sys
module = sys.argv.pop(1)
child = os.fork()
if child == 0:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    runpy.run_module(module, run_name="__main__", alter_sys=True)
    os._exit(0)
print(child, flush=True)
print(os.waitpid(child, 0)[1])
"""


@pytest.fixture
def cases(tmp_path):
    rng = np.random.default_rng(0)
    for number in range(COUNT):
        cv2.imwrite(str(tmp_path / f"case{number:02}.png"), rng.integers(0, 255, (250, 240), np.uint8))
    paths = sorted(tmp_path.glob("*.png"))
    return [Case(id=path.stem, patient=path.stem, source="file", image_path=path) for path in paths]


@pytest.fixture
def whole(cases, tmp_path, small_patchnet, small_cnn):
    """What one run without interruption writes."""
    plan = plan_of(tmp_path / "whole", small_patchnet, small_cnn)
    assert run_cases(cases, plan, pytest.fail).explained == len(cases)
    return files(plan.out)


def plan_of(out, *models):
    parameters = parameters_by_method(list(STANDARD), {"pairing": "paper"}, {})
    return Plan(out, parameters, {model.info.key: model for model in models})


def files(folder):
    """(text, numbers) of every entry."""
    found = {}
    for path in folder.glob("*/*.safetensors"):
        tensors, metadata = read_tensors(path)
        found[str(path.relative_to(folder))] = metadata, tensors["maps"]
    for path in folder.glob("*/prediction.json"):
        sections = json.loads(path.read_bytes())
        numbers = [list(section["logits"].values()) for section in sections.values()]
        found[str(path.relative_to(folder))] = sorted(sections), np.array(numbers)
    return found


def assert_equal(found, expected):
    """Entries made by different processes: the last digit depends on where arrays lie in memory."""
    for name, (text, numbers) in found.items():
        assert text == expected[name][0]
        np.testing.assert_allclose(numbers, expected[name][1], rtol=1e-5, atol=1e-6, err_msg=name)


def words(cases, out, small_weights):
    images = [word for case in cases for word in ("--image", str(case.image_path))]
    weights = ["--patchnet", str(small_weights["medicalpatchnet"]), "--cnn", str(small_weights["cnn"])]
    return ["-m", "explainers", "run", *images, *weights, "--backend", "torch-cpu", "--out", str(out)]


def started(*arguments, told=(), python=(sys.executable,), **options):
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **dict(told)}
    return subprocess.Popen([*python, *arguments], env=environment, text=True, **options)


def wait_for(reached, process):
    end = time.monotonic() + 120
    while not reached() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.002)


def kill_when(process, reached, pause=0.0):
    """Send SIGKILL so many seconds after `reached` says so."""
    wait_for(reached, process)
    time.sleep(pause)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def test_a_killed_writer_leaves_only_whole_entries(tmp_path):
    rng = np.random.default_rng(0)
    for number in range(2):
        folder = tmp_path / str(number)
        process = started("-c", WRITER, str(folder))
        pause = rng.uniform(0.01, 0.1)
        kill_when(process, lambda folder=folder: len(list(folder.glob("*.safetensors"))) == 3, pause)
        for path in folder.glob("*.safetensors"):
            maps = read_tensors(path)[0]["maps"]
            assert len(maps) == 500_000 and (maps == maps[0]).all()


@pytest.mark.thorough  # of both layouts, the one in shards stays; what is missing in folders: test_runner.py
def test_a_killed_run_goes_on_to_the_same_result(cases, whole, tmp_path, small_weights, small_patchnet, small_cnn):
    out = tmp_path / "out"
    run = started("-c", FORKED, *words(cases, out, small_weights)[1:], python=warm_python(), stdout=subprocess.PIPE)
    child = int(run.stdout.readline())
    wait_for(lambda: len(list(out.glob("*/*.safetensors"))) >= ENTRIES, run)
    os.kill(child, signal.SIGKILL)
    assert int(run.communicate(timeout=120)[0]) == signal.SIGKILL
    left = files(out)
    assert ENTRIES <= len(left) < len(whole)
    assert_equal(left, whole)
    plan = plan_of(out, small_patchnet, small_cnn)
    tally = run_cases(cases, plan, pytest.fail)  # would be told of a damaged entry
    assert tally.explained + tally.kept == len(cases)
    found = files(out)
    assert found.keys() == whole.keys()
    assert_equal(found, whole)


@pytest.mark.parametrize("kills", [3, pytest.param(30, marks=pytest.mark.thorough)])
def test_a_run_in_shards_that_is_killed_again_and_again_writes_the_same_bytes(cases, tmp_path, small_weights, kills):
    listed = tmp_path / "list.csv"
    listed.write_text("path\n" + "".join(f"{case.image_path}\n" for case in cases))
    weights = [str(small_weights[key]) for key in ("medicalpatchnet", "cnn")]
    written = []
    outs = [str(tmp_path / name) for name in ("once", "killed")]
    process = started(
        *("-m", "tests.explainers.killed", str(listed), *outs, *weights, str(kills), "7"),
        python=warm_python(),
        stdout=subprocess.PIPE,
    )
    killed = int(process.communicate(timeout=240)[0])
    assert process.returncode == 0 and killed >= kills / 3  # the others had come to their end
    for name in ("once", "killed"):
        blocks = sorted((tmp_path / name).glob("*/*.safetensors"))
        written.append([(path.name, path.read_bytes()) for path in blocks])
        assert not sum_up(tmp_path / name, cases, check=True).wrong
    assert written[0] == written[1] and len(written[0]) == len(cases) / 2
    began = [record for record in read_ledger(tmp_path / "killed" / "0-of-1") if record.kind == "begun"]
    assert len(began) > 1


def by_torchrun(arguments):
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    told = {"PYTHON_EXEC": warm_executable()}  # with which it starts them
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return [started(*launch, *arguments, told=told, python=warm_python(), **pipes)]


def by_accelerate(arguments):
    """`accelerate launch` on two machines without accelerators, and what MPI tells the process it starts on each."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start = f"import runpy, sys; sys.executable = {warm_executable()!r}; "  # with which it starts them
    start += "runpy.run_module('accelerate.commands.launch', run_name='__main__')"
    launch = ["-c", start, "--cpu", "--num_machines", "2", "--num_processes", "2"]
    launch += ["--main_process_ip", "127.0.0.1", "--main_process_port", str(port), "--mixed_precision", "no"]
    launch += ["--dynamo_backend", "no"]
    processes = []
    for rank in range(2):
        told = {"OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": str(rank), "OMPI_COMM_WORLD_LOCAL_RANK": "0"}
        words = [*launch, "--machine_rank", str(rank), *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        processes.append(started(*words, told=told, python=warm_python(), **pipes))
    return processes


def tallies_of(processes):
    """(explained, wrong) of each process; none of them ends with an error."""
    said = ""
    for process in processes:
        output, wrong = process.communicate(timeout=240)
        assert process.returncode == 0, wrong
        said += output
    return sorted(tuple(map(int, found)) for found in re.findall(r"(\d+) explained, 0 kept as they were, (\d+)", said))


@pytest.mark.thorough
@pytest.mark.parametrize("launched", [by_torchrun, by_accelerate])
def test_two_processes_share_the_cases_and_no_work(cases, whole, tmp_path, small_weights, launched):
    out = tmp_path / "out"
    assert tallies_of(launched(words(cases, out, small_weights))) == [(COUNT // 2, 0)] * 2
    found = files(out)
    assert found.keys() == whole.keys()
    assert_equal(found, whole)


@pytest.mark.thorough  # its parts: test_sharing.py, test_shards.py
def test_a_process_with_a_bad_image_ends_nobody_and_makes_no_group(cases, tmp_path, small_weights):
    """The first process has come to its end, with an image that it cannot read, before the second begins."""
    for case in cases[::2]:
        case.image_path.write_text("no image")
    out = tmp_path / "out"
    arguments = [*words(cases, out, small_weights), "--layout", "shards"]
    # Each is told what torchrun tells its processes, and is a fork of one that has imported all.
    script = tmp_path / "run.py"
    script.write_text(
        "import os, runpy, sys; import torch.distributed as group; sys.path.insert(0, os.getcwd())\n"
        "import models.predictor\n"
        "group.init_process_group = lambda *_, **__: sys.exit('a process group')\n"
        "sys.argv[0] = 'explainers'\n"
        "for rank in '01':\n"
        "    os.environ.update(RANK=rank, LOCAL_RANK=rank, WORLD_SIZE='2', LOCAL_WORLD_SIZE='2')\n"
        "    os.environ.update(MASTER_ADDR='127.0.0.1', MASTER_PORT='1')\n"  # where nobody listens
        "    if not (child := os.fork()):\n"
        "        runpy.run_module('explainers', run_name='__main__')\n"
        "        sys.exit()\n"
        "    if os.waitpid(child, 0)[1]: sys.exit('rank ' + rank)\n"
    )
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    tallies = tallies_of([started(str(script), *arguments[2:], python=warm_python(), **pipes)])
    assert tallies == [(0, COUNT // 2), (COUNT // 2, 0)]
    found = sum_up(out, cases)
    assert (found.done, len(found.refused), found.missing) == (COUNT // 2, COUNT // 2, {})
    assert set(found.shards) == {"0-of-2", "1-of-2"}

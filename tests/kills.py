"""SIGKILL at random moments of the commands that write, each taken up again until it ends; then the results compared.

    python -m tests.kills --count 200 --seconds 1800

Not part of the tests: each kill costs the start of a process. The moment is drawn after the first change in the folder
of the results, so that work is hit rather than imports. Prints a line a command; the exit code is 1 where a result
differs from that of an uninterrupted run.
"""

import itertools
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from data_cache.store import read_tensors

_RUN = "-m explainers run --source demo --patchnet demo --cnn demo --backend torch-cpu --out {out}"
COMMANDS = {
    "run, folders": _RUN,
    "run, shards": f"{_RUN} --layout shards --block 2",
    "run, a shard in batches": f"{_RUN} --layout shards --block 4 --batch 4 --shard 1/2",
    "trust": "-m evaluation trust --patchnet demo --cnn demo --limit 6 --checks exactness,perturbation --no-figures "
    "--bootstrap 20 --backend torch-cpu --out {out}",
    "phantom": "-m data_cache phantom --train 8 --val 4 --test 4 --size 256 --seed 3 --out {out}",
}
_TIMES = {"ledger.jsonl", "manifest.json"}  # say when and how long
_LONGEST_PAUSE = 0.4


def content(path: Path) -> Any:
    """What a file holds, apart from the order in which safetensors writes text."""
    if path.suffix == ".safetensors":
        arrays, text = read_tensors(path)
        return {name: (str(array.dtype), array.shape, array.tobytes()) for name, array in arrays.items()}, text
    return path.read_bytes()


def results(out: Path) -> dict[str, Any]:
    """Every file of a folder that does not say when it was made."""
    paths = [path for path in out.rglob("*") if path.is_file() and path.name not in _TIMES]
    return {str(path.relative_to(out)): content(path) for path in paths if not path.name.endswith(".partial")}


def start(words: str, out: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    quiet = subprocess.DEVNULL
    return subprocess.Popen(
        [sys.executable, *words.format(out=out).split()], env=environment, stdout=quiet, stderr=quiet
    )


def state(out: Path) -> list[tuple[str, int]]:
    found = []
    for path in out.rglob("*"):
        try:
            found.append((str(path), path.stat().st_mtime_ns))
        except FileNotFoundError:
            continue  # a partial file that was renamed meanwhile
    return sorted(found)


def killed(words: str, out: Path, pause: float) -> bool:
    """Whether a process was at work when it was killed, some time after it first wrote something."""
    before = state(out)
    process = start(words, out)
    while process.poll() is None and state(out) == before:
        time.sleep(0.005)
    time.sleep(pause)
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def main(
    count: Annotated[int, typer.Option(min=1, help="Kills, over all commands.")] = 200,
    seconds: Annotated[float, typer.Option(help="No further kill after so long.")] = 1800,
    seed: int = 0,
) -> None:
    """Kill, take up again, compare."""
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="kills-") as place:
        whole = {}
        for number, (name, words) in enumerate(COMMANDS.items()):
            out = Path(place) / f"whole{number}"
            if start(words, out).wait():
                raise SystemExit(f"{name} does not come to its end")
            whole[name] = results(out)
        end = time.monotonic() + seconds
        kills, wrong = dict.fromkeys(COMMANDS, 0), dict.fromkeys(COMMANDS, 0)
        for number, name in enumerate(itertools.cycle(COMMANDS)):
            if sum(kills.values()) >= count or time.monotonic() > end:
                break
            out = Path(place) / f"out{number}"
            for _ in range(4):
                kills[name] += killed(COMMANDS[name], out, draw.uniform(0, _LONGEST_PAUSE))
            if start(COMMANDS[name], out).wait() or results(out) != whole[name]:
                wrong[name] += 1
    for name in COMMANDS:
        print(f"{name}: {kills[name]} kills, {wrong[name]} results that differ")
    raise SystemExit(bool(sum(wrong.values())))


if __name__ == "__main__":
    typer.run(main)

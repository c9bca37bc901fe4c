"""A run in shards that is left alone, and one that is killed at random moments, again and again, before it is.

    python -m tests.explainers.killed LIST.csv ONCE KILLED PATCHNET CNN KILLS SEED

Models are loaded once, and each attempt is a fork, so that a kill costs milliseconds. Prints how many attempts were
killed before they came to their end.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

import torch

from data_cache.image_lists import read_image_list
from explainers.options import parameters_by_method
from explainers.registry import STANDARD
from explainers.runner import Plan
from explainers.shard_layout import Limits, run_shard
from explainers.sharing import Share
from models.predictor import load_predictor

BLOCK, BATCH = 2, 2


def attempt(plan: Plan, listed: Path) -> None:
    run_shard(read_image_list(listed), plan, Share(), sys.exit, limits=Limits(BLOCK), batch=BATCH)


def killed_after(plan: Plan, listed: Path, pause: float | None) -> bool:
    """Whether an attempt was at work when it was killed, so many seconds after it began; None leaves it alone."""
    child = os.fork()
    if child == 0:
        attempt(plan, listed)
        os._exit(0)
    if pause is not None:
        time.sleep(pause)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def main(listed: str, once: str, again: str, patchnet: str, cnn: str, kills: str, seed: str) -> None:
    torch.set_num_threads(1)
    weights = {"medicalpatchnet": patchnet, "cnn": cnn}
    models = {key: load_predictor(path, key, "torch-cpu") for key, path in weights.items()}
    parameters = parameters_by_method(list(STANDARD), {}, {})
    began = time.monotonic()
    killed_after(Plan(Path(once), parameters, models), Path(listed), None)
    whole = time.monotonic() - began
    plan = Plan(Path(again), parameters, models)
    draw = random.Random(int(seed))
    longest, killed, size = whole / 2, 0, 0
    for _ in range(int(kills)):
        killed += killed_after(plan, Path(listed), draw.uniform(0, longest))
        now = sum(path.stat().st_size for path in plan.out.glob("*/*.safetensors"))
        longest = min(longest * (1.3 if now == size else 0.8), whole)  # few attempts come to their end, on any machine
        size = now
    killed_after(plan, Path(listed), None)
    print(killed)


if __name__ == "__main__":
    main(*sys.argv[1:])

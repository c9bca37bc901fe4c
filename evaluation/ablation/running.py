"""Training and scoring every variant and seed, several side by side, taking up where it was stopped."""

import hashlib
import json
import math
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path

import torch
from accelerate import Accelerator

from data_cache.errors import InputError
from data_cache.store import write_bytes
from evaluation.ablation.plan import Ablation, Task
from evaluation.ablation.scoring import Number, score
from models.predictor import load_predictor
from models.training.config import TrainingConfig
from models.training.data import load_splits
from models.training.run import train_model
from models.training.state import find_states
from models.weight_files import read_weights

VERSION = 1  # of the numbers: those of another version are computed again


def run_tasks(tasks: Sequence[Task], ablation: Ablation, jobs: int) -> Iterator[tuple[Task, list[Number]]]:
    """Train and score, and give the numbers of each task as it is done, those of an earlier call at once.

    With several jobs each is a process with its share of the cores, and what it says goes to `log.txt` in its folder.

    Raises:
        InputError: what was asked for cannot be trained or scored; tasks that are done stay done.
    """
    waiting = []
    for task in tasks:
        known = _known(task, ablation)
        if known is None:
            waiting.append(task)
        else:
            yield task, known
    if jobs == 1:
        for task in waiting:
            yield task, run_task(task, ablation)
    elif waiting:
        yield from _side_by_side(waiting, ablation, jobs)


def _side_by_side(tasks: Sequence[Task], ablation: Ablation, jobs: int) -> Iterator[tuple[Task, list[Number]]]:
    _decode(tasks)
    threads = max(1, (os.cpu_count() or 1) // jobs)
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        running = {pool.submit(_run_quietly, task, ablation, threads): task for task in tasks}
        try:
            for done in as_completed(running):
                yield running[done], done.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _decode(tasks: Sequence[Task]) -> None:
    """Decode the images once, before several processes would each begin to."""
    seen = set()
    for task in tasks:
        needed = task.config.data, task.config.architecture.input_size
        if needed not in seen:
            seen.add(needed)
            load_splits(task.config, Accelerator())


def _run_quietly(task: Task, ablation: Ablation, threads: int) -> list[Number]:
    torch.set_num_threads(threads)
    folder = task.config.run.out
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log.txt").open("a", encoding="utf-8") as log, redirect_stdout(log), redirect_stderr(log):
        return run_task(task, ablation)


def run_task(task: Task, ablation: Ablation) -> list[Number]:
    """Train one variant with one seed, unless it is trained, and score it.

    Raises:
        InputError: it cannot be trained or scored, or the folder holds a network of another recipe.
    """
    config = task.config
    weights = config.run.out / "model.safetensors"
    if not _is_trained(config, weights):
        train_model(config, bool(find_states(config.run.out)), f"an ablation, {task.variant}, seed {task.seed}")
    if not _is_trained(config, weights):
        raise InputError(f"Expected {task.variant}, seed {task.seed}, trained to its end, found it stopped; run again.")
    torch.set_flush_denormal(False)  # training counts subnormal numbers as zero in its whole process
    model = load_predictor(weights, config.architecture.kind)
    numbers = score(model, config.data.root, ablation, config.run.out)
    packed = [{**asdict(one), "value": None if math.isnan(one.value) else one.value} for one in numbers]
    content = {"identity": _identity(task, ablation), "numbers": packed}
    write_bytes(_file(task), json.dumps(content, indent=1).encode())
    return numbers


def _is_trained(config: TrainingConfig, weights: Path) -> bool:
    """Whether a run has left its model and, last of all, its card."""
    if not (weights.is_file() and weights.with_suffix(".md").is_file()):
        return False
    recipe = read_weights(weights)[1].get("recipe")
    if recipe != config.fingerprint():
        raise InputError(
            f"Expected in {config.run.out} a network of this recipe, found one of another; name another folder with "
            "--out, or remove that one."
        )
    return True


def _file(task: Task) -> Path:
    return task.config.run.out / "numbers.json"


def _identity(task: Task, ablation: Ablation) -> str:
    asked = ablation.model_dump(mode="json", include={"methods", "split", "cases", "steps"})
    text = json.dumps([VERSION, task.config.fingerprint(), str(task.config.data.root), asked], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _known(task: Task, ablation: Ablation) -> list[Number] | None:
    """The numbers that an earlier call found; None where there are none, or they are of something else."""
    try:
        content = json.loads(_file(task).read_bytes())
        if content["identity"] != _identity(task, ablation):
            return None
        return [
            Number(
                one["method"], one["metric"], math.nan if one["value"] is None else float(one["value"]), one["count"]
            )
            for one in content["numbers"]
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return None

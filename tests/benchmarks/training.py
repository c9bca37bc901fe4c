"""How long the demonstration recipes of MedNeXt and MedUNeXt take on one core, by the processor time of their steps."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from accelerate import Accelerator
from tqdm import tqdm

from data_cache.phantom.cohort import CohortSettings, write_cohort
from models.training.config import load_config
from models.training.data import load_splits
from models.training.kept_memory import keep_freed_memory
from models.training.loop import Trainer
from models.training.validation import predict_split

RECIPES = ("demo-mednext_xue", "demo-medunext_xue")
COUNTS = {"train": 48, "val": 16, "test": 4}
VALIDATION = 234  # cases of the recipes' own cohort
WARM, STEPS = 3, 12


def run(report: Callable[[str], object]) -> None:
    keep_freed_memory()  # as `python -m models train` does
    torch.set_flush_denormal(True)
    report(f"{torch.get_num_threads()} threads, load {os.getloadavg()[0]:.1f}; processor time")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "phantom"
        size, prevalence = "512,608x512,512x608", {"train": "balanced", "val": "realistic", "test": "realistic"}
        for _ in write_cohort(root, CohortSettings(2026, COUNTS, size, prevalence, None, "jpg", train_masks=True)):
            pass
        for name in RECIPES:
            _recipe(report, name, root, Path(folder))


def _recipe(report: Callable[[str], object], name: str, root: Path, folder: Path) -> None:
    config = load_config(Path(f"models/training/configs/{name}.yaml"))
    data = config.data.model_copy(update={"root": root, "cache": folder / "cache"})
    config = config.model_copy(update={"data": data, "run": config.run.model_copy(update={"out": folder / name})})
    accelerator = Accelerator()
    splits = load_splits(config, accelerator)
    trainer = Trainer(config, splits, accelerator)
    with tqdm(disable=True) as bar:
        taken = [_seconds(lambda step=step: trainer._step(trainer.batches[step], None, bar)) for step in range(STEPS)]
    step = statistics.mean(taken[WARM:])
    validation = splits["validation"]
    image = _seconds(lambda: predict_split(trainer.learner.shown, validation, accelerator)) / len(validation.table)
    seconds = trainer.steps * step + trainer.steps // trainer.validate_every * VALIDATION * image
    report(f"  {name}: a step of {config.optimizer.batch_size} images {step:.3f} s; validating an image {image:.4f} s;")
    report(f"    {trainer.steps:,} steps and their validations {seconds / 60:.0f} minutes")
    report(f"    raw, ms: {' '.join(f'{1000 * one:.0f}' for one in taken)}")


def _seconds(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before

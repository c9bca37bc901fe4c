"""The training loop: from a config to a checkpoint, over interruptions."""

import math
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from torch.utils.data import DataLoader
from tqdm import tqdm

from data_cache.errors import InputError
from models.checkpoints import save_checkpoint
from models.training.batches import Batch, StagePlan, StepBatches
from models.training.config import Stage, TrainingConfig
from models.training.data import Split
from models.training.event_log import EventLog
from models.training.learner import Learner
from models.training.losses import Objective, Terms, make_objective
from models.training.progress import Progress, report
from models.training.state import State, write_state
from models.training.validation import validate
from models.training_outputs import PixelClassifier

FEWEST_STEPS = 4  # up, down, and what OneCycleLR needs between


class Trainer:
    """One run of one config on the splits of its data."""

    def __init__(self, config: TrainingConfig, splits: dict[str, Split], accelerator: Accelerator) -> None:
        """Build the learner and the batches; `restore` afterwards goes on from a state."""
        self.config, self.splits, self.accelerator = config, splits, accelerator
        settings, run = config.optimizer, config.run
        if settings.batch_size % accelerator.num_processes:
            raise InputError(
                f"Expected a batch size that the {accelerator.num_processes} processes share evenly, found "
                f"{settings.batch_size}."
            )
        train = splits["train"]
        per_epoch = len(train.table) // settings.batch_size
        self.steps = settings.steps or (settings.epochs or 0) * per_epoch
        if self.steps < FEWEST_STEPS:
            length = "steps" if settings.steps else "epochs"
            raise InputError(f"Expected at least {FEWEST_STEPS} steps, found {self.steps}; raise optimizer.{length}.")
        architecture = config.architecture
        side = architecture.input_size
        final = Stage(share=1, input_size=side, patch_size=side // architecture.patches)
        self.plan = StagePlan(config.stages, final, self.steps)
        self.batches = StepBatches(
            train.cache,
            train.labels,
            config.augmentation,
            self.plan,
            seed=config.seed,
            batch_size=settings.batch_size,
            rank=accelerator.process_index,
            processes=accelerator.num_processes,
            masks=train.masks,
            second_view=config.loss.second_view if config.loss.consistency else None,
        )
        self.learner = Learner(config, self.steps, accelerator)
        if config.data.validation_masks is not None and not isinstance(self.learner.shown, PixelClassifier):
            raise InputError(
                f"Expected a model that classifies pixels for data.validation_masks, found {architecture.kind}; take "
                f"them out."
            )
        self.final = final
        self.validate_every = run.validate_every or per_epoch
        self.objective: Objective = make_objective(config, train, accelerator)
        self.progress = Progress(by=run.best_by)

    @property
    def out(self) -> Path:
        """The folder of states and results."""
        return self.config.run.out

    def restore(self, state: State) -> None:
        """Go on from a saved state of the same recipe."""
        self.learner.restore(state)
        self.progress = Progress(state.step, state.notes["history"], self.config.run.best_by)

    def save(self) -> None:
        """Write the state after the current step (first process only)."""
        if self.accelerator.is_main_process:
            notes = {"history": self.progress.history, "recipe": self.config.recipe()}
            write_state(self.out, self.learner.state(self.progress.step, notes), self.config.run.keep_states)

    def run(self) -> bool:
        """Train to the end of the budget.

        Returns:
            True when the run is finished (all steps done, or stopped early on validation), False when it was
            interrupted or out of minutes and can be resumed.
        """
        deadline = time.monotonic() + 60 * (self.config.optimizer.max_minutes or math.inf)
        first = self.progress.step
        main = self.accelerator.is_main_process
        with _tensorboard(self.out, first, main) as board, _interruptions() as interrupted, self._bar() as bar:
            for batch in self._loader(first):
                self._step(batch, board, bar)
                if self._early_stop(board):
                    return True
                stop = self._agree(bool(interrupted) or time.monotonic() > deadline)
                if self.progress.step % self.config.run.save_every == 0 or stop:
                    self.save()
                if stop and self.progress.step < self.steps:
                    return False
        return True

    def _bar(self) -> tqdm:
        """Return a progress bar in images, with throughput and time left, on the first process."""
        size = self.config.optimizer.batch_size
        done, total, quiet = self.progress.step * size, self.steps * size, not self.accelerator.is_main_process
        return tqdm(desc=self.config.name, initial=done, total=total, unit="image", unit_scale=True, disable=quiet)

    def _loader(self, first: int) -> DataLoader[Batch]:
        workers = self.config.data.loader_workers
        return DataLoader(
            self.batches,
            batch_size=None,
            sampler=range(first, self.steps),
            num_workers=workers,
            worker_init_fn=_leave_signals if workers else None,
        )

    def _step(self, batch: Batch, board: EventLog | None, bar: tqdm) -> None:
        """Learn from one batch."""
        step = self.progress.step
        stage = self.plan.at(step)
        self.learner.set_stage(stage)
        rate = float(self.learner.scheduler.get_last_lr()[0])
        terms = self._terms(batch, step)
        loss = torch.stack(list(terms.values())).sum()
        # Processes average their gradients; times their number, that is the gradient of the global batch's loss.
        self.learner.update(loss * self.accelerator.num_processes, step)
        self.progress.step += 1
        value = float(self.accelerator.reduce(loss.detach(), "sum"))
        if not math.isfinite(value):
            raise InputError(f"Expected a finite loss, found {value} in step {step + 1}; lower the learning rate.")
        bar.set_postfix(step=step + 1, loss=f"{value:.3f}", size=stage.input_size, refresh=False)
        bar.update(self.config.optimizer.batch_size)
        if board:
            board.add_scalar("train/loss", value, step + 1)
            board.add_scalar("train/learning_rate", rate, step + 1)
            if len(terms) > 1:  # of several processes, the first one's parts
                for name, term in terms.items():
                    board.add_scalar(f"train_loss/{name}", float(term.detach()), step + 1)

    def _terms(self, batch: Batch, step: int) -> Terms:
        """Return this process's part of the global batch's loss, term by term."""
        self.learner.network.train()
        # Dropout and stochastic depth draw from the global generator: seeded by step, they survive a resume.
        seeds = np.random.SeedSequence([self.config.seed, step, self.accelerator.process_index])
        torch.manual_seed(int(seeds.generate_state(1)[0]))
        layout = torch.channels_last if self.config.run.channels_last else torch.contiguous_format
        here = batch.to(self.accelerator.device)
        return self.objective(self._forward, here.images.contiguous(memory_format=layout), here)

    def _forward(self, images: torch.Tensor) -> object:
        with self.accelerator.autocast():
            return self.learner.forward(images)

    def _early_stop(self, board: EventLog | None) -> bool:
        """Validate where it is due; return whether the run has stopped getting better."""
        progress, run = self.progress, self.config.run
        if progress.step % self.validate_every and progress.step != self.steps:
            return False
        self.learner.set_stage(self.final)
        entry = validate(self.learner.shown, self.splits["validation"], progress.step, self.accelerator)
        progress.history.append(entry)
        if self.accelerator.is_main_process:
            report(entry, board)
        if run.keep == "best" and progress.best is entry and self.accelerator.is_main_process:
            save_checkpoint(self.out / "best.safetensors", self.learner.shown, self.config.architecture)
        small = self.plan.at(progress.step) is not self.final  # scores at the final size say little about it
        return run.patience is not None and progress.stale() >= run.patience and not small

    def _agree(self, stop: bool) -> bool:
        """Return whether any process wants to stop, so that all stop at the same step."""
        if self.accelerator.num_processes == 1:
            return stop
        flag = torch.tensor(float(stop), device=self.accelerator.device)
        return bool(self.accelerator.reduce(flag, "sum") > 0)


@contextmanager
def _tensorboard(out: Path, step: int, main: bool) -> Iterator[EventLog | None]:
    """Open the run's log on the first process; entries after the step resumed from are taken out."""
    if not main:
        yield None
        return
    with EventLog(out / "tensorboard", step) as board:
        yield board


def _leave_signals(worker: int) -> None:
    """Let the process that trains answer Ctrl-C and SIGTERM, which its loaders get too: it still needs its batches."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def _interruptions() -> Iterator[list[int]]:
    """Collect SIGINT and SIGTERM in a list, so that the step at hand is finished and saved."""
    seen: list[int] = []
    old = {number: signal.signal(number, lambda n, _: seen.append(n)) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield seen
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)

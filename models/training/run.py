"""One run from its config file to its results."""

import errno
import logging
import os
from contextlib import nullcontext
from pathlib import Path

import torch
from accelerate import Accelerator
from safetensors import SafetensorError

from data_cache.counting import counted
from data_cache.errors import InputError
from data_cache.locking import alone_in
from data_cache.store import clear_unfinished, writable_folder
from models.checkpoints import load_checkpoint, save_checkpoint
from models.state_dict_loading import fit
from models.training.card import code_version, hardware, write_card
from models.training.config import TrainingConfig, load_config
from models.training.data import Split, load_splits
from models.training.loop import Trainer
from models.training.seeds import write_seed_table
from models.training.state import State, find_states, last_good, read_state
from models.training.validation import predict_split
from models.training_outputs import WeighsPlaces
from models.weight_files import read_weights

log = logging.getLogger(__name__)

_SHOWN_IMAGES = 24  # whose spatial weights the card tells


def train_from_file(path: Path, out: Path | None = None, resume: bool = False, root: Path | None = None) -> None:
    """Train by a config file; `out` and `root`, where given, replace the config's folders.

    Raises:
        InputError: the config, the data, the state to resume from, or the room on the disk is wrong.
    """
    config = load_config(path)
    if out is not None:
        config = config.model_copy(update={"run": config.run.model_copy(update={"out": out})})
    if root is not None:
        config = config.model_copy(update={"data": config.data.model_copy(update={"root": root})})
    shown = path.name if path.is_absolute() else path.as_posix()
    command = f"python -m models train --config {shown}"
    if config.seeds:
        train_seeds(config, resume, command)
    else:
        train_model(config, resume, command)


def train_seeds(config: TrainingConfig, resume: bool = False, command: str = "train_seeds") -> None:
    """Train one model a seed, one after the other, each in a folder `seed-N` below the run's.

    With `resume`, what is finished is left as it is, what was begun is gone on with, and the rest is begun. Where a run
    is stopped before its end, those after it are not begun. When all are finished, `seeds.csv` compares them.
    """
    for seed in config.seeds:
        one = config.with_seed(seed)
        if resume and _is_finished(one):
            log.info("Seed %d is finished.", seed)
            continue
        train_model(one, resume and bool(find_states(one.run.out)), f"{command} (seed {seed})")
        if not _is_finished(one):
            return
    written = write_seed_table(config)
    if written is not None:
        log.info("Wrote %s: the validations of all seeds.", written)


def _is_finished(config: TrainingConfig) -> bool:
    """Whether a run has left its model and, last of all, its card."""
    return all((config.run.out / f"model.{suffix}").is_file() for suffix in ("safetensors", "md"))


def train_model(config: TrainingConfig, resume: bool = False, command: str = "train_model") -> Trainer:
    """Train by a config; a finished run leaves `model.safetensors` and its card `model.md` in the run's folder.

    `command` is what the card says the model was made by.
    """
    state = _state_to_resume(config, resume)
    writable_folder(config.run.out)
    try:
        return _train(config, state, command)
    except (OSError, SafetensorError) as error:
        if os.strerror(errno.ENOSPC) not in str(error):
            raise
        out = config.run.out
        raise InputError(
            f"Expected room for logs, images and weights, found a full disk; of the states in {out.name}, "
            f"{last_good(out)}: free some space and run again."
        ) from None


def _train(config: TrainingConfig, state: State | None, command: str) -> Trainer:
    torch.set_flush_denormal(True)  # subnormal numbers are up to a hundred times slower on CPUs, and count for nothing
    accelerator = _accelerator(config)
    alone = alone_in(config.run.out, "Expected a folder in which no other training is at work")
    with alone if accelerator.is_main_process else nullcontext():
        return _train_alone(config, state, command, accelerator)


def _train_alone(config: TrainingConfig, state: State | None, command: str, accelerator: Accelerator) -> Trainer:
    if accelerator.is_main_process:
        clear_unfinished(config.run.out)
    trainer = Trainer(config, load_splits(config, accelerator), accelerator)
    if state is not None:
        trainer.restore(state)
        log.info("Going on after step %d of %d.", state.step, trainer.steps)
    if not trainer.run():
        log.info("Stopped after step %d of %d; run again with --resume.", trainer.progress.step, trainer.steps)
        return trainer
    trainer.save()
    _finish(trainer, command)
    return trainer


def _accelerator(config: TrainingConfig) -> Accelerator:
    try:
        return Accelerator(mixed_precision=config.run.mixed_precision)
    except ValueError as error:
        raise InputError(
            f"Expected hardware that computes in {config.run.mixed_precision}, found: {error}; "
            f"set run.mixed_precision to no."
        ) from None


def _state_to_resume(config: TrainingConfig, resume: bool) -> State | None:
    """Return the newest state, checked to be of this recipe, or None for a fresh run."""
    out = config.run.out
    states = find_states(out)
    if not resume:
        if states:
            raise InputError(
                f"Expected a folder without an earlier run, found {states[-1].name} in {out.name}; add --resume to "
                f"go on from it, or name another folder with --out."
            )
        return None
    if not states:
        raise InputError(f"Expected a training state to resume from in {out}, found none; start without --resume.")
    state = read_state(states[-1])
    then, now = _flat(state.notes.get("recipe", {})), _flat(config.recipe())
    differing = sorted(key for key in then.keys() | now.keys() if then.get(key) != now.get(key))
    if differing:
        raise InputError(
            f"Expected the config that {states[-1].name} was written by, found a difference in {', '.join(differing)}; "
            f"undo it, or start a new run in another folder."
        )
    return state


def _flat(settings: object, prefix: str = "") -> dict[str, object]:
    """Return nested settings by dotted name."""
    if not isinstance(settings, dict):
        return {prefix: settings}
    return {
        name: value
        for key, inner in settings.items()
        for name, value in _flat(inner, f"{prefix}.{key}" if prefix else str(key)).items()
    }


def _finish(trainer: Trainer, command: str) -> None:
    """Write the run's model, and its card with the metrics of the weights as they were written."""
    config, learner, accelerator = trainer.config, trainer.learner, trainer.accelerator
    model = trainer.out / "model.safetensors"
    if accelerator.is_main_process:
        _write_model(trainer, model)
    accelerator.wait_for_everyone()
    written = load_checkpoint(model, config.architecture.kind)
    learner.shown.load_state_dict(written.state_dict)
    learner.set_stage(trainer.final)
    scores = {
        name: predict_split(learner.shown, split, accelerator)
        for name, split in trainer.splits.items()
        if name != "train"
    }
    if accelerator.is_main_process:
        facts = _facts(trainer, f"{model.stat().st_size / 1e6:.2f} MB", written.weights_sha256, command)
        facts |= _strengths(
            learner.shown, trainer.splits["test" if "test" in scores else "validation"], accelerator.device
        )
        write_card(trainer.out / "model.md", config, trainer.splits, scores, trainer.progress.history, facts)
        log.info("Wrote %s and its card.", model)


def _facts(trainer: Trainer, size: str, sha256: str, command: str) -> dict[str, str]:
    config, teacher = trainer.config, trainer.objective.teacher
    facts = {
        "weights": f"{size}, {config.run.weights_dtype}, sha256 {sha256}",
        "parameters": f"{sum(p.numel() for p in trainer.learner.network.parameters()):,}",
        "data": config.data.root.name,
        "trained": f"{trainer.progress.step:,} steps of {config.optimizer.batch_size} images",
        "kept": _kept(trainer),
        "hardware": hardware(trainer.accelerator.device, trainer.accelerator.num_processes),
        "made by": f"`{command}`",
    }
    return facts if teacher is None else {**facts, "teacher": teacher.words}


def _strengths(network: torch.nn.Module, split: Split, device: torch.device) -> dict[str, str]:
    """How strong a network's blocks weigh places, where they do, over the first images of a split."""
    if not isinstance(network, WeighsPlaces):
        return {}
    rows = split.cache.rows[:_SHOWN_IMAGES]
    images = torch.from_numpy(split.cache.images[rows]).to(device)[:, None].float() / 255
    found = ", ".join(f"{strength:.2f}" for strength in network.block_strengths(images.split(1)))
    return {"mean |A| of its blocks": f"{found} ({counted(len(rows), 'image')} of {split.table.name})"}


def _write_model(trainer: Trainer, path: Path) -> None:
    config, shown = trainer.config, trainer.learner.shown
    best = trainer.out / "best.safetensors"
    if config.run.keep == "best" and best.is_file():
        shown.load_state_dict(fit(read_weights(best)[0], config.architecture, best.name))
    dtype = torch.float16 if config.run.weights_dtype == "float16" else torch.float32
    notes = {"name": config.name, "recipe": config.fingerprint(), "code": code_version()}
    if trainer.objective.teacher is not None:
        notes["teacher"] = trainer.objective.teacher.note
    save_checkpoint(path, shown, config.architecture, notes, dtype)


def _kept(trainer: Trainer) -> str:
    average = "moving average of the weights" if trainer.config.optimizer.ema_decay else "weights"
    best = trainer.progress.best
    if trainer.config.run.keep == "best" and best:
        score = "AUROC" if trainer.config.run.best_by == "auroc" else "Dice"
        return f"{average} with the highest mean {score} on the validation split, after step {best['step']:,}"
    return f"{average} after the last step"

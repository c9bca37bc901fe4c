"""One run from its config file to its results."""

import logging
from pathlib import Path

import torch
from accelerate import Accelerator

from data_cache.errors import InputError
from models.checkpoints import save_checkpoint
from models.training.config import TrainingConfig, load_config
from models.training.data import load_splits
from models.training.loop import Trainer
from models.training.state import State, find_states, read_state

log = logging.getLogger(__name__)


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
    train_model(config, resume)


def train_model(config: TrainingConfig, resume: bool = False) -> Trainer:
    """Train by a config and write `model.safetensors` when the run is finished."""
    state = _state_to_resume(config, resume)
    torch.set_flush_denormal(True)  # subnormal numbers are up to a hundred times slower on CPUs, and count for nothing
    accelerator = _accelerator(config)
    trainer = Trainer(config, load_splits(config, accelerator), accelerator)
    if state is not None:
        trainer.restore(state)
        log.info("Going on after step %d of %d.", state.step, trainer.steps)
    if not trainer.run():
        log.info("Stopped after step %d of %d; run again with --resume.", trainer.progress.step, trainer.steps)
        return trainer
    trainer.save()
    if accelerator.is_main_process:
        _finish(trainer)
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
    then, now = _flat(state.notes["recipe"]), _flat(config.recipe())
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


def _finish(trainer: Trainer) -> None:
    """Write the run's model."""
    config = trainer.config
    best = trainer.out / "best.safetensors"
    model = trainer.out / "model.safetensors"
    dtype = torch.float16 if config.run.weights_dtype == "float16" else torch.float32
    if config.run.keep == "best" and best.is_file():
        from safetensors.torch import load_file

        trainer.learner.shown.get_submodule("backbone").load_state_dict(load_file(best))
    save_checkpoint(model, trainer.learner.shown, config.architecture, {"name": config.name}, dtype)
    log.info("Wrote %s.", model)

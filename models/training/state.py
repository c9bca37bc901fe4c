"""The state of an unfinished run on disk: one safetensors file, written beside the last one, then renamed."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from data_cache.errors import InputError
from data_cache.store import write_bytes

_NAME = re.compile(r"state-(\d{8})\.safetensors")


@dataclass(frozen=True)
class State:
    """All that a run needs to go on after `step` finished steps.

    `tensors` holds the model, its moving average and the optimizer's moments under prefixed names, `notes` what is
    no tensor (schedule, gradient scaler, validation history, recipe), as JSON allows it. Random generators are not in
    it: every draw is a function of the seed and the step.
    """

    step: int
    tensors: dict[str, torch.Tensor]
    notes: dict[str, Any]


def state_path(folder: Path, step: int) -> Path:
    """Return where the state after a step lies."""
    return folder / f"state-{step:08d}.safetensors"


def find_states(folder: Path) -> list[Path]:
    """Return the states in a folder, oldest first; unfinished files are not among them."""
    return sorted(path for path in folder.glob("state-*.safetensors") if _NAME.fullmatch(path.name))


def write_state(folder: Path, state: State, keep: int) -> Path:
    """Write a state atomically, then remove all but the newest `keep`.

    Raises:
        InputError: the state could not be written (no space, say); earlier states stay as they are.
    """
    target = state_path(folder, state.step)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in state.tensors.items()}
    try:
        write_bytes(target, save(tensors, {"step": str(state.step), "notes": json.dumps(state.notes)}))
    except OSError as error:
        raise InputError(
            f"Expected room to write {target.name}, found {error.strerror}; {last_good(folder)}: free some space and "
            f"run again with --resume."
        ) from None
    for old in find_states(folder)[:-keep]:
        old.unlink()
    return target


def last_good(folder: Path) -> str:
    """Say which state a run in a folder can go on from."""
    states = find_states(folder)
    return f"the last good one is {states[-1].name}" if states else "there is no earlier one"


def read_state(path: Path) -> State:
    """Read a state.

    Raises:
        InputError: the file is damaged.
    """
    try:
        with safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no iterator)
            metadata = file.metadata() or {}
        return State(int(metadata["step"]), tensors, json.loads(metadata["notes"]))
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise InputError(
            f"Expected a whole training state in {path.name}, found a damaged file ({error}); delete it to resume "
            f"from the one before."
        ) from None

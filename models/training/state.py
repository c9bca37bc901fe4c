"""The state of an unfinished run on disk: one safetensors file, written beside the last one, then renamed."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from data_cache.errors import InputError

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
    partial = target.with_suffix(".partial")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in state.tensors.items()}
        save_file(tensors, partial, {"step": str(state.step), "notes": json.dumps(state.notes)})
        partial.replace(target)
    except (OSError, SafetensorError) as error:
        partial.unlink(missing_ok=True)
        last = find_states(folder)
        kept = f"the last good one is {last[-1].name}" if last else "there is no earlier one"
        raise InputError(
            f"Expected room to write {target.name}, found {error}; {kept}: free some space and run again with --resume."
        ) from None
    for old in find_states(folder)[:-keep]:
        old.unlink()
    return target


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

"""The state of an unfinished run on disk: one safetensors file, written beside the last one, then renamed."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save

from data_cache.bounded_files import refuse_special
from data_cache.errors import InputError
from data_cache.guarding import guarded
from data_cache.json_text import parse_json
from data_cache.safetensors_order import in_order
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
        notes = {"step": str(state.step), "notes": json.dumps(state.notes)}
        write_bytes(target, in_order(save(tensors, notes)))
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
    refusal = InputError(
        f"Expected a whole training state in {path.name}, found a damaged file; delete it to resume from the one "
        f"before."
    )
    refuse_special(path, "a training state")
    with guarded(refusal):
        with safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no iterator)
            metadata = file.metadata() or {}
        notes = parse_json(metadata["notes"].encode(), path.name, "the notes of a training state", finite=False)
        if not isinstance(notes, dict):
            raise refusal
        return State(int(metadata["step"]), tensors, notes)

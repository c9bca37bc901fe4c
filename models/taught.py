"""Which model taught a network, as its checkpoint says."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

_LONGEST = 200  # characters of a name


@dataclass(frozen=True)
class TaughtBy:
    """A model whose probabilities a network learned beside the labels: its key, and the sha256 of its weights."""

    key: str
    weights_sha256: str


def note_of(teacher: TaughtBy) -> str:
    """What is stored with the network's weights."""
    return json.dumps({"kind": teacher.key, "weights_sha256": teacher.weights_sha256})


def taught_by(metadata: Mapping[str, str]) -> TaughtBy | None:
    """Read that again; None where a file says nothing of a teacher, or nothing that can be read."""
    try:
        said = json.loads(metadata["teacher"])
        key, weights = said["kind"], said["weights_sha256"]
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    if not all(isinstance(one, str) and 0 < len(one) <= _LONGEST for one in (key, weights)):
        return None
    return TaughtBy(key, weights)

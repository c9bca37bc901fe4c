"""Random streams of a case, by subject."""

import numpy as np

# The place in this tuple is part of every seed: append, never reorder.
_STREAMS = (
    "condition", "anatomy", "pose", "heart", "body", "lung0", "lung1", "vessels", "ribs", "spine",
    "shoulders", "breast", "gut", "technique", "noise", "film", "shortcut", "texture", "variants", "collapse", "breaks",
    "Edema", "Lung Opacity", "Pneumonia", "Consolidation", "Lung Lesion", "Pleural Other", "Pleural Effusion",
    "Pneumothorax", "Support Devices", "Atelectasis", "widening",
)  # fmt: skip


class Streams:
    """Independent random streams by subject, so that more draws in one subject leave the others as they were."""

    def __init__(self, seed: int, patient: int, study: int) -> None:
        self._seed, self._patient, self._study = seed, patient, study

    def patient(self, name: str) -> np.random.Generator:
        """A stream that all studies of the patient share."""
        key = (self._patient, 0, _STREAMS.index(name))
        return np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=key))

    def study(self, name: str) -> np.random.Generator:
        """A stream of this study alone."""
        key = (self._patient, self._study, _STREAMS.index(name))
        return np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=key))

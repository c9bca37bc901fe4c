"""A model's probabilities for all cases of a split, beside their labels, kept in one file."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.images import preprocess
from data_cache.store import entry_name, write_bytes
from models.capabilities import Logits
from models.predictions import ModelInfo


@dataclass(frozen=True, eq=False)
class Predictions:
    """Labels and probabilities of the cases that could be read, in one order.

    Attributes:
        cases, patients: the id and the patient of each case.
        labels: (n, 14) float64, 1, 0 or NaN (uncertain or unknown).
        probabilities: (n, 14) float64, NaN for findings that the model does not predict. Double, so that logits that
            differ stay apart close to 0 and to 1.
        unreadable: one sentence for each case that is left out, naming it.
    """

    cases: tuple[str, ...]
    patients: tuple[str, ...]
    labels: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    unreadable: tuple[str, ...]


def predict_cases(predictor: Logits, cases: Iterable[Case]) -> Predictions:
    """Run a model over cases, one at a time. A case whose image cannot be read is left out and named."""
    read: list[Case] = []
    logits: list[NDArray[np.float32]] = []
    unreadable: list[str] = []
    for case in cases:
        try:
            logits.append(_logits(predictor, case))
            read.append(case)
        except InputError as error:
            unreadable.append(f"{case.id}: {error}")
    return Predictions(
        cases=tuple(case.id for case in read),
        patients=tuple(case.patient for case in read),
        labels=np.array([label_row(case) for case in read], np.float64).reshape(len(read), len(FINDINGS)),
        probabilities=expit(np.array(logits, np.float64).reshape(len(read), len(FINDINGS))),
        unreadable=tuple(unreadable),
    )


def label_row(case: Case) -> list[float]:
    """The 14 labels of a case as 1, 0 or NaN; whatever is neither present nor absent, an uncertain one too, is NaN."""
    return [float("nan") if case.labels[name] not in (0, 1) else float(case.labels[name] or 0) for name in FINDINGS]


def fingerprint(info: ModelInfo, cases: Sequence[Case]) -> str:
    """Name what predictions depend on: the weights, what computes, and each case's image file, patient and labels.

    A file is recognised by its size and the time of its last change.
    """
    return entry_name(
        weights=info.weights_sha256,
        kind=info.key,
        backend=[info.backend, info.precision],
        cases=[[case.id, case.patient, str(label_row(case)), _file_state(case.image_path)] for case in cases],
    )


def save_predictions(path: Path, predictions: Predictions, made_from: str) -> None:
    """Write predictions as .npz (arrays named as the attributes, and `made_from`), whole or not at all."""
    content = io.BytesIO()
    np.savez_compressed(
        content,
        made_from=np.array(made_from),
        cases=np.array(predictions.cases, np.str_),
        patients=np.array(predictions.patients, np.str_),
        labels=predictions.labels,
        probabilities=predictions.probabilities,
        unreadable=np.array(predictions.unreadable, np.str_),
    )
    write_bytes(path, content.getvalue())


def load_predictions(path: Path, made_from: str) -> Predictions | None:
    """Read what `save_predictions` wrote; None if there is no such file, it is damaged, or made from something else."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            if str(stored["made_from"]) != made_from:
                return None
            return Predictions(
                cases=tuple(stored["cases"].tolist()),
                patients=tuple(stored["patients"].tolist()),
                labels=stored["labels"],
                probabilities=stored["probabilities"],
                unreadable=tuple(stored["unreadable"].tolist()),
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _logits(predictor: Logits, case: Case) -> NDArray[np.float32]:
    image, _ = preprocess(case.read(), predictor.input_size)
    logits = predictor.predict(image).logits
    if not np.isfinite(logits[predictor.info.architecture.predicted]).all():
        raise InputError("expected finite logits, found NaN or infinity; check the weights.")
    return logits


def _file_state(path: Path | None) -> list[int]:
    if path is None or not path.is_file():
        return []
    state = path.stat()
    return [state.st_size, state.st_mtime_ns]

"""Logits of many cases, as their images are and with changed contrast."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.images import Radiograph, preprocess
from evaluation.trust.augmentation import change_contrast
from evaluation.trust.base import FloatArray
from models.capabilities import Logits
from models.classification.predictions import label_row


@dataclass(frozen=True, eq=False)
class Predicted:
    """What a model says about the cases that could be read, in one order.

    Attributes:
        cases, patients: the id and the patient of each case.
        labels: (n, 14) float64, 1, 0 or NaN (uncertain or unknown).
        logits: (contrasts, n, 14) float32, NaN for findings that the model does not predict.
        contrasts: the factors that the images' contrast was changed by; 1 is the image as it is.
        unreadable: one sentence for each case that is left out, naming it.
    """

    cases: tuple[str, ...]
    patients: tuple[str, ...]
    labels: NDArray[np.float64]
    logits: FloatArray
    contrasts: tuple[float, ...]
    unreadable: tuple[str, ...]

    @property
    def plain(self) -> FloatArray:
        """Logits (n, 14) of the images as they are."""
        return self.logits[self.contrasts.index(1.0)]


def predict_logits(
    model: Logits,
    cases: Iterable[Case],
    contrasts: Sequence[float] = (1.0,),
    look: Callable[[Case, Radiograph], object] = lambda _case, _radiograph: None,
) -> Predicted:
    """Run a model over cases, one at a time with all its contrasts. What cannot be read is left out and named.

    Args:
        model: answers for several images at once.
        cases: the radiographs.
        contrasts: factors, see `change_contrast`, applied to the model's input; 1 must be among them.
        look: shown each case and its image.
    """
    if 1.0 not in contrasts:
        raise ValueError(f"Expected the contrast 1 among the contrasts, found {contrasts}.")
    read: list[Case] = []
    logits: list[FloatArray] = []
    unreadable: list[str] = []
    for case in cases:
        try:
            radiograph = case.read()
            look(case, radiograph)
            image, _ = preprocess(radiograph, model.input_size)
            found = model.logits(np.stack([image if c == 1.0 else change_contrast(image, c) for c in contrasts]))
            if not np.isfinite(found[:, model.info.architecture.predicted]).all():
                raise InputError("expected finite logits, found NaN or infinity; check the weights.")
        except InputError as error:
            unreadable.append(f"{case.id}: {error}")
            continue
        logits.append(found)
        read.append(case)
    shape = (len(contrasts), len(read), len(FINDINGS))
    return Predicted(
        cases=tuple(case.id for case in read),
        patients=tuple(case.patient for case in read),
        labels=np.array([label_row(case) for case in read], np.float64).reshape(shape[1:]),
        logits=np.stack(logits, axis=1) if read else np.empty(shape, np.float32),
        contrasts=tuple(contrasts),
        unreadable=tuple(unreadable),
    )

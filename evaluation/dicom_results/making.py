"""Results about a DICOM image from what models and methods say about it."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from scipy.special import expit

from data_cache.findings import FINDINGS
from data_cache.images import Radiograph
from explainers.dicom.marking import cut_words, marked_of
from explainers.dicom.picture import Tile, compose, outlined
from explainers.dicom.results import WARNING, Layer, Results, Spoken
from explainers.dicom.source import Source
from explainers.explanation import Explanation
from explainers.model_run import ModelRun
from explainers.pairs import parse_pair
from explainers.types import FloatArray
from models.predictions import ModelInfo
from models.registry import find_model

_PRESENT = 0.5
States = Mapping[str, tuple[str, tuple[str, ...]]]  # of each model by key: a few words, and why


def spoken_of(info: ModelInfo, logits: FloatArray, state: tuple[str, tuple[str, ...]], told: bool) -> Spoken:
    """What a model said.

    Args:
        info: the model.
        logits: float32 (14,), NaN for findings that it does not predict.
        state: whether it can read the image, and why.
        told: whether its probabilities may be written down.
    """
    known = zip(FINDINGS, expit(logits.astype(np.float64)).tolist(), strict=True)
    probabilities = {finding: value for finding, value in known if not np.isnan(value)} if told else {}
    return Spoken(find_model(info.key).label, info.weights_sha256, *state, probabilities)


def probable(runs: Mapping[str, ModelRun]) -> tuple[str, ...]:
    """The findings that any model holds more probable than not; where there is none, the most probable one."""
    logits = np.stack([run.logits for run in runs.values()])
    best = np.nan_to_num(expit(logits), nan=0.0).max(axis=0)
    best[0] = 0.0  # No Finding has no place
    found = tuple(FINDINGS[at] for at in np.flatnonzero(best >= _PRESENT))
    return found or (FINDINGS[int(best.argmax())],)


def layers_of(explanations: Iterable[Explanation], findings: Sequence[str], threshold: float) -> tuple[Layer, ...]:
    """Cut maps of some findings at a threshold."""
    layers = []
    for one in explanations:
        pair = parse_pair(one.name)
        marked = tuple(m for finding in findings if (m := marked_of(one, finding, threshold)) is not None)
        label = f"{pair.entry.label}, {find_model(pair.model).short}"
        layers.append(Layer(one.name, label, pair.model, one.parameters, cut_words(one, threshold), marked))
    return tuple(layers)


def results_of(
    source: Source, radiograph: Radiograph, models: Mapping[str, Spoken], layers: Sequence[Layer]
) -> Results:
    """Put everything together, with a picture of each region."""
    tiles = [
        Tile(outlined(radiograph.pixels, one.mask), _caption(one.finding, layer, models[layer.model]))
        for layer in layers
        for one in layer.marked
    ]
    said = [WARNING, *(" ".join((f"{one.label}: {one.state}.", *one.reasons)) for one in models.values())]
    picture = compose(tiles, "What maps mark: where a model looked, not what is there", said)
    return Results(source, models, tuple(layers), picture, radiograph.warnings)


def _caption(finding: str, layer: Layer, spoken: Spoken) -> tuple[str, ...]:
    probability = spoken.probabilities.get(finding)
    words = "" if probability is None else f" · probability {probability:.2f}"
    return f"{finding}{words}", layer.label, layer.cut

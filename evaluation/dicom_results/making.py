"""Results about a DICOM image from what models and methods say about it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from data_cache.findings import FINDINGS
from data_cache.images import Radiograph, read_radiograph
from evaluation.assessment import Assessment, assess, film_of
from evaluation.trust.profile import find_profile
from explainers.base import Parameters
from explainers.dicom.marking import cut_words, marked_of
from explainers.dicom.picture import Tile, compose, outlined
from explainers.dicom.results import Layer, Results, Spoken, said_of
from explainers.dicom.source import Source
from explainers.explanation import Explanation
from explainers.model_run import ModelRun, model_runs
from explainers.pairs import parse_pair
from explainers.run import explain_all
from explainers.types import FloatArray
from models.backends.base import BackendName
from models.predictions import ModelInfo
from models.registry import find_model


class Cut(NamedTuple):
    """Where maps are cut: at a share of their own range; and whether their strength is wanted besides."""

    threshold: float
    fractional: bool


_PROBABLE = 0.5
_OUTLINES = "Outlines of what maps of models mark, drawn over the source image"
_NO_OUTLINES = "No map, since none marks anything or none may be shown: what is said of the models alone"
_WITHHELD = "Nothing of its maps is written, since it cannot assess this image."
TITLE = "What maps mark: where a model looked, not what is there"


def make_results(
    data: bytes,
    name: str,
    parameters: Mapping[str, Parameters],
    weights: Mapping[str, str],
    findings: Sequence[str],
    cut: Cut,
    backend: BackendName,
) -> Results:
    """Explain a DICOM image.

    Args:
        data: the file.
        name: what to call it in messages.
        parameters: of each map, by its name.
        weights: of each model, by its key.
        findings: whose regions are written; where there is none, see `probable`, of the models that can assess the
            image alone: to choose by what the others say would be a verdict.
        cut: what maps mark.
        backend: what computes.

    Raises:
        InputError: it is no DICOM radiograph that results can refer to, or weights are wrong.
    """
    from models.predictor import load_predictor  # torch takes its time to import

    source = Source.of(data, name)
    radiograph = read_radiograph(data, name)
    models = {key: load_predictor(spec, key, backend) for key, spec in weights.items()}
    runs = model_runs(radiograph, models)
    film = film_of(radiograph, simulated=False)
    spoken, shown = {}, {}
    for key, run in runs.items():
        profile = find_profile(weights[key], run.info)
        verdict = assess(film, run.info.origin, profile.quality if profile is not None else None)
        spoken[key] = spoken_of(run.info, run.logits, verdict, named=bool(findings))
        if writes_maps(verdict, named=bool(findings)):
            shown[key] = run
    written = {name: values for name, values in parameters.items() if parse_pair(name).model in shown}
    explanations = explain_all(shown, list(written), written)
    layers = layers_of(explanations.values(), findings or probable(shown.values()), cut)
    tiles = _tiles(radiograph, layers, spoken)
    picture = compose(tiles, TITLE, said_of(spoken))
    return Results(source, spoken, layers, picture, _OUTLINES if tiles else _NO_OUTLINES, tuple(radiograph.warnings))


def writes_maps(verdict: Assessment, named: bool) -> bool:
    """Whether a model's maps go into a record: where it can read the image, or somebody named the findings.

    Args:
        verdict: whether it can read the image.
        named: whether a person asked for findings by name; to be on show is not to be named.
    """
    return verdict.assessable or named


def spoken_of(info: ModelInfo, logits: FloatArray, verdict: Assessment, named: bool) -> Spoken:
    """What a model said; where it cannot read the image, no probabilities go into anybody's record.

    Args:
        info: the model.
        logits: float32 (14,), NaN for findings that it does not predict.
        verdict, named: see `writes_maps`.
    """
    known = zip(FINDINGS, expit(logits.astype(np.float64)).tolist(), strict=True)
    told = {finding: value for finding, value in known if not np.isnan(value)} if verdict.assessable else {}
    reasons = [reason.sentence.replace("`", "") for reason in verdict.reasons]
    withheld = "" if writes_maps(verdict, named) else _WITHHELD
    return Spoken(find_model(info.key).label, info.weights_sha256, verdict.title, tuple(reasons), told, withheld)


def probable(runs: Iterable[ModelRun]) -> tuple[str, ...]:
    """The findings that any model holds more probable than not; where there is none, the most probable one."""
    logits = [run.logits for run in runs]
    if not logits:
        return ()
    best = np.nan_to_num(expit(np.stack(logits)), nan=0.0).max(axis=0)
    best[0] = 0.0  # No Finding has no place
    found = tuple(FINDINGS[at] for at in np.flatnonzero(best > _PROBABLE))
    return found or (FINDINGS[int(best.argmax())],)


def layers_of(explanations: Iterable[Explanation], findings: Sequence[str], cut: Cut) -> tuple[Layer, ...]:
    """Cut maps of some findings."""
    layers = []
    for one in explanations:
        marked = tuple(m for finding in findings if (m := marked_of(one, finding, *cut)) is not None)
        layers.append(
            Layer(one.name, layer_label(one.name), one.model, one.parameters, cut_words(one, cut.threshold), marked)
        )
    return tuple(layers)


def layer_label(name: str) -> str:
    """What a map is called: its method and the model's short name."""
    pair = parse_pair(name)
    return f"{pair.entry.label}, {find_model(pair.model).short}"


def _tiles(radiograph: Radiograph, layers: Iterable[Layer], models: Mapping[str, Spoken]) -> list[Tile]:
    return [
        Tile(outlined(radiograph.pixels, one.mask), _caption(one.finding, layer, models[layer.model]))
        for layer in layers
        for one in layer.marked
    ]


def _caption(finding: str, layer: Layer, spoken: Spoken) -> tuple[str, ...]:
    probability = spoken.probabilities.get(finding)
    words = "" if probability is None else f" · probability {probability:.2f}"
    return f"{finding}{words}", layer.label, layer.cut

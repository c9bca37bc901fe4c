"""Results about the open DICOM upload as DICOM objects, where the host allowed it: what is shown of the finding.

Of models that cannot assess the image nothing but that is written: no map, and no finding, which the page may have
chosen.
"""

import zipfile
from io import BytesIO

import numpy as np

from data_cache.errors import InputError
from evaluation.dicom_results.making import TITLE, layer_label, spoken_of, writes_maps
from explainers.dicom.picture import Tile, compose, with_border
from explainers.dicom.results import Layer, Marked, Number, Results, Spoken, said_of, without_segmentation
from explainers.dicom.source import Source
from explainers.dicom.writing import write_results
from ui.exports.pictures import picture_of, scale_limits
from ui.exports.report import Pane, Report
from ui.exports.words import cut_words

_SHOWS = "The image as the models see it, and heat maps drawn over it with outlines of what they mark"
_SHOWS_NONE = "The image as the models see it, without maps: what is said of the models alone"


def as_dicom(report: Report, fractional: bool) -> tuple[bytes, str]:
    """Return a ZIP of a Secondary Capture, a segmentation for each map and a structured report, and what is missing.

    Args:
        report: the open case as it is shown.
        fractional: whether segmentations hold the maps themselves.

    Raises:
        InputError: results cannot refer to the open case, or highdicom is not installed.
    """
    source = report.reading.source
    if isinstance(source, InputError):
        raise source
    if source is None:
        raise InputError(
            "Expected an open DICOM upload whose header this server may keep (EXPLORER_DICOM_RESULTS=1), found none; "
            "open one, or ask the host."
        )
    results = _results(report, source, fractional)
    files = write_results(results, fractional)
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue(), _missing(results, report.state.finding)


def _missing(results: Results, finding: str) -> str:
    """Why the ZIP lacks segmentations; empty where it lacks none."""
    if not results.layers and not any(one.withheld for one in results.models.values()):
        return "No segmentation: no map is on show."
    return " ".join(without_segmentation(results.models, results.layers, finding))


def _results(report: Report, source: Source, fractional: bool) -> Results:
    reading = report.reading
    models = {
        model.key: spoken_of(model, report.logits[model.key], reading.assessments[model.key], named=False)
        for model in report.models
        if model.key in report.logits
    }
    panes = [pane for pane in report.panes if writes_maps(reading.assessments[pane.pair.model], named=False)]
    layers = tuple(_layer(pane, report, fractional) for pane in panes)
    grey = report.state.window.apply(report.view.grey)
    limits = scale_limits(report.panes, report.state.limits)
    tiles = [Tile(picture_of(None, grey, limits, report), ("Radiograph", "as the models see it"))]
    for pane, layer in zip(panes, layers, strict=True):
        drawn = with_border(picture_of(pane, grey, limits, report), pane.laid.region(pane.level))
        tiles.append(Tile(drawn, _caption(report, layer, models)))
    picture = compose(tiles, TITLE, said_of(models))
    laid = reading.orientation.words
    remarks = [
        *report.view.facts["warnings"],
        *([f"The image was {laid}; regions are placed as in the file."] if laid else []),
    ]
    return Results(source, models, layers, picture, _SHOWS if panes else _SHOWS_NONE, tuple(remarks))


def _layer(pane: Pane, report: Report, fractional: bool) -> Layer:
    geometry, finding = report.view.geometry, report.state.finding
    back = report.reading.orientation.back  # from how the models saw it to how it lies in the file
    mask = back.array(geometry.mask_to_original(pane.laid.region(pane.level)))
    strength = None
    if fractional and mask.any():
        share = np.clip((pane.laid.scored - pane.laid.least) / (pane.laid.most - pane.laid.least), 0, 1)
        strength = back.array(np.nan_to_num(geometry.map_to_original(share.astype(np.float32), "aligned")))
    numbers = [Number("Share of the image that is marked", float(mask.mean())), *_scores(pane, report)]
    marked = (Marked(finding, mask, strength, tuple(numbers)),) if mask.any() else ()
    return Layer(
        pane.name, layer_label(pane.name), pane.pair.model, pane.explanation.parameters, cut_words(pane), marked
    )


def _scores(pane: Pane, report: Report) -> list[Number]:
    """Scores against the visitor's drawings, which are called by their number: names may be people's."""
    found = []
    for number, mask in enumerate(report.references(report.state.finding).values(), 1):
        scores = pane.scores(mask)
        found += [Number(f"{name} with drawing {number}", value) for name, value in scores.items() if value is not None]
    return found


def _caption(report: Report, layer: Layer, models: dict[str, Spoken]) -> tuple[str, ...]:
    finding = report.state.finding
    probability = models[layer.model].probabilities.get(finding)
    words = "" if probability is None else f" · probability {probability:.2f}"
    return f"{finding}{words}", layer.label, f"marked: {layer.cut}" if layer.marked else "nothing marked"

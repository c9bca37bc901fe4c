"""Exports for machines: JSON, CSV and the maps as .npz."""

import csv
import json
import math
from collections.abc import Sequence
from io import BytesIO, StringIO
from typing import Any

import numpy as np

from data_cache.findings import FINDINGS
from data_cache.masks import Rle
from ui.case_view import DISPLAY_SIZE
from ui.content import assessment_contents
from ui.exports.report import PROGRAM, WARNING, Floor, Pane, Report
from ui.exports.request import Mask
from ui.gaze.chosen import SHARE, seen
from ui.measures import LEVELS, METRICS

COLUMNS = (
    "case", "method", "finding", "reference", "reference_form", "model", "weights_sha256", "label",
    "probability", "logit", "threshold_share", "cut", "marked_pixels", "mask_pixels", *METRICS, "reason",
    "assessment", "assessment_reasons", "orientation", "withheld", "warning",
)  # fmt: skip
WITHHELD = "Not assessable, so logits and probabilities are left out; “Show anyway” on the page writes them."
ANYWAY = "Not assessable: logits and probabilities mean nothing, and stand here since “Show anyway” was chosen."
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def facts(report: Report) -> dict[str, Any]:
    """Return everything needed to make the same again, but for the maps, as JSON values."""
    view, state = report.view, report.state
    patches_told = report.patch_model is not None and report.tells(report.patch_model)
    kept, patches = (report.kept_probabilities, report.patches) if patches_told else (None, None)
    return {
        "program": PROGRAM,
        "warning": WARNING,
        "date": report.date.isoformat(),
        "case": {"id": view.case_id, "title": view.title}
        | {
            key: view.facts[key]
            for key in ("source_label", "phantom", "facts", "size", "geometry", "labels", "warnings")
        },
        "orientation": _orientation(report),
        "models": [
            {
                "key": model.key,
                "label": report.names[model.key],
                "id": model.id,
                "origin": model.origin,
                "weights_sha256": model.weights_sha256,
                "backend": model.backend,
                "precision": model.precision,
            }
            for model in report.models
        ],
        "assessments": assessment_contents(report.assessments),
        "statement": state.statement,
        "settings": state.model_dump(exclude={"annotations", "statement"}),
        "truth": report.truth.facts(state.finding),
        "withheld": {key: words for key in report.logits if (words := _withheld(report, key))},
        "logits": {key: _told(report, key, logits.tolist()) for key, logits in report.logits.items()},
        "probabilities": {key: _told(report, key, values) for key, values in report.probabilities.items()},
        "patch_model": report.patch_model,
        "patch_logits": None if patches is None else [[_number(value) for value in row] for row in patches.tolist()],
        "probabilities_without_switched_off": None if kept is None else _by_finding(kept),
        "methods": {pane.name: _method(pane, report) for pane in report.panes},
        "regions": dict(report.reading.regions),
        "floors": {floor.name: _floor(floor, report) for floor in report.floors},
        "gaze": _gaze(report),
        "annotations": [
            {"name": drawing.name, "finding": drawing.finding, "polygons": drawing.polygons, "mask": _runs(mask)}
            for drawing, (_, _, mask) in zip(state.annotations, report.drawings, strict=True)
        ],
        "agreement": report.agreements(report.regions()),
    }


def _orientation(report: Report) -> dict[str, Any]:
    """How the image was laid before anything looked at it: mirrored first, then turned."""
    laid = report.reading.orientation
    return {
        "code": laid.code,
        "flipped": laid.flipped,
        "quarter_turns_clockwise": laid.quarters,
        "inverted": laid.inverted,
        "words": laid.words,
    }


def _by_finding(values: Sequence[float | None]) -> dict[str, float | None]:
    """Values by finding; None for findings that the model does not predict."""
    return {finding: _number(value) for finding, value in zip(FINDINGS, values, strict=True)}


def _told(report: Report, key: str, values: Sequence[float | None]) -> dict[str, float | None] | None:
    """The same of a model; None where it cannot assess the image."""
    return _by_finding(values) if report.tells(key) else None


def _withheld(report: Report, key: str) -> str:
    """Why a model's numbers are left out, or that they stand there although they mean nothing; "" where they may."""
    if report.assessable(key):
        return ""
    return ANYWAY if report.tells(key) else WITHHELD


def _number(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value


def _runs(mask: np.ndarray) -> dict[str, Any]:
    return {"size": list(mask.shape), "counts": Rle.encode(mask).counts}


def _method(pane: Pane, report: Report) -> dict[str, Any]:
    references = report.references(report.state.finding)
    return {
        "method": pane.pair.method,
        "model": pane.pair.model,
        "parameters": dict(pane.explanation.parameters),
        "shape": list(pane.explanation.maps.shape),
        "level": pane.level,
        "cut": _number(pane.laid.cut(pane.level)),
        "scores": {name: pane.scores(mask) for name, mask in references.items()},
        "undefined": {name: pane.laid.why_undefined(pane.level, mask) for name, mask in references.items()},
    }


def _floor(floor: Floor, report: Report) -> dict[str, Any]:
    references = report.references(report.state.finding)
    return {
        "note": floor.note,
        "level": floor.level,
        "cut": _number(floor.laid.cut(floor.level)),
        "scores": {name: floor.scores(mask) for name, mask in references.items()},
        "undefined": {name: floor.laid.why_undefined(floor.level, mask) for name, mask in references.items()},
    }


def _gaze(report: Report) -> dict[str, Any] | None:
    """Every map shown against where somebody looked; by scores of maps alone, never among those of masks."""
    readings, choice = report.reading.gaze, report.state.gaze.choice
    if not readings:
        return None
    gaze = seen(readings, choice)
    shown: list[Pane | Floor] = [*report.panes, *report.floors]
    maps = [one for one in shown if not one.laid.unpredicted]
    return {
        "whose": gaze.who,
        "readings": [{"name": one.name, "from": one.origin or "a file"} for one in readings],
        "window": gaze.window,
        "start": choice.start,
        "end": choice.end,
        "share": SHARE,
        "scores": {
            one.name: {key: _number(value) for key, value in gaze.scores(one.laid.signed, DISPLAY_SIZE).items()}
            for one in maps
        },
    }


def as_json(report: Report) -> bytes:
    """Return the report as JSON, the same for the same state but for the date."""
    return json.dumps(facts(report), indent=1, allow_nan=False, ensure_ascii=False).encode()


def as_csv(report: Report) -> bytes:
    """Return a row for each shown map, finding and reference; a finding without any has a row without scores.

    What is not defined, or not predicted by the model, is empty, with the reason in the last column.
    """
    text = StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for name in report.state.methods:
        for finding in FINDINGS:
            table.writerows([_cell(value) for value in row] for row in _rows(report, name, finding))
    for name in report.state.floors:
        for finding in FINDINGS:
            table.writerows([_cell(value) for value in row] for row in _floor_rows(report, name, finding))
    return text.getvalue().encode("utf-8-sig")


def _rows(report: Report, name: str, finding: str) -> list[list[Any]]:
    pane = report.pane(name, finding)
    key, at = pane.pair.model, FINDINGS.index(finding)
    model = next(model for model in report.models if model.key == key)
    label = report.view.facts["labels"].get(finding)
    said = [report.probabilities[key][at], _number(report.logits[key][at].item())] if report.tells(key) else [None] * 2
    known = [model.id, model.weights_sha256, label, *said]
    return _scored(report, pane, finding, known)


def _floor_rows(report: Report, name: str, finding: str) -> list[list[Any]]:
    """The same of a map that is of no model."""
    floor = report.floor(name, finding)
    known = ["", "", report.view.facts["labels"].get(finding), None, None]
    return [] if floor is None else _scored(report, floor, finding, known)


def _scored(report: Report, pane: Pane | Floor, finding: str, known: list[Any]) -> list[list[Any]]:
    """A row for each reference of a finding; `known` is what there is to say of the model."""
    marked = int(pane.laid.region(pane.level).sum())
    cut = [pane.level / LEVELS, _number(pane.laid.cut(pane.level)), marked]
    rows = []
    references: dict[str, Mask | None] = {**report.references(finding)} or {"": None}
    for reference, mask in references.items():
        scores = [*pane.scores(mask).values()] if mask is not None else [None] * len(METRICS)
        area = None if mask is None else int(mask.sum())
        reason = pane.laid.why_undefined(pane.level, mask)
        form = report.truth.form(finding) if reference == report.truth_name else ""
        laid = report.reading.orientation.words
        named = [report.view.title, pane.name, finding, reference, form]
        withheld = _withheld(report, pane.pair.model) if isinstance(pane, Pane) else ""
        rows.append([*named, *known, *cut, area, *scores, reason, *_assessed(report, pane), laid, withheld, WARNING])
    return rows


def _assessed(report: Report, pane: Pane | Floor) -> tuple[str, str]:
    """The state of the map's model reading this image and the keys of the reasons; empty for maps of no model."""
    found = report.assessments.get(pane.pair.model) if isinstance(pane, Pane) else None
    return ("", "") if found is None else (found.state, " ".join(reason.key for reason in found.reasons))


def _cell(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: names come from visitors."""
    return "'" + value if isinstance(value, str) and value.startswith(_FORMULA) else value


def as_npz(report: Report) -> bytes:
    """Return the signed raw maps of all methods and models that were computed, `metadata` and `findings`.

    Each map is float32 (14, h, w) at the method's own resolution, over the view, under the name METHOD or METHOD@MODEL;
    NaN for findings that the model does not predict. Readable with allow_pickle=False.
    """
    arrays: dict[str, Any] = {name: explanation.maps for name, explanation in report.reading.explanations.items()}
    metadata = json.dumps(facts(report), allow_nan=False)
    content = BytesIO()
    arrays |= {"findings": np.array(FINDINGS), "metadata": np.array(metadata)}
    np.savez_compressed(content, **arrays)
    return content.getvalue()

"""Exports for machines: JSON, CSV and the maps as .npz."""

import csv
import json
from io import BytesIO, StringIO
from typing import Any

import numpy as np

from data_cache.findings import FINDINGS
from data_cache.masks import Rle
from ui.exports.report import PROGRAM, WARNING, Pane, Report
from ui.exports.request import Mask
from ui.measures import LEVELS, METRICS

COLUMNS = (
    "case", "method", "finding", "reference", "model", "weights_sha256", "label", "probability", "logit",
    "threshold_share", "cut", "marked_pixels", "mask_pixels", *METRICS, "reason",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def facts(report: Report) -> dict[str, Any]:
    """Return everything needed to make the same again, but for the maps, as JSON values."""
    view, state = report.view, report.state
    by_finding = {kind: dict(zip(FINDINGS, logits.tolist(), strict=True)) for kind, logits in report.logits.items()}
    spoken = {kind: dict(zip(FINDINGS, values, strict=True)) for kind, values in report.probabilities.items()}
    kept, patches = report.kept_probabilities, report.reading.patch_logits
    return {
        "program": PROGRAM,
        "warning": WARNING,
        "date": report.date.isoformat(),
        "case": {"id": view.case_id}
        | {
            key: view.facts[key]
            for key in ("source_label", "phantom", "facts", "size", "geometry", "labels", "warnings")
        },
        "models": [
            {
                "kind": model.kind,
                "id": model.id,
                "origin": model.origin,
                "weights_sha256": model.weights_sha256,
                "backend": model.backend,
                "precision": model.precision,
            }
            for model in report.models
        ],
        "settings": state.model_dump(exclude={"annotations"}),
        "logits": by_finding,
        "probabilities": spoken,
        "patch_logits": None if patches is None else patches.reshape(len(FINDINGS), -1).T.tolist(),
        "probabilities_without_switched_off": None if kept is None else dict(zip(FINDINGS, kept, strict=True)),
        "methods": {pane.entry.key: _method(pane, report) for pane in report.panes},
        "annotations": [
            {"name": drawing.name, "finding": drawing.finding, "polygons": drawing.polygons, "mask": _runs(mask)}
            for drawing, (_, _, mask) in zip(state.annotations, report.drawings, strict=True)
        ],
        "agreement": report.agreements(),
    }


def _runs(mask: np.ndarray) -> dict[str, Any]:
    return {"size": list(mask.shape), "counts": Rle.encode(mask).counts}


def _method(pane: Pane, report: Report) -> dict[str, Any]:
    references = report.references(report.state.finding)
    return {
        "parameters": dict(pane.explanation.parameters),
        "shape": list(pane.explanation.maps.shape),
        "level": pane.level,
        "cut": pane.laid.cut(pane.level),
        "scores": {name: pane.scores(mask) for name, mask in references.items()},
        "undefined": {name: pane.laid.why_undefined(pane.level, mask) for name, mask in references.items()},
    }


def as_json(report: Report) -> bytes:
    """Return the report as JSON, the same for the same state but for the date."""
    return json.dumps(facts(report), indent=1, allow_nan=False, ensure_ascii=False).encode()


def as_csv(report: Report) -> bytes:
    """Return a row for each shown method, finding and reference; a finding without any has a row without scores."""
    text = StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for method in report.state.methods:
        for finding in FINDINGS:
            table.writerows([_cell(value) for value in row] for row in _rows(report, method, finding))
    return text.getvalue().encode("utf-8-sig")


def _rows(report: Report, method: str, finding: str) -> list[list[Any]]:
    pane = report.pane(method, finding)
    kind, at = pane.entry.model, FINDINGS.index(finding)
    model = next(model for model in report.models if model.kind == kind)
    label = report.view.facts["labels"].get(finding)
    known = [model.id, model.weights_sha256, label, report.probabilities[kind][at], report.logits[kind][at].item()]
    cut = [pane.level / LEVELS, pane.laid.cut(pane.level), int(pane.laid.region(pane.level).sum())]
    rows = []
    references: dict[str, Mask | None] = {**report.references(finding)} or {"": None}
    for name, mask in references.items():
        scores = [*pane.scores(mask).values()] if mask is not None else [None] * len(METRICS)
        area = None if mask is None else int(mask.sum())
        reason = pane.laid.why_undefined(pane.level, mask)
        rows.append([report.view.case_id, method, finding, name, *known, *cut, area, *scores, reason])
    return rows


def _cell(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: names come from visitors."""
    return "'" + value if isinstance(value, str) and value.startswith(_FORMULA) else value


def as_npz(report: Report) -> bytes:
    """Return the signed raw maps of all methods, `metadata` and `findings`; readable with allow_pickle=False.

    Each map is float32 (14, h, w) at the method's own resolution, over the view.
    """
    arrays: dict[str, Any] = {key: explanation.maps for key, explanation in report.reading.explanations.items()}
    metadata = json.dumps(facts(report), allow_nan=False)
    content = BytesIO()
    arrays |= {"findings": np.array(FINDINGS), "metadata": np.array(metadata)}
    np.savez_compressed(content, **arrays)
    return content.getvalue()

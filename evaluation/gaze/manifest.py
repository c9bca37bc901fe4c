"""What a run against gaze was made of."""

import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from data_cache.store import write_bytes
from evaluation.gaze.running import GazeResults, GazeRun
from evaluation.inference.intervals import BOOTSTRAP
from evaluation.inference.procedures import definitions
from evaluation.report.manifest import digests_of, maps_described, versions


def write_manifest(
    out: Path, run: GazeRun, settings: Mapping[str, Any], found: GazeResults, problems: Sequence[str]
) -> None:
    """Write manifest.json beside the tables.

    Args:
        out: the folder.
        run: what was scored, and how.
        settings: of the dataset, the gaze maps and the intervals (`bootstrap`, `seed`), as JSON values.
        found: what came out.
        problems: sentences on what could not be used of the dataset.
    """
    content = {
        "settings": {**settings, "alignment": run.alignment},
        "inference": {BOOTSTRAP: definitions(settings["bootstrap"], settings["seed"], "patient")[BOOTSTRAP]},
        "inputs": {"maps": {source.name: maps_described(source, digests_of(source)) for source in run.sources}},
        "readings": len({(row.case, row.reader, row.kind, row.phrase) for row in found.rows}),
        "patients": len({row.patient for row in found.rows}),
        "left_out": [
            {"method": method, "reason": why, "count": n} for (method, why), n in sorted(found.left_out.items())
        ],
        "problems": [*problems, *found.problems],
        "versions": {"python": platform.python_version(), **versions()},
    }
    write_bytes(out / "manifest.json", json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False).encode())

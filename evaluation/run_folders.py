"""Folders that the benchmark wrote, read again: what was scored, and every case's scores."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data_cache.bounded_files import read_file
from data_cache.errors import InputError
from data_cache.guarding import guarded
from data_cache.json_text import DATASET, parse_json
from evaluation.scores import METRICS, NAN

_MOST_BYTES = 1_000_000_000
Key = tuple[str, str]  # case, finding


@dataclass(frozen=True)
class RunFolder:
    """One run of the benchmark.

    Attributes:
        name: of the folder.
        manifest: as it was written.
        scores: by method, then case and finding, the values of METRICS; NaN where undefined.
    """

    name: str
    manifest: Mapping[str, Any]
    scores: Mapping[str, Mapping[Key, tuple[float, ...]]] = field(repr=False)

    @property
    def patient_of(self) -> Mapping[str, str]:
        """By case, where the case's id does not say so."""
        found = self.manifest.get("patients", {})
        return found if isinstance(found, Mapping) else {}

    @property
    def checksums(self) -> dict[str, str]:
        """SHA-256 of every input by its role."""
        inputs = self.manifest["inputs"]
        found = {role: one["sha256"] for role, one in inputs.items() if "sha256" in one}
        for role in ("maps", "tuning_maps"):
            found |= {f"{role} of {name}": one.get("sha256", "") for name, one in inputs.get(role, {}).items()}
        return found


def read_run(folder: Path) -> RunFolder:
    """Read a folder that `evaluation benchmark` wrote.

    Raises:
        InputError: it is none, or one of its files is damaged.
    """
    wrong = InputError(f"Expected a folder that `evaluation benchmark` wrote, found {folder.name}; name its --out.")
    place = folder / "manifest.json"
    if not place.is_file() or not (folder / "per_case.csv").is_file():
        raise wrong
    with guarded(wrong):
        manifest = parse_json(read_file(place, "manifest", _MOST_BYTES), place.name, "a manifest", DATASET)
        scores: dict[str, dict[Key, tuple[float, ...]]] = {}
        with (folder / "per_case.csv").open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                values = tuple(float(row[metric]) if row[metric] else NAN for metric in METRICS)
                scores.setdefault(row["method"], {})[row["case"], row["finding"]] = values
        run = RunFolder(folder.name, manifest, scores)
        run.checksums  # noqa: B018  damage is named here
        return run

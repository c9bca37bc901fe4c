"""What a run was made of: inputs with hashes, settings, versions, problems, time and memory."""

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from data_cache.peak_memory import peak_memory
from data_cache.store import write_bytes
from evaluation.benchmark import Benchmark, Inputs, Settings
from evaluation.floors.exporting import made_of
from evaluation.inference.intervals import groups_of
from evaluation.inference.procedures import definitions
from evaluation.problems import counts
from evaluation.report.citations import citations
from evaluation.report.notes import warnings
from evaluation.results import Results
from evaluation.sources.base import MapSource
from evaluation.truth.source import described
from evaluation.workers import largest_worker

_PACKAGES = ("numpy", "scipy", "numba", "opencv-python-headless", "torch", "pycocotools", "matplotlib", "plotly")
_MEBIBYTE = 1024  # KiB


def write_manifest(
    out: Path,
    inputs: Inputs,
    files: Mapping[str, Path | None],
    settings: Settings,
    benchmark: Benchmark,
    seconds: float,
) -> None:
    """Write manifest.json, the last file of a run.

    Args:
        out: the folder.
        inputs: what was scored.
        files: files of masks and points, by their role; None where there was none.
        settings: how.
        benchmark: what came out.
        seconds: how long it took.
    """
    truths = {"ground_truth": inputs.truth, "tuning_ground_truth": inputs.tuning_truth}
    content = {
        "settings": asdict(settings),
        "inference": dict(definitions(settings.bootstrap, settings.seed, settings.unit)),
        "inputs": {
            "maps": {
                source.name: maps_described(source, benchmark.digests.get(source.name, {})) for source in inputs.sources
            },
            "tuning_maps": {source.name: maps_described(source, digests_of(source)) for source in inputs.tuning},
            **{role: _file(path) for role, path in files.items() if path is not None},
            **{role: described(masks) for role, masks in truths.items() if masks.origin},
        },
        "citations": citations(inputs, settings),
        "cases": len(benchmark.results.cases),
        "patients": _patients(benchmark.results),
        "warnings": warnings(benchmark, settings),
        "missing": [asdict(one) for one in benchmark.lacks],
        "tuned_on_scored": asdict(benchmark.reuse) if benchmark.reuse else None,
        "problems": {
            "counts": counts(benchmark.problems),
            "all": [asdict(problem) for problem in benchmark.problems],
        },
        "undefined": _undefined(benchmark),
        "location_prior": made_of(benchmark.floors.floors) if benchmark.floors is not None else None,
        "versions": {"python": platform.python_version(), **versions()},
        "seconds": round(seconds, 2),
        "peak_memory_mib": peak_of_all(settings.processes),
    }
    write_bytes(out / "manifest.json", json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False).encode())


def _patients(results: Results) -> dict[str, str]:
    """The patients of cases whose id does not say so."""
    by_id = groups_of(results.cases, "patient")
    told = zip(results.cases, results.groups("patient"), by_id, strict=True)
    return {case: patient for case, patient, guessed in told if patient != guessed}


def peak_of_all(workers: int = 1) -> int | None:
    """Upper bound of the memory in use at once so far, in MiB; None where the system does not tell (Windows).

    Every worker is taken to have needed as much as the largest one, and all of them at the same moment.

    Args:
        workers: how many processes this one started at most.
    """
    own = peak_memory()
    return None if own is None else (own + workers * largest_worker()) // _MEBIBYTE


def maps_described(source: MapSource, digests: Mapping[str, str]) -> dict[str, Any]:
    """What a manifest says of a method's maps, with a checksum over those of the cases whose digests are given."""
    files = {path for paths in source.files.values() for path in paths}  # a block holds many cases
    found: dict[str, Any] = {
        "folder": source.folder.name,
        "kind": source.description,
        "cases": len(source.files),
        "files": len(files),
    }
    if digests:
        joined = "".join(f"{case} {digest}\n" for case, digest in sorted(digests.items()))
        found["sha256"] = hashlib.sha256(joined.encode()).hexdigest()
        found["sha256_of"] = "the lines '<case> <sha256 of its files one after the other>', sorted"
    return found


def digests_of(source: MapSource) -> dict[str, str]:
    """The hash of each case's files, by case."""
    return {case_id: source.digest(case_id) for case_id in source.files}


def _file(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        return {"name": path.name, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def versions() -> dict[str, str]:
    """Versions of the packages that results depend on."""
    return {name: _version(name) for name in _PACKAGES}


@cache
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _undefined(benchmark: Benchmark) -> dict[str, int]:
    """How many cases × findings × methods have no value, by metric and reason."""
    found: dict[str, int] = {}
    for (_, _, metric, reason), cases in sorted(benchmark.results.undefined().items()):
        key = f"{metric}: {reason}"
        found[key] = found.get(key, 0) + cases
    return found

"""Writing everything a run of the benchmark leaves in its folder."""

import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from data_cache.store import write_bytes
from evaluation.benchmark import Benchmark, Inputs, Settings
from evaluation.report.comparators import comparator_section
from evaluation.report.csv_files import Estimates, write_all, write_tables
from evaluation.report.figure_data import figure_data
from evaluation.report.manifest import write_manifest
from evaluation.report.notes import notes
from evaluation.report.skill_tables import HEADER, skill_lines, skill_section
from evaluation.report.tables import latex, markdown, missing_section, runs_section
from evaluation.skill import Skill, skills


def write_run(
    out: Path,
    benchmark: Benchmark,
    inputs: Inputs,
    files: Mapping[str, Path | None],
    settings: Settings,
    figures: bool,
    started: float,
) -> tuple[Estimates, list[Skill]]:
    """Write tables, figures and, last, the manifest.

    Args:
        out: the folder.
        benchmark: what came out.
        inputs: what was scored.
        files: files of masks and points, by their role in the manifest.
        settings: how it was scored.
        figures: whether to draw.
        started: time.perf_counter() at the beginning.

    Returns:
        The estimates of summary.csv, and the skills on the cases that all methods have.
    """
    differences = benchmark.results.differences(settings.bootstrap, settings.seed, settings.unit)
    estimates = write_all(out, benchmark, settings, differences)[settings.unit]
    ranked, beside = benchmark.results.apart()
    parts = [part for part in (ranked, beside, benchmark.ceilings) if part is not None and part.methods]
    compare = partial(
        skills,
        benchmark.results,
        benchmark.ceilings,
        settings.alignment,
        settings.bootstrap,
        settings.seed,
        settings.unit,
        whole=benchmark.whole,
    )
    found = compare()
    shared = compare(shared=True) if any(one.without for one in found) else found
    if found:
        write_tables(out / "skill.csv", HEADER, skill_lines(found))
    said = notes(benchmark, settings)
    shared = [one for one in shared if one.method not in benchmark.results.comparators]
    further = [*skill_section(found, shared, ranked.methods)]
    further += comparator_section(beside, settings) if beside is not None else []
    further += [*missing_section(benchmark.lacks), *runs_section(benchmark.results)]
    write_bytes(out / "summary.md", markdown(parts, estimates, differences, said, further).encode())
    write_bytes(out / "summary.tex", latex(ranked, beside, estimates, said).encode())
    if figures:
        _draw(out / "figures", benchmark, estimates, settings)
    write_manifest(out, inputs, files, settings, benchmark, time.perf_counter() - started)
    return estimates, shared


def _draw(folder: Path, benchmark: Benchmark, estimates: Estimates, settings: Settings) -> None:
    from evaluation.report.sheets import write_sheets  # slow to import, and not needed without figures

    write_sheets(folder, figure_data(benchmark, estimates, settings))

"""The model card written beside a finished checkpoint: data, recipe, metrics with intervals, versions."""

import platform
import subprocess
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from data_cache.findings import FINDINGS
from data_cache.store import write_bytes
from models.classification.evaluation import evaluate_predictions
from models.training.config import TrainingConfig
from models.training.data import Split

RESAMPLES = 100_000
LIBRARIES = (
    "torch",
    "torchvision",
    "timm",
    "accelerate",
    "safetensors",
    "numpy",
    "opencv-python-headless",
    "scikit-learn",
)


def write_card(
    path: Path,
    config: TrainingConfig,
    splits: dict[str, Split],
    logits: dict[str, np.ndarray],
    history: list[dict[str, Any]],
    facts: dict[str, str],
) -> None:
    """Write the card of a finished model.

    Args:
        path: Markdown file to write.
        config: what it was trained by.
        splits: by name, "train", "validation" and perhaps "test".
        logits: (n, 14) of the kept weights, for "validation" and, where there is one, "test".
        history: the validations of the run.
        facts: further lines of the opening list (weights, parameters, command).
    """
    parts = (
        [f"# {config.name}", "", *_facts(config, facts), ""],
        ["## Data", "", *_data(config, splits), ""],
        ["## Recipe", "", "```yaml", yaml.safe_dump(config.recipe(), sort_keys=False).strip(), "```", ""],
        ["## Course", "", *_course(history), ""],
        ["## Metrics", "", *_metrics(splits, logits), ""],
        ["## Versions", "", *_versions(), ""],
    )
    write_bytes(path, "\n".join(line for part in parts for line in part).encode())


def _facts(config: TrainingConfig, facts: dict[str, str]) -> Iterator[str]:
    shape = config.architecture
    side = shape.patches
    whole = "the whole image" if side == 1 else f"{side}×{side} patches of {shape.input_size // side}²"
    yield f"- architecture: {shape.kind}, {shape.words}"
    yield f"- input: {shape.input_size}² grey, centre crop, {whole}"
    for name, text in facts.items():
        yield f"- {name}: {text}"


def _data(config: TrainingConfig, splits: dict[str, Split]) -> Iterator[str]:
    data = config.data
    yield (
        f"Image-level labels only; uncertain labels: {data.uncertain}, blank labels: {data.blank}. "
        "No patient is in two splits."
    )
    yield ""
    yield f"| finding | {' | '.join(f'{name} positive' for name in splits)} |"
    yield "|---|" + "---:|" * len(splits)
    for k, finding in enumerate(FINDINGS):
        shares = (f"{(s.labels[:, k] == 1).sum():,} ({np.nanmean(s.labels[:, k]):.1%})" for s in splits.values())
        yield f"| {finding} | {' | '.join(shares)} |"
    yield f"| **images** | {' | '.join(f'{len(s.table):,}' for s in splits.values())} |"
    yield f"| **patients** | {' | '.join(f'{len(set(s.table.patients)):,}' for s in splits.values())} |"
    for split in splits.values():
        if split.skipped:
            yield f"\n{split.skipped}"


def _course(history: list[dict[str, Any]]) -> Iterator[str]:
    yield "| step | validation loss | validation mean AUROC |"
    yield "|---:|---:|---:|"
    for entry in history:
        yield f"| {entry['step']:,} | {entry['loss']:.4f} | {entry['mean_auroc']:.4f} |"


def _metrics(splits: dict[str, Split], logits: dict[str, np.ndarray]) -> Iterator[str]:
    name = "test" if "test" in logits else "validation"
    chosen = splits["validation"].labels, logits["validation"]
    report = evaluate_predictions(splits[name].labels, logits[name], splits[name].table.patients, chosen, RESAMPLES)
    yield f"On the {name} split; thresholds are logits, chosen on the validation split."
    if name == "validation":
        yield "The split also chose the thresholds and perhaps the weights, so these numbers are optimistic."
    yield ""
    yield report.to_markdown().strip()


def _versions() -> Iterator[str]:
    yield f"- Python {platform.python_version()}"
    for library in LIBRARIES:
        yield f"- {library} {version(library)}"
    yield f"- code: {code_version()}"


def code_version() -> str:
    """Return the commit of this code, with a plus where files differ from it, or "unknown" outside a repository."""
    folder = Path(__file__).parent
    try:
        command = ["git", "-C", str(folder), "describe", "--always", "--abbrev=12", "--exclude=*", "--dirty=+"]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return "unknown"

"""The model card written beside a finished checkpoint: data, recipe, metrics with intervals, versions."""

import platform
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml

from data_cache.findings import FINDINGS
from data_cache.store import write_bytes
from models.classification.evaluation import evaluate_predictions
from models.training.config import TrainingConfig
from models.training.data import Split
from models.training.validation import Predicted, mean_dice

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

_COURSE = {"loss": "loss", "mean AUROC": "mean_auroc", "mean ECE": "ece", "mean Dice": "mean_dice"}


def write_card(
    path: Path,
    config: TrainingConfig,
    splits: dict[str, Split],
    scores: dict[str, Predicted],
    history: list[dict[str, Any]],
    facts: dict[str, str],
) -> None:
    """Write the card of a finished model.

    Args:
        path: Markdown file to write.
        config: what it was trained by.
        splits: by name, "train", "validation" and perhaps "test".
        scores: what the kept weights say of "validation" and, where there is one, "test".
        history: the validations of the run.
        facts: further lines of the opening list (weights, parameters, command).
    """
    parts = (
        [f"# {config.name}", "", *_facts(config, facts), ""],
        ["## Data", "", *_data(config, splits), ""],
        ["## Recipe", "", "```yaml", yaml.safe_dump(config.recipe(), sort_keys=False).strip(), "```", ""],
        ["## Course", "", *_course(history), ""],
        ["## Metrics", "", *_metrics(splits, scores), ""],
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
    shown = (
        "Image-level labels only" if data.masks is None else f"Image-level labels, and the masks of {data.masks.name}"
    )
    yield (f"{shown}; uncertain labels: {data.uncertain}, blank labels: {data.blank}. No patient is in two splits.")
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
    columns = [(name, key) for name, key in _COURSE.items() if any(key in entry for entry in history)]
    yield f"| step | {' | '.join(f'validation {name}' for name, _ in columns)} |"
    yield "|---:|" + "---:|" * len(columns)
    for entry in history:
        values = (f"{entry[key]:.4f}" if key in entry else "–" for _, key in columns)
        yield f"| {entry['step']:,} | {' | '.join(values)} |"


def _metrics(splits: dict[str, Split], scores: dict[str, Predicted]) -> Iterator[str]:
    name = "test" if "test" in scores else "validation"
    chosen = splits["validation"].labels, scores["validation"].logits
    report = evaluate_predictions(
        splits[name].labels, scores[name].logits, splits[name].table.patients, chosen, RESAMPLES
    )
    yield f"On the {name} split; thresholds are logits, chosen on the validation split."
    if name == "validation":
        yield "The split also chose the thresholds and perhaps the weights, so these numbers are optimistic."
    yield ""
    yield report.to_markdown().strip()
    for split, score in scores.items():
        if score.dice is not None:
            yield from _dice(split, score.dice)


def _dice(name: str, dice: np.ndarray) -> Iterator[str]:
    """Mean Dice by finding, and the mean over the findings that have masks."""
    yield from ("", f"Dice with the masks of the {name} split, at probability 1/2, empty masks left out:", "")
    yield from ("| finding | masks | mean Dice |", "|---|---:|---:|")
    means = mean_dice(dice)
    for k in np.flatnonzero(~np.isnan(means)):
        yield f"| {FINDINGS[k]} | {np.count_nonzero(~np.isnan(dice[:, k]))} | {means[k]:.3f} |"
    if not np.isnan(means).all():
        yield f"| **mean of these findings** | | {np.nanmean(means):.3f} |"


def hardware(device: torch.device, processes: int) -> str:
    """Say what computed: the processor or accelerator by name, and how many threads or processes."""
    many = f", {processes} processes" if processes > 1 else ""
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)}{many}"
    threads = torch.get_num_threads()
    return f"{_processor()}, {threads} thread{'s' if threads > 1 else ''}{many}"


def _processor() -> str:
    """The processor's name as the system has it."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


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

"""How far a run is, and what its validations say."""

from dataclasses import dataclass, field
from typing import Any

from tqdm import tqdm

from models.training.event_log import EventLog


@dataclass
class Progress:
    """How far a run is: finished steps, and one entry per validation (see `validation.validate`)."""

    step: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)
    by: str = "auroc"

    @property
    def best(self) -> dict[str, Any] | None:
        """The validation with the highest mean AUROC, among equals with the lowest mean ECE, among these the earliest.

        By Dice, that with the highest mean Dice.
        """
        return max(self.history, key=self._merit, default=None)

    def _merit(self, entry: dict[str, Any]) -> tuple[float, float]:
        if self.by == "dice":
            return entry["mean_dice"], entry["mean_auroc"]
        return entry["mean_auroc"], -entry.get("ece", 1.0)  # states of earlier versions have none

    def stale(self) -> int:
        """Return how many validations in a row brought nothing better."""
        best = self.best
        return len(self.history) - 1 - self.history.index(best) if best else 0


def report(entry: dict[str, Any], board: EventLog | None) -> None:
    """Say what a validation found, in a line above the progress bar and in the run's log."""
    tqdm.write(f"step {entry['step']}: validation loss {entry['loss']:.4f}, AUROC {_words(entry)}")
    if board is None:
        return
    for what in ("loss", "mean_auroc", "ece", "mean_dice"):
        if what in entry:
            board.add_scalar(f"validation/{what}", entry[what], entry["step"])
    for what in ("auroc", "dice"):
        for finding, value in entry.get(what, {}).items():
            if value is not None:
                board.add_scalar(f"validation_{what}/{finding}", value, entry["step"])


def _words(entry: dict[str, Any]) -> str:
    each = ", ".join(f"{k} {'–' if v is None else f'{v:.3f}'}" for k, v in entry["auroc"].items())
    dice = f", Dice {entry['mean_dice']:.4f}" if "mean_dice" in entry else ""
    return f"{entry['mean_auroc']:.4f} ({each}), ECE {entry['ece']:.4f}{dice}"

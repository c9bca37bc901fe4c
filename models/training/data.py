"""The splits of a run, read, checked and decoded."""

import logging
from dataclasses import dataclass

import numpy as np
from accelerate import Accelerator

from data_cache.errors import InputError
from models.training.config import TrainingConfig
from models.training.images import ImageCache, check_images, open_cache
from models.training.labels import LabelTable, check_patients, read_labels
from models.training.masks import MaskCache, open_masks

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Split:
    """One split: its table without unreadable images, the labels (n, 14), the decoded images, what was skipped, and
    the masks where the config names any."""

    table: LabelTable
    cache: ImageCache
    skipped: str | None
    masks: MaskCache | None = None

    @property
    def labels(self) -> np.ndarray:
        """float32 (n, 14): 1, 0, NaN unknown."""
        return self.table.labels


def load_splits(config: TrainingConfig, accelerator: Accelerator) -> dict[str, Split]:
    """Read the label files and decode all images (once, by the first process), at the sizes the config asks for.

    Returns:
        "train", "validation" and, where the config names one, "test".

    Raises:
        InputError: a label file or image is wrong, a patient is in two splits, or a batch is larger than the split.
    """
    data = config.data
    files = {"train": data.train, "validation": data.validation} | ({"test": data.test} if data.test else {})
    tables = {name: read_labels(data.root / file, data.uncertain, data.blank) for name, file in files.items()}
    check_patients(tuple(tables.values()))
    with accelerator.main_process_first():
        splits = {name: _load_split(name, table, config) for name, table in tables.items()}
    if len(splits["train"].table) < config.optimizer.batch_size:
        raise InputError(
            f"Expected at least one batch of {config.optimizer.batch_size} images in {data.train.name}, found "
            f"{len(splits['train'].table)}; lower optimizer.batch_size."
        )
    return splits


def _load_split(name: str, table: LabelTable, config: TrainingConfig) -> Split:
    data = config.data
    size = data.storage_size if name == "train" else config.architecture.input_size
    folder = data.cache or config.run.out / "cache"
    cache = open_cache(table, data.root, size, folder, data.decode_threads)
    skipped = check_images(table.name, cache, data.on_bad_image)
    if skipped:
        log.warning(skipped)
    kept = table.keep(cache.rows)
    file = {"train": data.masks, "validation": data.validation_masks, "test": data.test_masks}[name]
    masks = open_masks(data.root / file, kept.paths, size, folder, data.decode_threads) if file else None
    return Split(kept, cache, skipped, masks)

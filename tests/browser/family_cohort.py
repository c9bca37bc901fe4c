"""Maps of families of models that the app has no weights of, and a cohort of small outputs under their names."""

from pathlib import Path

import numpy as np

from data_cache.findings import LOCALIZED_FINDINGS
from tests.evaluation.making import blob, smooth, write_masks, write_outputs

# By the model's key: maps that are asked for.
MAPS = {
    "attention-network": ("attention", "gradcam@attention-network"),
    "mxa-efficientvit": ("regions",),
    "mednext_xue": ("gradcam@mednext_xue",),
    "medunext_xue": ("segmentation",),
}
NAMES = [name for names in MAPS.values() for name in names]


def write_cohort(folder: Path) -> tuple[str, ...]:
    """Write outputs of two cases under the families' names; returns the flags that show them."""
    cases = [f"patient{number}_study1_view1_frontal" for number in (1, 2)]
    for row, name in enumerate(NAMES):
        for place, case in enumerate(cases):
            maps = [smooth(1000 * row + 20 * place + finding, (8, 8)) for finding in range(14)]
            write_outputs(folder / "maps", case, name, np.stack(maps))
    masks = {case: {finding: blob(place) for finding in LOCALIZED_FINDINGS} for place, case in enumerate(cases)}
    return "--cohort", f"Families={folder / 'maps'}", "--cohort-masks", str(write_masks(folder / "gt.json", masks))

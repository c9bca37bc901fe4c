"""A chest being put together: fields on one grid, and their sum as attenuation.

Attenuation = 0.18/cm x soft tissue + 0.30/cm x bone (beyond the soft tissue it replaces) + metal, at a mean energy of
some 60 keV (NIST XCOM: water 0.206/cm, cortical bone about 0.6/cm), slightly softened for a hardened beam.
"""

from dataclasses import dataclass, field

import numpy as np

from data_cache.phantom.anatomy import Anatomy
from data_cache.phantom.grid import Field, Grid
from data_cache.phantom.thorax import Lung, Silhouette

SOFT_PER_CM = 0.18
BONE_PER_CM = 0.30
AERATION = 0.76


@dataclass
class Scene:
    """Fields float32 (h, w). `fill`: the part of the lung's air that is replaced (0 to 1); `free_air`: pleural air."""

    grid: Grid
    anatomy: Anatomy
    body: Field
    lungs: tuple[Lung, Lung]
    shadow: Silhouette
    vessels: Field
    bone: Field
    fill: Field
    free_air: Field
    extra_soft: Field
    metal: Field
    masks: dict[str, np.ndarray] = field(default_factory=dict)
    details: dict[str, object] = field(default_factory=dict)

    def add_fill(self, part: Field) -> None:
        """Replace a further part (0 to 1) of the air that is left."""
        self.fill = 1 - (1 - self.fill) * (1 - np.clip(part, 0, 1))

    def add_mask(self, finding: str, mask: np.ndarray) -> None:
        """Join a region, bool (h, w), to a finding's mask."""
        self.masks[finding] = self.masks[finding] | mask if finding in self.masks else mask

    def lung_region(self, side: int) -> np.ndarray:
        """Where one lung is seen free of heart, mediastinum and diaphragm, bool (h, w)."""
        return self.lungs[side].inside() & (self.shadow.reach < 0)

    def attenuation(self) -> Field:
        """Line integral of attenuation (nepers), float32 (h, w), ≥ 0."""
        depth = (self.lungs[0].depth + self.lungs[1].depth) * (1 - self.shadow.cover)
        open_air = np.maximum(AERATION * (1 - self.fill), self.free_air)
        seen = np.clip(depth / 7.0, 0, 1) * (1 - self.fill) * (1 - self.free_air)
        soft = self.body + self.extra_soft - depth * open_air + self.vessels * seen
        return sum_attenuation(soft, self.bone, self.metal)


def sum_attenuation(soft_cm: Field, bone_cm: Field, metal: Field) -> Field:
    """Line integral of attenuation (nepers) of thicknesses (cm); nothing attenuates negatively."""
    return SOFT_PER_CM * np.maximum(soft_cm, 0) + BONE_PER_CM * np.maximum(bone_cm, 0) + np.maximum(metal, 0)

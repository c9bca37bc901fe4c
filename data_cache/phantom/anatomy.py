"""A patient's anatomy and the pose of one exposure, as numbers in normalised patient coordinates.

Sides: index 0 is the patient's right (image left, sign -1), index 1 the patient's left (sign +1). `u` is the distance
from the midline outwards.
"""

from dataclasses import dataclass, replace

import numpy as np

SIGNS = (-1.0, 1.0)
MIDLINE = 0.5


@dataclass(frozen=True)
class Anatomy:
    """One patient. Lengths in units of the field's short side (40 cm), thicknesses in cm, angles in degrees."""

    sex: str
    age: int
    bulk: float
    apex: float
    half_width: float
    taper: float
    dome_right: float
    dome_left: float
    dome_drop: float
    wall: float
    heart_ratio: float
    heart_tilt: float
    mediastinum: float
    knob: float
    spine_bend: float
    rib_pitch: float
    rib_tilt: float
    rib_width: float
    bone: float
    clavicle: float
    scapula: float
    breast: float
    arms: bool
    stomach: float
    hilum_y: float
    vessels: float
    trachea: float

    def dome(self, side: int) -> float:
        """y of the top of a hemidiaphragm."""
        return self.dome_left if side else self.dome_right

    def angle_y(self, side: int) -> float:
        """y of the costophrenic angle."""
        return self.dome(side) + self.dome_drop


@dataclass(frozen=True)
class Pose:
    """How the patient stands in one exposure: view, rotation (degrees), shift, zoom, depth of breath (units of y)."""

    view: str
    rotation: float
    shift_x: float
    shift_y: float
    zoom: float
    breath: float


def sample_anatomy(rng: np.random.Generator) -> Anatomy:
    """Draw a patient from adult ranges (cardiothoracic ratio 0.38 to 0.48: no enlarged heart by nature)."""
    female = bool(rng.random() < 0.47)
    bulk = float(np.clip(rng.normal(1.0, 0.14), 0.76, 1.4))
    apex, right = rng.uniform(0.13, 0.175), rng.uniform(0.665, 0.77)
    return Anatomy(
        sex="Female" if female else "Male",
        age=int(np.clip(rng.normal(60, 17), 19, 90)),
        bulk=bulk,
        apex=apex,
        half_width=rng.uniform(0.355, 0.425),
        taper=rng.uniform(2.5, 3.7),
        dome_right=right,
        dome_left=right + rng.uniform(0.012, 0.04),
        dome_drop=rng.uniform(0.12, 0.17),
        wall=rng.uniform(0.03, 0.055) + 0.06 * max(0.0, bulk - 1),
        heart_ratio=rng.uniform(0.38, 0.475),
        heart_tilt=rng.uniform(28, 46),
        mediastinum=rng.uniform(0.9, 1.12),
        knob=rng.uniform(0.8, 1.25),
        spine_bend=rng.normal(0, 0.006),
        rib_pitch=rng.uniform(0.9, 1.08),
        rib_tilt=rng.uniform(0.8, 1.25),
        rib_width=rng.uniform(0.85, 1.15),
        bone=rng.uniform(0.75, 1.2),
        clavicle=rng.uniform(-0.015, 0.02),
        scapula=rng.uniform(-0.02, 0.03),
        breast=float(np.clip(rng.normal(1.0, 0.4), 0.3, 1.8)) if female else 0.0,
        arms=bool(rng.random() < 0.4),
        stomach=rng.uniform(0, 1),
        hilum_y=rng.uniform(0.44, 0.48),
        vessels=rng.uniform(0.85, 1.2),
        trachea=rng.normal(0.004, 0.006),
    )


def sample_pose(rng: np.random.Generator, bedside: bool) -> Pose:
    """Draw a pose; bedside (AP) exposures are more rotated, less deeply inspired."""
    return Pose(
        view="AP" if bedside else "PA",
        rotation=float(np.clip(rng.normal(0, 2.2 if bedside else 1.2), -6, 6)),
        shift_x=float(np.clip(rng.normal(0, 0.012), -0.03, 0.03)),
        shift_y=float(np.clip(rng.normal(0, 0.01), -0.02, 0.03)),
        zoom=rng.uniform(0.98, 1.10),
        breath=rng.uniform(-0.02, 0.015) - (0.025 if bedside else 0.0),
    )


def posed(anatomy: Anatomy, pose: Pose) -> Anatomy:
    """The anatomy as this exposure shows it: a shallow breath raises the domes, AP magnifies the heart a little."""
    bedside = pose.view == "AP"
    return replace(
        anatomy,
        dome_right=anatomy.dome_right + pose.breath,
        dome_left=anatomy.dome_left + pose.breath,
        heart_ratio=anatomy.heart_ratio + (0.015 if bedside else 0.0),
        scapula=anatomy.scapula - (0.03 if bedside else 0.0),
        arms=anatomy.arms or bedside,
    )

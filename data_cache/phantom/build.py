"""Putting a chest together: anatomy, then findings, then harmless variants."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from data_cache.phantom import thorax
from data_cache.phantom.anatomy import MIDLINE, Anatomy, Pose, posed, sample_anatomy
from data_cache.phantom.grid import Grid
from data_cache.phantom.pathology.atelectasis import atelectasis, volume_loss
from data_cache.phantom.pathology.devices import devices
from data_cache.phantom.pathology.edema import edema
from data_cache.phantom.pathology.fracture import plan_breaks
from data_cache.phantom.pathology.opacities import consolidation, lung_lesion, lung_opacity, pneumonia
from data_cache.phantom.pathology.pleura import effusion, pleural_other, pneumothorax
from data_cache.phantom.prevalence import Condition
from data_cache.phantom.scene import Scene
from data_cache.phantom.skeleton import Break, clavicles, ribs, shoulders, spine
from data_cache.phantom.streams import Streams
from data_cache.phantom.variants import add_variants
from data_cache.phantom.vessels import vessel_depth

_FIELD_SIGNS: tuple[tuple[str, Callable[[Scene, float, np.random.Generator], None]], ...] = (
    ("Edema", edema),
    ("Lung Opacity", lung_opacity),
    ("Pneumonia", pneumonia),
    ("Consolidation", consolidation),
    ("Lung Lesion", lung_lesion),
    ("Pleural Other", pleural_other),
    ("Pleural Effusion", effusion),
    ("Pneumothorax", pneumothorax),
    ("Support Devices", devices),
)


def build_scene(grid: Grid, streams: Streams, condition: Condition, pose: Pose) -> Scene:
    """The chest with all its findings, in the patient's own frame."""
    severities = condition.severities
    anatomy = posed(sample_anatomy(streams.patient("anatomy")), pose)
    anatomy, collapse_side = _reshaped(anatomy, severities, streams)
    scene = _chest(grid, anatomy, severities, streams)
    if "Atelectasis" in severities:
        atelectasis(scene, severities["Atelectasis"], collapse_side, streams.study("Atelectasis"))
    for name, change in _FIELD_SIGNS:
        if name in severities:
            change(scene, severities[name], streams.study(name))
    add_variants(scene, streams.patient("variants"), streams.study("variants"))
    _silhouette_masks(scene, condition)
    return scene


def _reshaped(anatomy: Anatomy, severities: dict[str, float], streams: Streams) -> tuple[Anatomy, int]:
    """Findings that change the anatomy itself: a large heart, a raised diaphragm."""
    if "Cardiomegaly" in severities:
        anatomy = replace(anatomy, heart_ratio=0.545 + 0.17 * severities["Cardiomegaly"])
    side, rise = volume_loss(severities.get("Atelectasis", 0.0), streams.study("collapse"))
    if "Atelectasis" in severities:
        if side:
            anatomy = replace(anatomy, dome_left=anatomy.dome_left - rise)
        else:
            anatomy = replace(anatomy, dome_right=anatomy.dome_right - rise)
    return anatomy, side


def _widening(severities: dict[str, float], rng: np.random.Generator) -> tuple[float, float]:
    if "Enlarged Cardiomediastinum" not in severities:
        return 1.0, 1.0
    more = 0.45 + 0.95 * severities["Enlarged Cardiomediastinum"]
    return 1 + more * rng.uniform(0.7, 1.2), 1 + 0.75 * more * rng.uniform(0.7, 1.2)


def _chest(grid: Grid, anatomy: Anatomy, severities: dict[str, float], streams: Streams) -> Scene:
    widening = _widening(severities, streams.study("widening"))
    shadow = thorax.silhouette(grid, anatomy, widening, streams.patient("heart"))
    body = thorax.body_depth(grid, anatomy, streams.patient("body"))
    gas = thorax.airways(grid, anatomy) + thorax.gut_gas(grid, anatomy, streams.study("gut"))
    body = np.maximum(body + thorax.breasts(grid, anatomy, streams.patient("breast")) - gas, 0)
    breaks: list[Break] = []
    if "Fracture" in severities:
        breaks = plan_breaks(severities["Fracture"], streams.study("breaks"))
    bone = ribs(grid, anatomy, breaks, streams.patient("ribs")) + clavicles(grid, anatomy, breaks)
    bone = (
        bone + spine(grid, anatomy, streams.patient("spine")) + shoulders(grid, anatomy, streams.patient("shoulders"))
    )
    bone = bone * (1 + 0.10 * grid.noise(streams.patient("texture"), 150)) * np.clip(body / 3, 0, 1)
    vessels = vessel_depth(grid, anatomy, streams.patient("vessels"), 1 + 0.5 * severities.get("Edema", 0.0))
    lungs = (
        thorax.make_lung(grid, anatomy, 0, streams.patient("lung0")),
        thorax.make_lung(grid, anatomy, 1, streams.patient("lung1")),
    )
    scene = Scene(
        grid, anatomy, body, lungs, shadow, vessels, bone, grid.zeros(), grid.zeros(), grid.zeros(), grid.zeros()
    )
    scene.details["fractures"] = [vars(item) for item in breaks]
    return scene


def _silhouette_masks(scene: Scene, condition: Condition) -> None:
    """Heart and cardiomediastinum as readers outline them: heart above the domes; mediastinum from the apices down."""
    floor = np.where(scene.grid.x < MIDLINE, scene.lungs[0].floor, scene.lungs[1].floor)
    seen = (floor > -0.045) & (scene.shadow.reach > 0)
    if condition.labels["Cardiomegaly"]:
        scene.add_mask("Cardiomegaly", scene.shadow.heart & seen)
    if condition.labels["Enlarged Cardiomediastinum"]:
        scene.add_mask("Enlarged Cardiomediastinum", seen & (scene.grid.y > scene.anatomy.apex + 0.03))

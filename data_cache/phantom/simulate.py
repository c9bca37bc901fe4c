"""One case: (seed, patient, study) → pixels, labels and masks. A pure function; nothing depends on other cases."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from data_cache.errors import InputError
from data_cache.findings import LOCALIZED_FINDINGS
from data_cache.phantom import thorax
from data_cache.phantom.anatomy import MIDLINE, Anatomy, Pose, posed, sample_anatomy, sample_pose
from data_cache.phantom.exposure import detect, sample_technique, tone
from data_cache.phantom.film import Shortcut, collimate, draw_marker, draw_shortcut
from data_cache.phantom.grid import Field, Grid
from data_cache.phantom.pathology.atelectasis import atelectasis, volume_loss
from data_cache.phantom.pathology.devices import devices
from data_cache.phantom.pathology.edema import edema
from data_cache.phantom.pathology.fracture import plan_breaks
from data_cache.phantom.pathology.opacities import consolidation, lung_lesion, lung_opacity, pneumonia
from data_cache.phantom.pathology.pleura import effusion, pleural_other, pneumothorax
from data_cache.phantom.prevalence import Condition, draw_condition, grade
from data_cache.phantom.scene import Scene
from data_cache.phantom.skeleton import Break, clavicles, ribs, shoulders, spine
from data_cache.phantom.variants import add_variants
from data_cache.phantom.vessels import vessel_depth

VERSION = "1"
SMALLEST, LARGEST = 128, 2048
_MARGIN = 0.06

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
_STREAMS = (
    "condition", "anatomy", "pose", "heart", "body", "lung0", "lung1", "vessels", "ribs", "spine",
    "shoulders", "breast", "gut", "technique", "noise", "film", "shortcut", "texture", "variants", "collapse", "breaks",
    *(name for name, _ in _FIELD_SIGNS), "Atelectasis", "widening",
)  # fmt: skip


@dataclass(frozen=True)
class PhantomCase:
    """A simulated radiograph.

    pixels: uint8 (h, w), 0 black to 255 white, rising with attenuation. labels: 0 or 1 for all 14 findings. masks: bool (h, w)
    for the ten localised findings, empty where absent. severities: (0, 1] by sign drawn. details: JSON-ready facts.
    """

    id: str
    patient: int
    study: int
    pixels: np.ndarray
    labels: dict[str, int]
    masks: dict[str, np.ndarray]
    severities: dict[str, float]
    details: dict[str, object]
    shortcut: bool


def case_id(patient: int, study: int) -> str:
    """Id of a case in CheXlocalize's form; it names the phantom."""
    return f"patientPHANTOM{patient:05d}_study{study}_view1_frontal"


class Streams:
    """Independent random streams by subject, so that more draws in one subject leave the others as they were."""

    def __init__(self, seed: int, patient: int, study: int) -> None:
        self._seed, self._patient, self._study = seed, patient, study

    def patient(self, name: str) -> np.random.Generator:
        """A stream that all studies of the patient share."""
        key = (self._patient, 0, _STREAMS.index(name))
        return np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=key))

    def study(self, name: str) -> np.random.Generator:
        """A stream of this study alone."""
        key = (self._patient, self._study, _STREAMS.index(name))
        return np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=key))


def simulate_case(
    seed: int,
    patient: int,
    study: int = 1,
    size: int | tuple[int, int] = 512,
    prevalence: str = "realistic",
    shortcut: Shortcut | None = None,
    condition: Condition | None = None,
) -> PhantomCase:
    """Simulate one radiograph of `size` pixels: (height, width) or the side of a square, 128 to 2,048.

    The same (seed, patient, study) shows the same anatomy and findings at every size. `condition` overrides the drawn
    findings (used for teaching examples and tests).

    Raises:
        InputError: a side is outside 128 to 2,048, the aspect is beyond 3:2, or patient or study is below 1.
    """
    height, width = _checked_size(size, patient, study)
    streams = Streams(seed, patient, study)
    if condition is None:
        condition = draw_condition(streams.patient("condition"), streams.study("condition"), prevalence)
    pose = sample_pose(streams.study("pose"), condition.bedside)
    frame = _frame(height, width)
    scene = build_scene(_padded(frame), streams, condition, pose)
    attenuation, masks = _take(scene, frame, pose)
    film = streams.study("film")
    technique = sample_technique(streams.study("technique"), condition.bedside)
    field = collimate(frame, film)
    clean, noisy = detect(attenuation, frame, technique, streams.study("noise"))
    pixels = tone(clean, noisy, field > 0.5, technique) * field
    pixels = draw_marker(pixels, frame, film)
    present = False
    if shortcut is not None:
        present = shortcut.present(condition.labels, streams.study("shortcut"))
        if present:
            pixels = draw_shortcut(pixels, shortcut, streams.study("shortcut"))
    masks = {name: mask & (field > 0.5) for name, mask in masks.items()}
    details = _details(scene, condition, pose, streams.patient("anatomy"))
    return PhantomCase(
        case_id(patient, study), patient, study, np.round(255 * np.clip(pixels, 0, 1)).astype(np.uint8),
        condition.labels, masks, condition.severities, details, present,
    )  # fmt: skip


def _checked_size(size: int | tuple[int, int], patient: int, study: int) -> tuple[int, int]:
    height, width = (size, size) if isinstance(size, int) else size
    if not (min(height, width) >= SMALLEST and max(height, width) <= LARGEST):
        raise InputError(
            f"A phantom is {SMALLEST} to {LARGEST} pixels a side, found {height}x{width}: choose another size."
        )
    if max(height, width) > 1.5 * min(height, width):
        raise InputError(f"A phantom's sides differ by at most 3:2, found {height}x{width}: choose another size.")
    if patient < 1 or study < 1:
        raise InputError(
            f"Patients and studies count from 1, found patient {patient}, study {study}: use positive numbers."
        )
    return height, width


def _frame(height: int, width: int) -> Grid:
    """The film: its short side spans 1 unit if square, a little less the longer the film is."""
    short, long = min(height, width), max(height, width)
    scale = short / (1 - 0.16 * (1 - short / long))
    return Grid(height, width, scale, 0.5 - width / scale / 2, 0.5 - height / scale / 2)


def _padded(frame: Grid) -> Grid:
    """The film's grid with a margin that rotation and shift may bring into view."""
    more = int(np.ceil(_MARGIN * frame.scale))
    left, top = frame.left - more / frame.scale, frame.top - more / frame.scale
    return Grid(frame.height + 2 * more, frame.width + 2 * more, frame.scale, left, top)


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


def _take(scene: Scene, frame: Grid, pose: Pose) -> tuple[Field, dict[str, np.ndarray]]:
    """Attenuation and masks as the film sees the posed patient."""
    turn = cv2.getRotationMatrix2D((0.0, 0.0), pose.rotation, pose.zoom)[:, :2]
    grid = scene.grid
    # film pixel -> unit -> patient unit -> scene pixel, with pixel centres at +0.5
    to_patient = np.linalg.inv(turn)
    centre, shift = np.array([0.5, 0.5]), np.array([pose.shift_x, pose.shift_y])
    origin, corner = np.array([frame.left, frame.top]), np.array([grid.left, grid.top])
    offset = to_patient @ (origin + 0.5 / frame.scale - centre - shift) + centre - corner
    matrix = np.concatenate([to_patient, (offset * grid.scale - 0.5)[:, None]], 1)
    size, flags = (frame.width, frame.height), cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
    attenuation = cv2.warpAffine(scene.attenuation(), matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    masks = {}
    for name in LOCALIZED_FINDINGS:
        mask = scene.masks.get(name)
        if mask is None:
            masks[name] = np.zeros((frame.height, frame.width), bool)
        else:
            masks[name] = cv2.warpAffine(mask.astype(np.uint8) * 255, matrix, size, flags=flags) > 127
    return np.asarray(attenuation), masks


def _details(scene: Scene, condition: Condition, pose: Pose, rng: np.random.Generator) -> dict[str, object]:
    return {
        "sex": scene.anatomy.sex,
        "age": scene.anatomy.age,
        "view": pose.view,
        "cardiothoracic_ratio": round(scene.anatomy.heart_ratio, 3),
        "grades": {name: grade(value) for name, value in condition.severities.items()},
        **scene.details,
    }

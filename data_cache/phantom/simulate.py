"""One case: (seed, patient, study) → pixels, labels and masks. A pure function; nothing depends on other cases."""

from dataclasses import dataclass

import cv2
import numpy as np

from data_cache.errors import InputError
from data_cache.findings import LOCALIZED_FINDINGS
from data_cache.phantom.anatomy import Pose, sample_pose
from data_cache.phantom.build import build_scene
from data_cache.phantom.exposure import detect, sample_technique, tone
from data_cache.phantom.film import Shortcut, collimate, draw_marker, draw_shortcut
from data_cache.phantom.grid import Field, Grid
from data_cache.phantom.prevalence import Condition, draw_condition, grade
from data_cache.phantom.scene import Scene
from data_cache.phantom.streams import Streams

VERSION = "1"
SMALLEST, LARGEST = 128, 2048
_MARGIN = 0.06


@dataclass(frozen=True)
class PhantomCase:
    """A simulated radiograph.

    pixels: uint8 (h, w), 0 black to 255 white, rising with attenuation. labels: 0 or 1 for all 14 findings. masks: bool
    (h, w) for the ten localised findings, empty where absent. severities: (0, 1] by sign drawn. details: JSON-ready
    facts. shortcut: whether the planted artefact is on the film.
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

    The same (seed, patient, study) shows the same chest at every size. `condition` overrides the drawn findings.

    Raises:
        InputError: see `checked_size`; or patient or study is below 1.
    """
    height, width = checked_size(size)
    if patient < 1 or study < 1:
        raise InputError(f"Patients and studies count from 1, found {patient} and {study}: use positive numbers.")
    streams = Streams(seed, patient, study)
    if condition is None:
        condition = draw_condition(streams.patient("condition"), streams.study("condition"), prevalence)
    pose = sample_pose(streams.study("pose"), condition.bedside)
    frame = _frame(height, width)
    scene = build_scene(_padded(frame), streams, condition, pose)
    attenuation, masks = _take(scene, frame, pose)
    pixels, field = _expose(attenuation, frame, streams, condition.bedside)
    pixels, present = _plant(pixels, shortcut, condition, streams.study("shortcut"))
    return PhantomCase(
        id=case_id(patient, study),
        patient=patient,
        study=study,
        pixels=np.round(255 * np.clip(pixels, 0, 1)).astype(np.uint8),
        labels=condition.labels,
        masks={name: mask & field for name, mask in masks.items()},
        severities=condition.severities,
        details=_details(scene, condition, pose),
        shortcut=present,
    )


def _plant(
    pixels: Field, shortcut: Shortcut | None, condition: Condition, rng: np.random.Generator
) -> tuple[Field, bool]:
    if shortcut is None or not shortcut.present(condition.labels, rng):
        return pixels, False
    return draw_shortcut(pixels, shortcut, rng), True


def _expose(attenuation: Field, frame: Grid, streams: Streams, bedside: bool) -> tuple[Field, np.ndarray]:
    """The film with its marker, [0, 1], and the field that the shutter left open, bool; (h, w) each."""
    film = streams.study("film")
    technique = sample_technique(streams.study("technique"), bedside)
    shutter = collimate(frame, film)
    clean, noisy = detect(attenuation, frame, technique, streams.study("noise"))
    pixels = tone(clean, noisy, shutter > 0.5, technique) * shutter
    return draw_marker(pixels, film), shutter > 0.5


def checked_size(size: int | tuple[int, int]) -> tuple[int, int]:
    """(height, width) of a size.

    Raises:
        InputError: a side is outside 128 to 2,048, or the sides differ by more than 3:2.
    """
    height, width = (size, size) if isinstance(size, int) else size
    if not (min(height, width) >= SMALLEST and max(height, width) <= LARGEST):
        raise InputError(
            f"A phantom is {SMALLEST} to {LARGEST} pixels a side, found {height}x{width}: choose another size."
        )
    if max(height, width) > 1.5 * min(height, width):
        raise InputError(f"A phantom's sides differ by at most 3:2, found {height}x{width}: choose another size.")
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
    return np.asarray(attenuation, np.float32), masks


def _details(scene: Scene, condition: Condition, pose: Pose) -> dict[str, object]:
    return {
        "sex": scene.anatomy.sex,
        "age": scene.anatomy.age,
        "view": pose.view,
        "cardiothoracic_ratio": round(scene.anatomy.heart_ratio, 3),
        "grades": {name: grade(value) for name, value in condition.severities.items()},
        **scene.details,
    }

"""What lies on the film besides the patient: collimation, the side marker, and a planted shortcut on request."""

from dataclasses import dataclass

import cv2
import numpy as np

from data_cache.errors import InputError
from data_cache.findings import FINDINGS, canonical_finding
from data_cache.phantom.grid import Field, Grid

SHORTCUT_KINDS = ("marker", "border")


@dataclass(frozen=True)
class Shortcut:
    """A planted artefact: `kind` "marker" (a small bright token in a lower corner) or "border" (a bright edge strip).

    It is present with probability (1 + strength)/2 where the finding is present and (1 - strength)/2 where it is
    absent: strength 0 = no relation, 1 = the artefact gives the finding away.
    """

    finding: str
    kind: str
    strength: float

    @classmethod
    def parse(cls, text: str) -> "Shortcut":
        """Read FINDING:KIND:STRENGTH, for example "Pneumothorax:marker:0.9".

        Raises:
            InputError: the parts are not a finding, a kind and a number from 0 to 1.
        """
        parts = text.split(":")
        if len(parts) != 3:
            raise InputError(f"A shortcut is FINDING:KIND:STRENGTH, such as Pneumothorax:marker:0.9; found {text!r}.")
        finding, kind = canonical_finding(parts[0]), parts[1].strip()
        if kind not in SHORTCUT_KINDS:
            raise InputError(f"A shortcut's kind is one of {', '.join(SHORTCUT_KINDS)}; found {kind!r}.")
        try:
            strength = float(parts[2])
        except ValueError:
            strength = -1.0
        if not 0 <= strength <= 1:
            raise InputError(f"A shortcut's strength is a number from 0 to 1; found {parts[2]!r}.")
        return cls(finding, kind, strength)

    def present(self, labels: dict[str, int], rng: np.random.Generator) -> bool:
        """Draw whether a case with these labels carries the artefact."""
        sign = 1 if labels[self.finding] else -1
        return bool(rng.random() < (1 + sign * self.strength) / 2)

    def __post_init__(self) -> None:
        """Check the finding, so that a shortcut built in code is as safe as one that was read."""
        if self.finding not in FINDINGS:
            raise InputError(f"Unknown finding {self.finding!r} in a shortcut: expected one of {', '.join(FINDINGS)}.")


def collimate(frame: Grid, rng: np.random.Generator) -> Field:
    """Shutter: 1 in the exposed field, 0 under the blades; none in four of ten films."""
    some, turn = rng.random() > 0.4, rng.normal(0, 0.006)
    widths = rng.uniform(-0.012, 0.028, 4)
    if not some:
        return np.ones((frame.height, frame.width), np.float32)
    x, y = (frame.x - frame.left) * frame.scale / frame.width, (frame.y - frame.top) * frame.scale / frame.height
    inside = np.minimum(
        np.minimum(x + turn * y - widths[0], 1 - x + turn * y - widths[1]),
        np.minimum(y - turn * x - widths[2], 1 - y - turn * x - widths[3]),
    )
    return np.clip(inside * min(frame.height, frame.width) + 0.5, 0, 1).astype(np.float32)


def _stamp(pixels: Field, text: str, x: float, y: float, size: float, value: float) -> Field:
    """Write a letter with its centre at (x, y), relative to the film; `size` is its height over the short side."""
    height, width = pixels.shape
    font, tall = cv2.FONT_HERSHEY_SIMPLEX, size * min(height, width)
    thick = max(1, round(tall / 6))
    scale = cv2.getFontScaleFromHeight(font, max(4, round(tall)), thick)
    (wide, high), _ = cv2.getTextSize(text, font, scale, thick)
    layer = np.zeros((height, width), np.uint8)
    where = (round(x * width - wide / 2), round(y * height + high / 2))
    cv2.putText(layer, text, where, font, scale, 255, thick, cv2.LINE_AA)
    cover = layer.astype(np.float32) / 255
    return pixels * (1 - cover) + value * cover


def draw_marker(pixels: Field, rng: np.random.Generator) -> Field:
    """A lead letter beside a shoulder: R on the patient's right or L on the left, as technologists place it."""
    left = rng.random() < 0.65
    x = rng.uniform(0.88, 0.935) if left else rng.uniform(0.065, 0.12)
    y, size = rng.uniform(0.06, 0.14), rng.uniform(0.03, 0.05)
    if rng.random() < 0.06:
        return pixels
    return _stamp(pixels, "L" if left else "R", x, y, size, rng.uniform(0.88, 1.0))


def draw_shortcut(pixels: Field, shortcut: Shortcut, rng: np.random.Generator) -> Field:
    """Draw the planted artefact."""
    height, width = pixels.shape
    out = pixels.copy()
    if shortcut.kind == "border":
        out[:, : max(2, round(0.012 * width))] = 0.92
        return out
    x, y, r = rng.uniform(0.06, 0.09), rng.uniform(0.91, 0.94), 0.018 * min(height, width)
    box = slice(round(y * height - r), round(y * height + r)), slice(round(x * width - r), round(x * width + r))
    out[box] = 0.97
    inner = (
        slice(box[0].start + round(0.5 * r), box[0].stop - round(0.5 * r)),
        slice(box[1].start + round(0.5 * r), box[1].stop - round(0.5 * r)),
    )
    out[inner] = 0.08
    return out

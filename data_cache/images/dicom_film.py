"""The film of a DICOM image: stored values, and every window, table, spacing and mark that the file has for it.

Read here, besides what the pixels need: Window Center and Width with their explanations, VOI LUTs with theirs
(PS3.3, C.11.2), Pixel Spacing and Imager Pixel Spacing (10.7, C.8.7.1), Patient Orientation (C.7.6.1), View Position.
"""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from data_cache.images.dicom_header import items, number, numbers, texts, word
from data_cache.images.dicom_values import Values, look_up, modality, of_interest, windows
from data_cache.images.stored import STORED, Lut, Spacing, Stored, Window, as_codes, blocks, stored_range

_OPPOSITE = {"R": "L", "L": "R", "A": "P", "P": "A", "H": "F", "F": "H"}
_UNUSABLE = "its pixel spacing cannot be used"
_BAD_SPACING = f"{_UNUSABLE} and was passed over; lengths are in pixels."
_DRAWN = "and are drawn as squares, as the models see them, so that shapes are distorted."
_OBLONG = f"its pixels are {{row:.3g}} mm high and {{column:.3g}} mm wide {_DRAWN}"
_OBLONG_RATIO = f"its pixels are not square ({{row:.3g}} high to {{column:.3g}} wide) {_DRAWN}"
_BAD_WINDOWS = "{count} of its windows cannot be used and {were} passed over."
_FARTHEST = 100.0  # mm between pixels
_SQUARE = 0.01  # by what share the sides of a square pixel may differ


def film_of(stored: NDArray[np.integer], dataset: Dataset) -> tuple[Stored, tuple[str, ...]]:
    """Return the film, and sentences to tell about it.

    Args:
        stored: integers (h, w), as `dicom_values.field` gives them.
        dataset: where they come from.
    """
    photometric = word(dataset, "PhotometricInterpretation")
    spacing, said = _spacing(dataset)
    values = _values_of(stored, dataset)
    marked = replace(
        values,
        inverted=photometric == "MONOCHROME1",
        photometric=photometric,
        spacing=spacing,
        unscaled=_UNUSABLE if said and spacing is None else values.unscaled,
        edges=_edges(dataset),
        view="".join(texts(dataset, "ViewPosition", 16)[:1]),
    )
    return marked, (*said, *_of_shape(spacing, dataset), *_of_windows(dataset))


def _values_of(stored: NDArray[np.integer], dataset: Dataset) -> Stored:
    if stored.dtype.itemsize > 2:  # 65,536 steps over all values, which windows in their own unit would not fit
        return stored_range(stored, float(stored.min()), float(stored.max()))
    codes, first = as_codes(stored)
    levels = (np.arange(int(codes.max()) + 1) + first).astype(stored.dtype)  # whose sign says what there could be
    counts = np.zeros(len(levels), np.int64)
    for rows in blocks(codes):
        counts += np.bincount(rows.ravel(), minlength=len(levels))
    values, unit = _values(levels, dataset)
    limits = _limits(modality(levels, dataset)[0], counts > 0)
    return Stored(codes, float(first), 1.0, values, unit, limits, _offered(levels, counts, dataset))


def _limits(values: Values, present: NDArray[np.bool_]) -> tuple[float, float]:
    """What the bits stored allow, and what is there all the same."""
    there = values.pixels[present]
    return min(values.low, float(there.min())), max(values.high, float(there.max()))


def _values(levels: NDArray[np.integer], dataset: Dataset) -> tuple[NDArray[np.float32] | None, str]:
    """What the modality transformation makes of each stored value; None where it changes none."""
    values = modality(levels, dataset)[0].pixels
    if np.array_equal(values, levels):
        return None, STORED
    kind = "modality LUT" if items(dataset, "ModalityLUTSequence") else "rescale"
    unit = "".join(texts(dataset, "RescaleType", 16)[:1])
    return values.astype(np.float32), f"value after {kind}" + (f", {unit}" if unit and unit != "US" else "")


def _offered(levels: NDArray[np.integer], counts: NDArray[np.int64], dataset: Dataset) -> tuple[Window | Lut, ...]:
    """All that the file offers, what it is shown with at first leading."""
    values = modality(levels, dataset)[0]
    present = counts > 0
    of_present = type(values)(values.pixels[present], values.low, values.high)
    chosen = of_interest(of_present, levels[present], counts[present], dataset)[2]
    tables: list[Window | Lut] = []
    first: Window | Lut | None = None
    for place, item in enumerate(items(dataset, "VOILUTSequence")):
        found = look_up(values.pixels, item)
        if found is not None:
            name = "".join(texts(item, "LUTExplanation")[:1]) or f"VOI LUT {place + 1}"
            shades = np.rint(np.clip(found[0].pixels / found[0].high, 0, 1) * 255).astype(np.uint8)
            tables.append(Lut(name, shades))
            first = tables[-1] if chosen == place and not isinstance(chosen, Window) else first
    offers = [*tables, *windows(dataset)]
    first = chosen if isinstance(chosen, Window) else first
    others = [one for one in offers if one is not first and one != first]
    low, high = float(of_present.pixels.min()), float(of_present.pixels.max())
    everything = Window("All values", (low + high) / 2, (high - low) or 1.0)
    return (*(() if first is None else (first,)), *others, everything)


def _of_windows(dataset: Dataset) -> tuple[str, ...]:
    """What to say where some of the windows are none, and others are shown."""
    count = len(numbers(dataset, "WindowCenter")) - len(windows(dataset))
    if count < 1 or not windows(dataset):
        return ()  # where none can be used, what is shown instead is said already
    one = count == 1
    return (_BAD_WINDOWS.format(count="one" if one else count, were="was" if one else "were"),)


def _of_shape(spacing: Spacing | None, dataset: Dataset) -> tuple[str, ...]:
    """What to say where pixels are not square: by the spacing, or by Pixel Aspect Ratio, which is vertical first."""
    sides = [spacing.row, spacing.column] if spacing is not None else numbers(dataset, "PixelAspectRatio")
    if len(sides) != 2 or not all(side > 0 for side in sides):
        return ()
    row, column = sides
    if abs(row - column) <= _SQUARE * max(row, column):
        return ()
    words = _OBLONG if spacing is not None else _OBLONG_RATIO
    return (words.format(row=row, column=column),)


def _spacing(dataset: Dataset) -> tuple[Spacing | None, tuple[str, ...]]:
    """Pixel Spacing, which is calibrated where it differs from that at the detector; else that of the detector."""
    found: dict[str, tuple[float, float]] = {}
    bad = False
    for keyword in ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing"):
        pair = numbers(dataset, keyword)
        if len(pair) == 2 and all(0 < length < _FARTHEST for length in pair):
            found[keyword] = (pair[0], pair[1])
        bad = bad or (bool(pair) and keyword not in found)
    said = (_BAD_SPACING,) if bad and not found else ()
    spacing, imager = found.get("PixelSpacing"), found.get("ImagerPixelSpacing")
    if spacing and spacing != imager:
        kind = word(dataset, "PixelSpacingCalibrationType")
        how = f"calibrated by {kind.lower()}" if kind in ("GEOMETRY", "FIDUCIAL") else "calibration not said"
        return Spacing(*spacing, f"Pixel Spacing, {how}"), said
    if imager:
        factor = number(dataset, "EstimatedRadiographicMagnificationFactor")
        if factor is not None and not math.isnan(factor) and 1 <= factor < 10:
            words = f"Imager Pixel Spacing, divided by the magnification of {factor:g}"
            return Spacing(imager[0] / factor, imager[1] / factor, words), said
        return Spacing(*imager, "Imager Pixel Spacing, at the detector: larger than in the patient"), said
    if scanned := found.get("NominalScannedPixelSpacing"):
        return Spacing(*scanned, "Nominal Scanned Pixel Spacing, on the film"), said
    return None, said


def _edges(dataset: Dataset) -> tuple[str, str, str, str]:
    """Letters of the left, right, upper and lower edge, from where rows and columns lead to."""
    sides = [text.upper() for text in texts(dataset, "PatientOrientation", 3)]
    if len(sides) != 2 or any(set(side) - set(_OPPOSITE) for side in sides):
        return ("", "", "", "")
    right, down = sides
    left, up = ("".join(_OPPOSITE[letter] for letter in side) for side in sides)
    return (left, right, up, down)

"""Where the lungs and the heart are: regions that a model drew and a quality estimate vouches for. No findings.

Gaggion et al., "CheXmask: a large-scale dataset of anatomical segmentation masks for multi-center chest X-ray images",
Scientific Data 2024; PhysioNet, open access. One CSV table a dataset of radiographs:

    Image ID (Path, dicom_id …), Dice RCA (Max), Dice RCA (Mean), Landmarks, Left Lung, Right Lung, Heart, Height, Width

Masks are run lengths of the flavour `chexmask`, at the radiograph's own size in OriginalResolution/ and at 1024×1024 in
Preprocessed/. The authors advise to use masks with a mean RCA of at least 0.7.
"""

import csv
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from data_cache.annotations.annotation import merged
from data_cache.bounded_files import refuse_special
from data_cache.case import stem_of
from data_cache.errors import InputError
from data_cache.masks import Rle
from data_cache.run_lengths import decode_runs

GOOD = 0.7
_NAMES = ("Image ID", "ImageID", "image_id", "Image Index", "dicom_id", "Path")
_QUALITY = "Dice RCA (Mean)"
_ORGANS = ("Left Lung", "Right Lung", "Heart")
_SIZE = ("Height", "Width")
_LONGEST_SIDE = 20_000


@dataclass(frozen=True)
class Anatomy:
    """Lungs and heart of one radiograph, on the patient's own left and right.

    Attributes:
        case: id of the case.
        left_lung, right_lung, heart: at the radiograph's size; the heart and the left lung may overlap.
        quality: estimated mean Dice coefficient, in [0, 1].
    """

    case: str
    left_lung: Rle
    right_lung: Rle
    heart: Rle
    quality: float

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the radiograph."""
        return self.heart.size

    @property
    def regions(self) -> dict[str, Rle]:
        """Both lungs as one region, and the heart, by the names that scores and floors know them by."""
        return {"lungs": merged([self.left_lung, self.right_lung]), "heart": self.heart}


@dataclass(frozen=True)
class AnatomyTable:
    """What a table gives for the cases that were asked for.

    Attributes:
        found: by case.
        poor: cases whose masks' quality is too low.
        problems: a sentence for each row that cannot be used.
    """

    found: dict[str, Anatomy]
    poor: tuple[str, ...]
    problems: tuple[str, ...]


def read_chexmask(path: Path, cases: Collection[str], least: float = GOOD) -> AnatomyTable:
    """Read the anatomy of some cases out of a table of any length, row by row.

    A row is of the case that its image's name, its stem, or, as CheXpert's paths, its last two folders and stem make.

    Args:
        path: the table.
        cases: their ids.
        least: quality.

    Raises:
        InputError: there is no such file, or it is no such table.
    """
    wanted = set(cases)
    found: dict[str, Anatomy] = {}
    poor, problems = [], []
    for line, row in _rows(path):
        case = next((name for name in _ids(row) if name in wanted), None)
        if case is None:
            continue
        try:
            anatomy = _anatomy(case, row, least)
        except InputError as error:
            problems.append(f"Line {line} of {path.name}: {error}")
            continue
        if anatomy is None:
            poor.append(case)
        elif case in found:
            problems.append(f"Line {line} of {path.name}: expected {case} once, found it again; the first is used.")
        else:
            found[case] = anatomy
    return AnatomyTable(found, tuple(poor), tuple(problems))


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows by the names of their columns; the file is not held in memory, for it may have gigabytes."""
    refuse_special(path, "a table of anatomy")
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.reader(file)
            header = [name.strip() for name in next(rows, [])]
            missing = [name for name in (_QUALITY, *_ORGANS, *_SIZE) if name not in header]
            if missing or not set(_NAMES) & set(header):
                raise InputError(
                    f"Expected CheXmask's columns in {path.name}, found no {', '.join(missing) or _NAMES[0]}; "
                    "name one of its tables."
                )
            for cells in rows:
                yield rows.line_num, dict(zip(header, cells, strict=False))
    except FileNotFoundError:
        raise InputError(f"Expected a table of anatomy in {path.name}, found no such file; check the path.") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"Expected a CSV table in {path.name}, found a file that cannot be read as one.") from error


def _ids(row: dict[str, str]) -> Iterator[str]:
    for name in _NAMES:
        if row.get(name):
            path = PurePosixPath(row[name].strip().replace("\\", "/"))
            yield from (path.name, stem_of(path.name), "_".join((*path.parent.parts[-2:], stem_of(path.name))))


def _anatomy(case: str, row: dict[str, str], least: float) -> Anatomy | None:
    """One row; None where its quality is too low, or not known."""
    try:
        quality = float(row[_QUALITY])
        height, width = (int(float(row[name])) for name in _SIZE)
    except (KeyError, ValueError, OverflowError):
        raise InputError(f"expected numbers as {_QUALITY}, {' and '.join(_SIZE)}, found others.") from None
    if math.isnan(quality) or quality < least:
        return None
    if not (0 < height <= _LONGEST_SIDE and 0 < width <= _LONGEST_SIDE):
        raise InputError(f"expected a radiograph's size, found {width}×{height}.")
    left, right, heart = (decode_runs(row.get(organ, ""), (height, width), "chexmask") for organ in _ORGANS)
    return Anatomy(case, left, right, heart, quality)

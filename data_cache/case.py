"""One radiograph with what is known about it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data_cache.bundled_films import is_bundled, shows_bundled
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.images import Radiograph, check_pixels, image_size, read_radiograph
from data_cache.images.stored import Stored
from data_cache.marks import Form, Mark, Unions, loosest, union
from data_cache.masks import Rle
from data_cache.simulated_mark import is_marked

_ALL = frozenset(FINDINGS)
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,5}")
Contours = Mapping[str, tuple[NDArray[np.float32], ...]]


def stem_of(file_name: str) -> str:
    """Return what a file is called without its extension; the last part of a UID, a number, is none."""
    path = Path(file_name)
    return path.stem if _EXTENSION.fullmatch(path.suffix) else path.name


@dataclass(frozen=True, eq=False)
class Case:
    """A radiograph with its findings and masks; all mappings are keyed by CheXpert's names of the findings.

    Attributes:
        id: for example patient64541_study1_view1_frontal.
        patient: the patient the radiograph belongs to, the unit of resampling.
        source: "chexlocalize-val", "phantom-test", "upload" …
        image_path: the file of the image; None when `pixels` is given.
        pixels: the image itself, grey float32 (h, w) in [0, 1]; None when `image_path` is given. Both may be None where
            the annotations say how large the image is: it is not at hand, and what was marked can be used without.
        labels: 1, 0 or None (unknown) for each of the 14 findings.
        masks: what was marked, as masks at the image's size. A finding is missing where nobody drew; a finding that
            was looked for and not found has an empty mask. Of a case with `marks` they are the union of these, and
            empty for findings labelled 0; they need not be given.
        contours: the radiologist's own polygons, float32 (n, 2), (x, y), one tuple a finding.
        human_masks, human_contours, human_points: the same from the human benchmark, and its salient points (x, y).
        provenance: one line on where the case comes from.
        warnings: what the reader of an upload had to say, or of masks that were left out.
        marks: what each reader marked, as the shapes that they drew.
        read_by: who looked at the image, also those who marked nothing; "" where the dataset does not name them.
        annotated_size: (height, width) of the image as the annotations state it; None where they do not.
        coloured: whether `pixels` were made of a picture in colour.
        stated: what a header says that the image is, where that is no frontal radiograph.
        bundled: whether `pixels` are those of a phantom that comes with the program, or the file says that it is one.
        stored: what `pixels` were before any window, where that is more than 8 bits.
    """

    id: str
    patient: str
    source: str
    image_path: Path | None = None
    pixels: NDArray[np.float32] | None = None
    labels: Mapping[str, int | None] = field(default_factory=lambda: dict.fromkeys(FINDINGS))
    masks: Mapping[str, Rle] = field(default_factory=dict)
    contours: Contours = field(default_factory=dict)
    human_masks: Mapping[str, Rle] = field(default_factory=dict)
    human_contours: Contours = field(default_factory=dict)
    human_points: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    provenance: str = ""
    warnings: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    read_by: tuple[str, ...] = ()
    annotated_size: tuple[int, int] | None = None
    coloured: bool = False
    stated: str = ""
    bundled: bool = False
    stored: Stored | None = None

    def __post_init__(self) -> None:
        given = (self.image_path is not None) + (self.pixels is not None)
        if given == 2 or (given == 0 and self.annotated_size is None):
            raise ValueError(f"Expected either the path or the pixels of case {self.id}, found both or neither.")
        if self.labels.keys() != _ALL:
            raise ValueError(f"Expected labels of the 14 findings for case {self.id}, found {sorted(self.labels)}.")
        if self.pixels is not None:
            check_pixels(self.pixels)
        if self.marks or self.read_by:
            absent = (finding for finding in FINDINGS[1:] if self.labels[finding] == 0)  # the first is No Finding
            object.__setattr__(self, "masks", Unions(self.marks, absent, self._marked_size))

    @classmethod
    def from_upload(cls, data: bytes, name: str) -> "Case":
        """Make a case of an uploaded file; its labels are unknown.

        Raises:
            InputError: the file is no radiograph that can be read.
        """
        radiograph = read_radiograph(data, name)
        stem = stem_of(name) or "upload"
        return cls(
            id=stem,
            patient=stem,
            source="upload",
            pixels=radiograph.pixels,
            provenance=f"uploaded file ({radiograph.format})",
            warnings=radiograph.warnings,
            coloured=radiograph.coloured,
            stated=radiograph.stated,
            bundled=is_bundled(data) or is_marked(data) or shows_bundled(radiograph.pixels),
            stored=radiograph.stored,
        )

    @property
    def positives(self) -> tuple[str, ...]:
        """Findings that are labelled present, in CheXpert's order."""
        return tuple(finding for finding in FINDINGS if self.labels[finding] == 1)

    @property
    def drawn(self) -> tuple[str, ...]:
        """Findings with a mask that is not empty, in CheXpert's order."""
        return tuple(finding for finding in FINDINGS if finding in self.masks and self.masks[finding].area > 0)

    @property
    def readers(self) -> tuple[str, ...]:
        """Who looked at the image, also those who marked nothing; "" where the dataset names nobody."""
        return self.read_by or tuple(dict.fromkeys(mark.reader for mark in self.marks))

    def masks_of(self, reader: str) -> dict[str, Rle]:
        """Return one reader's masks of the findings that `masks` has, empty where this reader marked nothing.

        Raises:
            InputError: the size of the image is needed, and cannot be read.
        """
        size = self._marked_size()
        mine = [mark for mark in self.marks if mark.reader == reader]
        return {f: union([mark.shape for mark in mine if mark.finding == f], size) for f in self.masks}

    def form_of(self, finding: str) -> Form:
        """Return as what a finding was marked; where in several forms, the one that says least about its border."""
        return loosest(mark.shape.form for mark in self.marks if mark.finding == finding)

    @property
    def has_image(self) -> bool:
        """Whether there is an image to read."""
        return self.image_path is not None or self.pixels is not None

    def read(self) -> Radiograph:
        """Return the image.

        Raises:
            InputError: the file is missing or no radiograph, or a mask has another size than it.
        """
        if self.pixels is not None:
            radiograph = Radiograph(self.pixels, self.warnings, 8, "pixels", self.coloured, self.stated, self.stored)
        else:
            radiograph = read_radiograph(self._path)
        self._check_sizes(radiograph.pixels.shape)
        return radiograph

    def check(self) -> None:
        """Check that the image is there and as large as its masks, from the file's header alone.

        Without an image there is nothing to check.

        Raises:
            InputError: it is not.
        """
        if self.has_image:
            self._check_sizes(self.size())

    def size(self) -> tuple[int, int]:
        """Return the (height, width) of the image, from the file's header alone; as annotated where there is no file.

        Raises:
            InputError: the file is missing or no image.
        """
        if self.annotated_size is not None and not self.has_image:
            return self.annotated_size
        if self.pixels is not None:
            return self.pixels.shape[0], self.pixels.shape[1]
        width, height = image_size(self._path)
        return height, width

    def _marked_size(self) -> tuple[int, int]:
        return self.annotated_size or self.size()

    @property
    def _path(self) -> Path:
        if self.image_path is None:
            raise InputError(
                f"Expected the image of {self.id}, found its annotations alone; put the images below the root."
            )
        return self.image_path

    def _check_sizes(self, shape: tuple[int, ...]) -> None:
        if self.annotated_size not in (None, shape):
            height, width = self.annotated_size or (0, 0)
            raise InputError(
                f"Expected the image of {self.id} to be as large as its annotations say, {width}×{height} pixels, "
                f"found {shape[1]}×{shape[0]}; do they belong together?"
            )
        if isinstance(self.masks, Unions):  # of this very size
            return
        for kind, masks in (("mask", self.masks), ("human mask", self.human_masks)):
            for finding, mask in masks.items():
                if mask.size != shape:
                    height, width = mask.size
                    raise InputError(
                        f"Expected the {kind} of {finding} of {self.id} to be as large as its image, "
                        f"{shape[1]}×{shape[0]} pixels, found {width}×{height}; do they belong together?"
                    )

"""A folder in the CheXlocalize layout as cases.

    ROOT/CheXpert/{val,test}_labels.csv, ROOT/CheXpert/{val,test}/patient…/study…/view….jpg
    ROOT/CheXlocalize/gt_{segmentations,annotations}_{val,test}.json
    ROOT/CheXlocalize/hb_{segmentations,annotations,salient_pt}_test.json

Saporta et al., "Benchmarking saliency methods for chest X-ray interpretation", Nature Machine Intelligence 2022.
Phantom cohorts come in the same layout with a `phantom.json` at the root, and may have a train split.
"""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from data_cache.case import Case, Contours
from data_cache.chexlocalize.drawings import read_contours, read_masks, read_points
from data_cache.chexlocalize.labels import LabelledImage, read_label_table
from data_cache.errors import InputError
from data_cache.mask_sizes import odd_masks
from data_cache.masks import Rle

_TABLE_SUFFIX = "_labels.csv"
_SPLITS = ("val", "test", "train")  # the order on the page; others follow
_DRAWN_SPLITS = ("val", "test")
_PHANTOM_MARK = "phantom.json"


class CheXlocalize:
    """A CheXlocalize root. Tables and drawings are read when a split is first asked for; images only by `Case.read`.

    Args:
        root: the folder that holds CheXpert/ and CheXlocalize/.

    Raises:
        InputError: the folder is missing or holds no label table.
    """

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root).expanduser()
        self._images = self.root / "CheXpert"
        self._cases: dict[str, tuple[Case, ...]] = {}
        if not self.root.is_dir():
            raise InputError(
                f"Expected a folder in the CheXlocalize layout at {self.root}, found none; check the path."
            )
        if not self.splits():
            raise InputError(
                f"Expected CheXpert/val_labels.csv or another label table in {self.root}, found none; "
                "name the folder that holds CheXpert and CheXlocalize."
            )

    def splits(self) -> tuple[str, ...]:
        """Return the splits that have a label table: val, test, train, then others by name."""
        found = {path.name.removesuffix(_TABLE_SUFFIX) for path in self._images.glob(f"*{_TABLE_SUFFIX}")}
        return (*(split for split in _SPLITS if split in found), *sorted(found - set(_SPLITS)))

    def cases(self, split: str) -> tuple[Case, ...]:
        """Return the cases of a split in the table's order.

        A case without an entry in the masks' file has no masks, whatever its labels say. Whether its image is there
        and as large as its masks is checked by `Case.check` and `Case.read`.

        Raises:
            InputError: no such split, or one of its files is damaged.
        """
        if split not in self._cases:
            if split not in self.splits():
                raise InputError(
                    f"Expected one of the splits {', '.join(self.splits())} of {self.root.name}, found {split!r}; "
                    "choose another."
                )
            self._cases[split] = self._load(split)
        return self._cases[split]

    def case(self, case_id: str) -> Case:
        """Return a case of any split.

        Raises:
            InputError: there is none of this id.
        """
        for split in self.splits():
            for case in self.cases(split):
                if case.id == case_id:
                    return case
        raise InputError(f"Expected the id of a case in {self.root.name}, found {case_id!r}; `list` shows them.")

    def gaps(self, split: str) -> tuple[str, ...]:
        """Return a sentence for each thing that the split should have and has not: masks' file, images, sizes.

        Looks at the image files' headers only.
        """
        masks = self.root / "CheXlocalize" / f"gt_segmentations_{split}.json"
        found = []
        if split in _DRAWN_SPLITS and not masks.is_file():
            found.append(f"Expected the masks of {split} in CheXlocalize/{masks.name}, found no such file.")
        for case in self.cases(split):
            found += case.warnings
            try:
                case.check()
            except InputError as error:
                found.append(str(error))
        return tuple(found)

    def problems(self, split: str) -> tuple[str, ...]:
        """Return nothing: a file that cannot be used is refused as a whole."""
        return ()

    def notes(self, split: str) -> tuple[str, ...]:
        """Return nothing: the labels are CheXpert's own, and all are used."""
        return ()

    @cached_property
    def is_phantom(self) -> bool:
        """Whether the root is a simulated cohort."""
        return (self.root / _PHANTOM_MARK).is_file()

    def _load(self, split: str) -> tuple[Case, ...]:
        family = "phantom" if self.is_phantom else "chexlocalize"
        origin = "simulated phantom cohort" if self.is_phantom else "CheXlocalize (Saporta et al., 2022)"
        drawings = _Drawings.read(self.root / "CheXlocalize", split)
        table = read_label_table(self._images / f"{split}{_TABLE_SUFFIX}")
        images = os.path.realpath(self._images)
        return tuple(
            Case(
                id=row.id,
                patient=row.patient,
                source=f"{family}-{split}",
                image_path=self._image(row, images),
                labels=row.labels,
                masks=_fitting(drawings.masks.get(row.id, {})),
                contours=drawings.contours.get(row.id, {}),
                human_masks=_fitting(drawings.human_masks.get(row.id, {})),
                human_contours=drawings.human_contours.get(row.id, {}),
                human_points=drawings.human_points.get(row.id, {}),
                provenance=f"{origin}, {split}",
                warnings=_odd(row.id, drawings.masks, "mask") + _odd(row.id, drawings.human_masks, "human mask"),
            )
            for row in table
        )

    def _image(self, row: LabelledImage, images: str) -> Path:
        """The image's file; a link that leads out of CheXpert/ is not followed (CheXpert/ itself may be a link)."""
        path = os.path.join(images, *row.path.parts)  # noqa: PTH118  pathlib costs most of the time of a large root
        if not os.path.realpath(path).startswith(images + os.sep):
            raise InputError(
                f"Expected {row.path} to lie inside {self._images}, found a link that leads out of it; "
                "it is not followed, so put the image itself there."
            )
        return Path(path)


def _fitting(masks: dict[str, Rle]) -> dict[str, Rle]:
    """Masks without those of another size than most of them."""
    _, odd = odd_masks(masks)
    return {finding: mask for finding, mask in masks.items() if finding not in odd}


def _odd(case_id: str, cases: dict[str, dict[str, Rle]], kind: str) -> tuple[str, ...]:
    """A sentence for each mask that is left out because of its size."""
    masks = cases.get(case_id, {})
    (height, width), odd = odd_masks(masks)
    return tuple(
        f"Expected the {kind} of {finding} of {case_id} as large as most of its masks, {width}×{height}, found "
        f"{masks[finding].size[1]}×{masks[finding].size[0]}; it alone is left out."
        for finding in odd
    )


@dataclass(frozen=True)
class _Drawings:
    """All drawings of a split, by case and finding."""

    masks: dict[str, dict[str, Rle]]
    contours: dict[str, Contours]
    human_masks: dict[str, dict[str, Rle]]
    human_contours: dict[str, Contours]
    human_points: dict[str, dict[str, tuple[tuple[float, float], ...]]]

    @classmethod
    def read(cls, folder: Path, split: str) -> "_Drawings":
        return cls(
            masks=read_masks(folder / f"gt_segmentations_{split}.json"),
            contours=dict(read_contours(folder / f"gt_annotations_{split}.json")),
            human_masks=read_masks(folder / f"hb_segmentations_{split}.json"),
            human_contours=dict(read_contours(folder / f"hb_annotations_{split}.json")),
            human_points=read_points(folder / f"hb_salient_pt_{split}.json"),
        )

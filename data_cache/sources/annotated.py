"""Datasets that are told from annotation files: their images are looked for below the root, and may be absent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path

from data_cache.case import Case, stem_of
from data_cache.counting import counted
from data_cache.errors import InputError
from data_cache.images import image_size
from data_cache.label_mapping import LabelMapping
from data_cache.marks import Mark, Size
from data_cache.sources.base import Dataset
from data_cache.sources.gathering import Annotated, Gathering
from data_cache.sources.image_files import ImageFiles
from data_cache.sources.tables import find_table, read_rows

_LIKE = 0.01  # by which the shapes of an image and of what is stated may differ, relative


@dataclass(frozen=True)
class Layout:
    """How a dataset's annotations lie in its folder.

    Attributes:
        key: of the dataset; the cases' source is key-split.
        expected: what should be in the folder, for the sentence that says it is not.
        splits: gives, for a folder, the annotation file (or folder) of each split there is.
        read: reads one of them.
        origin: whose data it is, for the page.
    """

    key: str
    expected: str
    splits: Callable[[Path], Mapping[str, Path]]
    read: Callable[[Path, Gathering], None]
    origin: str

    def open(self, root: Path | None, labels: LabelMapping) -> "AnnotatedDataset":
        """Open the dataset.

        Raises:
            InputError: its annotations are not there.
        """
        return AnnotatedDataset(self, root, labels)


class AnnotatedDataset(Dataset):
    """A dataset of such a layout. Annotations are read when a split is first asked for.

    Args:
        layout: how it lies.
        root: its folder.
        labels: what its words mean.

    Raises:
        InputError: there is no such folder, or no annotations in it.
    """

    def __init__(self, layout: Layout, root: Path | None, labels: LabelMapping) -> None:
        if root is None:
            raise InputError(f"Expected the folder of the dataset {layout.key}, found none; give --root.")
        self.root = root.expanduser()
        self._layout, self._labels = layout, labels
        self._images = ImageFiles(self.root)
        self._read: dict[str, tuple[Gathering, tuple[Case, ...], list[str]]] = {}
        if not self.root.is_dir():
            raise InputError(f"Expected a folder with {layout.expected} at {self.root}, found none; check the path.")
        self._files = dict(layout.splits(self.root))
        if not self._files:
            raise InputError(f"Expected {layout.expected} in {self.root}, found none; name the folder that holds it.")

    def splits(self) -> Sequence[str]:
        """Return the splits whose annotations are there."""
        return tuple(self._files)

    def cases(self, split: str) -> Sequence[Case]:
        """Return the cases of a split, in the order of its file.

        Raises:
            InputError: no such split, or its file is wrong as a whole.
        """
        return self._split(split)[1]

    def problems(self, split: str) -> Sequence[str]:
        """Return a sentence for each row that cannot be used, and for each image of another size than stated."""
        gathering, _, unfit = self._split(split)
        return (*gathering.problems, *gathering.unknown(), *unfit)

    def notes(self, split: str) -> Sequence[str]:
        """Return what should be known of a split: what labels were taken for, what was left out, images absent."""
        gathering, cases, _ = self._split(split)
        absent = sum(not case.has_image for case in cases)
        notes = gathering.notes()
        unsized = sum(not case.has_image and gathering.images[case.id].size is None for case in cases)
        if not any(case.marks for case in cases):
            notes.append(f"{gathering.name}: {_why_nothing(gathering)}")
        if absent:
            notes.append(f"{gathering.name}: {_absent(absent, len(cases))}")
        if unsized:
            height, width = gathering.usual_reach
            notes.append(
                f"{gathering.name}: the size of {counted(unsized, 'image')} is stated nowhere, so it is taken to be "
                f"{width}×{height}, within which 19 in 20 are marked, or as far as they are marked; for exact places "
                "put the images below the root, or a table sizes.csv (image_id,width,height)."
            )
        return tuple(notes)

    def _split(self, split: str) -> tuple[Gathering, tuple[Case, ...], list[str]]:
        if split not in self._files:
            raise InputError(
                f"Expected one of the splits {', '.join(self._files)} of {self._layout.key}, found {split!r}; "
                "choose another."
            )
        if split not in self._read:
            path = self._files[split]
            gathering = Gathering(path.name, self._labels, split)
            self._layout.read(path, gathering)
            add_sizes(self.root, gathering)
            unfit: list[str] = []
            cases = tuple(self._case(image, gathering, split, unfit) for image in gathering.images.values())
            if not cases:
                first = f" {gathering.problems[0]}" if gathering.problems else ""
                raise InputError(f"Expected annotations of images in {path.name}, found none that can be used.{first}")
            self._read[split] = gathering, cases, unfit
        return self._read[split]

    def _case(self, image: Annotated, gathering: Gathering, split: str, unfit: list[str]) -> Case:
        path = self._images.find(image.image, split)
        if path is not None:
            fitted = self._on_image(image, path, gathering, unfit)
        else:
            size = image.size or _at_least(image.reach, gathering.usual_reach)
            fitted = _Fitted(tuple(mark for _, mark in image.marks), size)
        return Case(
            id=image.id,
            patient=image.patient,
            source=f"{self._layout.key}-{split}",
            image_path=path,
            labels=gathering.label_of(image),
            marks=fitted.marks,
            read_by=tuple(image.readers) or ("",),
            annotated_size=fitted.size,
            provenance=f"{self._layout.origin}, {split}",
        )

    def _on_image(self, image: Annotated, path: Path, gathering: Gathering, unfit: list[str]) -> "_Fitted":
        """Marks in pixels of the image itself; left as they are, and named, where they do not belong to it."""
        marks = tuple(mark for _, mark in image.marks)
        if not marks:
            return _Fitted((), None)
        try:
            width, height = image_size(path)
        except InputError as error:
            unfit.append(str(error))
            return _Fitted(marks, image.size)
        if image.size is None:
            return _Fitted(gathering.within(image, (height, width)), None)
        x, y = width / image.size[1], height / image.size[0]
        if x == y == 1:
            return _Fitted(marks, None)
        if abs(x / y - 1) > _LIKE and not image.stretched:
            unfit.append(
                f"Expected {path.name} to be of {image.size[1]}×{image.size[0]} pixels as {gathering.name} says, or of "
                f"the same shape, found {width}×{height}; do they belong together?"
            )
            return _Fitted(marks, image.size)
        return _Fitted(tuple(replace(mark, shape=mark.shape.scaled(x, y)) for mark in marks), None)


@dataclass(frozen=True)
class _Fitted:
    """Marks, and the size that they are of where that is not the image's own."""

    marks: tuple[Mark, ...]
    size: Size | None


def _why_nothing(gathering: Gathering) -> str:
    """Say why no mark of a split is one of CheXpert's findings."""
    if gathering.marked:
        return "none of its labels is one of CheXpert's findings; map some by --mapping."
    unusable = len(gathering.problems)
    if not unusable:
        return "nothing is marked in it."
    return f"nothing that is marked in it can be used; {counted(unusable, 'row is', 'rows are')} wrong."


def _absent(absent: int, cases: int) -> str:
    """Say how many images are not there, of which there are the annotations all the same."""
    if absent == cases:
        return "no image lies below the root; the annotations are used without."
    lack = "1 image does" if absent == 1 else f"{absent:,} images do"
    return f"of {cases:,} images, {lack} not lie below the root; their annotations are used without."


def _at_least(reach: tuple[float, float], usual: Size) -> Size:
    """A size for an image of which nobody states it: the usual one, or as far as what is marked on it reaches."""
    return max(usual[0], ceil(reach[1])), max(usual[1], ceil(reach[0]))


def add_sizes(root: Path, gathering: Gathering) -> None:
    """Take the sizes of images from a table: sizes.csv (image_id, width, height) or train_meta.csv.

    The latter is how copies of VinBigData state the original images' sizes (image_id, dim0, dim1: height and width).

    Raises:
        InputError: there is one, and it is no such table.
    """
    unsized = {image.id: image for image in gathering.images.values() if image.size is None}
    for name, sides in (("sizes", ("height", "width")), ("train_meta", ("dim0", "dim1"))):
        path = find_table(root, name) if unsized else None
        for row in read_rows(path, ("image_id", *sides)) if path else ():
            with gathering.sparing(row.line):
                image = unsized.get(stem_of(row.text("image_id")))
                if image is not None:
                    height, width = (int(side) for side in row.numbers(*sides))
                    gathering.within(image, (height, width))
                    image.size = height, width

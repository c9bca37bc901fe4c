"""What the annotation files of a split say, image by image, and what is wrong with them."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property

import numpy as np

from data_cache.case_names import wrong_id
from data_cache.counting import counted
from data_cache.errors import InputError
from data_cache.findings import FINDINGS, plain
from data_cache.label_mapping import NO_FINDING, PARENTS, LabelMapping
from data_cache.marks import Box, Disc, Ellipse, Mark, Polygon, Runs, Shape, Size

BEYOND = 2.0  # pixels by which rounding may push a shape over the image's border
_SHOWN, _LONGEST_SENTENCE = 60, 500
_MOST_PIXELS = 200_000_000
_LONGEST_SIDE = 14_000  # of an image whose size nobody states; the square has _MOST_PIXELS
UNIT = 1024  # pixels a side of an image of which nothing is known but fractions


@dataclass(eq=False)
class Annotated:
    """An image and what its annotations say.

    Attributes:
        id, patient: of the case.
        image: what the annotations call its file.
        size: (height, width) that the coordinates are of; None where only the image knows.
        marks: with the lines that they stand in.
        readers: who looked at it.
        labels: what is said of the whole image.
        words: the dataset's own words that are marked or said of it.
        stretched: whether the coordinates are fractions of the image's sides, so that `size` is just a measure.
        doubtful: whether something that is said of it cannot be used, so that nothing can be taken to be absent.
        reach: how far to the right and down anything is marked, whatever it means.
    """

    id: str
    patient: str
    image: str
    size: Size | None = None
    marks: list[tuple[int, Mark]] = field(default_factory=list)
    readers: dict[str, None] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)
    words: dict[str, None] = field(default_factory=dict)
    stretched: bool = False
    doubtful: bool = False
    reach: tuple[float, float] = (0.0, 0.0)


class Gathering:
    """Collects a split's images and marks; what cannot be used is named with its line, and the rest goes on.

    Args:
        name: of the file, for sentences.
        labels: what the dataset's words mean.
        split: that is wanted, where a file holds several.

    Attributes:
        images: by id, in the file's order.
        problems: a sentence for each row that cannot be used.
        marked: how many shapes there are of each of the dataset's words, whatever they mean.
        looked_for: the dataset's words that are absent from an image where nothing is marked.
        repeated: how often something was said again that counts once.
    """

    def __init__(self, name: str, labels: LabelMapping, split: str = "") -> None:
        self.name, self.labels, self.split = name, labels, split
        self.images: dict[str, Annotated] = {}
        self.problems: list[str] = []
        self.marked: Counter[str] = Counter()
        self.looked_for: dict[str, None] = {}
        self.repeated = 0
        self._unknown: dict[str, int] = {}
        self._said: dict[Hashable, str] = {}
        self._normal: dict[tuple[str, str], str] = {}
        self._marked: dict[tuple[str, str], str] = {}
        self._about: Annotated | None = None
        self._depth = 0
        self._place = "Line"

    @contextmanager
    def sparing(self, line: int, place: str = "Line") -> Iterator[None]:
        """Name the one row that cannot be used, and go on; its image is then no example of anything's absence."""
        self._about = self._about if self._depth else None
        self._depth += 1
        outer, self._place = self._place, place
        try:
            yield
        except InputError as error:
            self.problem(line, str(error).rstrip("."), place)
            if self._about is not None:
                self._about.doubtful = True
        finally:
            self._depth -= 1
            self._place = outer

    def about(self, image: Annotated) -> None:
        """Note which image the row is about; `image` does so, too."""
        self._about = image

    def problem(self, line: int, sentence: str, place: str = "Line") -> None:
        """Name something that is wrong with a row."""
        sentence = " ".join(sentence.split())[:_LONGEST_SENTENCE]
        end = "" if sentence.endswith("?") else "."
        self.problems.append(f"{place} {line} of {self.name}: {sentence}{end}")

    def image(
        self,
        case_id: str,
        *,
        image: str = "",
        patient: str = "",
        size: Size | None = None,
        fractions: bool = False,
    ) -> Annotated:
        """Return the image of an id, which is new or known already.

        Args:
            case_id: of the case.
            image: what the annotations call its file; its id by default.
            patient: whose it is; its own by default.
            size: (height, width) that the coordinates are of; None for the image's own.
            fractions: whether coordinates are fractions of its sides; they are multiplied with `UNIT` for `mark`.

        Raises:
            InputError: the id can name no folder, or the image was of another size before.
        """
        if case_id not in self.images:
            wrong = wrong_id(case_id) if case_id else "expected the id of an image, found nothing"
            if wrong:
                raise InputError(wrong)
            size = (UNIT, UNIT) if fractions else size
            if size is not None and not (min(size) > 0 and size[0] * size[1] <= _MOST_PIXELS):
                raise InputError(f"expected the size of an image, found {size[1]}×{size[0]}")
            self.images[case_id] = Annotated(case_id, patient or case_id, image or case_id, size)
            self.images[case_id].stretched = fractions
        found = self.images[case_id]
        self.about(found)
        if size is not None and size != found.size:
            height, width = found.size or (0, 0)
            raise InputError(
                f"expected {case_id} to be of {width}×{height} pixels as before, found {size[1]}×{size[0]}"
            )
        return found

    def first(self, what: str, said: Hashable, line: int) -> bool:
        """Whether something is said for the first time; else it is named and counted, and should count once.

        Args:
            what: it is, in a few words.
            said: equal where the same is said.
            line: that says it.
        """
        before = self._said.get((what, said))
        if before is None:
            self._said[what, said] = self._where(line)
            return True
        self.repeated += 1
        self.problem(line, f"expected {what} once, found it in {before} too; it counts once", self._place)
        return False

    def _where(self, line: int) -> str:
        return f"{self._place if ',' in self._place else self._place.casefold()} {line}"

    def look_for(self, words: Iterable[str]) -> None:
        """Note words that the dataset marks wherever they are there."""
        self.looked_for |= dict.fromkeys(words)

    def mark(
        self,
        image: Annotated,
        word: str,
        shape: Shape,
        line: int,
        *,
        reader: str = "",
        certainty: float | None = None,
    ) -> None:
        """Add a shape, in pixels of the size that its coordinates are of.

        A word that is not known is counted and named later. The same mark of the same reader counts once.

        Raises:
            InputError: it encloses nothing, or reaches beyond the image.
        """
        check_shape(shape, image.size)
        if not self.first("a mark", (image.id, reader, word, identity(shape)), line):
            return
        normal = self._normal.get((image.id, reader))
        if normal is not None and (image.id, reader) not in self._marked:
            image.doubtful = True
            self.problem(line, f"{_both(reader)}, found that in {normal} and {word[:_SHOWN]!r} here", self._place)
        self._marked.setdefault((image.id, reader), self._where(line))
        _, _, *reach = edges(shape)
        image.reach = max(image.reach[0], reach[0]), max(image.reach[1], reach[1])
        self._see(image, word, line, reader)
        self.marked[word] += 1
        for meaning in self.labels.taken_for(word):
            mark = Mark(meaning.finding, shape, reader, word, meaning.relation, certainty)
            image.marks.append((line, mark))

    def say(self, image: Annotated, word: str, present: bool, line: int, *, reader: str = "") -> None:
        """Add a word about the whole image, without a place: No finding, or a label that is or is not there.

        Raises:
            InputError: it is No finding, and the reader marked something.
        """
        meant = self.labels.meaning(word)
        if present and meant is not None and meant.finding == NO_FINDING:
            if not self.first(repr(word[:_SHOWN]), (image.id, reader), line):
                return
            self._normal[image.id, reader] = self._where(line)
            if (image.id, reader) in self._marked:
                raise InputError(
                    f"{_both(reader)}, found {word[:_SHOWN]!r} here and marks in {self._marked[image.id, reader]}"
                )
        self._see(image, word, line, reader, present)
        for meaning in self.labels.taken_for(word):
            if (
                meaning.relation != "near"
                and meaning.finding != NO_FINDING
                and (present or meaning.relation == "exact")
            ):
                image.labels[meaning.finding] = max(int(present), image.labels.get(meaning.finding, 0))

    def _see(self, image: Annotated, word: str, line: int, reader: str, present: bool = True) -> None:
        if not self.labels.knows(word):
            self._unknown.setdefault(word, line)
        if present:
            image.words[word] = None
        if reader:
            image.readers[reader] = None

    def within(self, image: Annotated, size: Size) -> tuple[Mark, ...]:
        """Leave out and name marks that reach beyond an image whose (height, width) is known now; return the rest."""
        kept = []
        for line, mark in image.marks:
            with self.sparing(line):
                check_shape(mark.shape, size)
                kept.append((line, mark))
        image.marks = kept
        return tuple(mark for _, mark in kept)

    @cached_property
    def usual_reach(self) -> Size:
        """The (height, width) within which 19 of 20 images are marked whose size is not stated."""
        reaches = [image.reach for image in self.images.values() if image.size is None and image.reach[0] > 0]
        if not reaches:
            return UNIT, UNIT
        width, height = np.percentile(reaches, 95, axis=0)
        return int(np.ceil(height)), int(np.ceil(width))

    def label_of(self, image: Annotated) -> dict[str, int | None]:
        """Labels of the 14 findings: 1 where marked or said, 0 where looked for or denied, else unknown.

        A finding of which a part is marked, such as Lung Opacity where a Consolidation is, is never absent.
        """
        labels: dict[str, int | None] = dict.fromkeys(FINDINGS)
        if not image.doubtful:
            labels |= dict.fromkeys(self._absent, 0)
        labels |= image.labels
        meant = [meaning for word in image.words if (meaning := self.labels.meaning(word))]
        for meaning in meant:
            if meaning.finding != NO_FINDING:
                for finding in (meaning.finding, PARENTS.get(meaning.finding, meaning.finding)):
                    labels[finding] = None if labels[finding] == 0 else labels[finding]
                if meaning.relation != "near":
                    labels[meaning.finding] = 1
        labels |= {mark.finding: 1 for _, mark in image.marks if mark.relation != "near"}
        if (
            meant
            and not image.doubtful
            and all(meaning.finding == NO_FINDING for meaning in meant)
            and len(meant) == len(image.words)
        ):
            labels[NO_FINDING] = 1
        return labels

    @cached_property
    def _absent(self) -> frozenset[str]:
        return self.labels.looked_for(self.looked_for)

    def unknown(self) -> list[str]:
        """A sentence for each word that the dataset is not known to have."""
        if not self.labels.closed:
            return []  # `notes` counts them
        return [
            f"Line {line} of {self.name}: expected one of the dataset's labels, found {word[:_SHOWN]!r} "
            f"({self.marked[word]:,} marks), which is left out; say by --mapping what it means."
            for word, line in self._unknown.items()
        ]

    def notes(self) -> list[str]:
        """What the dataset's words were taken for where that is not the same, and what was left out, with counts."""
        taken, near, left = [], [], []
        for word, count in sorted(self.marked.items()):
            meaning, taken_for = self.labels.meaning(word), self.labels.taken_for(word)
            if taken_for and taken_for[0].relation != "exact":
                taken.append(f"{word} for {taken_for[0].finding} ({taken_for[0].relation}, {count:,})")
            elif meaning and not taken_for:
                near.append(f"{word} near {meaning.finding} ({count:,})")
            elif not taken_for and (self.labels.knows(word) or not self.labels.closed):
                left.append(f"{' '.join(word.split())[:_SHOWN]} ({count:,})")
        sentences = [
            ("taken", taken),
            ("left out, for they only mean something near a finding (--near takes them):", near),
            ("left out, for they are none of CheXpert's findings:", left),
        ]
        notes = [f"{self.name}: {verb} {', '.join(words)}." for verb, words in sentences if words]
        if self.repeated:
            rows = counted(self.repeated, "row says", "rows say")
            notes.append(f"{self.name}: {rows} again what stands before, which counts once.")
        return [*notes, *self._unused()]

    def _unused(self) -> Iterator[str]:
        """A sentence for each word of somebody's own mapping that stands nowhere, with the one that may be meant."""
        seen = {*self.marked, *self.looked_for, *(word for image in self.images.values() for word in image.words)}
        known = {plain(word): word for word in (*(self.labels.words if self.labels.closed else ()), *seen)}
        for word in self.labels.foreign:
            known.pop(plain(word), None)
        for word in self.labels.foreign:
            if plain(word) not in set(map(plain, seen)):
                close = get_close_matches(plain(word), known, n=1)
                meant = f"; is {known[close[0]][:_SHOWN]!r} meant?" if close else "."
                yield f"{self.name}: the mapping's {word[:_SHOWN]!r} is none of the labels that stand there{meant}"


def _both(reader: str) -> str:
    who = f" by reader {reader[:_SHOWN]}" if reader else ""
    return f"expected either no finding or marks on an image{who}"


def identity(shape: Shape) -> Hashable:
    """Return what is equal where two shapes are."""
    if isinstance(shape, Polygon):
        return shape.points.shape, shape.points.tobytes()
    return (shape.mask.size, shape.mask.counts) if isinstance(shape, Runs) else shape


def check_shape(shape: Shape, size: Size | None) -> None:
    """Refuse a shape that encloses nothing, or reaches beyond an image of (height, width).

    Raises:
        InputError: it does.
    """
    x0, y0, x1, y1 = edges(shape)
    if not all(map(np.isfinite, (x0, y0, x1, y1))):
        raise InputError("expected coordinates, found some that are no numbers")
    if x1 <= x0 or y1 <= y0:
        raise InputError(
            f"expected x from left to right and y from top to bottom, found x {x0:g} to {x1:g} and y {y0:g} to {y1:g}; "
            "are the columns in another order?"
        )
    if size is None:
        size = (_LONGEST_SIDE, _LONGEST_SIDE)
    height, width = size
    if x0 < -BEYOND or y0 < -BEYOND or x1 > width + BEYOND or y1 > height + BEYOND:
        raise InputError(
            f"expected a place on an image of {width}×{height} pixels, found x {x0:g} to {x1:g} and y {y0:g} to "
            f"{y1:g}; are the coordinates of another size?"
        )


def edges(shape: Shape) -> tuple[float, float, float, float]:
    """Return x0, y0, x1, y1 of a shape's box, as the shape gives them."""
    if isinstance(shape, Box | Ellipse):
        return shape.x0, shape.y0, shape.x1, shape.y1
    if isinstance(shape, Disc):
        return shape.x - shape.radius, shape.y - shape.radius, shape.x + shape.radius, shape.y + shape.radius
    if isinstance(shape, Polygon):
        if len(shape.points) < 3:
            raise InputError(f"expected an outline of at least three points, found {len(shape.points)}")
        (x0, y0), (x1, y1) = shape.points.min(axis=0), shape.points.max(axis=0)
        return float(x0), float(y0), float(x1), float(y1)
    height, width = shape.mask.size
    return 0.0, 0.0, float(width), float(height)

"""Tables of boxes in which every reader of an image has rows, as VinDr-CXR and VinBigData lay them out."""

from collections.abc import Sequence
from pathlib import Path

from data_cache.errors import InputError
from data_cache.marks import Box
from data_cache.sources.gathering import Gathering
from data_cache.sources.tables import Row, read_rows

_BOX = ("x_min", "y_min", "x_max", "y_max")
_NOTHING = "No finding"


def read_reader_boxes(path: Path, gathering: Gathering, columns: Sequence[str] = ("rad_id",)) -> None:
    """Read a table image_id, class_name, x_min … y_max, and rad_id where readers are named, in the images' own pixels.

    Readers looked for all of the dataset's words, and of somebody's own mapping for those that stand there.

    Raises:
        InputError: it is no such table.
    """
    others = {_NOTHING, *gathering.labels.foreign}
    gathering.look_for(word for word in gathering.labels.words if word not in others)
    for row in read_rows(path, ("image_id", "class_name", *_BOX, *columns)):
        with gathering.sparing(row.line):
            _add(row, gathering, "rad_id" in columns)
    gathering.look_for(gathering.marked)


def _add(row: Row, gathering: Gathering, named: bool) -> None:
    image = gathering.image(row.text("image_id"), size=_size(row))
    word, reader = row.text("class_name"), row.text("rad_id") if named else row.get("rad_id")
    nothing = word.casefold() == _NOTHING.casefold()
    if nothing != row.empty(*_BOX):
        found = "a box" if nothing else "none"
        raise InputError(
            f"expected a box for each finding, found {found} for {word[:60]!r} by reader {reader[:60] or 'unnamed'}"
        )
    if nothing:
        gathering.say(image, word, True, row.line, reader=reader)
    else:
        gathering.mark(image, word, Box(*row.numbers(*_BOX)), row.line, reader=reader)


def _size(row: Row) -> tuple[int, int] | None:
    """The size of the image, which copies of the tables state for each row."""
    if row.empty("width", "height"):
        return None
    width, height = row.numbers("width", "height")
    return int(height), int(width)

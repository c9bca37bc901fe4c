"""The numbers and words of a DICOM header, each read through one door: what cannot be read counts as missing.

Nothing here quotes a value: no tag may leave the reader.
"""

import math
from io import BytesIO
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import RawDataElement

from data_cache.errors import InputError

_LONGEST = 4096  # bytes of a number's or a word's element
_LONGEST_TABLE = 1 << 20  # of a sequence with lookup tables
_MOST_READS = 100_000  # every element takes two or three; radiographs have a few hundred elements
_LONGEST_PART = 1 << 20  # bytes of one element before the pixels
_OVERLAYS = range(0x6000, 0x6020, 2)


class _Counted(BytesIO):
    """Stops a parser that reads endlessly many pieces: 8 bytes are an element, and a file may have millions."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads > _MOST_READS:
            raise ValueError("too many elements")
        return super().read(size)


def parse(data: bytes, only: tuple[str, ...] = ()) -> Dataset:
    """Parse a DICOM file in a bounded number of steps; raises whatever pydicom raises.

    Args:
        data: the file, or its start where only its header is wanted.
        only: keywords of elements; given some, these alone are read, and no pixels.
    """
    if not only:
        return dcmread(_Counted(data))
    return dcmread(_Counted(data), stop_before_pixels=True, specific_tags=list(only))


class _Start:
    """A file of which only the beginning may be read, in a bounded number of short pieces.

    pydicom reads what is deflated as a whole, all that is left of the file, and inflates it without a limit.
    """

    def __init__(self, file: BinaryIO, deflated: InputError) -> None:
        self._file, self._deflated, self.reads = file, deflated, 0
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1, /) -> bytes:
        self.reads += 1
        if size < 0:
            raise self._deflated
        if size > _LONGEST_PART or self.reads > _MOST_READS:
            raise ValueError("more than the beginning")
        return self._file.read(size)


def parse_start(file: BinaryIO, keywords: list[str], deflated: InputError) -> Dataset:
    """Parse chosen elements that stand before the pixels, in bounded steps; raises whatever pydicom raises.

    Args:
        file: at its beginning.
        keywords: of the elements.
        deflated: raised for a file that is deflated as a whole.
    """
    start = cast(BinaryIO, _Start(file, deflated))
    return dcmread(start, stop_before_pixels=True, specific_tags=keywords)


def numbers(dataset: Dataset, keyword: str, longest: int = _LONGEST) -> list[float]:
    """Return an element's values as finite numbers, NaN for each that is none; an empty list where it is missing.

    One of more than `longest` bytes is one that is none.
    """
    value = _value(dataset, keyword, longest, broken=math.nan)
    if value is None or value == "":
        return []
    found = []
    for part in [value] if _is_text(value) or not hasattr(value, "__iter__") else value:
        try:
            number = float(part)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        found.append(number if math.isfinite(number) else math.nan)
    return found


def number(dataset: Dataset, keyword: str) -> float | None:
    """Return an element's first value; NaN where it is no finite number, None where there is none."""
    return next(iter(numbers(dataset, keyword)), None)


def whole(dataset: Dataset, keyword: str, default: int) -> int:
    """Return an element's first value as a whole number, `default` where it is none."""
    found = number(dataset, keyword)
    return default if found is None or math.isnan(found) else int(found)


def required(dataset: Dataset, keyword: str, name: str) -> int:
    """Return a whole number of at least 1.

    Raises:
        InputError: there is none; the sentence names the attribute.
    """
    found = whole(dataset, keyword, 0)
    if found < 1:
        words = "".join(f" {letter}" if letter.isupper() else letter for letter in keyword).strip()
        raise InputError(
            f"{name}: expected a DICOM image that states its {words}, found none or one that is no such number; "
            "the file is cut short or damaged, export it again."
        )
    return found


def word(dataset: Dataset, keyword: str, default: str = "") -> str:
    """Return an element's text in capitals, without blanks."""
    value = _value(dataset, keyword, _LONGEST)
    text = "".join(value.split()).strip("\0").upper() if isinstance(value, str) else ""
    return text or default


def texts(dataset: Dataset, keyword: str, longest: int = 64) -> list[str]:
    """Return an element's texts for people, in one line each and cut; an empty list where it is missing."""
    value = _value(dataset, keyword, _LONGEST)
    parts = [value] if isinstance(value, str) else value if hasattr(value, "__iter__") and value is not None else []
    shown = ("".join(c if c.isprintable() else " " for c in str(part)) for part in parts if isinstance(part, str))
    return [" ".join(text.split())[:longest] for text in shown]


def text(dataset: Dataset, keyword: str) -> str:
    """Return an element's text as it stands, without blanks around it; empty where there is none."""
    value = _value(dataset, keyword, _LONGEST)
    return value.strip("\0 \t\r\n") if isinstance(value, str) else ""


def plain_value(dataset: Dataset, keyword: str) -> Any:
    """Return an element's value as pydicom has it; None where it is missing, too long or broken."""
    return _value(dataset, keyword, _LONGEST)


def items(dataset: Dataset, keyword: str, most: int = 16) -> list[Dataset]:
    """Return a sequence's first items; an empty list where it is missing, damaged or endlessly long."""
    value = _value(dataset, keyword, _LONGEST_TABLE)
    return list(value)[:most] if hasattr(value, "__iter__") and not _is_text(value) else []


def has_overlay_in_pixels(dataset: Dataset) -> bool:
    """Whether bits beside those of the image hold an overlay, as files of old do."""
    return any((group, 0x0100) in dataset and (group, 0x3000) not in dataset for group in _OVERLAYS)


def table(item: Dataset) -> tuple[NDArray[np.int64], int, int] | None:
    """Return a lookup table (entries, first value mapped, bits that it states); None where it has none to use.

    The number of entries that it states is believed only as far as there are entries.
    """
    descriptor = _words(item, "LUTDescriptor")
    entries = _words(item, "LUTData")
    if descriptor is None or len(descriptor) != 3 or entries is None or not len(entries):
        return None
    count, first, bits = (int(part) for part in descriptor)
    count = count % (1 << 16) or 1 << 16
    if 2 * len(entries) >= count > len(entries):  # two entries of 8 bits a word
        entries = entries.astype("<u2").view("u1").astype(np.int64)
    return entries[:count], first, bits


def _words(item: Dataset, keyword: str) -> NDArray[np.int64] | None:
    """Whole numbers of 16 bits; entries of tables are never negative, whatever their type says."""
    value = _value(item, keyword, _LONGEST_TABLE)
    try:
        if isinstance(value, bytes):
            order = ">" if item.original_encoding[1] is False else "<"
            return np.frombuffer(value[: len(value) // 2 * 2], f"{order}u2").astype(np.int64)
        found = np.atleast_1d(np.asarray(value, np.int64))
    except (TypeError, ValueError, OverflowError):
        return None
    return found % (1 << 16) if keyword == "LUTData" else found


def _value(dataset: Dataset, keyword: str, longest: int, broken: Any = None) -> Any:
    """An element's value, None where it is missing, `broken` where it is too long or breaks pydicom's conversion."""
    tag = tag_for_keyword(keyword)
    if tag is None or tag not in dataset:
        return None
    try:
        raw = dataset.get_item(tag)
        if isinstance(raw, RawDataElement) and len(raw.value or b"") > longest:
            return broken
        return dataset[tag].value
    except Exception:  # strangers' bytes break parsers in any way
        return broken


def _is_text(value: object) -> bool:
    return isinstance(value, str | bytes)

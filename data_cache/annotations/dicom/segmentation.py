"""DICOM segmentations: BINARY, FRACTIONAL and LABELMAP (PS3.3, A.51; C.8.20)."""

from collections.abc import Iterator, Mapping

import numpy as np
from pydicom import Dataset

from data_cache.annotations.annotation import Canvas
from data_cache.annotations.dicom.parts import check_image, code_words, finding_of
from data_cache.annotations.names import Labels
from data_cache.errors import InputError
from data_cache.images.dicom_header import items, required, text, whole, word

_MOST = 200  # frames, and segments
_PLAIN = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1")
Segment = tuple[str, str]  # who marked it, and the finding


def read_segmentation(dataset: Dataset, canvas: Canvas, labels: Labels, chosen: str | None) -> None:
    """Draw a segmentation's segments; of FRACTIONAL ones what is at least half of the largest value.

    Raises:
        InputError: another size, compressed pixels, or damaged.
    """
    name = canvas.name
    canvas.place.check(required(dataset, "Rows", name), required(dataset, "Columns", name), name)
    check_image(_images(dataset), canvas)
    segments = _segments(dataset, canvas, labels, chosen)
    if word(dataset, "SegmentationType") == "LABELMAP":
        frames = ((int(number), labelled == number) for _, labelled in _frames(dataset, canvas) for number in segments)
    else:
        half = max(1, whole(dataset, "MaximumFractionalValue", 1)) / 2
        frames = ((_segment_of(dataset, at), values >= half) for at, values in _frames(dataset, canvas))
    for number, mask in frames:
        if number in segments and mask.any():
            canvas.add_mask(*segments[number], mask)


def _images(dataset: Dataset) -> Iterator[str]:
    """UIDs of the images that a segmentation refers to, wherever it says them."""
    for series in items(dataset, "ReferencedSeriesSequence"):
        for one in items(series, "ReferencedInstanceSequence", _MOST):
            yield text(one, "ReferencedSOPInstanceUID")
    for frame in items(dataset, "PerFrameFunctionalGroupsSequence", _MOST):
        for derived in items(frame, "DerivationImageSequence"):
            for one in items(derived, "SourceImageSequence"):
                yield text(one, "ReferencedSOPInstanceUID")


def _segments(dataset: Dataset, canvas: Canvas, labels: Labels, chosen: str | None) -> Mapping[int, Segment]:
    """By their numbers, those whose finding is known."""
    found: dict[int, Segment] = {}
    for item in items(dataset, "SegmentSequence", _MOST):
        words = [text(item, "SegmentLabel"), *code_words(item, "SegmentedPropertyTypeCodeSequence")]
        finding = finding_of(words, canvas, labels, chosen)
        algorithm = text(item, "SegmentAlgorithmName")[:100]
        if finding is not None:
            found[whole(item, "SegmentNumber", 0)] = (algorithm or labels.reader, finding)
    return found


def _segment_of(dataset: Dataset, frame: int) -> int:
    groups = [*items(dataset, "PerFrameFunctionalGroupsSequence", _MOST)[frame : frame + 1]]
    groups += items(dataset, "SharedFunctionalGroupsSequence")[:1]
    for group in groups:
        for item in items(group, "SegmentIdentificationSequence"):
            return whole(item, "ReferencedSegmentNumber", 0)
    return 0


def _frames(dataset: Dataset, canvas: Canvas) -> Iterator[tuple[int, np.ndarray]]:
    """Each frame's number from 0 on, and its values, whole numbers (rows, columns)."""
    size, pixels = canvas.place.size, canvas.place.size[0] * canvas.place.size[1]
    count, bits = max(1, whole(dataset, "NumberOfFrames", 1)), whole(dataset, "BitsAllocated", 0)
    stored = dataset.get("PixelData", b"")
    if str(dataset.file_meta.get("TransferSyntaxUID", _PLAIN[0])) not in _PLAIN:
        raise InputError(
            f"{canvas.name}: expected an uncompressed segmentation, found a compressed one; export it plain."
        )
    if bits not in (1, 8, 16) or count > _MOST or len(stored) < (count * pixels * bits + 7) // 8:
        raise InputError(
            f"{canvas.name}: expected a segmentation of at most {_MOST} whole frames of 1, 8 or 16 bits, found {count} "
            "frames that are not; it is cut short, or of many images."
        )
    for at in range(count):
        start = at * pixels * bits
        part = np.frombuffer(stored[start // 8 : -(-(start + pixels * bits) // 8)], np.uint8)
        if bits == 1:
            values = np.unpackbits(part, bitorder="little")[start % 8 : start % 8 + pixels]
        else:
            values = part.view(f"<u{bits // 8}")
        yield at, values.reshape(size)

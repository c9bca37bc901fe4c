"""What is kept of a DICOM upload where the host allows results that go back into its study."""

from data_cache.errors import InputError
from explainers.dicom.source import Source

_DICOM_MARK = slice(128, 132)


def source_of(data: bytes, name: str) -> Source | InputError | None:
    """Return the source, or the sentence that says why results cannot refer to it; None of other images."""
    if data[_DICOM_MARK] != b"DICM":
        return None
    try:
        return Source.of(data, name)
    except InputError as error:
        return error

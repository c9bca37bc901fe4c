"""What every object that is written says of itself."""

from typing import Any

from pydicom import Dataset

from explainers.dicom.results import PROGRAM, Results, said_of

_LONGEST = 64
SERIES = {"SC": 9801, "SEG": 9802, "SR": 9803}  # far behind those of modalities


def maker(kind: str) -> dict[str, Any]:
    """What highdicom wants to know of who made an object, and how its text is written: in UTF-8, with every sign."""
    return {"series_number": SERIES[kind], "manufacturer": PROGRAM, "specific_character_set": "ISO_IR 192"}


def short(text: str) -> str:
    """A text as long as a description may be, without what separates values."""
    return " ".join(text.replace("\\", "/").split())[:_LONGEST].strip()


def describe(made: Dataset, words: str) -> None:
    """Name the series, with the warning in front, where viewers show it."""
    made.SeriesDescription = short(f"RESEARCH ONLY, not for diagnosis: {words}")


def refer(made: Dataset, results: Results) -> None:
    """Say from which image an image was made."""
    header = results.source.header
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = header.SOPClassUID, header.SOPInstanceUID
    made.SourceImageSequence = [item]


def sentences(results: Results) -> list[str]:
    """What must be said beside every number: the warning, the state of each model, remarks."""
    return [*said_of(results.models), *results.remarks]

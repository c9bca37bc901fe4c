"""What files that somebody brings are called: by number and time, never by their own names, which may be a patient's.

The page's js/files/names.js gives such names before a file is sent; whatever comes under another one is renamed here.
"""

import re

from data_cache.annotations.names import finding_in_name

_ENDING = r"\.(?:png|jpe?g|tiff?|bmp|webp|dcm|dicom|img|json|zip|csv)"
_ENDS = re.compile(f"{_ENDING}$", re.IGNORECASE)
_STEM = re.compile(r"upload(?:-(\d{1,5}))?(?:-([01]\d|2[0-3])([0-5]\d))?(?:-phantom)?", re.ASCII)
_CHEXPERT_ID = r"patient(?:PHANTOM)?\d+_study\d+_view\d+_(?:frontal|lateral)"  # numbers of a public data set
_COMPANION = re.compile(rf"((?:annotation|gaze|maps)-\d{{1,5}}(?:_{_CHEXPERT_ID})?)(?:_[A-Za-z ]+)?", re.ASCII)


def upload_name(name: str, number: int | None = None) -> str:
    """Return a name for an uploaded radiograph, its ending included.

    A name as the page gives them stays; of any other the known ending is kept, and whether it says "phantom".

    Args:
        name: what the caller calls the file.
        number: its place among several of one call, from 1 on.
    """
    ending = ending_of(name)
    if _STEM.fullmatch(stem := name[: len(name) - len(ending)]):
        return stem + ending
    counted = "" if number is None else f"-{number}"
    return f"upload{counted}{'-phantom' if 'phantom' in name.casefold() else ''}{ending}"


def companion_name(name: str, kind: str = "annotation") -> str:
    """Return a name for a file that belongs to a case or cohort, likewise; the finding that it ends with is kept."""
    ending = ending_of(name)
    known = _COMPANION.fullmatch(name[: len(name) - len(ending)])
    finding = finding_in_name(name)
    return "_".join(filter(None, (known[1] if known else kind, finding))) + ending


def title_of(case_id: str) -> str:
    """Return what people read of an upload's id: "upload-1-1852" becomes "Upload 1, 18:52"; other ids stay."""
    known = _STEM.fullmatch(case_id)
    if known is None:
        return case_id
    number, hours, minutes = known.groups()
    return "Upload" + (f" {number}" if number else "") + (f", {hours}:{minutes}" if hours else "")


def stem_of_upload(case_id: str) -> str:
    """Return what an upload's files are called, "upload-1-1852", from its id; "" of other ids."""
    return case_id.removesuffix("-phantom") if _STEM.fullmatch(case_id) else ""


def ending_of(name: str) -> str:
    """Return the ending of a file's name in small letters, where it is a known one; else ""."""
    found = _ENDS.search(name)
    return found.group().lower() if found else ""

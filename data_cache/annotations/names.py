"""Which finding the labels of a file mean."""

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from data_cache.errors import InputError
from data_cache.findings import FINDINGS, known_finding

_SHOWN = 5
_LONGEST = 40
_MOST_UNKNOWN = 1_000
_MASK_ENDINGS = ("_mask", "-mask", ".mask", " mask")
_TOOL_PREFIX = re.compile(r"[0-9a-f]{8}-")  # Label Studio's
_TOOL_SUFFIX = re.compile(r"_(?:jpe?g|png|dcm|tiff?|bmp|webp)\.rf\.[0-9A-Za-z]+")  # Roboflow's
_CHEXPERT_ID = re.compile(r"patient\w*_study\d+_view\d+_[a-z]+")


def finding_in_name(path: str) -> str | None:
    """Return the finding that a file's name ends with, as in patient1_Pleural_Effusion.png; None without one."""
    stem = PurePosixPath(path).stem
    for ending in _MASK_ENDINGS:
        stem = stem.removesuffix(ending)
    parts = re.split(r"([_\-. ])", stem)
    found = (known_finding("".join(parts[start:])) for start in range(0, len(parts), 2))
    return next((finding for finding in found if finding is not None), _run_together(stem))


def _run_together(stem: str) -> str | None:
    """Where nothing stands before the finding, as in patient1Edema."""
    letters = "".join(letter for letter in stem if letter.isalnum())[-_LONGEST:]
    found = (known_finding(letters[start:]) for start in range(len(letters)))
    return next((finding for finding in found if finding is not None), None)


def image_ids(file_name: str) -> tuple[str, ...]:
    """What an image's name in a tool's file may stand for.

    Its stem and its name, without what tools put before or behind it, and for CheXpert's folders the id that
    CheXlocalize makes of them.
    """
    path = PurePosixPath(file_name.replace("\\", "/"))
    names = [path.stem, path.name, "_".join((*path.parent.parts[-2:], path.stem))]
    for name in (path.name, path.stem):
        plain = _TOOL_SUFFIX.sub("", _TOOL_PREFIX.sub("", name, count=1))
        names += [plain, PurePosixPath(plain).stem]
    return tuple(dict.fromkeys(names))


def names_another(name: str, case_id: str) -> bool:
    """Whether a file's name speaks of another of CheXpert's images than the case."""
    found = _CHEXPERT_ID.search(name)
    return found is not None and case_id not in name and found.group() not in case_id


@dataclass
class Labels:
    """Turns a file's labels into findings and remembers those that mean none.

    Attributes:
        reader: who drew, where the file does not say.
        name: what to call the file in messages.
    """

    reader: str
    name: str
    _unknown: dict[str, None] = field(default_factory=dict)
    _known: bool = False

    def finding(self, label: str) -> str | None:
        """Return CheXpert's name of the finding; None, and a note, for a label that means none."""
        finding = known_finding(label)
        if finding is None and len(self._unknown) < _MOST_UNKNOWN:
            self._unknown[label[:60]] = None
        self._known |= finding is not None
        return finding

    def note(self) -> str:
        """Return what was passed over, as a sentence; empty where nothing was.

        Raises:
            InputError: nothing was not passed over.
        """
        if not self._unknown:
            return ""
        found = ", ".join(repr(label) for label in list(self._unknown)[:_SHOWN])
        if not self._known:
            raise InputError(
                f"{self.name}: expected CheXpert's findings as categories or labels, found {found}; rename them there, "
                f"for example to {FINDINGS[3]}."
            )
        return f"{self.name}: passed over {found}, which is none of CheXpert's findings."

"""Which finding the labels of a file mean."""

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from data_cache.errors import InputError
from data_cache.findings import CHEXLOCALIZE_NAMES, FINDINGS, canonical_finding

_SHOWN = 5


def _plain(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


_BY_ENDING = sorted(
    ((_plain(name), canonical_finding(name)) for name in {*FINDINGS, *CHEXLOCALIZE_NAMES.values()}),
    key=lambda pair: -len(pair[0]),
)


def finding_in_name(path: str) -> str | None:
    """Return the finding that a file's name ends with, as in patient1_Pleural_Effusion.png; None without one."""
    stem = _plain(PurePosixPath(path).stem.removesuffix("_mask"))
    return next((finding for ending, finding in _BY_ENDING if stem.endswith(ending)), None)


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
        try:
            finding = canonical_finding(label.replace("_", " "))
        except InputError:
            self._unknown[label[:60]] = None
            return None
        self._known = True
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

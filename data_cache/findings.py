"""The 14 CheXpert findings, in CheXpert's order, and CheXlocalize's names for them.

Source: Irvin et al., "CheXpert", AAAI 2019 (labels); Saporta et al., "Benchmarking saliency methods for chest
X-ray interpretation", Nature Machine Intelligence 2022 (the ten findings with radiologist segmentations).
"""

from functools import lru_cache

from data_cache.errors import InputError

FINDINGS: tuple[str, ...] = (
    "No Finding",
    "Enlarged Cardiomediastinum",
    "Cardiomegaly",
    "Lung Opacity",
    "Lung Lesion",
    "Edema",
    "Consolidation",
    "Pneumonia",
    "Atelectasis",
    "Pneumothorax",
    "Pleural Effusion",
    "Pleural Other",
    "Fracture",
    "Support Devices",
)

LOCALIZED_FINDINGS: tuple[str, ...] = (
    "Enlarged Cardiomediastinum",
    "Cardiomegaly",
    "Lung Opacity",
    "Lung Lesion",
    "Edema",
    "Consolidation",
    "Atelectasis",
    "Pneumothorax",
    "Pleural Effusion",
    "Support Devices",
)

CHEXLOCALIZE_NAMES: dict[str, str] = {
    finding: "Airspace Opacity" if finding == "Lung Opacity" else finding for finding in LOCALIZED_FINDINGS
}


@lru_cache(maxsize=1024)  # tables name the same few a hundred thousand times
def plain(name: str) -> str:
    """Return a name's letters and digits alone: tools write Pleural_Effusion, pleural-effusion and PleuralEffusion."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


_CANONICAL = {plain(finding): finding for finding in FINDINGS} | {
    plain(theirs): ours for ours, theirs in CHEXLOCALIZE_NAMES.items()
}
_LONGEST = 100


def known_finding(name: object) -> str | None:
    """Return CheXpert's name of a finding given under any known name; None for anything else.

    Case, blanks, underscores and other marks do not matter.
    """
    return _CANONICAL.get(plain(name)) if isinstance(name, str) and len(name) <= _LONGEST else None


def canonical_finding(name: str) -> str:
    """Return CheXpert's name of a finding, as `known_finding` does.

    Raises:
        InputError: the name is none of the 14 findings nor CheXlocalize's "Airspace Opacity".
    """
    finding = known_finding(name)
    if finding is None:
        raise InputError(
            f"Unknown finding {str(name)[:_LONGEST]!r}: expected one of {', '.join(FINDINGS)} (or Airspace Opacity for "
            "Lung Opacity)."
        )
    return finding


def case_and_finding(stem: str) -> tuple[str, str]:
    """Split `<case>_<finding>`, whatever stands between the words of the finding, into the case's id and the finding.

    Raises:
        InputError: it does not end in a finding's name, or nothing stands before it.
    """
    parts = stem.split("_")
    for start in range(1, len(parts)):  # the longest end first
        finding = known_finding("_".join(parts[start:]))
        case_id = "_".join(parts[:start])
        if finding is not None and case_id:
            return case_id, finding
    raise InputError(f"Expected <case>_<finding>, found {stem[:_LONGEST]!r}, which ends in no finding's name.")

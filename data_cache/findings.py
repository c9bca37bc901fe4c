"""The 14 CheXpert findings, in CheXpert's order, and CheXlocalize's names for them.

Source: Irvin et al., "CheXpert", AAAI 2019 (labels); Saporta et al., "Benchmarking saliency methods for chest
X-ray interpretation", Nature Machine Intelligence 2022 (the ten findings with radiologist segmentations).
"""

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

_CANONICAL = {finding.casefold(): finding for finding in FINDINGS} | {
    theirs.casefold(): ours for ours, theirs in CHEXLOCALIZE_NAMES.items()
}


def canonical_finding(name: str) -> str:
    """Return CheXpert's name of a finding given under any known name (case and outer blanks do not matter).

    Raises:
        InputError: the name is none of the 14 findings nor CheXlocalize's "Airspace Opacity".
    """
    try:
        return _CANONICAL[name.strip().casefold()]
    except KeyError:
        raise InputError(
            f"Unknown finding {name!r}: expected one of {', '.join(FINDINGS)} (or Airspace Opacity for Lung Opacity)."
        ) from None

"""Which side of the body a Secondary Capture is of, in the words of its source."""

from pydicom import Dataset

SINGLE: frozenset[str] = frozenset((
    "ABDOMEN", "ABDOMENPELVIS", "AORTA", "BACK", "BLADDER", "BRAIN", "CEREBELLUM", "CHEST", "CHESTABDOMEN",
    "COCCYX", "COLON", "CSPINE", "ESOPHAGUS", "FACE", "HEAD", "HEADNECK", "HEART", "ILIUM", "JAW", "LIVER",
    "LSPINE", "MAXILLA", "MEDIASTINUM", "MOUTH", "NECK", "NOSE", "PANCREAS", "PELVIS", "PENIS", "SCALP",
    "SKULL", "SPINE", "SSPINE", "STERNUM", "STOMACH", "THYMUS", "THYROID", "TONGUE", "TSPINE", "UTERUS",
    "VAGINA", "WHOLEBODY",
))  # fmt: skip
"""Terms of PS3.16 Annex L for what a body has once."""


def lay_side(made: Dataset, header: Dataset) -> None:
    """Say which side a capture shows, as PS3.3 has it for this object.

    Image Laterality is optional (C.7.6.1) and goes with the image. Laterality is of type 2C (C.7.3.1): it must be there
    for what a body has twice where Image Laterality is not, empty where nobody knows the side, and must not be there
    otherwise. A part that is none of the standard's terms may be paired, so its side is called unknown.

    Args:
        made: the capture, with its body part.
        header: of the source.
    """
    of_image, of_series = header.get("ImageLaterality"), header.get("Laterality")
    if of_image in ("R", "L", "U", "B"):
        made.ImageLaterality = of_image
    elif made.BodyPartExamined not in SINGLE:
        made.Laterality = of_series if of_series in ("R", "L") else ""

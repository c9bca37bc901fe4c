"""What is said of an image, by reason: sentences with places for what was found. The page has the same ones."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "demo_weights": "The demonstration weights have only seen simulated films, so what they say about this image means "
    "nothing. `python -m models fetch` gets the official weights.",
    "colour": "The picture is in colour, which no radiograph is.",
    "stated": "Its header says that it is {stated}, not a frontal chest film.",
    "blank": "Every pixel is the same, so there is nothing to read.",
    "tiny": "Its shorter side has {side} pixels, and a chest film needs {least} at least.",
    "no_chest_film": "It does not look like a frontal chest film, but like another view, another part of the body or "
    "another kind of picture: its likeness to {whose} is {likeness:.2f}, and an upright film needs {least:.2f}.",
    "turned": "It is rotated by {how}, compared with {whose}.",
    "tilted": "It is rotated by about {angle:.0f}° {way}, compared with {whose}.",
    "inverted": "Black and white are swapped, compared with {whose}.",
    "lies_mirrored": "Its header says that it lies mirrored: the patient's left and right are swapped.",
    "may_be_mirrored": "It may lie mirrored, unless the heart is on the right or pushed aside: with left and right "
    "swapped its likeness to {whose} is {swapped:.2f} instead of {likeness:.2f}.",
    "small": "Its shorter side has {side} pixels; details that models need may be missing below {least}.",
}
TURNED: Mapping[int, str] = {1: "90° clockwise", 2: "180°", 3: "90° counter-clockwise"}  # by quarter turns

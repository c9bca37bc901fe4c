"""What cases are called whose images are just files."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from data_cache.case import stem_of

_LONGEST_ID = 200  # bytes: it becomes the name of a folder
_SHOWN = 100


def names_of(paths: Sequence[Path]) -> list[str]:
    """Name each image by its file's stem.

    Where several have the same stem, as CheXpert's files have, as many of their folders as tell them apart come before
    it: patient1/study1/view1_frontal.jpg beside patient2/… becomes patient1_study1_view1_frontal.

    Returns:
        A name a path, in their order; equal ones only where not even all folders tell two files apart.
    """
    stems = [stem_of(path.name) for path in paths]
    count = Counter(stems)
    names = list(stems)
    repeated = [place for place, stem in enumerate(stems) if count[stem] > 1]
    folders = {place: Path(os.path.abspath(paths[place])).parts[1:-1] for place in repeated}  # noqa: PTH100  faster
    for depth in range(max(map(len, folders.values()), default=0) + 1):
        for place in repeated:
            above = folders[place]
            names[place] = "_".join([*above[max(0, len(above) - depth) :], stems[place]])
        if len(set(names)) == len(names):
            break
    return names


def wrong_id(text: str) -> str:
    """Say what is wrong with an id as the name of a folder; an empty text where nothing is."""
    if not text.isprintable() or text.startswith(".") or "/" in text or "\\" in text:
        return f"expected an id that can name a folder, found {text[:_SHOWN]!r}"
    size = len(os.fsencode(text))
    return f"expected an id of at most {_LONGEST_ID} bytes, found {size}" if size > _LONGEST_ID else ""

"""The images below a dataset's root, found by the names that its annotations give them."""

import os
from collections import defaultdict
from functools import cached_property
from pathlib import Path, PurePosixPath

from data_cache.case import stem_of

_ENDINGS = {".png", ".jpg", ".jpeg", ".dcm", ".dicom", ".tif", ".tiff", ".webp", ".bmp", ".img"}
_MOST = 2_000_000


class ImageFiles:
    """An index of the images below a folder, made when it is first asked.

    Args:
        root: the folder; links to folders are followed only where they are the root itself.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def find(self, name: str, split: str) -> Path | None:
        """Return the image of a name, whatever its ending; where several are called so, one of the split.

        Args:
            name: as the annotations give it, with or without folders and ending.
            split: such as train.
        """
        if not self._by_stem:
            return None  # as is usual of a dataset of which the annotations alone are there: a second for all its names
        path = PurePosixPath(name.replace("\\", "/"))
        found = self._by_stem.get(stem_of(path.name), ())
        if len(found) > 1:
            folders = path.parent.parts
            found = (
                [one for one in found if folders and one.parent.parts[-len(folders) :] == folders]
                or [one for one in found if split in one.relative_to(self._root).parts]
                or found
            )
        return found[0] if found else None

    @cached_property
    def _by_stem(self) -> dict[str, list[Path]]:
        found: dict[str, list[Path]] = defaultdict(list)
        count = 0
        for folder, folders, files in os.walk(self._root):
            folders.sort()
            for name in sorted(files):
                if os.path.splitext(name)[1].casefold() in _ENDINGS:  # noqa: PTH122  pathlib takes seconds here
                    found[stem_of(name)].append(Path(folder, name))
                    count += 1
            if count > _MOST:
                break
        return dict(found)

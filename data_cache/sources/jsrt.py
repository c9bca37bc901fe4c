"""JSRT: the centre and the size of a lung nodule on 154 radiographs, and 93 without any, at 2048×2048 pixels.

    CLNDAT_EN.txt    file, subtlety 1–5, size in mm, age, sex, x, y, pathology, position, diagnosis; tabs, no header
    CNNDAT_EN.TXT    file, age, sex, "non-nodule"

A pixel is 0.175 mm wide. A nodule is a disc as wide as its size; how it is shaped nobody says.
"""

from pathlib import Path

from data_cache.bounded_files import read_file
from data_cache.case import stem_of
from data_cache.errors import InputError
from data_cache.label_mapping import words_of
from data_cache.marks import Disc
from data_cache.sources.annotated import Layout
from data_cache.sources.base import SourceEntry
from data_cache.sources.gathering import Gathering
from data_cache.sources.tables import number

SIZE = (2048, 2048)
MILLIMETRES = 0.175
_WORD, _NOTHING = "Lung nodule", "No finding"
_NODULES = ("CLNDAT_EN.txt", "CLNDAT_EN.TXT", "clndat_en.txt")
_NORMALS = ("CNNDAT_EN.TXT", "CNNDAT_EN.txt", "cnndat_en.txt")
_CELLS = 10
_MOST_BYTES = 1 << 20


def _splits(root: Path) -> dict[str, Path]:
    found = _find(root, _NODULES)
    return {"all": found.parent} if found else {}


def _find(root: Path, names: tuple[str, ...]) -> Path | None:
    places = (folder / name for folder in (root, *sorted(root.glob("*/"))) for name in names)
    return next((path for path in places if path.is_file()), None)


def _read(folder: Path, gathering: Gathering) -> None:
    gathering.look_for((_WORD,))
    for line, cells in _lines(_find(folder, _NODULES)):
        with gathering.sparing(line, "CLNDAT_EN.txt, line"):
            if len(cells) < _CELLS:
                raise InputError(f"expected {_CELLS} cells with tabs between them, found {len(cells)}")
            image = gathering.image(stem_of(cells[0]), image=cells[0], size=SIZE)
            size, x, y = (number(cells[place], what) for place, what in ((2, "size"), (5, "x"), (6, "y")))
            if size <= 0:
                raise InputError(f"expected a nodule of some millimetres, found {size:g}")
            gathering.mark(image, _WORD, Disc(x + 0.5, y + 0.5, size / 2 / MILLIMETRES), line)
    for line, cells in _lines(_find(folder, _NORMALS)):
        with gathering.sparing(line, "CNNDAT_EN.TXT, line"):
            image = gathering.image(stem_of(cells[0]), image=cells[0], size=SIZE)
            gathering.say(image, _NOTHING, True, line)


def _lines(path: Path | None) -> list[tuple[int, list[str]]]:
    if path is None:
        return []
    text = read_file(path, "JSRT's list", _MOST_BYTES).decode("latin-1")  # its letters beyond ASCII mean nothing here
    lines = ((line, [cell.strip() for cell in one.split("\t")]) for line, one in enumerate(text.splitlines(), 1))
    return [(line, cells) for line, cells in lines if any(cells)]


ENTRY = SourceEntry(
    key="jsrt",
    label="JSRT",
    words="The centre and size of a nodule on 154 radiographs, and 93 without; CLNDAT_EN.txt, CNNDAT_EN.TXT and the "
    ".IMG files below the root.",
    paper="Shiraishi et al., Development of a digital image database for chest radiographs with and without a lung "
    "nodule, AJR 2000",
    open=Layout("jsrt", "CLNDAT_EN.txt", _splits, _read, "JSRT (Shiraishi et al., 2000)").open,
    labels=words_of(_WORD, _NOTHING),
    forms=("disc",),
    licence="free after registration; db.jsrt.or.jp",
    needs_images=False,
)

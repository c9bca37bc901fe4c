"""MS-CXR: boxes for phrases of reports on MIMIC-CXR's radiographs, with the sizes that they are of."""

from pathlib import Path, PurePosixPath

from data_cache.label_mapping import words_of
from data_cache.marks import Box
from data_cache.sources.annotated import Layout
from data_cache.sources.base import SourceEntry
from data_cache.sources.gathering import Gathering
from data_cache.sources.tables import find_table, read_rows

_BOX = ("x", "y", "w", "h")
_SIZE = ("image_height", "image_width")


def _splits(root: Path) -> dict[str, Path]:
    table = find_table(root, *(f"MS_CXR_Local_Alignment_v1.{minor}.0" for minor in (1, 0)))
    return {"all": table} if table else {}


def _read(path: Path, gathering: Gathering) -> None:
    for row in read_rows(path, ("dicom_id", "category_name", *_BOX, *_SIZE)):
        with gathering.sparing(row.line):
            height, width = (int(side) for side in row.numbers(*_SIZE))
            case_id = row.text("dicom_id")
            image = gathering.image(
                case_id,
                image=row.get("path") or case_id,
                patient=_patient(row.get("path")),
                size=(height, width),
            )
            x, y, w, h = row.numbers(*_BOX)
            gathering.mark(image, row.text("category_name"), Box(x, y, x + w, y + h), row.line)


def _patient(path: str) -> str:
    """The patient in MIMIC-CXR's paths, files/p10/p10000032/s50414267/….jpg; nothing in others."""
    folders = PurePosixPath(path).parts[:-1]
    found = [part for part in folders if len(part) > 4 and part[0] == "p" and part[1:].isdigit()]
    return found[-1] if found else ""


ENTRY = SourceEntry(
    key="ms-cxr",
    label="MS-CXR",
    words="Boxes for 1,162 phrases of eight findings, each for the findings that it names and no others; "
    "MS_CXR_Local_Alignment_v1.0.0.csv or v1.1.0. The images are MIMIC-CXR's, of any size.",
    paper="Boecking et al., Making the most of text semantics to improve biomedical vision-language processing, ECCV "
    "2022",
    open=Layout("ms-cxr", "MS_CXR_Local_Alignment_v1.0.0.csv", _splits, _read, "MS-CXR (Boecking et al., 2022)").open,
    labels=words_of(
        "Atelectasis",
        "Cardiomegaly",
        "Consolidation",
        "Edema",
        "Lung Opacity",
        "Pleural Effusion",
        "Pneumonia",
        "Pneumothorax",
    ),
    forms=("box",),
    licence="credentialed; physionet.org/content/ms-cxr",
    needs_images=False,
)

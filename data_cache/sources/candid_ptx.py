"""CANDID-PTX: masks of pneumothorax, rib fractures and chest tubes, as run lengths at 1024×1024 pixels.

Pneumothorax_reports.csv     SOPInstanceUID, StudyInstanceUID, EncodedPixels (-1: none)
Rib_fracture_mask_rle.csv    anon_SOPUID, mask_rle
chest_tube.csv               anon_SOPUID, mask_rle
"""

from pathlib import Path

from data_cache.label_mapping import words_of
from data_cache.marks import Runs
from data_cache.run_lengths import decode_runs
from data_cache.sources.annotated import Layout
from data_cache.sources.base import SourceEntry
from data_cache.sources.gathering import Gathering
from data_cache.sources.siim import NOTHING, SIZE
from data_cache.sources.tables import find_table, read_rows

_REPORTS = "Pneumothorax_reports"
_WORD = "Pneumothorax"
_OTHERS = {"Rib_fracture_mask_rle": "Rib fracture", "chest_tube": "Chest tube"}


def _splits(root: Path) -> dict[str, Path]:
    table = find_table(root, _REPORTS)
    return {"all": table.parent} if table else {}


def _read(folder: Path, gathering: Gathering) -> None:
    gathering.look_for((_WORD,))
    reports = find_table(folder, _REPORTS)
    for row in read_rows(reports, ("SOPInstanceUID", "StudyInstanceUID", "EncodedPixels")) if reports else ():
        with gathering.sparing(row.line, f"{_REPORTS}.csv, line"):
            image = gathering.image(row.text("SOPInstanceUID"), patient=row.get("StudyInstanceUID"), size=SIZE)
            runs = row.text("EncodedPixels")
            if runs != NOTHING:
                gathering.mark(image, _WORD, Runs(decode_runs(runs, SIZE, "kaggle-relative")), row.line)
    for name, word in _OTHERS.items():
        table = find_table(folder, name)
        for row in read_rows(table, ("anon_SOPUID", "mask_rle")) if table else ():
            with gathering.sparing(row.line, f"{name}.csv, line"):
                image = gathering.image(row.text("anon_SOPUID"), size=SIZE)
                runs = row.text("mask_rle")
                if runs != NOTHING:
                    gathering.mark(image, word, Runs(decode_runs(runs, SIZE, "kaggle-relative")), row.line)


ENTRY = SourceEntry(
    key="candid-ptx",
    label="CANDID-PTX",
    words="Masks of pneumothorax, rib fractures and chest tubes on 19,237 radiographs; Pneumothorax_reports.csv, "
    "Rib_fracture_mask_rle.csv and chest_tube.csv.",
    paper="Feng et al., Curation of the CANDID-PTX dataset with free-text reports, Radiology: Artificial Intelligence "
    "2021",
    open=Layout("candid-ptx", f"{_REPORTS}.csv", _splits, _read, "CANDID-PTX (Feng et al., 2021)").open,
    labels=words_of(_WORD, *_OTHERS.values()),
    licence="after a course in ethics and an agreement; figshare 14173982",
    needs_images=False,
)

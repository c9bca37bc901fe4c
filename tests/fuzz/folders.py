"""Datasets that are folders: whole ones in their layouts, of which one file is broken."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.data_cache.gaze import layouts
from tests.data_cache.sources.layouts import table, write

SIDE = 48
_RUNS = "500 20 1004 20 1004 20"
_NOTE = "small apical pneumothorax on the left " * 12  # nobody reads it, so that some broken files are read
_GREY = np.linspace(0, 255, SIDE * SIDE).reshape(SIDE, SIDE)
_READING = ("P101R1", False, "dicom-a", 11, (120, 90), (0, 3, 2, "", 5), True)
_LOOKS = [layouts.fixation(0.5, 1.5, 30, 20), layouts.fixation(2, 3, 90, 60)]
_WORDS = [("heart", 1.0, 1.4), ("large", 1.5, 2.0), (".", 2.0, 2.0), ("no", 2.5, 3.0)]
_ELLIPSES = [[10, 20, 50, 60, 4, True, False, False, False, False, False]]


@dataclass(frozen=True)
class Folder:
    """A dataset's key, its files by their paths below the root, and the path of the one that is broken."""

    key: str
    broken: str
    files: dict[str, bytes]

    @property
    def seed(self) -> bytes:
        """The broken file, whole."""
        return self.files[self.broken]

    def write(self, root: Path, data: bytes) -> None:
        """Write the files, and other bytes in place of the broken one."""
        for name, content in (self.files | {self.broken: data}).items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def source_folders() -> list[Folder]:
    """Sources of masks, outlines, discs and ellipses."""
    return [
        *_folders("siim", _siim, "train-rle.csv"),
        *_folders("candid-ptx", _candid, "Pneumothorax_reports.csv", "Rib_fracture_mask_rle.csv"),
        *_folders("chestx-det", _chestx_det, "train.json"),
        *_folders("jsrt", _jsrt, "CLNDAT_EN.txt", "CNNDAT_EN.TXT"),
        *_folders("masks", _masks, "masks/a/Edema.png"),
        *_folders("covid-qu-ex", _covid, "Test/COVID-19/infection masks/a.png"),
        *_folders("reflacx", _reflacx, "main_data/metadata_phase_2.csv", _of_reading("anomaly_location_ellipses")),
    ]


def gaze_folders() -> list[Folder]:
    """Datasets of gaze."""
    transcript = "audio_segmentation_transcripts/a/transcript.json"
    return [
        *_folders("reflacx", _reflacx, "main_data/metadata_phase_2.csv"),
        *_folders("reflacx", _reflacx, _of_reading("fixations"), _of_reading("timestamps_transcription")),
        *_folders("egd-cxr", _egd, "fixations.csv", "mimic-cxr-2.0.0-metadata.csv", transcript),
        *_folders("fg-cxr", _fg_cxr, "full.json", "heatmaps/s1_heart.png"),
        *_folders("i-ai", _i_ai, "train.csv", "pictures/a.png"),
    ]


def anatomy() -> list[bytes]:
    """Tables as CheXmask's."""
    header = "Image ID,Dice RCA (Max),Dice RCA (Mean),Landmarks,Left Lung,Right Lung,Heart,Height,Width"
    rows = (
        "a.png,0.9,0.8,[1],1 20 200 9,40 5,300 60,48,48",
        "b.png,0.9,0.2,[1],,,,48,48",
        "c.png,1,1,[],,1 2,9 9,40,50",
    )
    return [table(header, *rows).encode()]


def _folders(key: str, make: Callable[[Path], object], *broken: str) -> list[Folder]:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        make(root)
        files = {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
    return [Folder(key, one, files) for one in broken]


def _of_reading(name: str) -> str:
    return f"main_data/{_READING[0]}/{name}.csv"


def _siim(root: Path) -> None:
    write(root, {"train-rle.csv": table("ImageId, EncodedPixels,note", f"a,{_RUNS},{_NOTE}", "a,9000 50", "b,-1")})


def _candid(root: Path) -> None:
    reports = table("SOPInstanceUID,StudyInstanceUID,EncodedPixels,report", f"a,s1,{_RUNS},{_NOTE}", "b,s2,-1")
    ribs = table("anon_SOPUID,mask_rle,note", f"b,9000 50,{_NOTE}", "a,-1")
    write(root, {"Pneumothorax_reports.csv": reports, "Rib_fracture_mask_rle.csv": ribs})


def _chestx_det(root: Path) -> None:
    outline = [[10, 10], [600, 10], [600.5, 800]]
    drawn = {"file_name": "a.png", "syms": ["Mass", "Effusion"], "boxes": [[10, 10, 601, 800], [1, 2, 30, 40]]}
    empty = {"file_name": "b.png", "syms": [], "boxes": [], "unused": {"a": [1, 2, {"b": ["c", "d"]}], "e": "f"}}
    write(root, {"train.json": [drawn | {"polygons": [outline, []]}, empty]})


def _jsrt(root: Path) -> None:
    nodules = "JPCLN001.IMG\t5\t15\t53\tMale\t1634\t692\tmalignant\tl.upper lobe\tlung cancer\n"
    write(root, {"CLNDAT_EN.txt": nodules, "CNNDAT_EN.TXT": "JPCNN001.IMG\t66\tFemale\tnon-nodule\n"})


def _masks(root: Path) -> None:
    _picture(root / "masks/a/Edema.png", (_GREY > 200) * 255)
    _picture(root / "masks/a/Fracture.png", _GREY * 0)


def _covid(root: Path) -> None:
    for folder, values in (("images", _GREY), ("infection masks", (_GREY > 200) * 255)):
        _picture(root / "Test/COVID-19" / folder / "a.png", values)


def _reflacx(root: Path) -> None:
    layouts.write_reflacx(root, [(*_READING, _LOOKS)], _WORDS, _ELLIPSES)


def _egd(root: Path) -> None:
    looks = [("a", 0.5, 0.4, 30, 20), ("a", 1.2, 0.8, 60, 40), ("b", 0.1, 0.4, 10, 10)]
    said = [("a", [("The heart is large.", 0.2, 1.0), ("No effusion.", 1.0, 2.5)]), ("b", [("Normal.", 0, 1)])]
    layouts.write_egd(root, [("a", "p1", (90, 120)), ("b", "p2", (90, 120))], looks, said)


def _fg_cxr(root: Path) -> None:
    said = {"heart": "The heart is large.", "left": "Clear."}
    layouts.write_fg_cxr(root, {"s1": ("a", said)}, {("heatmaps", "s1", part): _GREY for part in said})
    path = root / "full.json"
    content = json.loads(path.read_text())
    content["s1"]["unused"] = {"a": [1, 2, {"b": ["c", "d"]}], "e": "f"}
    path.write_text(json.dumps(content))


def _i_ai(root: Path) -> None:
    header = ("reflacx_id", "path", "_type", "heatmap (cardiomegaly)", "heatmap (left lung)", "heatmap (right lung)")
    rows = [
        ("P101R1", "files/p10/p10000032/s1/a.dcm", "c", "/home/x/pictures/a.png", "", ""),
        ("P101R2", "files/p10/p10000032/s1/b.dcm", "l", "", "/home/x/pictures/b.png", ""),
    ]
    layouts.write_csv(root / "train.csv", header, rows)
    for name in "ab":
        _picture(root / f"pictures/{name}.png", _GREY)


def _picture(path: Path, values: np.ndarray) -> None:
    layouts.write_grey(path, values)

"""TBX11K: boxes of tuberculosis, at 512×512 pixels, as COCO JSON. Tuberculosis is none of CheXpert's findings."""

from pathlib import Path

from data_cache.label_mapping import words_of
from data_cache.sources.annotated import Layout
from data_cache.sources.base import SourceEntry
from data_cache.sources.coco_files import read_coco_file


def _splits(root: Path) -> dict[str, Path]:
    folders = (root / "annotations" / "json", root)
    found = {
        split: folder / f"TBX11K_{split}.json"
        for folder in reversed(folders)
        for split in ("train", "val", "trainval")
        if (folder / f"TBX11K_{split}.json").is_file()
    }
    return {split: path for split, path in found.items() if split != "trainval" or len(found) == 1}


ENTRY = SourceEntry(
    key="tbx11k",
    label="TBX11K",
    words="Boxes of active and latent tuberculosis on 11,200 radiographs; annotations/json/TBX11K_train.json and "
    "TBX11K_val.json. They are none of CheXpert's findings: to score them, say by --mapping as what.",
    paper="Liu et al., Rethinking computer-aided tuberculosis diagnosis, CVPR 2020",
    open=Layout(
        "tbx11k", "annotations/json/TBX11K_train.json", _splits, read_coco_file, "TBX11K (Liu et al., 2020)"
    ).open,
    labels=words_of("ActiveTuberculosis", "ObsoletePulmonaryTuberculosis", "PulmonaryTuberculosis"),
    forms=("box",),
    licence="CC BY-NC-SA 2.0; github.com/yun-liu/Tuberculosis",
    needs_images=False,
)

"""Any COCO JSON."""

from pathlib import Path

from data_cache.label_mapping import COMMON
from data_cache.sources.annotated import Layout
from data_cache.sources.base import SourceEntry
from data_cache.sources.coco_files import read_coco_file

_ROBOFLOW = "_annotations.coco"


def _splits(root: Path) -> dict[str, Path]:
    """Every JSON file in the folder, in annotations/ and one folder further; called as it, or as its folder."""
    files = [path for pattern in ("*.json", "annotations/*.json", "*/*.json") for path in sorted(root.glob(pattern))]
    return {path.parent.name if path.stem == _ROBOFLOW else path.stem: path for path in dict.fromkeys(files)}


ENTRY = SourceEntry(
    key="coco",
    label="COCO JSON",
    words="Boxes, polygons and run lengths of your own, a JSON file a split; categories are CheXpert's findings or "
    "known names of them, others are left out or mapped. What is not annotated is taken to be absent.",
    paper="Lin et al., Microsoft COCO: common objects in context, ECCV 2014",
    open=Layout("coco", "a COCO file (*.json, annotations/*.json)", _splits, read_coco_file, "COCO annotations").open,
    labels=COMMON,
    forms=("box", "polygon", "mask"),
    needs_images=False,
)

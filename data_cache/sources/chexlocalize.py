"""CheXlocalize (Saporta et al., 2022), and simulated cohorts, which are laid out like it."""

from pathlib import Path

from data_cache.chexlocalize import CheXlocalize
from data_cache.demo import DEMO_ROOT
from data_cache.errors import InputError
from data_cache.label_mapping import LabelMapping
from data_cache.sources.base import SourceEntry


def _open(root: Path | None, _labels: LabelMapping) -> CheXlocalize:
    if root is None:
        raise InputError("Expected the root of the dataset, found none; give --root or set CHEXLOCALIZE_ROOT.")
    return CheXlocalize(root)


def _open_demo(_root: Path | None, _labels: LabelMapping) -> CheXlocalize:
    return CheXlocalize(DEMO_ROOT)


CHEXLOCALIZE = SourceEntry(
    key="chexlocalize",
    label="CheXlocalize",
    words="Radiographs with segmentations by radiologists, val and test; the root holds CheXpert/ and CheXlocalize/.",
    paper="Saporta et al., Benchmarking saliency methods for chest X-ray interpretation, Nature Machine Intelligence "
    "2022",
    open=_open,
    licence="Stanford's research use agreement; stanfordaimi.azurewebsites.net",
)

PHANTOM = SourceEntry(
    key="phantom",
    label="Phantom cohort",
    words="Simulated radiographs in CheXlocalize's layout, as `python -m data_cache phantom` writes them.",
    paper="this project, 2026",
    open=_open,
)

DEMO = SourceEntry(
    key="demo",
    label="Bundled phantoms",
    words="The simulated radiographs that come with the program.",
    paper="this project, 2026",
    open=_open_demo,
    licence="as the program",
    bundled=True,
)

"""The two public CheXlocalize radiographs, fetched from the dataset's own repository and laid out as the dataset is.

The dataset itself may not be passed on; this sample is published by its makers at github.com/rajpurkarlab/cheXlocalize
(sample/, MIT licence), so everybody fetches it from there. Every file is checked against its hash.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

from data_cache.downloads import NotThere, Progress, download, within
from data_cache.findings import FINDINGS
from data_cache.store import write_bytes

_REPOSITORY = "https://raw.githubusercontent.com/rajpurkarlab/cheXlocalize"
OFFICIAL_PLACES = (f"{_REPOSITORY}/2a79492/sample", f"{_REPOSITORY}/master/sample")


@dataclass(frozen=True)
class SampleFile:
    """A file of the sample: its place in the repository's sample/ and in the dataset's layout, and its sha256."""

    published: str
    place: str
    sha256: str


FILES = (
    SampleFile(
        "valid/patient64541/study1/view1_frontal.jpg",
        "CheXpert/val/patient64541/study1/view1_frontal.jpg",
        "cd3593bdfe8186b4c9cc8604b7bcf5b4ebe8e785246e98d30f7e5827eb904b1b",
    ),
    SampleFile(
        "valid/patient64542/study1/view1_frontal.jpg",
        "CheXpert/val/patient64542/study1/view1_frontal.jpg",
        "cb58aceffc00abdbdef93cbfee424cf0052c5345559ae01dbbe04e109655154b",
    ),
    SampleFile(
        "gt_segmentations_val.json",
        "CheXlocalize/gt_segmentations_val.json",
        "681580680e7535cee8a3caeb57a7a2f860dd489999e337a23395b0a10ad978f5",
    ),
    SampleFile(
        "gt_annotations_val.json",
        "CheXlocalize/gt_annotations_val.json",
        "18a109cfb938f304f50bb45edb4a664389076eedf2e5364d22a433eaae4db632",
    ),
)

_TABLE = "CheXpert/val_labels.csv"
_PATIENTS = {  # Sex, Age, Frontal/Lateral, AP/PA and the findings present, as CheXpert's validation table has them
    "patient64541": ("Male,73,Frontal,AP", {"Enlarged Cardiomediastinum", "Cardiomegaly", "Lung Opacity"}),
    "patient64542": ("Male,70,Frontal,PA", {"Support Devices"}),
}

ShowProgress = Callable[[str], AbstractContextManager[Progress]]


def fetch_sample(
    out: Path,
    place: str | None,
    show: ShowProgress,
    files: Sequence[SampleFile] = FILES,
) -> Path:
    """Fetch the sample into a folder in the CheXlocalize layout; what is already there is not fetched again.

    Args:
        out: the folder.
        place: a folder or an address with the files, laid out as in the repository (or its sample/), or as in the
            dataset; None for the repository itself.
        show: makes a progress bar for a file's name.
        files: what to fetch.

    Returns:
        `out`, a root for `CheXlocalize`. The label table is written last and marks the sample as whole.

    Raises:
        InputError: a file cannot be reached or has another hash.
    """
    sources = _sources(place)
    for file in files:
        with show(Path(file.place).name) as progress:
            sources = [_fetch(file, sources, out, progress)]
    write_bytes(out / _TABLE, label_table().encode())
    return out


def has_sample(folder: Path) -> bool:
    """Say whether a folder holds the whole sample."""
    return (folder / _TABLE).is_file() and all((folder / file.place).is_file() for file in FILES)


def label_table() -> str:
    """Return the label table of the two radiographs, in the form of val_labels.csv."""
    lines = [f"Path,Sex,Age,Frontal/Lateral,AP/PA,{','.join(FINDINGS)}"]
    for patient, (details, present) in _PATIENTS.items():
        labels = ",".join("1.0" if finding in present else "0.0" for finding in FINDINGS)
        lines.append(f"CheXpert-v1.0/valid/{patient}/study1/view1_frontal.jpg,{details},{labels}")
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class _Source:
    """A folder or an address, and whether its files lie as in the dataset's layout."""

    base: str | Path
    as_dataset: bool = False

    def locate(self, file: SampleFile) -> str | Path:
        return within(self.base, file.place if self.as_dataset else file.published)


def _sources(place: str | None) -> list[_Source]:
    if place is None:
        return [_Source(base) for base in OFFICIAL_PLACES]
    return [_Source(place), _Source(within(place, "sample")), _Source(place, as_dataset=True)]


def _fetch(file: SampleFile, sources: list[_Source], out: Path, progress: Progress) -> _Source:
    """Get a file from the first source that has it, and return that source."""
    *others, last = sources
    for source in others:
        with suppress(NotThere):
            download(source.locate(file), out / file.place, file.sha256, progress=progress)
            return source
    download(last.locate(file), out / file.place, file.sha256, progress=progress)
    return last

"""Label files of CheXpert and CheXlocalize: which radiograph carries which finding.

Columns are matched by name, never by position: visualCheXbert's train file writes the first label column last, and
CheXlocalize's test file has no patient columns at all.
"""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

import numpy as np
import pandas as pd

from data_cache.bounded_files import refuse_special
from data_cache.errors import InputError
from data_cache.findings import FINDINGS, canonical_finding

UNKNOWN = np.nan


@dataclass(frozen=True)
class LabelTable:
    """The labels of one split.

    `paths` are the images' paths as written, `patients` their patients, `labels` float32 (n, 14) in CheXpert's order:
    1 present, 0 absent, NaN not to be learned from.
    """

    name: str
    paths: tuple[str, ...]
    patients: tuple[str, ...]
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.paths)

    def keep(self, rows: np.ndarray) -> "LabelTable":
        """Return the table with only some rows, given as indices."""
        return LabelTable(
            self.name, tuple(self.paths[i] for i in rows), tuple(self.patients[i] for i in rows), self.labels[rows]
        )


def read_labels(
    path: Path, uncertain: Literal["zeros", "ones", "ignore"] = "zeros", blank: Literal["zeros", "ignore"] = "zeros"
) -> LabelTable:
    """Read a label file.

    Args:
        path: a CSV with a column `Path` and one column per finding (CheXpert's or CheXlocalize's names), any order.
        uncertain: what −1 becomes: "zeros" and "ones" as in Irvin et al. (AAAI 2019), "ignore" leaves it out of the
            loss. The MedicalPatchNet paper uses zeros.
        blank: what an empty cell becomes. The paper uses zeros.

    Raises:
        InputError: the file is missing, empty or no CSV; lacks `Path` or a finding, or has one twice; names an image
            twice; or has a label other than 1, 0, −1 and blank.
    """
    refuse_special(path, "a CSV of labels")
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    except OSError as error:
        raise InputError(f"Expected a label file at {path}, found none ({error.strerror}).") from None
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError) as error:
        raise InputError(f"Expected a CSV of labels in {path.name}, found something else: {error}.") from None
    columns = _finding_columns(path.name, list(frame.columns))
    if frame.empty:
        raise InputError(f"Expected at least one radiograph in {path.name}, found only its header.")
    paths = tuple(text.strip() for text in frame["Path"])
    repeated = frame["Path"][frame["Path"].str.strip().duplicated()]
    if not repeated.empty:
        raise InputError(f"Expected every image once in {path.name}, found {repeated.iloc[0]} twice; remove one row.")
    labels = np.stack([_numbers(path.name, frame[columns[finding]], finding) for finding in FINDINGS], axis=1)
    replace = {"zeros": 0.0, "ones": 1.0, "ignore": UNKNOWN}
    blanks, uncertains = np.isnan(labels), labels == -1
    labels[blanks], labels[uncertains] = replace[blank], replace[uncertain]
    return LabelTable(path.name, paths, tuple(patient_of(text) for text in paths), labels)


def _finding_columns(name: str, columns: list[str]) -> dict[str, str]:
    """Match a label file's columns to the findings, by name."""
    if "Path" not in columns:
        raise InputError(f"Expected a column Path in {name}, found {', '.join(columns)}; name the images in it.")
    found: dict[str, str] = {}
    for column in columns:
        try:
            finding = canonical_finding(column)
        except InputError:
            continue  # Sex, Age, view and other columns that are no labels
        if finding in found:
            raise InputError(f"Expected one column for {finding} in {name}, found {found[finding]} and {column}.")
        found[finding] = column
    missing = [finding for finding in FINDINGS if finding not in found]
    if missing:
        raise InputError(
            f"Expected a label column for each of the 14 findings in {name}, missing {', '.join(missing)}."
        )
    return found


def _numbers(name: str, column: pd.Series, finding: str) -> np.ndarray:
    """Return one finding's labels as float32: 1, 0, −1, NaN for blank."""
    text = column.str.strip()
    values = pd.to_numeric(text, errors="coerce").to_numpy(np.float32)
    strange = (text != "").to_numpy() & ~np.isin(values, (-1.0, 0.0, 1.0))
    if strange.any():
        row = int(np.flatnonzero(strange)[0])
        raise InputError(
            f"Expected labels 1, 0, -1 or blank in {name}, found {text.iloc[row]!r} for {finding} in line {row + 2}."
        )
    return values


def patient_of(path: str) -> str:
    """Return the patient of an image: the part of its path that starts with `patient`, else its folder, else itself.

    CheXpert's paths read `…/patient00001/study1/view1_frontal.jpg`.
    """
    parts = PurePosixPath(path).parts
    for part in parts:
        if part.startswith("patient"):
            return part.split("_")[0].split(".")[0]
    return parts[-2] if len(parts) > 1 else path


def check_patients(tables: tuple[LabelTable, ...]) -> None:
    """Check that no patient is in two splits.

    Raises:
        InputError: a patient is in two splits; the first one is named, and how many there are.
    """
    for i, one in enumerate(tables):
        for other in tables[i + 1 :]:
            shared = sorted(set(one.patients) & set(other.patients))
            if shared:
                raise InputError(
                    f"Expected every patient in one split only, found {len(shared)} in both {one.name} and "
                    f"{other.name} (first: {shared[0]}); split by patient."
                )

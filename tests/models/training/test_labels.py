"""Label files and their traps."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data_cache.errors import InputError
from data_cache.findings import CHEXLOCALIZE_NAMES, FINDINGS
from models.training.labels import check_patients, patient_of, read_labels

PATHS = [f"CheXpert-v1.0/train/patient{i:05d}/study1/view1_frontal.jpg" for i in range(1, 4)]
ROWS = np.arange(3 * 14).reshape(3, 14) % 3 % 2


def write(path: Path, columns: list[str], rows: np.ndarray, paths: list[str] = PATHS, extra: bool = True) -> Path:
    table = pd.DataFrame(rows, columns=columns)
    if extra:
        for name, value in (("AP/PA", "AP"), ("Frontal/Lateral", "Frontal"), ("Age", 60), ("Sex", "Female")):
            table.insert(0, name, value)
    table.insert(0, "Path", paths)
    table.to_csv(path, index=False)
    return path


def test_plain_chexpert(tmp_path: Path) -> None:
    table = read_labels(write(tmp_path / "train.csv", list(FINDINGS), ROWS))
    assert table.labels.dtype == np.float32
    np.testing.assert_array_equal(table.labels, ROWS)
    assert table.paths == tuple(PATHS)
    assert table.patients == ("patient00001", "patient00002", "patient00003")


def test_visualchexbert_writes_the_first_label_column_last(tmp_path: Path) -> None:
    """Its header reads Enlarged Cardiomediastinum … Support Devices, No Finding: read by name, the order is ours."""
    path = write(tmp_path / "v.csv", [*FINDINGS[1:], FINDINGS[0]], np.roll(ROWS, -1, axis=1))
    np.testing.assert_array_equal(read_labels(path).labels, ROWS)


def test_chexlocalize_has_no_patient_columns_and_its_own_name_for_lung_opacity(tmp_path: Path) -> None:
    names = [CHEXLOCALIZE_NAMES.get(finding, finding) for finding in FINDINGS]
    np.testing.assert_array_equal(read_labels(write(tmp_path / "t.csv", names, ROWS, extra=False)).labels, ROWS)


@pytest.mark.parametrize(
    ("uncertain", "blank", "expected"),
    [
        ("zeros", "zeros", [1, 0, 0, 0]),
        ("ones", "zeros", [1, 0, 1, 0]),
        ("ignore", "zeros", [1, 0, np.nan, 0]),
        ("ignore", "ignore", [1, 0, np.nan, np.nan]),
    ],
)
def test_uncertain_and_blank_labels(tmp_path: Path, uncertain: str, blank: str, expected: list[float]) -> None:
    rows = np.zeros((3, 14), dtype=object)
    rows[0, :4] = ["1.0", "0.0", "-1.0", ""]
    table = read_labels(write(tmp_path / "a.csv", list(FINDINGS), rows), uncertain, blank)  # type: ignore[arg-type]
    np.testing.assert_array_equal(table.labels[0, :4], expected)
    assert not table.labels[1:].any()


def test_a_missing_label_column_is_one_line(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", list(FINDINGS), ROWS)
    pd.read_csv(path).drop(columns=["Edema", "Fracture"]).to_csv(path, index=False)
    with pytest.raises(InputError) as error:
        read_labels(path)
    assert str(error.value) == (
        "Expected a label column for each of the 14 findings in a.csv, missing Edema, Fracture."
    )


def test_other_faults_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with pytest.raises(InputError, match="found none"):
        read_labels(path)
    path.write_text("")
    with pytest.raises(InputError, match=r"Expected a CSV of labels in a.csv"):
        read_labels(path)
    path.write_text("Image,No Finding\nx,1\n")
    with pytest.raises(InputError, match=r"Expected a column Path in a.csv, found Image, No Finding"):
        read_labels(path)
    write(path, list(FINDINGS), ROWS, paths=[PATHS[0], PATHS[1], PATHS[0]])
    with pytest.raises(InputError, match=r"patient00001/study1/view1_frontal.jpg twice"):
        read_labels(path)
    write(path, list(FINDINGS), ROWS[:0], paths=[])
    with pytest.raises(InputError, match="found only its header"):
        read_labels(path)
    strange = ROWS.astype(object)
    strange[1, 5] = "yes"
    with pytest.raises(InputError, match="found 'yes' for Edema in line 3"):
        read_labels(write(path, list(FINDINGS), strange))
    doubled = [*FINDINGS[:-1], "Airspace Opacity"]
    with pytest.raises(InputError, match="one column for Lung Opacity"):
        read_labels(write(path, doubled, ROWS))


@pytest.mark.parametrize(
    ("path", "patient"),
    [
        ("CheXpert-v1.0/valid/patient64541/study1/view1_frontal.jpg", "patient64541"),
        ("test/patient64741/study1/view1_frontal.jpg", "patient64741"),
        ("patient64541_study1_view1_frontal.png", "patient64541"),
        ("patient7.png", "patient7"),
        ("images/john/a.png", "john"),
        ("a.png", "a.png"),
    ],
)
def test_patient_of(path: str, patient: str) -> None:
    assert patient_of(path) == patient


def test_a_patient_in_two_splits_is_refused(tmp_path: Path) -> None:
    one = read_labels(write(tmp_path / "train.csv", list(FINDINGS), ROWS))
    same = read_labels(
        write(tmp_path / "val.csv", list(FINDINGS), ROWS[:1], paths=["val/patient00002/study9/view1_frontal.jpg"])
    )
    other = read_labels(write(tmp_path / "test.csv", list(FINDINGS), ROWS[:1], paths=["test/patient9/a.jpg"]))
    check_patients((one, other))
    with pytest.raises(InputError) as error:
        check_patients((one, other, same))
    assert str(error.value) == (
        "Expected every patient in one split only, found 1 in both train.csv and val.csv (first: patient00002); "
        "split by patient."
    )

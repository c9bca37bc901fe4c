"""CheXmask's tables: written as its authors do it, row by row with pixels counted from 1."""

import csv

import numpy as np
import pytest

from data_cache.anatomy import read_chexmask
from data_cache.errors import InputError

COLUMNS = ("Dice RCA (Max)", "Dice RCA (Mean)", "Landmarks", "Left Lung", "Right Lung", "Heart", "Height", "Width")


def written(mask):
    flat = [False, *mask.ravel(), False]
    numbers = []
    for place in range(1, len(flat)):
        if flat[place] and not flat[place - 1]:
            numbers += [place, 0]
        if flat[place]:
            numbers[-1] += 1
    return " ".join(map(str, numbers))


def region(rows, columns, size=(30, 20)):
    mask = np.zeros(size, bool)
    mask[rows, columns] = True
    return mask


LEFT, RIGHT, HEART = (
    region(slice(4, 20), slice(12, 18)),
    region(slice(3, 21), slice(2, 8)),
    region(slice(15, 25), slice(7, 14)),
)


def write(path, rows, name="Path"):
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow((name, *COLUMNS))
        table.writerows(rows)
    return path


def row(name, quality=0.9, size=(30, 20), masks=(LEFT, RIGHT, HEART)):
    return (name, 0.95, quality, "1,2,3", *map(written, masks), *size)


def test_organs_lie_where_they_were_drawn(tmp_path):
    path = write(tmp_path / "CheXpert.csv", [row("train/patient00001/study2/view1_frontal.jpg"), row("other.jpg")])
    table = read_chexmask(path, {"patient00001_study2_view1_frontal"})
    (anatomy,) = table.found.values()
    assert (anatomy.case, anatomy.quality, anatomy.size) == ("patient00001_study2_view1_frontal", 0.9, (30, 20))
    for organ, mask in ((anatomy.left_lung, LEFT), (anatomy.right_lung, RIGHT), (anatomy.heart, HEART)):
        np.testing.assert_array_equal(organ.decode(), mask)
    np.testing.assert_array_equal(anatomy.regions["lungs"].decode(), LEFT | RIGHT)
    assert anatomy.regions["heart"] == anatomy.heart
    assert not table.poor and not table.problems


@pytest.mark.parametrize("column", ["Image ID", "ImageID", "image_id", "Image Index", "dicom_id"])
def test_every_datasets_column_of_ids_is_known(column, tmp_path):
    path = write(tmp_path / "t.csv", [row("1.2.826.0.1")] if column == "dicom_id" else [row("a_b.png")], column)
    assert list(read_chexmask(path, {"1.2.826.0.1", "a_b"}).found) == ["1.2.826.0.1" if column == "dicom_id" else "a_b"]


def test_poor_masks_are_left_out_and_named(tmp_path):
    path = write(tmp_path / "t.csv", [row("a.png", 0.69), row("b.png", 0.7), row("c.png", "nan")])
    table = read_chexmask(path, {"a", "b", "c"})
    assert list(table.found) == ["b"] and table.poor == ("a", "c")


def test_rows_that_cannot_be_used_are_named(tmp_path):
    path = write(
        tmp_path / "t.csv", [row("a.png", size=(20, 20)), row("b.png", size=("x", 20)), row("c.png"), row("c.png")]
    )
    table = read_chexmask(path, {"a", "b", "c"})
    assert list(table.found) == ["c"]
    first, second, third = table.problems
    assert "Line 2 of t.csv" in first and "inside 400 pixels" in first
    assert "Line 3" in second and "Height and Width" in second
    assert "Line 5" in third and "once" in third


def test_another_table_is_refused(tmp_path):
    (tmp_path / "t.csv").write_text("Path,Edema\nx,1\n")
    with pytest.raises(InputError, match="found no Dice RCA"):
        read_chexmask(tmp_path / "t.csv", {"x"})
    with pytest.raises(InputError, match="no such file"):
        read_chexmask(tmp_path / "none.csv", {"x"})

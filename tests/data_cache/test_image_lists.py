"""Lists of images, good and bad."""

import csv
import os
from pathlib import Path

import pytest

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.image_lists import ImageList, read_image_list


def listed(folder, text, name="films.csv", **words):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_image_list(path, **words)


def test_paths_ids_patients_and_labels(tmp_path):
    found = listed(
        tmp_path, "id,patient,Image,Edema,pleural_effusion,notes\nf1,p1,a/x.png,1,-1,old\nf2,,b/y.dcm,0.0,,\n"
    )
    assert isinstance(found, ImageList) and not found.problems
    first, second = found
    assert (first.id, first.patient, first.image_path) == ("f1", "p1", tmp_path / "a/x.png")
    assert {finding: value for finding, value in first.labels.items() if value is not None} == {"Edema": 1}
    assert (second.id, second.patient, second.labels["Edema"]) == ("f2", "f2", 0)
    assert set(second.labels) == set(FINDINGS) and second.provenance == "line 3 of films.csv"


def test_relative_paths_begin_at_the_list_or_where_one_says(tmp_path):
    absolute = tmp_path.parent / "z.png"
    text = f"path\nx.png\n{absolute}\n"
    assert [case.image_path for case in listed(tmp_path, text)] == [tmp_path / "x.png", absolute]
    assert listed(tmp_path, text, root=Path("elsewhere"))[0].image_path == Path("elsewhere/x.png")


def test_without_ids_names_are_stems_and_as_many_folders_as_tell_them_apart(tmp_path):
    rows = ["p1/s1/view.jpg", "p2/s1/view.jpg", "other.png"]
    found = listed(tmp_path, "Path\n" + "\n".join(rows))
    assert [case.id for case in found] == ["p1_s1_view", "p2_s1_view", "other"]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_spreadsheets_write_it_in_many_ways(tmp_path, mark, end):
    text = "\ufeff" + end.join([f"Path{mark}id", f'"a, b;c.png"{mark}one', "", f"d.png{mark}two", ""])
    found = listed(tmp_path, text)
    assert [(case.id, case.image_path.name) for case in found] == [("one", "a, b;c.png"), ("two", "d.png")]


BAD = [
    ("", "expected the path of an image, found ''"),
    ("a\0b.png", "expected the path of an image"),
    ("x.png,../../etc", "an id that can name a folder, found '../../etc'"),
    ("x.png,.hidden", "an id that can name a folder"),
    ("x.png,a/b", "an id that can name a folder"),
    ("x.png," + "i" * 201, "an id of at most 200 bytes, found 201"),
    ("x.png," + "ü" * 101, "an id of at most 200 bytes, found 202"),
    ("x.png,ok", "expected each id once, found 'ok' in line 2 too"),
    ("x.png,new,2", "expected 1, 0, -1 or nothing for Edema, found '2'"),
    ('"' + "y" * 200_000 + '"', "found what is none (field larger than field limit"),
]


@pytest.mark.parametrize(("row", "sentence"), BAD)
def test_a_bad_row_is_named_with_its_line_and_the_rest_goes_on(tmp_path, row, sentence):
    found = listed(tmp_path, f"path,id,Edema\na.png,ok,1\n{row or ',x'}\nb.png,last,0\n")
    assert [case.id for case in found] == ["ok", "last"]
    (problem,) = found.problems
    assert problem.startswith("Line 3 of films.csv: ") and sentence in problem and len(problem) < 400


def test_the_same_image_twice_and_two_that_no_folder_tells_apart(tmp_path):
    found = listed(tmp_path, "path\na.png\nb/c.png\na.png\nb/c.jpg\n")
    assert [case.image_path.name for case in found] == ["a.png", "c.png"]
    assert [problem.split(":")[0] for problem in found.problems] == ["Line 4 of films.csv", "Line 5 of films.csv"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "found 'nothing'"),
        (b"films\na.png\n", "a column called path, image, file or filename in the first line of films.csv"),
        (b"path\n", "found no row that can be used"),
        (b"path,Edema\nx,9\n", "found no row that can be used. Line 2"),
        ("path\nä.png".encode("utf-16"), "UTF-8"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "UTF-8"),
    ],
)
def test_what_is_no_list_is_one_sentence(tmp_path, content, sentence):
    with pytest.raises(InputError, match=r"films\.csv") as raised:
        listed(tmp_path, content)
    assert sentence in str(raised.value) and "\n" not in str(raised.value)


def test_a_missing_list_a_folder_and_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    for name in ("gone.csv", ".", "pipe.csv"):
        with pytest.raises(InputError, match="Expected a list of images"):
            read_image_list(tmp_path / name)


def test_a_list_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr("data_cache.image_lists.MOST_ROWS", 3)
    assert len(listed(tmp_path, "path\na\nb\nc\n")) == 3
    with pytest.raises(InputError, match="at most 3 images"):
        listed(tmp_path, "path\na\nb\nc\nd\n")
    monkeypatch.setattr("data_cache.image_lists.MOST_BYTES", 8)
    with pytest.raises(InputError, match="at most 8 bytes"):
        listed(tmp_path, "path\na\nb\nc\n")


def test_shares_are_slices_of_a_list(tmp_path):
    found = listed(tmp_path, "path\n" + "".join(f"{number}.png\n" for number in range(7)))
    assert [case.id for case in found[1::3]] == ["1", "4"] and len(found[6::3]) == 1
    assert found[-1].id == "6" and [case.id for case in found[2:4]] == ["2", "3"]


def test_what_the_csv_module_writes_is_read(tmp_path):
    names = ["plain.png", 'a "quoted", one.png', "semi;colon.png", "ünï.png"]
    with (tmp_path / "films.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["path"], *([name] for name in names)])
    found = read_image_list(tmp_path / "films.csv")
    assert [case.image_path.name for case in found] == names

"""What can be wrong in the tables of datasets: named with its line, counted, and the rest goes on."""

import pytest

from data_cache.errors import InputError
from data_cache.sources.registry import open_source
from tests.data_cache.sources.layouts import MS_CXR, OBJECT_CXR, PADCHEST_GR, VINDR, table, write

NIH = 'Image Index,Finding Label,Bbox [x,y,w,"h]",,,'
RSNA = "patientId,x,y,width,height,Target"
READERS = "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max"

CASES = [
    ("nih", "BBox_List_2017.csv", NIH, "a.png,Effusion,1000,5,50,20,,,", "found x 1000 to 1050"),
    ("nih", "BBox_List_2017.csv", NIH, "a.png,Effusion,10,5,-5,20,,,", "found x 10 to 5"),
    ("nih", "BBox_List_2017.csv", NIH, "a.png,Spleen,10,5,5,20,,,", "one of the dataset's labels, found 'Spleen'"),
    ("nih", "BBox_List_2017.csv", NIH, "a.png,Effusion,nan,5,5,20,,,", "a number for 'Bbox [x', found 'nan'"),
    ("rsna", "stage_2_train_labels.csv", RSNA, "b,,,,,1", "expected a box where Target is 1"),
    ("rsna", "stage_2_train_labels.csv", RSNA, "b,1,2,3,4,0", "none where it is 0, found Target '0'"),
    ("rsna", "stage_2_train_labels.csv", RSNA, "b,1,2,3,4,yes", "found Target 'yes'"),
    ("vinbigdata", "train.csv", READERS, "c,Cardiomegaly,3,R9,,,,", "found none for 'Cardiomegaly' by reader R9"),
    ("vinbigdata", "train.csv", READERS, "c,No finding,14,R9,1,2,3,4", "found a box for 'No finding'"),
    ("vinbigdata", "train.csv", READERS, "c,Cardiomegaly,3,R9,90,2,3,4", "found x 90 to 3"),
    ("vinbigdata", "train.csv", READERS, ",Cardiomegaly,3,R9,1,2,3,4", "something in column 'image_id'"),
]
GOOD = {
    "nih": "z.png,Effusion,10,5,5,20,,,",
    "rsna": "z,1,2,3,4,1",
    "vinbigdata": "z,Cardiomegaly,3,R1,1,2,30,40",
}


@pytest.mark.parametrize(("key", "name", "header", "row", "words"), CASES)
def test_one_wrong_row_is_named_with_its_line(tmp_path, key, name, header, row, words):
    good = GOOD[key]
    dataset = open_source(key, write(tmp_path, {name: table(header, good, row, good)}))
    (split,) = dataset.splits()
    (problem,) = dataset.problems(split)
    assert problem.startswith(f"Line 3 of {name}: ") and words in problem
    cases = {case.id: case for case in dataset.cases(split)}
    assert len(cases["z"].marks) == 2


def test_a_wrong_split_names_the_others(tmp_path):
    with pytest.raises(InputError, match="one of the splits train, test of vindr, found 'val'"):
        open_source("vindr", write(tmp_path, VINDR)).cases("val")


def test_a_missing_column_is_named(tmp_path):
    files = {"BBox_List_2017.csv": table("Image Index,x,y,w,h", "a,1,2,3,4")}
    with pytest.raises(InputError, match="which has no 'Finding Label'"):
        open_source("nih", write(tmp_path, files)).cases("all")


def test_an_image_twice_is_named(tmp_path):
    reports = [*PADCHEST_GR["grounded_reports_20240819.json"]]
    files = {**PADCHEST_GR, "grounded_reports_20240819.json": [*reports, reports[0]]}
    dataset = open_source("padchest-gr", write(tmp_path / "p", files))
    assert len(dataset.cases("train")) == 1
    assert "Study 3 of grounded_reports_20240819.json: expected each image once" in dataset.problems("train")[0]
    doubled = {"train.csv": OBJECT_CXR["train.csv"] + "00002.jpg,0 1 2 3 4\n"}
    assert "00002.jpg in line 3 too" in open_source("object-cxr", write(tmp_path / "o", doubled)).problems("train")[0]


@pytest.mark.parametrize("text", ["3 1 1 2 2", "0 1 1 2", "2 1 1 2 2 3", "0 1 1 2 2 3 3", "0 a b c d", "0 5 5 1 1"])
def test_a_wrong_object_is_named_and_the_others_stay(tmp_path, text):
    files = {"train.csv": table("image_name,annotation", f"a.jpg,0 1 1 5 5;{text}")}
    dataset = open_source("object-cxr", write(tmp_path, files))
    assert len(dataset.problems("train")) == 1 and "Line 2 of train.csv" in dataset.problems("train")[0]
    assert dataset.cases("train")[0].id == "a"


def test_pixels_where_fractions_belong_are_named(tmp_path):
    reports = [*PADCHEST_GR["grounded_reports_20240819.json"]]
    finding = {"labels": ["pleural effusion"], "boxes": [[10, 20, 300, 400], [0.1, 0.1, 0.2, 0.2]]}
    reports[1] = {"StudyID": "S2", "ImageID": "b.png", "findings": [finding]}
    dataset = open_source("padchest-gr", write(tmp_path, {**PADCHEST_GR, "grounded_reports_20240819.json": reports}))
    assert "four fractions of the image's sides" in dataset.problems("test")[0]
    assert len(dataset.cases("test")[0].marks) == 1


def test_another_size_in_a_second_row_is_named(tmp_path):
    text = MS_CXR["MS_CXR_Local_Alignment_v1.0.0.csv"].replace("10,20,30,40,2544,3056", "10,20,30,40,2000,3056")
    dataset = open_source("ms-cxr", write(tmp_path, {"MS_CXR_Local_Alignment_v1.0.0.csv": text}))
    assert "expected a1b2-c3 to be of 2544×3056 pixels as before, found 2000×3056" in dataset.problems("all")[0]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"", b"a,b\n"])
def test_a_table_that_is_none_is_refused(tmp_path, content):
    (tmp_path / "BBox_List_2017.csv").write_bytes(content)
    with pytest.raises(InputError, match=r"BBox_List_2017\.csv"):
        open_source("nih", tmp_path).cases("all")


def test_a_table_that_is_packed_badly_is_refused(tmp_path):
    (tmp_path / "BBox_List_2017.csv.gz").write_bytes(b"\x1f\x8b\x08\x00broken")
    with pytest.raises(InputError, match="packed with gzip"):
        open_source("nih", tmp_path).cases("all")
    (tmp_path / "BBox_List_2017.csv.gz").unlink()
    (tmp_path / "BBox_List_2017.csv.zip").write_bytes(b"PK\x03\x04broken")
    with pytest.raises(InputError, match="ZIP archive"):
        open_source("nih", tmp_path).cases("all")

"""What can be wrong in the tables of datasets: named with its line, counted, and the rest goes on."""

import pytest

from data_cache.errors import InputError
from data_cache.sources.registry import labels_of, open_source
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
    "nih": ("z.png,Effusion,10,5,5,20,,,", "z.png,Mass,10,5,5,20,,,"),
    "rsna": ("z,1,2,3,4,1", "z,1,2,3,5,1"),
    "vinbigdata": ("z,Cardiomegaly,3,R1,1,2,30,40", "z,Cardiomegaly,3,R2,1,2,30,40"),
}
AGAIN = [
    ("nih", "BBox_List_2017.csv", NIH, GOOD["nih"][0], "a mark once, found it in line 2 too; it counts once"),
    ("rsna", "stage_2_train_labels.csv", RSNA, GOOD["rsna"][0], "a mark once, found it in line 2 too"),
    ("rsna", "stage_2_train_labels.csv", RSNA, "z,,,,,0", "expected boxes or none for z, found both"),
    ("vinbigdata", "train.csv", READERS, GOOD["vinbigdata"][0], "a mark once, found it in line 2 too"),
    (
        "vinbigdata",
        "train.csv",
        READERS,
        "z,No finding,14,R1,,,,",
        "by reader R1, found 'No finding' here and marks in",
    ),
    ("vinbigdata", "train.csv", READERS, "z,Cardiomegaly,3,,1,2,30,40", "something in column 'rad_id', found nothing"),
]


@pytest.mark.parametrize(("key", "name", "header", "row", "words"), CASES)
def test_one_wrong_row_is_named_with_its_line(tmp_path, key, name, header, row, words):
    good, other = GOOD[key]
    dataset = open_source(key, write(tmp_path, {name: table(header, good, row, other)}))
    (split,) = dataset.splits()
    (problem,) = dataset.problems(split)
    assert problem.startswith(f"Line 3 of {name}: ") and words in problem
    cases = {case.id: case for case in dataset.cases(split)}
    assert len(cases["z"].marks) == 2


@pytest.mark.parametrize(("key", "name", "header", "row", "words"), AGAIN)
def test_what_is_said_twice_or_against_itself_is_named_and_counts_once(tmp_path, key, name, header, row, words):
    good, other = GOOD[key]
    dataset = open_source(key, write(tmp_path, {name: table(header, good, row, other)}))
    (split,) = dataset.splits()
    (problem,) = dataset.problems(split)
    assert problem.startswith(f"Line 3 of {name}: ") and words in problem
    (case,) = dataset.cases(split)
    assert len(case.marks) == 2 and len(case.readers) == (2 if key == "vinbigdata" else 1)
    assert case.labels["No Finding"] is not True
    assert any("1 row says again what stands before" in note for note in dataset.notes(split)) == (
        "counts once" in problem
    )


def test_a_reader_who_finds_nothing_and_then_marks_is_named_and_the_box_stays(tmp_path):
    rows = ("z,No finding,14,R1,,,,", "z,No finding,14,R1,,,,", "z,Aortic enlargement,0,R1,1,2,30,40")
    more = ("z,Cardiomegaly,3,R1,1,2,30,40", "z,No finding,14,R2,,,,", "y,No finding,14,R1,,,,")
    dataset = open_source("vinbigdata", write(tmp_path, {"train.csv": table(READERS, *rows, *more)}))
    twice, against = dataset.problems("train")
    assert twice.startswith("Line 3 of train.csv: expected 'No finding' once, found it in line 2 too")
    assert against == (
        "Line 4 of train.csv: expected either no finding or marks on an image by reader R1, found that in line 2 and "
        "'Aortic enlargement' here."
    )
    marked, normal = dataset.cases("train")
    assert [mark.finding for mark in marked.marks] == ["Cardiomegaly"] and marked.readers == ("R1", "R2")
    assert marked.labels["No Finding"] is None and marked.labels["Pneumothorax"] is None  # one of them is a mistake
    assert normal.labels["No Finding"] == 1 and normal.labels["Pneumothorax"] == 0


def test_an_empty_row_twice_counts_once(tmp_path):
    for key, name, header, row in (
        ("rsna", "stage_2_train_labels.csv", RSNA, "z,,,,,0"),
        ("siim", "train-rle.csv", "ImageId, EncodedPixels", "z,-1"),
    ):
        dataset = open_source(key, write(tmp_path / key, {name: table(header, row, row)}))
        (problem,) = dataset.problems("train")
        assert problem.startswith(f"Line 3 of {name}: expected ") and "found it in line 2 too" in problem
        assert len(dataset.cases("train")) == 1


@pytest.mark.parametrize("key", ["chestx-det", "chestx-det-boxes"])
def test_an_entry_of_chestx_det_twice_counts_once(tmp_path, key):
    outline = [[[10, 10], [60, 10], [60, 80]]]
    entry = {"file_name": "a.png", "syms": ["Mass"], "boxes": [[10, 10, 60, 80]], "polygons": outline}
    other = {**entry, "syms": ["Effusion"]}
    twice = {"file_name": "b.png", "syms": ["Mass"] * 2, "boxes": entry["boxes"] * 2, "polygons": outline * 2}
    for second, absent in ((entry, 0), (other, None)):
        root = write(tmp_path / str(absent), {"train.json": [entry, second, twice]})
        dataset = open_source(key, root)
        again, mark = dataset.problems("train")
        assert again == "Image 2 of train.json: expected each image once, found 'a.png' in 1 too, which is used."
        assert mark == "Image 3 of train.json: expected a mark once, found it in image 3 too; it counts once."
        first, last = dataset.cases("train")
        assert len(first.marks) == len(last.marks) == 1
        assert first.labels["Pneumothorax"] == absent and last.labels["Pneumothorax"] == 0


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (("a.png,Effusion,nan,5,5,20,,,",), "nothing that is marked in it can be used; 1 row is wrong."),
        (("a.png,Effusion,nan,5,5,20,,,", "a.png,Mass,9,5,-5,20,,,"), "can be used; 2 rows are wrong."),
    ],
)
def test_a_dataset_of_wrong_rows_alone_says_so(tmp_path, rows, words):
    dataset = open_source("nih", write(tmp_path, {"BBox_List_2017.csv": table(NIH, *rows)}))
    notes = " ".join(dataset.notes("all"))
    assert words in notes and "CheXpert" not in notes
    assert dataset.problems("all")[0].startswith("Line 2 of BBox_List_2017.csv: expected a number for 'Bbox [x'")


@pytest.mark.parametrize(
    ("key", "mapping", "words"),
    [
        ("nih", "Atelektase: Atelectasis", "'Atelektase' is none of the labels that stand there; is 'Atelectasis'"),
        ("nih", "Wirbel: Fracture", "the mapping's 'Wirbel' is none of the labels that stand there."),
        ("nih", "Atelectasis: null", ""),  # one of its labels, though not in this file
        ("nih", "effusion: Edema", ""),
        ("csv", "Spleens: Fracture", "'Spleens' is none of the labels that stand there; is 'Spleen' meant?"),
        ("csv", "Pneumonia: Edema", "the mapping's 'Pneumonia' is none of the labels that stand there."),
        ("csv", "spleen: Fracture", ""),
        ("vinbigdata", "Nodule: Lung Lesion", "'Nodule' is none of the labels that stand there; is 'Nodule/Mass'"),
        ("vinbigdata", "Nodule/Mass: null", ""),
    ],
)
def test_a_mapping_of_a_label_that_stands_nowhere_is_said(tmp_path, key, mapping, words):
    texts = {
        "nih": {"BBox_List_2017.csv": table(NIH, GOOD["nih"][0])},
        "csv": {"m.csv": table("image_id,label,x1,y1,x2,y2", "a,Spleen,1,2,3,4", "a,Edema,1,2,3,4")},
        "vinbigdata": {"train.csv": table(READERS, GOOD["vinbigdata"][0])},
    }
    (tmp_path / "own.yaml").write_text(f"{mapping}\n", encoding="utf-8")
    root = write(tmp_path / "data", texts[key])
    dataset = open_source(key, root, labels_of(key, tmp_path / "own.yaml"))
    (split,) = dataset.splits()
    assert dataset.cases(split)[0].marks and dataset.problems(split) == ()
    found = [note for note in dataset.notes(split) if "mapping's" in note]
    assert len(found) == bool(words) and all(words in note for note in found)


def test_a_label_of_ones_own_that_stands_there_is_absent_where_it_is_not_marked(tmp_path):
    (tmp_path / "own.yaml").write_text("Rib: Fracture\n", encoding="utf-8")
    root = write(tmp_path / "data", {"train.csv": table(READERS, "y,Rib,3,R1,1,2,30,40", GOOD["vinbigdata"][0])})
    marked, other = open_source("vinbigdata", root, labels_of("vinbigdata", tmp_path / "own.yaml")).cases("train")
    assert (marked.labels["Fracture"], other.labels["Fracture"]) == (1, 0)


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

"""COCO, YOLO and CSV files of one's own; pycocotools and pencil as oracles."""

import json

import numpy as np
import pytest
from pycocotools.coco import COCO

from data_cache.errors import InputError
from data_cache.marks import Box, Polygon, Runs
from data_cache.masks import Rle
from data_cache.sources.registry import open_source
from tests.data_cache.sources.layouts import coco, table, write

# COCO


def _coco_root(tmp_path):
    mask = np.zeros((40, 60), bool)
    mask[5:20, 10:30] = True
    runs = Rle.encode(mask)
    crowd = np.flatnonzero(np.diff(mask.T.ravel().astype(int), prepend=0, append=0))
    counts = np.diff(crowd, prepend=0, append=mask.size).tolist()
    content = coco(
        [
            {"id": 7, "file_name": "a.png", "width": 60, "height": 40},
            {"id": 8, "file_name": "sub/b.png", "width": 60, "height": 40},
        ],
        [
            {"id": 1, "image_id": 7, "category_id": 1, "bbox": [10, 5, 20, 15], "segmentation": [], "iscrowd": 0},
            {
                "id": 2,
                "image_id": 7,
                "category_id": 2,
                "bbox": [0, 0, 1, 1],
                "segmentation": [[1, 1, 9, 1, 9, 9], [20, 20, 30, 20, 30, 30]],
                "iscrowd": 0,
            },
            {"id": 3, "image_id": 7, "category_id": 3, "segmentation": {"size": [40, 60], "counts": runs.counts}},
            {"id": 4, "image_id": 7, "category_id": 3, "segmentation": {"size": [40, 60], "counts": counts}}
            | {"reader": "B"},
        ],
        ["Cardiomegaly", "Effusion", "edema", "Spleen"],
    )
    return write(tmp_path, {"annotations/train.json": content}), mask


def test_coco_keeps_boxes_polygons_and_run_lengths(tmp_path):
    root, mask = _coco_root(tmp_path)
    dataset = open_source("coco", root)
    assert dataset.splits() == ("train",) and dataset.problems("train") == ()
    drawn, nothing = dataset.cases("train")
    assert (drawn.id, nothing.id, drawn.size()) == ("a", "b", (40, 60))
    assert [type(mark.shape) for mark in drawn.marks] == [Box, Polygon, Polygon, Runs, Runs]
    assert np.array_equal(drawn.masks["Edema"].decode(), mask)
    assert np.array_equal(drawn.masks["Cardiomegaly"].decode(), mask)
    assert {finding for finding, label in nothing.labels.items() if label == 0} == {
        "Cardiomegaly",
        "Pleural Effusion",
        "Edema",
    }


def test_coco_s_polygons_are_filled_as_pycocotools_fills_them(tmp_path, capsys):
    root, _ = _coco_root(tmp_path)
    theirs = COCO(root / "annotations/train.json")
    capsys.readouterr()
    rle = theirs.annToRLE(theirs.anns[2])
    expected = Rle((40, 60), rle["counts"].decode("ascii")).decode()
    assert np.array_equal(open_source("coco", root).cases("train")[0].masks["Pleural Effusion"].decode(), expected)


def test_coco_as_roboflow_exports_it_is_called_by_its_folder(tmp_path):
    content = coco([{"id": 1, "file_name": "a.png", "width": 9, "height": 9}], [], ["Edema"])
    root = write(tmp_path, {"train/_annotations.coco.json": content, "valid/_annotations.coco.json": content})
    assert open_source("coco", root).splits() == ("train", "valid")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"image_id": 9}, "Annotation 1 of x.json: expected an image and a category of the file, found image '9'"),
        ({"category_id": 9}, "category '9'"),
        ({"bbox": [5, 5, -2, 3]}, "expected x from left to right"),
        ({"bbox": [50, 5, 20, 3]}, "a place on an image of 60×40 pixels, found x 50 to 70"),
        ({"bbox": [5, 5, 2]}, "found 3 numbers"),
        ({"bbox": [5, 5, float("nan"), 2]}, "Annotation 1"),
        ({"segmentation": [[1, 2, 3, 4]]}, "outlines of at least three points"),
        ({"segmentation": {"size": [60, 40], "counts": [2400]}}, "run lengths of the size that the image states"),
        ({"segmentation": {"size": [40, 60], "counts": [2399]}}, "run lengths that add up"),
        ({"segmentation": {"size": [40, 60], "counts": "~"}}, "run lengths"),
    ],
)
def test_one_wrong_annotation_of_coco_is_named_and_the_rest_goes_on(tmp_path, change, words):
    good = {"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}
    image = {"id": 1, "file_name": "a.png", "width": 60, "height": 40}
    root = write(tmp_path, {"x.json": coco([image], [{**good, **change}, good], ["Edema"])})
    dataset = open_source("coco", root)
    (problem,) = dataset.problems("x")
    assert words in problem
    assert [mark.shape for mark in dataset.cases("x")[0].marks] == [Box(1, 2, 4, 6)]


def test_an_image_of_coco_twice_is_named(tmp_path):
    images = [{"id": n, "file_name": name, "width": 60, "height": 40} for n, name in ((1, "a.png"), (2, "x/a.jpg"))]
    dataset = open_source("coco", write(tmp_path, {"x.json": coco(images, [], ["Edema"])}))
    assert "Image 2 of x.json: expected each image once" in dataset.problems("x")[0]
    assert len(dataset.cases("x")) == 1


def test_an_annotation_of_an_id_that_two_images_have_is_given_to_neither(tmp_path):
    images = [{"id": 1, "file_name": name, "width": 60, "height": 40} for name in ("a.png", "b.png")]
    images.append({"id": 2, "file_name": "c.png", "width": 60, "height": 40})
    drawn = [{"image_id": n, "category_id": 1, "bbox": [1, 2, 3, 4]} for n in (1, 2)]
    dataset = open_source("coco", write(tmp_path, {"x.json": coco(images, drawn, ["Edema", "Fracture"])}))
    image, annotation = dataset.problems("x")
    assert image.startswith("Image 2 of x.json: expected each image once, found 'b.png' or its id twice")
    assert annotation == "Annotation 1 of x.json: expected an image's own id, found '1', which several have."
    cases = {case.id: case for case in dataset.cases("x")}
    assert not cases["a"].marks and cases["a"].labels["Fracture"] is None and len(cases["c"].marks) == 1


# YOLO


def test_yolo_boxes_and_polygons_in_fractions(tmp_path):
    root = write(
        tmp_path,
        {
            "data.yaml": "train: ../train/images\nnc: 2\nnames: ['Pneumonia', 'Pleural effusion']\n",
            "train/labels/a.txt": "0 0.5 0.5 0.25 0.5\n\n1 0.0 0.0 0.5 0.0 0.5 0.5\n",
            "train/labels/b.txt": "",
            "valid/labels/c.txt": "1 0.5 0.5 1 1\n",
        },
    )
    dataset = open_source("yolo", root)
    assert dataset.splits() == ("train", "valid") and dataset.problems("train") == ()
    drawn, nothing = dataset.cases("train")
    assert drawn.marks[0].shape == Box(384, 256, 640, 768)
    assert isinstance(drawn.marks[1].shape, Polygon) and drawn.masks["Pleural Effusion"].area == pytest.approx(
        512 * 512 / 2, rel=0.01
    )
    assert nothing.labels["Pneumonia"] == nothing.labels["Pleural Effusion"] == 0


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("7 0.5 0.5 0.1 0.1", "expected the number of a class, 0 to 0, found '7'"),
        ("x 0.5 0.5 0.1 0.1", "found 'x'"),
        ("0 0.5 0.5 0.1 0.1 0.9", "found five; these are predictions"),
        ("0 0.5 0.5 0.1", "found 3"),
        ("0 512 300 20 20", "from 0 to 1, found others; are they pixels?"),
        ("0 0.5 0.5 0 0.1", "from left to right"),
        ("0 0.5 nan 0.1 0.1", "expected a number"),
    ],
)
def test_one_wrong_line_of_yolo_is_named(tmp_path, line, words):
    root = write(tmp_path, {"classes.txt": "Edema\n", "labels/a.txt": f"{line}\n0 0.5 0.5 0.5 0.5\n"})
    dataset = open_source("yolo", root)
    (problem,) = dataset.problems("all")
    assert problem.startswith("a.txt, line 1 of labels: ") and words in problem
    assert len(dataset.cases("all")[0].marks) == 1


def test_yolo_without_classes_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"Expected data\.yaml or classes\.txt"):
        open_source("yolo", write(tmp_path, {"labels/a.txt": "0 0.5 0.5 0.5 0.5\n"})).cases("all")


# CSV


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("image_id,label,x_min,y_min,x_max,y_max,image_width,image_height", "a.png,Mass,10,20,30,60,100,200"),
        ("filename,width,height,class,xmin,ymin,xmax,ymax", "a.png,100,200,Mass,10,20,30,60"),
        ("image;finding;x;y;width;height;image_width;image_height", "a.png;Mass;10;20;20;40;100;200"),
    ],
)
def test_a_table_is_read_by_the_names_of_its_columns(tmp_path, header, row):
    (case,) = open_source("csv", write(tmp_path, {"mine.csv": table(header, row)})).cases("mine")
    assert (case.id, case.size(), case.marks[0].finding) == ("a", (200, 100), "Lung Lesion")
    assert case.marks[0].shape == Box(10, 20, 30, 60)
    assert case.labels["Edema"] is None


def test_rows_without_a_box_deny_and_without_any_nothing_is_denied(tmp_path):
    header, drawn = "image_id,label,reader,patient,x1,y1,x2,y2", ("a,Edema,R1,p1,1,2,3,4", "b,Mass,R1,p1,5,5,9,9")
    root = write(tmp_path, {"with.csv": table(header, *drawn, "c,,R2,p2,,,,"), "without.csv": table(header, *drawn)})
    dataset = open_source("csv", root)
    with_denials = dataset.cases("with")
    assert [case.labels["Edema"] for case in with_denials] == [1, 0, 0]
    assert [case.patient for case in with_denials] == ["p1", "p1", "p2"] and with_denials[2].readers == ("R2",)
    assert [case.labels["Edema"] for case in dataset.cases("without")] == [1, None]


def test_coordinates_of_which_none_is_above_1_are_fractions(tmp_path):
    text = table("image_id,label,x0,y0,x1,y1", "a,Edema,0.25,0.5,0.5,1.0")
    (case,) = open_source("csv", write(tmp_path, {"mine.csv": text})).cases("mine")
    assert case.marks[0].shape == Box(256, 512, 512, 1024)


def test_an_image_with_a_row_that_cannot_be_used_denies_nothing(tmp_path):
    rows = ("a,Mass,9,2,3,4", "b,Edema,1,2,3,4", "c,,,,,")
    dataset = open_source("csv", write(tmp_path, {"m.csv": table("image_id,label,x1,y1,x2,y2", *rows)}))
    assert [case.labels["Edema"] for case in dataset.cases("m")] == [None, 1, 0]
    content = coco(
        [{"id": n, "file_name": name, "width": 9, "height": 9} for n, name in ((1, "a.png"), (2, "b.png"))],
        [{"image_id": 1, "category_id": 1, "bbox": [1, 2]}],
        ["Edema"],
    )
    cases = open_source("coco", write(tmp_path, {"x.json": content})).cases("x")
    assert [case.labels["Edema"] for case in cases] == [None, 0]


def test_two_kinds_of_boxes_that_both_fit_are_refused(tmp_path):
    text = table("image_id,label,x_min,y_min,x_max,y_max,x,y,w,h", "a,Edema,1,2,3,4,1,2,2,2")
    with pytest.raises(InputError, match="found x_min,y_min,x_max,y_max and x,y,w,h; keep one"):
        open_source("csv", write(tmp_path, {"mine.csv": text})).cases("mine")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("a,Mass,R1,30,20,10,60,100,200", "found x 30 to 10"),
        ("a,Mass,R1,10,20,130,60,100,200", "an image of 100×200 pixels, found x 10 to 130"),
        ("a,Mass,R1,,,,,100,200", "expected a box for 'Mass', found none; reader R1"),
        ("a,Mass,R1,10,NaN,20,60,100,200", "expected a number for 'y_min', found 'NaN'"),
        ("a,Mass,R1,10,inf,20,60,100,200", "found 'inf'"),
        ("a,Mass,R1,10,20,20,60,120,200", "expected a to be of 100×200 pixels as before, found 120×200"),
        ("../a,Mass,R1,10,20,20,60,100,200", ""),
        (",Mass,R1,10,20,20,60,100,200", "expected something in column 'image_id'"),
        ("a,,R1,10,20,20,60,100,200", "expected something in column 'label'"),
        ("a,Mass,R1,ten,20,20,60,100,200", "found 'ten'"),
        (".hidden,Mass,R1,10,20,20,60,100,200", "can name a folder"),
    ],
)
def test_one_wrong_row_is_named_with_its_line_and_the_rest_goes_on(tmp_path, row, words):
    header = "image_id,label,reader,x_min,y_min,x_max,y_max,image_width,image_height"
    good, other = "a,Edema,R1,1,2,3,4,100,200", "a,Edema,R2,1,2,3,4,100,200"
    dataset = open_source("csv", write(tmp_path, {"mine.csv": table(header, good, row, other)}))
    problems = dataset.problems("mine")
    if words:
        assert len(problems) == 1 and problems[0].startswith("Line 3 of mine.csv: ") and words in problems[0]
    case = dataset.cases("mine")[0]
    assert case.id == "a" and [mark.finding for mark in case.marks].count("Edema") == 2


def test_words_that_nobody_knows_are_counted(tmp_path):
    rows = ["a,Spleen,1,2,3,4", "a,Spleen,1,2,3,5", "a,Edema,1,2,3,4"]
    dataset = open_source("csv", write(tmp_path, {"m.csv": table("image_id,label,x1,y1,x2,y2", *rows)}))
    assert any("Spleen (2)" in note for note in dataset.notes("m"))


def test_sizes_may_stand_in_a_table_of_their_own(tmp_path):
    files = {
        "m.csv": table("image_id,label,x1,y1,x2,y2", "a,Edema,1,2,30,40", "b,Edema,1,2,3,4"),
        "sizes.csv": table("image_id,width,height", "a.png,20,50", "b.png,60,70"),
    }
    dataset = open_source("csv", write(tmp_path, files))
    first, second = dataset.cases("m")
    assert (first.size(), second.size()) == ((50, 20), (70, 60)) and dataset.splits() == ("m",)
    assert first.marks == () and len(second.marks) == 1
    assert dataset.problems("m") == (
        "Line 2 of m.csv: expected a place on an image of 20×50 pixels, found x 1 to 30 and y 2 to 40; are the "
        "coordinates of another size?",
    )


def test_a_file_that_is_no_json_is_refused(tmp_path):
    (tmp_path / "x.json").write_text(json.dumps([1, 2]), encoding="utf-8")
    with pytest.raises(InputError, match="expected a COCO file"):
        open_source("coco", tmp_path).cases("x")

"""Images below a root: found by name, of the stated size or another, and the marks laid on them."""

import numpy as np
import pytest
from PIL import Image

from data_cache.errors import InputError
from data_cache.marks import Box
from data_cache.masks import Rle
from data_cache.sources.image_files import ImageFiles
from data_cache.sources.registry import open_source
from tests.data_cache.sources.layouts import MS_CXR, PADCHEST_GR, VINDR, coco, table, write

HEADER = 'Image Index,Finding Label,Bbox [x,y,w,"h]",,,'
ROW = "00013118_008.png,Effusion,256,512,128,64,,,"


def picture(path, width, height):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((height, width), 90, np.uint8)).save(path)


def _nih(tmp_path, width, height):
    picture(tmp_path / "images_001" / "images" / "00013118_008.png", width, height)
    root = write(tmp_path, {"BBox_List_2017.csv": table(HEADER, ROW)})
    return open_source("nih", root)


def test_an_image_of_the_stated_size_keeps_the_boxes_as_they_are(tmp_path):
    (case,) = _nih(tmp_path, 1024, 1024).cases("all")
    assert case.has_image and case.annotated_size is None and case.marks[0].shape == Box(256, 512, 384, 576)
    case.check()
    assert case.read().pixels.shape == (1024, 1024)


def test_boxes_are_scaled_to_an_image_of_another_size(tmp_path):
    dataset = _nih(tmp_path, 512, 512)
    (case,) = dataset.cases("all")
    assert case.marks[0].shape == Box(128, 256, 192, 288) and case.masks["Pleural Effusion"].size == (512, 512)
    case.check()
    assert dataset.problems("all") == ()


def test_an_image_of_another_shape_than_stated_is_named_and_not_read(tmp_path):
    dataset = _nih(tmp_path, 512, 600)
    (case,) = dataset.cases("all")
    (problem,) = dataset.problems("all")
    assert "to be of 1024×1024 pixels as BBox_List_2017.csv says, or of the same shape, found 512×600" in problem
    assert case.masks["Pleural Effusion"].size == (1024, 1024)
    with pytest.raises(InputError, match="1024×1024 pixels, found 512×600"):
        case.read()


def test_an_image_that_is_none_is_named(tmp_path):
    write(tmp_path, {"BBox_List_2017.csv": table(HEADER, ROW), "00013118_008.png": "no picture"})
    dataset = open_source("nih", tmp_path)
    assert "00013118_008.png" in dataset.problems("all")[0]
    assert dataset.cases("all")[0].masks["Pleural Effusion"].size == (1024, 1024)


def test_fractions_are_multiplied_with_the_sides_of_the_image(tmp_path):
    root = write(tmp_path, PADCHEST_GR)
    picture(root / "PadChest_GR" / "b.png", 200, 100)
    (case,) = open_source("padchest-gr", root).cases("test")
    assert [mark.shape for mark in case.marks] == [Box(0, 0, 100, 50), Box(100, 50, 200, 100)]


def test_images_in_their_own_size_are_checked_against_their_boxes(tmp_path):
    root = write(tmp_path, VINDR)
    picture(root / "train" / "00053190.png", 1700, 1900)
    dataset = open_source("vindr", root)
    _, case = dataset.cases("train")
    assert dataset.problems("train") == () and case.masks["Cardiomegaly"].size == (1900, 1700)
    picture(root / "train" / "00053190.png", 1600, 1900)
    dataset = open_source("vindr", root)
    _, case = dataset.cases("train")
    assert dataset.problems("train")[0].startswith("Line 5 of annotations_train.csv: expected a place on an image of")
    assert {mark.finding for mark in case.marks} == {"Fracture"}


def test_of_images_of_one_name_the_split_s_or_the_named_folder_s_is_taken(tmp_path):
    for place in ("test/a.png", "train/a.png", "other/files/p1/b.jpg", "p2/b.jpg"):
        picture(tmp_path / place, 20, 10)
    files = ImageFiles(tmp_path)
    assert files.find("a", "train") == tmp_path / "train" / "a.png"
    assert files.find("a.dicom", "test") == tmp_path / "test" / "a.png"
    assert files.find("files/p1/b.jpg", "all") == tmp_path / "other" / "files" / "p1" / "b.jpg"
    assert files.find("nobody", "all") is None


def test_ms_cxr_s_images_are_found_by_their_path_and_scaled(tmp_path):
    root = write(tmp_path, MS_CXR)
    picture(root / "files/p10/p10000032/s50414267/a1b2-c3.jpg", 1272, 1528)
    first, second = open_source("ms-cxr", root).cases("all")
    assert first.marks[0].shape == Box(50, 100, 200, 300) and not second.has_image
    assert any(
        "of 2 images, 1 image does not lie below the root" in note for note in open_source("ms-cxr", root).notes("all")
    )


def test_masks_are_scaled_to_an_image_of_another_size(tmp_path):
    mask = np.zeros((40, 60), bool)
    mask[10:20, 30:60] = True
    drawn = {"size": [40, 60], "counts": Rle.encode(mask).counts}
    image = {"id": 1, "file_name": "a.png", "width": 60, "height": 40}
    content = coco([image], [{"image_id": 1, "category_id": 1, "segmentation": drawn}], ["Edema"])
    root = write(tmp_path, {"x.json": content})
    picture(root / "a.png", 120, 80)
    (case,) = open_source("coco", root).cases("x")
    assert np.array_equal(case.masks["Edema"].decode(), np.kron(mask, np.ones((2, 2), bool)))
    case.check()


def test_background_images_of_yolo_have_none_of_the_classes(tmp_path):
    root = write(tmp_path, {"classes.txt": "Edema\n", "labels/train/a.txt": "0 0.5 0.5 0.5 0.5\n"})
    for name in ("a", "b"):
        picture(root / "images" / "train" / f"{name}.png", 40, 20)
    drawn, nothing = open_source("yolo", root).cases("train")
    assert drawn.marks[0].shape == Box(10, 5, 30, 15)
    assert nothing.labels["Edema"] == 0 and nothing.masks["Edema"].size == (20, 40)

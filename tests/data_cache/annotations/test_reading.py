"""Annotation files of every kind, good and bad; pictures are drawn with OpenCV and Pillow, files made by hand."""

import base64
import io
import json
import zipfile
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pycocotools import mask as coco

from data_cache.annotations import Annotation, Place, read_annotations
from data_cache.annotations.annotation import fill
from data_cache.chexlocalize import CheXlocalize
from data_cache.errors import InputError
from data_cache.json_text import UPLOAD
from data_cache.masks import Rle

PLACE = Place("patient1_study1_view1_frontal", (100, 140))
TOO_LONG = 1_000_000 * UPLOAD.megabytes
SQUARE = [[20, 30], [60, 30], [60, 70], [20, 70]]


def box(left: int = 20, top: int = 30, right: int = 60, bottom: int = 70) -> NDArray[np.bool_]:
    mask = np.zeros(PLACE.size, bool)
    mask[top:bottom, left:right] = True
    return mask


def png(pixels: NDArray[Any], mode: str | None = None) -> bytes:
    buffer = io.BytesIO()
    image = Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(buffer, "PNG")
    return buffer.getvalue()


def zipped(**members: bytes) -> bytes:
    return zipped_paths({f"{name}.png": content for name, content in members.items()})


def zipped_paths(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in members.items():
            archive.writestr(path, content)
    return buffer.getvalue()


def coco_file(*segmentations: Any, **changes: Any) -> dict[str, Any]:
    return {
        "images": [{"id": 7, "file_name": f"{PLACE.case_id}.jpg", "height": 100, "width": 140}],
        "categories": [{"id": 3, "name": "Airspace Opacity"}],
        "annotations": [
            {"id": i, "image_id": 7, "category_id": 3, "segmentation": drawn} for i, drawn in enumerate(segmentations)
        ],
    } | changes


def labelme_file(*shapes: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "version": "5.5.0",
        "imageHeight": 100,
        "imageWidth": 140,
        "imageData": None,
        "shapes": list(shapes),
    } | changes


def shape(points: Any, kind: str | None = "polygon", label: str = "edema", **more: Any) -> dict[str, Any]:
    return {"label": label, "points": points, "shape_type": kind, "flags": {}} | more


def read(content: Any, name: str = "dr_lee.json", finding: str | None = None) -> tuple[Annotation, ...]:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return read_annotations(data, name, PLACE, finding).annotations


def only(content: Any, name: str = "dr_lee.json", finding: str | None = None) -> Annotation:
    (annotation,) = read(content, name, finding)
    return annotation


def iou(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return (one & other).sum() / (one | other).sum()


def test_a_coco_polygon_keeps_its_points_and_fills_its_pixels() -> None:
    found = only(coco_file([[20, 30, 60, 30, 60, 70, 20, 70]]))
    assert (found.name, found.finding) == ("dr_lee", "Lung Opacity")
    assert found.polygons[0].tolist() == SQUARE and np.array_equal(found.mask.decode(), box())


def test_several_coco_annotations_of_a_finding_are_one_region() -> None:
    found = only(
        coco_file([[0, 0, 9, 0, 9, 9, 0, 9], [20, 30, 60, 30, 60, 70, 20, 70]], [[90, 0, 99, 0, 99, 9, 90, 9]])
    )
    assert np.array_equal(found.mask.decode(), box() | box(0, 0, 9, 9) | box(90, 0, 99, 9))
    assert len(found.polygons) == 3


def test_coco_run_lengths_of_both_kinds_and_boxes() -> None:
    runs = Rle.encode(box())
    plain = {"size": [100, 140], "counts": [20 * 100 + 30, *[40, 60] * 39, 40, 80 * 100 + 30]}
    assert np.array_equal(only(coco_file({"size": [100, 140], "counts": runs.counts})).mask.decode(), box())
    assert np.array_equal(only(coco_file(plain)).mask.decode(), box())
    boxed = coco_file([])
    boxed["annotations"][0]["bbox"] = [20, 30, 40, 40]
    assert np.array_equal(only(boxed).mask.decode(), box())


@pytest.mark.parametrize(
    "image",
    [
        {"id": PLACE.case_id, "file_name": "x.png"},
        {"id": 1, "file_name": PLACE.case_id},
        {"id": 1, "file_name": "valid/patient1/study1/view1_frontal.jpg"},
        {"id": 1, "file_name": "C:\\films\\patient1_study1_view1_frontal.dcm"},
    ],
)
def test_the_coco_image_is_found_among_others_by_name(image: dict[str, Any]) -> None:
    other = {"id": 2, "file_name": "b.png", "height": 5, "width": 5}
    content = coco_file([[20, 30, 60, 30, 60, 70, 20, 70]])
    content["images"] = [other, image | {"height": 100, "width": 140}]
    content["annotations"][0]["image_id"] = image["id"]
    content["annotations"].append({"image_id": 2, "category_id": 9, "segmentation": "somebody else's"})
    assert np.array_equal(only(content).mask.decode(), box())


def test_coco_readers_stay_apart() -> None:
    content = coco_file([[0, 0, 9, 0, 9, 9]], [[20, 30, 60, 30, 60, 70]])
    content["annotations"][1]["reader"] = "B"
    assert [found.name for found in read(content)] == ["dr_lee", "B"]


def test_an_unknown_label_is_passed_over_with_a_note() -> None:
    content = labelme_file(shape(SQUARE), shape(SQUARE, label="rib 4"))
    found = read_annotations(json.dumps(content).encode(), "a.json", PLACE)
    assert len(found.annotations) == 1 and "'rib 4'" in found.note


def test_labelme_polygons_rectangles_and_circles_are_opencv_s() -> None:
    rng = np.random.default_rng(1)
    hull = cv2.convexHull(rng.integers(5, 95, (12, 2)).astype(np.int32))[:, 0]
    drawn = np.zeros(PLACE.size, np.uint8)
    cv2.fillPoly(drawn, [hull], 1)
    assert iou(only(labelme_file(shape(hull.tolist()))).mask.decode(), drawn > 0) > 0.96  # OpenCV draws the border too
    assert np.array_equal(only(labelme_file(shape([[60, 70], [20, 30]], "rectangle"))).mask.decode(), box())
    rows, columns = np.mgrid[:100, :140] + 0.5
    disc = np.hypot(rows - 50, columns - 60) < 30
    assert iou(only(labelme_file(shape([[60, 50], [60, 80]], "circle"))).mask.decode(), disc) > 0.99


def test_labelme_masks_lie_at_their_corner() -> None:
    part = base64.b64encode(png(np.ones((40, 40), np.uint8))).decode()
    found = only(labelme_file(shape([[20, 30], [59, 69]], "mask", mask=part)))
    assert np.array_equal(found.mask.decode(), box()) and found.polygons[0].tolist() == SQUARE


@pytest.mark.sample
def test_chexlocalize_files_agree_with_each_other_on_real_radiographs(sample_root) -> None:
    for case in CheXlocalize(sample_root).cases("val"):
        place = Place(case.id, case.size())
        read_both = [
            {
                found.finding: found.mask.decode()
                for found in read_annotations(path.read_bytes(), path.name, place).annotations
            }
            for path in sorted((sample_root / "CheXlocalize").glob("gt_*_val.json"))
        ]
        annotations, segmentations = read_both
        assert set(annotations) == set(segmentations) == set(case.drawn)
        for finding, mask in segmentations.items():
            assert np.array_equal(mask, case.masks[finding].decode())
            assert iou(mask, annotations[finding]) > (0.97 if mask.sum() > 1e5 else 0.9)  # theirs has the border pixels


@pytest.mark.parametrize(
    "picture",
    [
        png(box().astype(np.uint8)),
        png(box()),
        png(box().astype(np.uint16) * 300),
        png(box().astype(np.uint8) * 255, "RGB"),
        png(np.dstack([*[np.full(PLACE.size, 9, np.uint8)] * 3, box().astype(np.uint8)])),
        png(box().astype(np.uint8), "P"),
    ],
    ids=["8 bits", "1 bit", "16 bits", "colour", "transparent", "indexed"],
)
def test_png_masks_of_every_kind(picture: bytes) -> None:
    found = only(picture, "mine.png", "Fracture")
    assert found.finding == "Fracture" and np.array_equal(found.mask.decode(), box())
    assert found.polygons[0].tolist() == SQUARE


def test_a_mask_s_name_says_the_finding_before_the_choice() -> None:
    assert only(png(box()), "patient1_Pleural_Effusion.png", "Edema").finding == "Pleural Effusion"
    assert only(png(box()), "airspace opacity_mask.png").finding == "Lung Opacity"


def test_a_zip_of_masks() -> None:
    found = read(zipped(Edema=png(box()), Cardiomegaly=png(box(0, 0, 5, 5)), **{"x/Fracture": png(box())}), "a.zip")
    assert [annotation.finding for annotation in found] == ["Edema", "Cardiomegaly", "Fracture"]
    other = {f"{PLACE.case_id}/Edema.png": png(box()), "patient2/Fracture.png": png(np.ones((5, 5), np.uint8))}
    assert only(zipped_paths(other), "a.zip").finding == "Edema"


BAD: dict[str, tuple[Any, str, str]] = {  # what is large is made only when it is needed
    "nothing": (b"", "a.json", "found something else"),
    "a picture": (b"\xff\xd8\xff", "a.jpg", "found something else"),
    "cut short": (json.dumps(coco_file([[1, 2, 3, 4, 5, 6]]))[:90].encode(), "a.json", "cut short"),
    "deeply nested": (b'{"shapes":' + b"[" * 100_000, "a.json", "nested too deeply"),
    "200 MB": (lambda: b"{" * 200_000_000, "a.json", "at most 100 MB"),
    "40 MB of text": (
        lambda: b'{"shapes": "' + b"a" * (1_000_000 * UPLOAD.megabytes) + b'"}',
        "a.json",
        "at most 32 MB",
    ),
    "many brackets": (lambda: b"[" * 4_000_000, "a.json", "found far more"),
    "long number": (b'{"shapes": ' + b"1" * 500 + b"}", "a.json", "hundreds of digits"),
    "a list": (b"[1, 2]", "a.json", "found a list"),
    "not a number": (b'{"shapes": [{"label": "Edema", "points": [[NaN, 1]]}]}', "a.json", "cut short"),
    "another image's size": (coco_file([[1, 2, 3, 4, 5, 6]], images=[{"id": 7, "height": 9, "width": 9}]), "a", "9×9"),
    "no such image": (coco_file(images=[{"id": i, "height": 9, "width": 9} for i in "ab"]), "a", "found 2 others"),
    "no categories": (coco_file([[1, 2, 3, 4, 5, 6]], categories=[]), "a", "together with its categories"),
    "no known category": (coco_file([[1, 2, 3, 4, 5, 6]], categories=[{"id": 3, "name": "cat"}]), "a", "'cat'"),
    "no annotations": (coco_file(), "a", "found none of its image"),
    "outside": (coco_file([[141, 2, 300, 4, 150, 60]]), "a", "one of Lung Opacity outside the radiograph"),
    "in a line": (coco_file([[1, 2, 3, 4, 50, 51]]), "a", "3 points in a line"),
    "smaller than a pixel": (coco_file([[1.1, 1.1, 1.2, 1.1, 1.2, 1.2]]), "a", "cover no pixel"),
    "two points": (coco_file([[1, 2, 3, 4]]), "a", "at least three points, found 2"),
    "odd numbers": (coco_file([[1, 2, 3, 4, 5, 6, 7]]), "a", "x, y pairs"),
    "no drawing": (coco_file([]), "a", "found none of them"),
    "text for a polygon": (coco_file("abc"), "a", "found something else at segmentation"),
    "runs too short": (coco_file({"size": [100, 140], "counts": [5, 5]}), "a", "add up to 140×100"),
    "runs too long": (coco_file({"size": [100, 140], "counts": [10**30, 5]}), "a", "add up to 140×100"),
    "damaged runs": (coco_file({"size": [100, 140], "counts": "\u00e4\u00e4"}), "a", "damaged"),
    "runs of another size": (coco_file({"size": [10, 10], "counts": [100]}), "a", "10×10"),
    "a point": (labelme_file(shape([[3, 3]], "point")), "a", "'point' of Edema"),
    "a radius alone": (labelme_file(shape([[3, 3]], "circle")), "a", "two points of a circle, found 1"),
    "no shapes": (labelme_file(), "a", "found none"),
    "labelme's other size": (labelme_file(shape(SQUARE), imageWidth=30), "a", "30×100"),
    "mask not base64": (labelme_file(shape([[0, 0], [1, 1]], "mask", mask="!")), "a", "as a PNG"),
    "mask outside": (
        labelme_file(shape([[150, 0], [1, 1]], "mask", mask=base64.b64encode(png(np.ones((20, 20), bool))).decode())),
        "a",
        "found it outside",
    ),
    "nothing for this case": ({"patient2": {"Edema": []}}, "a", "found 1 other entries"),
    "no drawing of a finding": ({PLACE.case_id: {"Edema": 5}}, "a", "contours or a mask"),
    "img_size": ({PLACE.case_id: {"img_size": [9, 9]}}, "a", "9×9"),
    "absent only": ({PLACE.case_id: {"Edema": {"size": [100, 140], "counts": "P_W1"}}}, "a", "damaged|empty ones"),
    "png of another size": (png(np.ones((5, 5), bool)), "Edema.png", "5×5"),
    "png without finding": (png(box()), "mask.png", "or one chosen"),
    "empty png": (png(np.zeros(PLACE.size, bool)), "Edema.png", "nothing but empty ones"),
    "png cut short": (png(box())[:70], "Edema.png", "damaged"),
    "zip that climbs": (zipped_paths({"../Edema.png": png(box())}), "a.zip", "leads out"),
    "zip without masks": (zipped_paths({"a.txt": b"x"}), "a.zip", "found none"),
    "zip without findings": (zipped(a=png(box()), b=png(box())), "a.zip", "end of each mask's name"),
    "zip cut short": (zipped(Edema=png(box()))[:-30], "a.zip", "cannot be read"),
    "zip bomb": (lambda: zipped(Edema=bytes(210_000_000)), "a.zip", "at most"),
    "pickle": (b"\x80\x04\x95.", "a.json", "found something else"),
}


@pytest.mark.parametrize("bad", BAD)
def test_what_is_wrong_is_one_sentence(bad: str) -> None:
    content, name, words = BAD[bad]
    with pytest.raises(InputError, match=words) as caught:
        read(content() if callable(content) else content, name)
    assert len(str(caught.value)) < 420 and "\n" not in str(caught.value) and name in str(caught.value)


def test_an_endless_outline_is_refused_before_it_is_filled() -> None:
    zigzag = [[0, 0], [140, 100], [0, 99]] * 7_000
    with pytest.raises(InputError, match="outlines of at most"):
        read(labelme_file(shape(zigzag)))
    with pytest.raises(InputError, match="at most 200,000 points"):
        read(labelme_file(*[shape([[0, 0]] * 90_000)] * 3))


def test_filling_even_odd_leaves_holes() -> None:
    inner = [[30, 40], [50, 40], [50, 60], [30, 60]]
    assert np.array_equal(fill([SQUARE, inner], PLACE.size, "x", even_odd=True), box() & ~box(30, 40, 50, 60))
    half = [[20, 30], [60, 30], [60, 50], [20, 50]]
    assert np.array_equal(fill([SQUARE, half], PLACE.size, "x", even_odd=True), box(top=50))


def test_filling_is_a_union() -> None:
    squares = [np.array(SQUARE), np.array(SQUARE) + 10]
    filled = fill(squares, PLACE.size, "x")
    assert np.array_equal(filled, box() | box(30, 40, 70, 80))
    assert filled.sum() == coco.area(coco.merge(coco.frPyObjects([s.ravel().tolist() for s in squares], *PLACE.size)))

"""What annotation tools write, each kind with the region that is right; areas are counted by pencil."""

import base64
import io
import json
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco

from data_cache.annotations import AnnotationFile, Place, read_annotations, write_chexlocalize
from data_cache.errors import InputError
from tests.data_cache.annotations.test_reading import labelme_file, png, shape, zipped_paths

PLACE = Place("patient00001_study1_view1_frontal", (200, 240))
OTHER = "patient99999_study1_view1_frontal"
SQUARE = [[20, 20], [100, 20], [100, 90], [20, 90]]  # 80 × 70
FLAT = [20, 20, 100, 20, 100, 90, 20, 90]
AREA = 5600


def coco_of(*segmentations: object, file_name: str = f"{PLACE.case_id}.png", **changes: object) -> dict:
    return {
        "images": [{"id": 1, "file_name": file_name, "height": 200, "width": 240}],
        "annotations": [
            {"id": n, "image_id": 1, "category_id": 1, "segmentation": drawn} for n, drawn in enumerate(segmentations)
        ],
        "categories": [{"id": 1, "name": "Cardiomegaly"}],
    } | changes


def labelme_of(*shapes: dict, **changes: object) -> dict:
    return labelme_file(*shapes, imageHeight=200, imageWidth=240, **changes)


def reading(content: object, name: str = "a.json", finding: str | None = None) -> AnnotationFile:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return read_annotations(data, name, PLACE, finding)


def areas(found: AnnotationFile) -> dict[str, int]:
    return {annotation.finding: annotation.mask.area for annotation in found.annotations}


def disc(x: float, y: float, radius: float) -> np.ndarray:
    rows, columns = np.mgrid[:200, :240] + 0.5
    return np.hypot(rows - y, columns - x) < radius


# Shapes


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [0, 1, 3, 2], [2, 0, 3, 1], [3, 2, 1, 0], [0, 2], [1, 3]])
def test_a_rectangle_of_four_corners_or_two_in_any_order(order: list[int]) -> None:
    corners = [[120, 20], [200, 20], [200, 90], [120, 90]]
    found = reading(
        labelme_of(shape(SQUARE, label="Edema"), shape([corners[n] for n in order], "rectangle", label="Cardiomegaly"))
    )
    assert areas(found) == {"Edema": AREA, "Cardiomegaly": AREA}
    assert found.note == ""


def test_a_turned_rectangle_keeps_its_corners() -> None:
    found = reading(labelme_of(shape([[50, 10], [90, 50], [50, 90], [10, 50]], "rectangle")))
    assert abs(areas(found)["Edema"] - 3200) < 60  # a diamond of 80 × 80 / 2, to its border's pixels


@pytest.mark.parametrize("kind", ["line", "point", "linestrip", "points", "something new"])
def test_what_encloses_nothing_is_passed_over_with_a_note(kind: str) -> None:
    found = reading(labelme_of(shape([[5, 5], [90, 9]], kind), shape(SQUARE)))
    assert areas(found) == {"Edema": AREA}
    assert "passed over 1" in found.note and kind in found.note
    with pytest.raises(InputError, match=kind):
        reading(labelme_of(shape([[5, 5], [90, 9]], kind)))


@pytest.mark.parametrize(
    "piece",
    [
        [125, 51, 125, 60],
        [125, 51],
        [125, 51, 125, 60, 125, 70],
        [1, 2, 3],
        ["a", "b", "c", "d", "e", "f"],
        [1, None, 3, 4, 5, 6],
        {"x": 5},
        [300, 20, 320, 20, 320, 90],
        [1e300, 20, 320, 20, 320, 90],
    ],
)
def test_a_piece_that_cannot_be_used_leaves_the_others(piece: object) -> None:
    found = reading(coco_of([piece, FLAT]))
    assert areas(found) == {"Cardiomegaly": AREA}
    assert "passed over 1" in found.note


@pytest.mark.parametrize(
    "entry",
    [
        {"category_id": 9, "segmentation": [FLAT]},
        {"category_id": 1, "segmentation": "text"},
        {"category_id": 1, "segmentation": []},
        {"category_id": 1, "segmentation": {"size": [9, 9], "counts": [81]}},
        {"category_id": 1, "segmentation": {"size": [200, 240], "counts": [3]}},
        {"category_id": 1, "segmentation": {"size": [200, 240], "counts": "???"}},
        {"category_id": 1, "segmentation": {"size": [200, 240], "counts": [1.5, -3]}},
        {"category_id": 1, "segmentation": {"size": "big", "counts": "?"}},
    ],
)
def test_an_annotation_that_cannot_be_used_leaves_the_others(entry: dict) -> None:
    content = coco_of([FLAT])
    content["annotations"] += [entry | {"image_id": 1}]
    found = reading(content)
    assert areas(found) == {"Cardiomegaly": AREA}
    assert "passed over 1" in found.note


def test_a_drawing_of_chexlocalize_that_cannot_be_used_leaves_the_others() -> None:
    found = reading({PLACE.case_id: {"Edema": 5, "Cardiomegaly": [SQUARE], "Fracture": [[["x", 1]]]}})
    assert areas(found) == {"Cardiomegaly": AREA}
    assert "passed over 2" in found.note


def test_a_shape_without_points_leaves_the_others() -> None:
    found = reading(labelme_of({"label": "Edema"}, "text", shape(SQUARE, label="Fracture")))
    assert areas(found) == {"Fracture": AREA}
    assert "passed over 2" in found.note


def test_masks_of_an_archive_that_cannot_be_used_leave_the_others() -> None:
    whole = np.zeros((200, 240), bool)
    whole[20:90, 20:100] = True
    members = {
        "Edema.png": png(whole),
        "Fracture.png": png(np.ones((5, 5), bool)),
        "Pneumonia.png": b"none",
        "x.png": b"",
    }
    found = reading(zipped_paths(members), "a.zip")
    assert areas(found) == {"Edema": AREA}
    assert "passed over 3" in found.note


# Borders


def test_up_to_two_pixels_beyond_the_border_are_cut_off_silently_and_more_is_said() -> None:
    little = reading(coco_of([[200, 150, 241.6, 150, 241.6, 201.6, 200, 201.6]]))
    assert areas(little) == {"Cardiomegaly": 40 * 50}
    assert little.note == ""
    far = reading(coco_of([[200, 150, 300, 150, 300, 900, 200, 900]]))
    assert areas(far) == {"Cardiomegaly": 40 * 50}
    assert "700 pixels beyond" in far.note
    assert far.annotations[0].polygons[0].max() == 240


def test_a_circle_over_the_border_is_the_disc_inside() -> None:
    found = reading(labelme_of(shape([[15, 15], [15, 45]], "circle")))
    mask, expected = found.annotations[0].mask.decode(), disc(15, 15, 30)
    assert (mask & expected).sum() / (mask | expected).sum() > 0.98
    assert "15 pixels beyond" in found.note


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # of pycocotools itself
@pytest.mark.parametrize("seed", range(30))
def test_clipping_agrees_with_pycocotools(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.uniform(-150, 350, (int(rng.integers(3, 9)), 2)).round(1)
    expected = coco.decode(coco.merge(coco.frPyObjects([points.ravel().tolist()], 200, 240))) > 0
    if not expected.any():
        return
    assert np.array_equal(reading(coco_of([points.ravel().tolist()])).annotations[0].mask.decode(), expected)


def test_a_labelme_mask_over_the_border_is_cut_off() -> None:
    part = base64.b64encode(png(np.ones((20, 30), bool))).decode()
    found = reading(labelme_of(shape([[-10, 190], [20, 210]], "mask", mask=part)))
    assert areas(found) == {"Edema": 20 * 10}
    assert "cut off" in found.note


# Spellings


def test_a_segmentation_without_its_outer_list_is_one_polygon() -> None:
    assert areas(reading(coco_of(FLAT))) == {"Cardiomegaly": AREA}
    assert areas(reading(coco_of([SQUARE]))) == {"Cardiomegaly": AREA}


@pytest.mark.parametrize(("image_id", "named"), [(1, "1"), ("1", 1), (1.0, 1), ("a", "a")])
def test_ids_are_compared_as_text(image_id: object, named: object) -> None:
    content = coco_of([FLAT])
    content["annotations"][0] |= {"image_id": image_id, "category_id": image_id}
    content["categories"][0]["id"] = named
    content["images"][0]["id"] = 1 if named == 1 else named
    assert areas(reading(content)) == {"Cardiomegaly": AREA}


@pytest.mark.parametrize(
    "file_name",
    [
        f"images/0a1b2c3d-{PLACE.case_id}.png",
        f"/data/upload/3/0a1b2c3d-{PLACE.case_id}.jpg",
        f"{PLACE.case_id}_png.rf.0a1b2c3d4e5f.jpg",
        f"C:\\films\\{PLACE.case_id}.dcm",
        "train/patient00001/study1/view1_frontal.jpg",
    ],
)
def test_an_image_is_found_by_its_name_after_what_tools_put_around_it(file_name: str) -> None:
    content = coco_of([FLAT], file_name=file_name)
    content["images"] += [{"id": 2, "file_name": "other.png", "height": 5, "width": 5}]
    found = reading(content)
    assert areas(found) == {"Cardiomegaly": AREA}
    assert found.note == ""


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (coco_of([FLAT], file_name="patient99999_study1_view1_frontal.png"), "a.json"),
        (
            labelme_of(shape(SQUARE, label="Cardiomegaly"), imagePath="..\\patient99999_study1_view1_frontal.png"),
            "a.json",
        ),
    ],
)
def test_a_file_of_another_image_is_read_with_a_note(content: dict, name: str) -> None:
    found = reading(content, name)
    assert areas(found) == {"Cardiomegaly": AREA}
    assert "names another image" in found.note and "patient99999" not in found.note  # it may be a person's name


def test_a_mask_of_another_image_is_read_with_a_note() -> None:
    mask = np.zeros((200, 240), bool)
    mask[20:90, 20:100] = True
    other = f"{OTHER}_Edema.png"
    assert "names another image" in reading(png(mask), other).note
    assert "names another image" in reading(zipped_paths({other: png(mask)}), "a.zip").note
    assert reading(png(mask), f"{PLACE.case_id}_Edema.png").note == ""
    assert reading(png(mask), "mine_Edema.png").note == ""


@pytest.mark.parametrize("label", ["Pleural_Effusion", "pleural-effusion", "PleuralEffusion", " Pleural  effusion "])
def test_a_finding_by_any_spelling(label: str) -> None:
    assert areas(reading(labelme_of(shape(SQUARE, label=label)))) == {"Pleural Effusion": AREA}


@pytest.mark.parametrize(
    "content",
    [
        {"x.png12345": {"filename": "x.png", "size": 1, "regions": [{"shape_attributes": {"name": "polygon"}}]}},
        {"_via_settings": {}, "_via_img_metadata": {}},
        {"objects": [], "size": {"height": 1, "width": 1}},
    ],
)
def test_another_tool_s_file_is_said_to_be_of_no_kind_that_is_read(content: dict) -> None:
    with pytest.raises(InputError, match="this kind of file is not read; read are COCO, LabelMe"):
        reading(content)


def test_what_systems_leave_in_archives_is_passed_over() -> None:
    mask = np.zeros((200, 240), bool)
    mask[20:90, 20:100] = True
    junk = {
        f"__MACOSX/masks/._{PLACE.case_id}_Edema.png": b"Mac OS X",
        "masks/._x_Fracture.png": b"Mac OS X",
        "masks/.DS_Store": b"1",
        "Thumbs.db": b"1",
    }
    found = reading(zipped_paths({f"masks/{PLACE.case_id}_Edema.png": png(mask), **junk}), "a.zip")
    assert areas(found) == {"Edema": AREA}
    assert found.note == ""


# Masks: by colour, never by index


def palette_png(index: np.ndarray, colours: list[int], **options: object) -> bytes:
    image = Image.fromarray(index.astype(np.uint8), "P")
    image.putpalette(colours)
    file = io.BytesIO()
    image.save(file, "PNG", **options)
    return file.getvalue()


def test_a_palette_s_colour_counts_and_its_transparency() -> None:
    index = np.ones((200, 240), bool)
    index[20:90, 20:100] = False  # 0 inside
    assert areas(reading(palette_png(index, [255, 0, 0, 0, 0, 0]), "Edema.png")) == {"Edema": AREA}
    both = palette_png(index, [255, 0, 0, 0, 255, 0], transparency=1)
    assert areas(reading(both, "Edema.png")) == {"Edema": AREA}


def test_a_transparent_grey_is_outside() -> None:
    values = np.full((200, 240), 7, np.uint8)
    values[20:90, 20:100] = 9
    for depth in (np.uint8, np.uint16):
        file = io.BytesIO()
        Image.fromarray(values.astype(depth)).save(file, "PNG", transparency=7)
        assert areas(reading(file.getvalue(), "Edema.png")) == {"Edema": AREA}


def deep_png(pixels: np.ndarray) -> bytes:
    """A PNG of 16 bits a channel, colour type by the channels, written by the standard (ISO 15948)."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    height, width, channels = pixels.shape
    header = struct.pack(">2I5B", width, height, 16, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_a_mask_in_the_low_byte_of_16_bits_is_no_empty_one(channels: int) -> None:
    pixels = np.zeros((200, 240, channels), np.uint16)
    pixels[20:90, 20:100, 0] = 1
    if channels in (2, 4):
        pixels[..., -1] = 65535
    assert areas(reading(deep_png(pixels), "Edema.png")) == {"Edema": AREA}


# Endless files, and our own


@pytest.mark.parametrize("columns", [201, 240])
def test_an_own_export_can_be_read_again(columns: int) -> None:
    """Its run lengths are hundreds of digits in a row, which is text and no number."""
    place = Place("c", (900, 1200))
    mask = np.zeros(place.size, bool)
    mask[100:800, 50 : 50 + columns * 4] = True
    exported = write_chexlocalize(read_annotations(png(mask), "Edema.png", place).annotations, place)
    again = read_annotations(exported, "a.json", place)
    assert again.annotations[0].mask.area == mask.sum()


def test_a_box_of_columns_whose_run_lengths_are_all_digits() -> None:
    place = Place("c", (64, 700))
    mask = np.zeros(place.size, bool)
    mask[8:24, 10:690] = True
    exported = write_chexlocalize(read_annotations(png(mask), "Edema.png", place).annotations, place)
    assert read_annotations(exported, "a.json", place).annotations[0].mask.area == mask.sum()


def test_endless_files_are_refused() -> None:
    noise = np.zeros((1000, 1000), bool)
    noise[::2, ::2] = noise[1::2, 1::2] = True
    place = Place("c", (1000, 1000))
    with pytest.raises(InputError, match="endlessly many pieces"):
        read_annotations(png(noise), "Edema.png", place)
    with pytest.raises(InputError, match="endlessly many pieces"):
        reading(coco_of({"size": [200, 240], "counts": [0] * 1_000_000}))
    many = [{"image_id": 1, "category_id": 1, "segmentation": [FLAT], "reader": str(n)} for n in range(300)]
    with pytest.raises(InputError, match="at most 200 regions"):
        reading(coco_of(annotations=many))
    with pytest.raises(InputError, match="at most 200,000 points"):
        reading(coco_of([0] * 500_000))
    with pytest.raises(InputError, match="labels"):
        reading({PLACE.case_id: dict.fromkeys(map(str, range(100_000)), 1)})


def test_a_thousand_full_masks_of_a_large_radiograph_are_one() -> None:
    place = Place("c", (3000, 2500))
    full = {"size": [3000, 2500], "counts": [0, 7_500_000]}
    content = coco_of(*[full] * 1_000)
    content["images"][0] |= {"height": 3000, "width": 2500}
    found = read_annotations(json.dumps(content).encode(), "a.json", place)
    assert found.annotations[0].mask.area == 7_500_000


def test_text_that_is_not_ascii_is_no_mask() -> None:
    for text in ("ä", "€", "AAAA"):
        with pytest.raises(InputError, match="PNG"):
            reading(labelme_of(shape([[0, 0], [1, 1]], "mask", mask=text)))

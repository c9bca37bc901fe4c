"""The CheXlocalize layout with its traps, on roots made here, and the real sample."""

import numpy as np
import pytest
from PIL import Image

from data_cache.chexlocalize import CheXlocalize
from data_cache.errors import InputError
from data_cache.findings import FINDINGS, LOCALIZED_FINDINGS
from tests.data_cache.chexlocalize.roots import (
    EMPTY,
    SHAPE,
    SQUARE,
    all_ten,
    case_id,
    rle,
    simple_root,
    valid_path,
    write_drawings,
    write_image,
    write_table,
)


def test_the_real_sample(sample_root):
    dataset = CheXlocalize(sample_root)
    assert dataset.splits() == ("val",)
    first, second = dataset.cases("val")
    assert first.id == "patient64541_study1_view1_frontal"
    assert (first.patient, first.source) == ("patient64541", "chexlocalize-val")
    assert first.positives == first.drawn == ("Enlarged Cardiomediastinum", "Cardiomegaly", "Lung Opacity")
    assert second.positives == second.drawn == ("Support Devices",)
    assert set(first.masks) == set(LOCALIZED_FINDINGS)
    assert first.masks["Lung Opacity"].area == 163_040
    assert {finding: len(polygons) for finding, polygons in first.contours.items()} == {
        "Enlarged Cardiomediastinum": 2,
        "Cardiomegaly": 1,
        "Lung Opacity": 1,
    }
    assert first.read().pixels.shape == (2320, 2828)
    assert dataset.gaps("val") == ()


def test_contours_and_masks_of_the_real_sample_agree(sample_root):
    """Points of a radiologist's polygon lie on the border of the mask that was made from it, (x, y), not (y, x)."""
    case = CheXlocalize(sample_root).case("patient64541_study1_view1_frontal")
    mask = case.masks["Cardiomegaly"].decode()
    (polygon,) = case.contours["Cardiomegaly"]
    assert polygon.dtype == np.float32
    rows, columns = np.nonzero(mask)
    box = (columns.min(), rows.min(), columns.max(), rows.max())
    found = (*polygon.min(axis=0), *polygon.max(axis=0))
    np.testing.assert_allclose(found, box, atol=2)


def test_val_paths_say_valid_and_the_folder_is_val(tmp_path):
    case = CheXlocalize(simple_root(tmp_path)).cases("val")[0]
    assert case.id == case_id("patient1")
    assert case.image_path == (tmp_path / "CheXpert/val/patient1/study1/view1_frontal.jpg").resolve()
    assert case.read().pixels.shape == SHAPE


def test_test_table_without_demographics_and_with_its_own_paths(tmp_path):
    write_image(tmp_path, "test/patient9/study2/view2_lateral.jpg")
    write_table(tmp_path, "test", {"test/patient9/study2/view2_lateral.jpg": {"Edema": "1.0"}}, demographics=False)
    (case,) = CheXlocalize(tmp_path).cases("test")
    assert case.id == "patient9_study2_view2_lateral"
    assert case.positives == ("Edema",)
    assert case.read().pixels.shape == SHAPE


def test_columns_count_by_name_not_position(tmp_path):
    turned = (*FINDINGS[1:], FINDINGS[0])  # as visualCheXbert's table has them
    write_table(tmp_path, "val", {valid_path("patient1"): {"No Finding": "1.0"}}, columns=turned)
    assert CheXlocalize(tmp_path).cases("val")[0].positives == ("No Finding",)


def test_labels_are_one_zero_or_unknown(tmp_path):
    labels = {"Edema": "1.0", "Fracture": "-1.0", "Pneumonia": "", "Atelectasis": "1", "Cardiomegaly": "nan"}
    write_table(tmp_path, "val", {valid_path("patient1"): labels})
    found = CheXlocalize(tmp_path).cases("val")[0].labels
    expected = {"Edema": 1, "Fracture": None, "Pneumonia": None, "Atelectasis": 1, "Cardiomegaly": None}
    assert found == {finding: expected.get(finding, 0) for finding in FINDINGS}


def test_airspace_opacity_is_lung_opacity(tmp_path):
    root = simple_root(tmp_path)
    write_drawings(root, "gt_annotations_val.json", {
        case_id("patient1"): {"img_size": list(SHAPE), "Airspace Opacity": [[[30, 10], [50, 10], [50, 20.5]]]}
    })  # fmt: skip
    (case,) = CheXlocalize(root).cases("val")
    assert case.drawn == ("Lung Opacity",)
    np.testing.assert_array_equal(case.masks["Lung Opacity"].decode(), SQUARE)
    assert case.masks["Edema"].area == 0
    assert set(case.contours) == {"Lung Opacity"}
    np.testing.assert_array_equal(case.contours["Lung Opacity"][0], [[30, 10], [50, 10], [50, 20.5]])


def test_a_positive_case_may_lack_masks(tmp_path):
    """patient65086 of the dataset is positive and not in the masks' file."""
    root = simple_root(tmp_path)
    write_image(root, "val/patient65086/study1/view1_frontal.jpg")
    rows = {valid_path(name): {"Lung Opacity": "1.0"} for name in ("patient1", "patient65086")}
    write_table(root, "val", rows)
    case = CheXlocalize(root).case(case_id("patient65086"))
    assert case.positives == ("Lung Opacity",)
    assert case.masks == {}
    assert case.drawn == ()
    assert CheXlocalize(root).gaps("val") == ()


@pytest.fixture
def human_root(tmp_path):
    """Four test cases: drawn by the human benchmark, empty entries, no entry, an entry without masks."""
    patients = ("patient1", "patient64860", "patient65145", "patient65192")
    paths = [f"test/{patient}/study1/view1_frontal.jpg" for patient in patients]
    for path in paths:
        write_image(tmp_path, path)
    write_table(tmp_path, "test", {path: {"Edema": "1.0"} for path in paths}, demographics=False)
    ids = [case_id(patient) for patient in patients]
    write_drawings(tmp_path, "gt_segmentations_test.json", {name: all_ten(Edema=SQUARE) for name in ids})
    write_drawings(tmp_path, "hb_segmentations_test.json", {ids[0]: all_ten(Edema=SQUARE), ids[1]: {}, ids[3]: None})
    write_drawings(tmp_path, "hb_annotations_test.json", {
        ids[0]: {"img_size": list(SHAPE), "Edema": [[[30, 10], [50, 10], [50, 20]]]},
        ids[1]: {"img_size": list(SHAPE)},
        ids[3]: {"Edema": []},
    })  # fmt: skip
    write_drawings(tmp_path, "hb_salient_pt_test.json", {
        ids[0]: {"img_size": list(SHAPE), "Edema": [[31.5, 12], [40, 15]], "Airspace Opacity": []},
        ids[1]: {},
        ids[3]: {"Edema": []},
    })  # fmt: skip
    return tmp_path


def test_human_benchmark(human_root):
    drawn, empty, absent, without = CheXlocalize(human_root).cases("test")
    np.testing.assert_array_equal(drawn.human_masks["Edema"].decode(), SQUARE)
    assert drawn.human_points == {"Edema": ((31.5, 12.0), (40.0, 15.0)), "Lung Opacity": ()}
    assert len(drawn.human_contours["Edema"]) == 1
    for case in (empty, absent, without):
        assert case.human_masks == {}
        assert not any(case.human_points.values())
        assert not any(case.human_contours.values())
        assert case.drawn == ("Edema",)


def test_splits_in_the_page_s_order(tmp_path):
    for split in ("train", "extra", "test", "val"):
        write_table(tmp_path, split, {f"{split}/patient1/study1/view1_frontal.jpg": {}})
    assert CheXlocalize(tmp_path).splits() == ("val", "test", "train", "extra")


def test_a_phantom_cohort_is_called_so(tmp_path):
    write_image(tmp_path, "train/patientPHANTOM00001/study1/view1_frontal.png")
    write_table(
        tmp_path, "train", {"CheXpert-v1.0/train/patientPHANTOM00001/study1/view1_frontal.png": {"Edema": "1.0"}}
    )
    (tmp_path / "phantom.json").write_text("{}")
    dataset = CheXlocalize(tmp_path)
    (case,) = dataset.cases("train")
    assert case.source == "phantom-train"
    assert "phantom" in case.provenance
    assert case.read().format == "PNG"
    assert dataset.gaps("train") == ()  # a train split needs no masks


def test_cases_are_read_once(tmp_path):
    dataset = CheXlocalize(simple_root(tmp_path))
    assert dataset.cases("val") is dataset.cases("val")


def test_opening_a_large_root_reads_no_image(tmp_path, monkeypatch):
    rows = {valid_path(f"patient{number}"): {"Edema": "1.0"} for number in range(900)}
    write_table(tmp_path, "val", rows)
    masks = {case_id(f"patient{number}"): all_ten(Edema=SQUARE) for number in range(900)}
    write_drawings(tmp_path, "gt_segmentations_val.json", masks)

    def never(*_arguments, **_options):
        raise AssertionError("an image was opened")

    monkeypatch.setattr(Image, "open", never)
    cases = CheXlocalize(tmp_path).cases("val")  # not one of the 900 image files exists
    assert len(cases) == 900
    assert all(case.drawn == ("Edema",) for case in cases)


def test_a_missing_image_is_named_when_it_is_read_and_among_the_gaps(tmp_path):
    root = simple_root(tmp_path)
    (root / "CheXpert/val/patient1/study1/view1_frontal.jpg").unlink()
    dataset = CheXlocalize(root)
    (case,) = dataset.cases("val")
    for act in (case.read, case.check):
        with pytest.raises(InputError, match=r"view1_frontal\.jpg: expected an image file at .*patient1.*, found none"):
            act()
    assert len(dataset.gaps("val")) == 1


def test_a_missing_masks_file_is_a_gap(tmp_path):
    root = simple_root(tmp_path)
    (root / "CheXlocalize/gt_segmentations_val.json").unlink()
    dataset = CheXlocalize(root)
    assert dataset.cases("val")[0].masks == {}
    assert dataset.gaps("val") == (
        "Expected the masks of val in CheXlocalize/gt_segmentations_val.json, found no such file.",
    )


@pytest.mark.parametrize("name", ["gt_segmentations_val.json", "hb_segmentations_val.json"])
def test_one_mask_of_another_size_takes_no_other_with_it(tmp_path, name):
    root = simple_root(tmp_path)
    drawn = all_ten(Edema=SQUARE, Cardiomegaly=SQUARE) | {"Edema": rle(SQUARE.T)}
    write_drawings(root, name, {case_id("patient1"): drawn})
    dataset = CheXlocalize(root)
    (case,) = dataset.cases("val")
    masks = case.masks if name.startswith("gt") else case.human_masks
    assert len(masks) == 9 and "Edema" not in masks
    np.testing.assert_array_equal(masks["Cardiomegaly"].decode(), SQUARE)
    assert case.read().pixels.shape == SHAPE
    (sentence,) = dataset.gaps("val")
    assert "mask of Edema of patient1_study1_view1_frontal" in sentence and "60×40, found 40×60" in sentence


@pytest.mark.parametrize("name", ["gt_segmentations_val.json", "hb_segmentations_val.json"])
def test_a_mask_of_another_size_than_its_image(tmp_path, name):
    root = simple_root(tmp_path)
    write_drawings(root, name, {case_id("patient1"): {"Edema": rle(EMPTY.T)}})
    dataset = CheXlocalize(root)
    (case,) = dataset.cases("val")
    sentence = (
        r"Expected the (human )?mask of Edema of patient1_study1_view1_frontal to be .* 60×40 pixels, found 40×60"
    )
    for act in (case.read, case.check):
        with pytest.raises(InputError, match=sentence):
            act()
    assert len(dataset.gaps("val")) == 1


@pytest.mark.parametrize(
    "path",
    [
        "CheXpert-v1.0/valid/../../../secret/study1/view1.jpg",
        "../outside/patient/study/view.jpg",
        "/etc/a/b/passwd.jpg",
        "valid/p/s/..",
        "C:/a/b/c.jpg",
        "valid\\..\\..\\..\\x.jpg",
    ],
)
def test_a_path_that_leads_out_of_the_dataset_is_refused(tmp_path, path):
    write_table(tmp_path, "val", {valid_path("patient1"): {}, path: {}})
    with pytest.raises(InputError, match=r"Expected a path inside the dataset in line 3 of val_labels\.csv, found"):
        CheXlocalize(tmp_path).cases("val")


@pytest.mark.parametrize("link", ["val/patient1/study1/view1_frontal.jpg", "val/patient1"])
def test_a_link_that_leads_out_of_the_dataset_is_refused(tmp_path, link):
    outside = tmp_path / "outside/study1"
    outside.mkdir(parents=True)
    (outside / "view1_frontal.jpg").write_bytes(b"secret")
    root = tmp_path / "root"
    write_table(root, "val", {valid_path("patient1"): {}})
    place = root / "CheXpert" / link
    place.parent.mkdir(parents=True)
    place.symlink_to(outside / "view1_frontal.jpg" if link.endswith("jpg") else outside.parent)
    with pytest.raises(InputError, match=r"Expected val/patient1/.* to lie inside .*, found a link that leads out"):
        CheXlocalize(root).cases("val")


def test_the_images_folder_itself_may_be_a_link(tmp_path):
    elsewhere = simple_root(tmp_path / "elsewhere")
    root = tmp_path / "root"
    root.mkdir()
    (root / "CheXpert").symlink_to(elsewhere / "CheXpert")
    assert CheXlocalize(root).cases("val")[0].read().pixels.shape == SHAPE


def test_what_is_no_root(tmp_path):
    with pytest.raises(InputError, match=r"Expected a folder in the CheXlocalize layout at .*nowhere, found none"):
        CheXlocalize(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"Expected CheXpert/val_labels\.csv or another label table"):
        CheXlocalize(simple_root(tmp_path / "root") / "CheXpert")


def test_unknown_splits_and_cases_are_named(tmp_path):
    dataset = CheXlocalize(simple_root(tmp_path))
    with pytest.raises(InputError, match=r"Expected one of the splits val of .*, found 'test'"):
        dataset.cases("test")
    with pytest.raises(InputError, match="found 'patient2'"):
        dataset.case("patient2")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "gt_segmentations_val.json: expected drawings as JSON"),
        ("[1]", "Expected cases by id in gt_segmentations_val.json, found a list"),
        ('{"a": [1]}', "Expected findings by name for a in gt_segmentations_val.json"),
        ('{"a": {"Elephant": {}}}', "a in gt_segmentations_val.json: Unknown finding 'Elephant'"),
        ('{"a": {"Edema": {}}}', "Expected a drawing of Edema for a"),
        ('{"a": {"Edema": {"size": [0, 4], "counts": ""}}}', "Expected a drawing of Edema for a"),
        ('{"a": {"Edema": {"size": [4, 4], "counts": [16]}}}', "Expected a drawing of Edema for a"),
        ('{"a": {"Edema": {"size": [4.5, 4], "counts": "?"}}}', "Expected a drawing of Edema for a"),
        ('{"a": {"Edema": {"size": [1e300, 4], "counts": "?"}}}', "Expected a drawing of Edema for a"),
        ('{"a": {"Edema": {"size": ["4", true], "counts": "?"}}}', "Expected a drawing of Edema for a"),
        ('{"a": {"Edema": {"size": 4, "counts": "?"}}}', "Expected a drawing of Edema for a"),
    ],
)
def test_damaged_masks_files_are_named(tmp_path, content, words):
    root = simple_root(tmp_path)
    (root / "CheXlocalize/gt_segmentations_val.json").write_text(content)
    with pytest.raises(InputError, match=words):
        CheXlocalize(root).cases("val")


@pytest.mark.parametrize("polygons", [[[[1]]], [[["a", 2]]], 5, [[[1, None]]], [[[1e39, 1]]]])
def test_damaged_annotations_are_named(tmp_path, polygons):
    root = simple_root(tmp_path)
    write_drawings(root, "gt_annotations_val.json", {case_id("patient1"): {"Edema": polygons}})
    with pytest.raises(InputError, match=r"Edema for patient1_study1_view1_frontal in gt_annotations_val\.json"):
        CheXlocalize(root).cases("val")


@pytest.mark.parametrize("content", ["[" * 200_000, '{"a": {"Edema": [[[NaN, 1]]]}}', "\ufeff{", ""])
def test_what_is_no_json_is_damage(tmp_path, content):
    root = simple_root(tmp_path)
    (root / "CheXlocalize/gt_segmentations_val.json").write_text(content)
    with pytest.raises(InputError, match="expected drawings as JSON"):
        CheXlocalize(root).cases("val")

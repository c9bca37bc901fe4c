"""Datasets of masks, outlines, discs and ellipses: real files where there are some, else their exact layout."""

import json
import shutil
from collections import Counter
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torchxrayvision as xrv
from PIL import Image
from pycocotools import mask as coco
from skimage.draw import polygon2mask

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.marks import Box, Disc, Ellipse
from data_cache.sources.registry import find_cases, labels_of, open_source
from tests.data_cache.gaze.layouts import write_reflacx

SIIM = Path(xrv.__file__).parent / "data" / "siim-pneumothorax-train-rle.csv.gz"


def relative(mask):
    """Kaggle's run lengths, by walking down the columns: pixels skipped, pixels inside, in turn."""
    inside, counts = zip(*((pixel, len(list(run))) for pixel, run in groupby(mask.T.ravel().tolist())), strict=True)
    numbers = [0, *counts] if inside[0] else counts
    return " ".join(map(str, numbers if inside[-1] else numbers[:-1]))


def drawn(rows, columns, size=(1024, 1024)):
    mask = np.zeros(size, bool)
    mask[rows, columns] = True
    return mask


# SIIM-ACR


@pytest.fixture(scope="module", params=[10, pytest.param(1, marks=pytest.mark.thorough)])
def siim_rows(request, tmp_path_factory):
    """The rows of every tenth image, or of all, and the folder that their table is in."""
    table, root = pd.read_csv(SIIM), tmp_path_factory.mktemp("siim")
    table = table[table["ImageId"].isin(table["ImageId"].unique()[:: request.param])]
    table.to_csv(root / SIIM.name, index=False)
    return table, root


@pytest.fixture(scope="module")
def siim(siim_rows):
    return open_source("siim", siim_rows[1])


def counts_of_siim(table):
    """How many images, masks, images with masks and with several there are, and the most masks of one."""
    marks = (table[" EncodedPixels"] != "-1").groupby(table["ImageId"]).sum()
    return len(marks), marks.sum(), (marks > 0).sum(), (marks > 1).sum(), marks.max()


def test_siim_has_the_published_masks_and_keeps_every_one_of_several(siim, siim_rows):
    assert counts_of_siim(pd.read_csv(SIIM)) == (12_047, 3_576, 2_669, 624, 10)
    cases = siim.cases("train")
    marks = [len(case.marks) for case in cases]
    drawn, several = sum(count > 0 for count in marks), sum(count > 1 for count in marks)
    assert (len(cases), sum(marks), drawn, several, max(marks)) == counts_of_siim(siim_rows[0])
    assert Counter(case.labels["Pneumothorax"] for case in cases) == {0: len(cases) - drawn, 1: drawn}
    assert several > 30 and siim.problems("train") == () and siim.gaps("train") == ()


def test_several_masks_of_siim_are_one_region_together(siim, siim_rows):
    """Counted on the text of the file; torchxrayvision keeps the last of several only."""
    table = siim_rows[0]
    several = table[table[" EncodedPixels"] != "-1"].groupby("ImageId")[" EncodedPixels"].apply(list)
    several = several[several.map(len) > 1]
    cases = {case.id: case for case in siim.cases("train")}
    for name, texts in list(several.items())[:: len(several) // 5]:
        flat = np.zeros(1024 * 1024, bool)
        for text in texts:
            place = 0
            for skipped, length in np.array(text.split(), int).reshape(-1, 2):
                place += skipped + length
                flat[place - length : place] = True
        np.testing.assert_array_equal(cases[name].masks["Pneumothorax"].decode(), flat.reshape(1024, 1024).T)


def test_single_masks_of_siim_are_torchxrayvisions(siim, tmp_path):
    dataset = xrv.datasets.SIIM_Pneumothorax_Dataset(tmp_path, pathology_masks=True)
    for case in [case for case in siim.cases("train") if len(case.marks) == 1][::30]:
        theirs = dataset.get_pathology_mask_dict(case.id, 1024)[0][0] > 0
        np.testing.assert_array_equal(case.masks["Pneumothorax"].decode(), theirs)


def test_what_is_wrong_in_siim_is_named_by_its_line(tmp_path):
    lines = ["ImageId, EncodedPixels", "a, -1", "a,5 3", "b,5", "b,7 3", "c,1048570 10", "d,", "d, -1"]
    (tmp_path / "train-rle.csv").write_text("\n".join(lines))
    dataset = open_source("siim", tmp_path)
    cases = {case.id: case for case in dataset.cases("train")}
    assert {name: len(case.marks) for name, case in cases.items()} == {"a": 0, "b": 1, "c": 0, "d": 0}
    problems = dataset.problems("train")
    for line, words in ((3, "found both"), (4, "in pairs"), (6, "1,048,580"), (7, "found nothing")):
        assert any(f"Line {line} of train-rle.csv" in one and words in one for one in problems)
    assert len(problems) == 4


# CANDID-PTX


def test_candid_ptx_has_three_kinds_of_masks(tmp_path):
    ptx, rib, tube = (drawn(slice(10, 40 + k), slice(100 * k, 100 * k + 7)) for k in (1, 2, 3))
    (tmp_path / "Pneumothorax_reports.csv").write_text(
        f'SOPInstanceUID,StudyInstanceUID,Report,EncodedPixels\n1.2.3,9.1,"a, b",{relative(ptx)}\n1.2.4,9.1,"c",-1\n'
    )
    (tmp_path / "Rib_fracture_mask_rle.csv").write_text(f"anon_SOPUID,annot_id,mask_rle\n1.2.3,7,{relative(rib)}\n")
    (tmp_path / "chest_tube.csv").write_text(f"anon_SOPUID,annot_id,mask_rle\n1.2.5,7,{relative(tube)}\n1.2.5,8,5\n")
    dataset = open_source("candid-ptx", tmp_path)
    first, second, third = dataset.cases("all")
    assert first.patient == second.patient == "9.1"
    np.testing.assert_array_equal(first.masks["Pneumothorax"].decode(), ptx)
    np.testing.assert_array_equal(first.masks["Fracture"].decode(), rib)
    assert second.labels["Pneumothorax"] == 0 and second.masks["Pneumothorax"].area == 0
    assert third.marks[0].finding == "Support Devices" and third.marks[0].relation == "narrower"
    np.testing.assert_array_equal(third.masks["Support Devices"].decode(), tube)
    assert len(dataset.problems("all")) == 1 and "chest_tube.csv, line 3" in dataset.problems("all")[0]


# ChestX-Det


@pytest.fixture
def chestx_det(chestx_det_sample, tmp_path):
    shutil.copy(chestx_det_sample, tmp_path / "ChestX_Det_test.json")
    return tmp_path


def test_outlines_of_chestx_det_are_filled_as_pycocotools_does(chestx_det, chestx_det_sample):
    cases = {case.id: case for case in find_cases("chestx-det", chestx_det)}
    entries = json.loads(chestx_det_sample.read_text())
    assert list(cases) == [entry["file_name"].removesuffix(".png") for entry in entries] and len(cases) == 9
    effusions = next(entry for entry in entries if entry["syms"] == ["Effusion"])
    points = np.array(effusions["polygons"][0], float)
    (filled,) = coco.frPyObjects([points.ravel().tolist()], 1024, 1024)
    case = cases[effusions["file_name"].removesuffix(".png")]
    mask = case.masks["Pleural Effusion"]
    assert mask.counts == filled["counts"].decode()
    other = polygon2mask((1024, 1024), points[:, ::-1] - 0.5)  # pixels' centres at whole numbers
    assert (mask.decode() & other).sum() / (mask.decode() | other).sum() > 0.98
    assert case.form_of("Pleural Effusion") == "polygon" and case.labels["Atelectasis"] == 0
    nothing = cases["36199"]
    assert not nothing.marks and nothing.labels["Cardiomegaly"] == 0


def test_both_the_outlines_and_the_boxes_of_chestx_det_are_kept(chestx_det, chestx_det_sample):
    """An outline touches its box: the outlines' extremes are the boxes' edges, to the pixel that rounding takes."""
    outlines, boxes = find_cases("chestx-det", chestx_det), find_cases("chestx-det-boxes", chestx_det)
    count = sum(len(entry["syms"]) for entry in json.loads(chestx_det_sample.read_text()))
    mapped = sum(len(case.marks) for case in outlines)
    assert 0 < mapped == sum(len(case.marks) for case in boxes) < count  # calcification, emphysema, fibrosis are none
    for one, other in zip(outlines, boxes, strict=True):
        for outline, box in zip(one.marks, other.marks, strict=True):
            assert (outline.finding, outline.label) == (box.finding, box.label)
            assert isinstance(box.shape, Box) and outline.shape.form == "polygon"
            x, y = outline.shape.points.T
            assert (x.min(), y.min(), x.max(), y.max()) == pytest.approx(
                (box.shape.x0, box.shape.y0, box.shape.x1, box.shape.y1), abs=2
            )


def test_fibrosis_is_near_pleural_other(chestx_det):
    near = open_source("chestx-det", chestx_det, labels_of("chestx-det", near=True)).cases("test")
    assert any(mark.finding == "Pleural Other" and mark.relation == "near" for case in near for mark in case.marks)


def test_chestx_det10_has_boxes_alone(tmp_path):
    entries = [
        {"file_name": "1.png", "syms": ["Mass"], "boxes": [[10, 20, 110, 90]]},
        {"file_name": "2.png", "syms": ["Mass", "Nodule"], "boxes": [[10, 20, 110, 90]]},
        {"file_name": "3.png", "syms": ["Mass", "Mass"], "boxes": [[10, 90, 110, 20], [1, 2, 3, 4]]},
        {"file_name": "4.png"},
    ]
    (tmp_path / "train.json").write_text(json.dumps(entries))
    dataset = open_source("chestx-det", tmp_path)
    assert [[mark.shape for mark in case.marks] for case in dataset.cases("train")] == [
        [Box(10, 20, 110, 90)],
        [],
        [Box(1, 2, 3, 4)],
    ]
    assert [one.split(" of ")[0] for one in dataset.problems("train")] == ["Image 2", "Image 3", "Image 4"]


# JSRT


def test_a_nodule_of_jsrt_is_a_disc_as_wide_as_its_size(tmp_path):
    (tmp_path / "CLNDAT_EN.txt").write_text(
        "JPCLN001.IMG\t5\t15\t53\tMale\t1634\t692\tmalignant\tl.upper lobe\tlung cancer\r\n"
        "JPCLN002.IMG\t1\t40\t78\tFemale\t1614\t1090\tbenign\tl.upper lobe(S3)\tgranuloma\r\n"
        "JPCLN003.IMG\t5\tx\t78\tFemale\t1\t1\tbenign\tl\tg\r\n"
        "JPCLN004.IMG\t5\t30\r\n"
    )
    (tmp_path / "CNNDAT_EN.TXT").write_text("JPCNN001.IMG\t70\tMale\tnon-nodule\r\n")
    dataset = open_source("jsrt", tmp_path)
    cases = {case.id: case for case in dataset.cases("all")}
    assert cases["JPCLN001"].marks[0].shape == Disc(1634.5, 692.5, 15 / 2 / 0.175)
    assert cases["JPCLN001"].size() == (2048, 2048) and cases["JPCLN001"].form_of("Lung Lesion") == "disc"
    area = cases["JPCLN002"].masks["Lung Lesion"].area
    assert area == pytest.approx(np.pi * (20 / 0.175) ** 2, rel=2e-3)
    normal = cases["JPCNN001"]
    assert normal.labels["No Finding"] == 1 and normal.masks["Lung Lesion"].area == 0
    assert [one.split(" of ")[0] for one in dataset.problems("all")] == [
        "CLNDAT_EN.txt, line 3",
        "CLNDAT_EN.txt, line 4",
    ]


def test_a_raw_radiograph_of_jsrt_is_read_with_bone_bright(tmp_path):
    stored = np.full((2048, 2048), 4095, ">u2")  # black film
    stored[:1024] = 1000
    stored[0, 0] = 0
    stored[5, 7] = 60_000
    (tmp_path / "JPCLN001.IMG").write_bytes(stored.tobytes())
    (tmp_path / "CLNDAT_EN.txt").write_text("JPCLN001.IMG\t5\t15\t53\tM\t1634\t692\tm\tl\tc\n")
    (case,) = find_cases("jsrt", tmp_path)
    radiograph = case.read()
    assert radiograph.pixels[0, 0] == 1 and radiograph.pixels[2000, 5] == 0 and radiograph.pixels[5, 7] == 0
    assert radiograph.pixels[3, 3] == pytest.approx(1 - 1000 / 4095, abs=1e-6)
    assert radiograph.bits == 12 and "1 values lie beyond 12 bits" in radiograph.warnings[-1]
    (tmp_path / "JPCLN001.IMG").write_bytes(stored.tobytes()[:-2])
    with pytest.raises(InputError, match="expected an image"):
        case.read()


# COVID-QU-Ex and QaTa-COV19


def picture(path, values):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(values, np.uint8)).save(path)


def test_infected_regions_lie_beside_the_radiographs(tmp_path):
    rng = np.random.default_rng(0)
    image, mask = rng.integers(0, 255, (64, 48)), drawn(slice(5, 20), slice(10, 30), (64, 48))
    base = tmp_path / "Infection Segmentation Data" / "Test"
    for kind, infected in (("COVID-19", mask), ("Normal", np.zeros_like(mask))):
        name = f"{kind[:5].lower()}_1.png"
        picture(base / kind / "images" / name, image)
        picture(base / kind / "infection masks" / name, infected * 255)
        picture(base / kind / "lung masks" / name, np.full((64, 48), 255))
    picture(base / "COVID-19" / "images" / "lost.png", image)
    dataset = open_source("covid-qu-ex", tmp_path)
    assert dataset.splits() == ("test",)
    covid, normal = dataset.cases("test")
    np.testing.assert_array_equal(covid.masks["Lung Opacity"].decode(), mask)
    assert covid.marks[0].relation == "narrower" and covid.image_path == base / "COVID-19" / "images" / "covid_1.png"
    covid.check()
    assert normal.labels["No Finding"] == 1 and not normal.marks
    assert len(dataset.problems("test")) == 1 and "lost.png" in dataset.problems("test")[0]


def test_qata_calls_its_masks_after_its_images(tmp_path):
    mask = drawn(slice(1, 9), slice(3, 40), (64, 48))
    picture(tmp_path / "Train Set" / "Images" / "covid_7.png", np.arange(64 * 48).reshape(64, 48) % 200)
    picture(tmp_path / "Train Set" / "Ground-truths" / "mask_covid_7.png", mask * 255)
    (case,) = find_cases("covid-qu-ex", tmp_path, "train")
    np.testing.assert_array_equal(case.masks["Lung Opacity"].decode(), mask)
    case.check()


# Folders of masks


def test_masks_of_ones_own_are_named_by_folder_or_file(tmp_path):
    first, second = drawn(slice(0, 9), slice(3, 20), (40, 30)), drawn(slice(20, 30), slice(3, 9), (40, 30))
    picture(tmp_path / "masks" / "case_1" / "Nodule.png", first * 255)
    picture(tmp_path / "masks" / "case_1_Pleural_Effusion.png", second * 1)
    picture(tmp_path / "masks" / "case_1_Edema.png", np.zeros((40, 30)))
    picture(tmp_path / "masks" / "case_2_Edema.png", np.ones((40, 31)))
    picture(tmp_path / "masks" / "case_1_Cardiomegaly.png", np.ones((41, 30)))
    picture(tmp_path / "masks" / "case_2" / "Sunshine.png", np.ones((40, 31)))
    picture(tmp_path / "images" / "case_1.png", np.arange(1200).reshape(40, 30) % 255)
    dataset = open_source("masks", tmp_path)
    one, two = sorted(dataset.cases("all"), key=lambda case: case.id)
    np.testing.assert_array_equal(one.masks["Lung Lesion"].decode(), first)
    np.testing.assert_array_equal(one.masks["Pleural Effusion"].decode(), second)
    assert one.labels["Edema"] == 0 and one.masks["Edema"].area == 0 and one.has_image
    one.check()
    assert two.masks["Edema"].area == 40 * 31 and not two.has_image
    problems = dataset.problems("all")
    assert len(problems) == 2 and any("Sunshine" in p for p in problems) and any("30×41" in p for p in problems)


# REFLACX


def test_ellipses_of_reflacx_keep_readers_and_certainty(tmp_path):
    ellipses = [
        (10, 20, 50, 60, 5, *(False, True, False, True, False), False),
        (70, 20, 90, 40, 3, *(True, False, False, False, False), False),
        (70, 50, 90, 80, 2, *(False, True, False, False, False), False),
        (90, 50, 70, 80, 4, *(False, True, False, False, False), False),
    ]
    readings = [
        ("P201R1", False, "dicom-a", 11, (120, 90), (0, 4, 2, 5, 0), True, []),
        ("P201R2", True, "dicom-a", 11, (120, 90), (0, 1, 0, 0, 3), False, []),
        ("P202R3", False, "dicom-b", 12, (100, 80), (0, 0, 0, 0, 0), False, []),
    ]
    write_reflacx(tmp_path, readings, ellipses=ellipses)
    table = tmp_path / "main_data" / "P202R3" / "anomaly_location_ellipses.csv"
    table.write_text(table.read_text().splitlines()[0])
    dataset = open_source("reflacx", tmp_path)
    first, second = dataset.cases("all")
    assert first.readers == ("P201R1", "P201R2") and second.readers == ("P202R3",)
    assert first.patient == "11" and first.size() == (90, 120)
    mine = [mark for mark in first.marks if mark.reader == "P201R1"]
    assert [(mark.finding, mark.certainty) for mark in mine] == [("Atelectasis", 5), ("Lung Lesion", 5)]
    assert mine[0].shape == Ellipse(10, 20, 50, 60)
    assert {f for f in FINDINGS if first.labels[f] == 1} == {"Atelectasis", "Lung Lesion", "Edema", "Support Devices"}
    assert second.labels["Atelectasis"] == 0 and second.masks["Atelectasis"].area == 0
    assert any("P201R1/anomaly_location_ellipses.csv, line 5" in one for one in dataset.problems("all"))
    near = open_source("reflacx", tmp_path, labels_of("reflacx", near=True)).cases("all")[0]
    assert [m.finding for m in near.marks if m.reader == "P201R1"][-1] == "Enlarged Cardiomediastinum"


@pytest.mark.parametrize(
    "key", ["siim", "candid-ptx", "chestx-det", "chestx-det-boxes", "jsrt", "covid-qu-ex", "reflacx", "masks"]
)
def test_an_empty_folder_is_named(key, tmp_path):
    with pytest.raises(InputError, match=r"found none; name the folder that holds it"):
        open_source(key, tmp_path)

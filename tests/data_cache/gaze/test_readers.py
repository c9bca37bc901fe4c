"""Datasets of gaze in their own layouts."""

import pickle

import numpy as np
import pytest

from data_cache.errors import InputError
from data_cache.gaze.egd_cxr import read_regions
from data_cache.gaze.fixations import Fixations, fixation_map
from data_cache.gaze.registry import GAZE, open_gaze
from data_cache.gaze.settings import GazeSettings
from data_cache.marks import Box
from tests.data_cache.gaze.layouts import (
    fixation,
    write_csv,
    write_egd,
    write_fg_cxr,
    write_grey,
    write_reflacx,
)

WORDS = [
    *(("heart", 1.0, 1.4), ("is", 1.4, 1.5), ("large", 1.5, 2.0), (".", 2.0, 2.0)),
    *(("no", 5.0, 5.2), ("effusion", 5.2, 6.0), (".", 6.0, 6.0)),
]
LOOKS = [fixation(0.5, 1.5, 30, 20), fixation(2, 3, 90, 60), fixation(5.5, 7, 60, 45, degree=(10, 10))]


@pytest.fixture
def reflacx(tmp_path):
    write_reflacx(
        tmp_path,
        [
            ("P101R1", False, "dicom-a", 11, (120, 90), (0, 3, 2, "", 5), True, LOOKS),
            ("P101R2", True, "dicom-a", 11, (120, 90), (0, 0, 0, 0, 0), False, LOOKS),
            ("P102R3", False, "dicom-b", 12, (120, 90), (5, 0, 0, 0, 0), False, LOOKS[:1]),
            ("P102R4", False, "dicom-b", 12, ("wide", 90), (0, 0, 0, 0, 0), False, LOOKS[:1]),
        ],
        WORDS,
    )
    return tmp_path


def test_reflacx_gives_a_map_a_reading(reflacx):
    dataset = open_gaze("reflacx", reflacx, GazeSettings())
    assert [(one.case, one.reader, one.patient, one.size) for one in dataset.readings] == [
        ("dicom-a", "P101R1", "11", (90, 120)),
        ("dicom-b", "P102R3", "12", (90, 120)),
    ]
    assert [one.reported for one in dataset.readings] == [("Edema", "Atelectasis", "Support Devices"), ()]
    assert dataset.problems[0].startswith("Line 5 of metadata_phase_2.csv: expected a number for 'image_size_x'")
    assert dataset.problems[1] == "Left out 1 reading whose gaze the dataset discards."
    gaze = pickle.loads(pickle.dumps(dataset.readings[0])).make()  # noqa: S301  our own bytes
    looks = Fixations(
        np.array([[30.5, 20.5], [90.5, 60.5], [60.5, 45.5]]),
        np.array([[0.5, 1.5], [2, 3], [5.5, 7]]),
        np.array([[20.0, 30], [20, 30], [10, 10]]),
        np.tile([0.0, 0, 120, 90], (3, 1)),
    )
    np.testing.assert_array_equal(gaze.values, fixation_map(looks, (90, 120), "duration", "a test"))
    np.testing.assert_array_equal(gaze.points, looks.points)
    assert np.unravel_index(gaze.values.argmax(), gaze.values.shape) == (45, 60)  # longest, and the narrowest degree


def test_reflacx_gives_a_map_a_sentence(reflacx):
    readings = open_gaze("reflacx", reflacx, GazeSettings("phrases")).readings[:2]
    assert [one.phrase for one in readings] == ["heart is large", "no effusion"]
    assert {one.kind for one in readings} == {"phrase"}
    heart, effusion = (one.make() for one in readings)
    assert heart.points.tolist() == [[30.5, 20.5]]  # from 1.0 to 2.0, where the second one begins
    assert effusion.points.tolist() == [[60.5, 45.5]]
    early = open_gaze("reflacx", reflacx, GazeSettings("phrases", lead=2.5)).readings[1].make()
    assert early.points.tolist() == [[90.5, 60.5], [60.5, 45.5]]


def test_whole_readings_are_cut_to_a_window_of_time(reflacx):
    """Of fixations from 0.5 to 1.5, 2 to 3 and 5.5 to 7 seconds."""
    for start, end, expected in ((None, 2.0, [30.5]), (2.5, None, [90.5, 60.5]), (1.6, 5.6, [90.5, 60.5])):
        gaze = open_gaze("reflacx", reflacx, GazeSettings(start=start, end=end)).readings[0].make()
        assert gaze.points[:, 0].tolist() == expected
    early = open_gaze("reflacx", reflacx, GazeSettings(end=0.5)).readings[0]
    with pytest.raises(InputError, match=r"Expected fixations of P101R1 up to 0\.5 s, found none"):
        early.make()


def test_egd_cxr_counts_each_fixation_on_the_radiograph_once(tmp_path):
    looks = [("a", 0.0, 0.5, 100, 60), ("a", 1.0, 3.0, 300, 200), ("a", 4.0, 1.0, -1, -1), ("a", 5.0, 1.0, 0, 70)]
    cases = [("a", "p1", (400, 600)), ("b", "p2", (400, 600))]
    transcripts = [("a", [("heart is normal", 0.9, 2.0), ("clear lungs", 4.2, 4.8)])]
    write_egd(tmp_path, cases, [*looks, ("calibration", 0, 1, 5, 5)], transcripts)
    dataset = open_gaze("egd-cxr", tmp_path, GazeSettings())
    (reading,) = dataset.readings
    assert (reading.case, reading.patient, reading.size, reading.reported) == ("a", "p1", (400, 600), None)
    assert "calibration" in dataset.problems[0] and "left out" in dataset.problems[0]
    gaze = reading.make()
    assert gaze.points.tolist() == [[100.5, 60.5], [300.5, 200.5]]
    counted = Fixations(
        gaze.points, np.array([[0, 1], [0, 1.0]]), np.full((2, 2), 150.0), np.tile([0.0, 0, 600, 400], (2, 1))
    )
    np.testing.assert_array_equal(gaze.values, fixation_map(counted, (400, 600), "count", "a test"))
    by_time = open_gaze("egd-cxr", tmp_path, GazeSettings(weigh="duration")).readings[0].make()
    lasting = Fixations(gaze.points, np.array([[0, 0.5], [1, 4.0]]), counted.deviation, counted.shown)
    np.testing.assert_array_equal(by_time.values, fixation_map(lasting, (400, 600), "duration", "a test"))
    heart, lungs = open_gaze("egd-cxr", tmp_path, GazeSettings("phrases")).readings
    assert heart.make().points.tolist() == [[300.5, 200.5]]
    with pytest.raises(InputError, match="'clear lungs', found none"):
        lungs.make()


def test_one_wrong_fixation_of_reflacx_is_named_with_its_reading_and_the_others_stay(tmp_path):
    wrong = fixation(3, "late", 60, 45)
    write_reflacx(
        tmp_path, [("P101R1", False, "a", 11, (120, 90), (0, 0, 0, 0, 0), True, [*LOOKS[:1], wrong, *LOOKS[1:]])]
    )
    (reading,) = open_gaze("reflacx", tmp_path, GazeSettings()).readings
    gaze = reading.make()
    assert len(gaze.points) == 3
    (problem,) = gaze.problems
    assert problem.startswith("P101R1: Line 3 of fixations.csv: expected a number for 'timestamp_end_fixation', found")
    (tmp_path / "main_data" / "P101R1" / "fixations.csv").unlink()
    with pytest.raises(InputError, match=r"^P101R1: .*fixations\.csv"):
        reading.make()


def test_one_wrong_fixation_of_egd_cxr_is_named_with_its_radiograph_and_the_others_stay(tmp_path):
    looks = [("a", 0, 1, 30, 20), ("a", 1, 1, "left", 20), ("a", 2, 1, 60, 40)]
    write_egd(tmp_path, [("a", "p1", (90, 120))], looks)
    dataset = open_gaze("egd-cxr", tmp_path, GazeSettings())
    assert dataset.problems == ("a: Line 3 of fixations.csv: expected a number for 'X_ORIGINAL', found 'left'.",)
    assert dataset.readings[0].make().points.tolist() == [[30.5, 20.5], [60.5, 40.5]]


@pytest.mark.parametrize("side", ["1e300", "0", "-5", "20001"])
def test_sizes_that_no_radiograph_has_are_named_with_their_line(tmp_path, side):
    cases, looks = [("a", "p1", (side, 120)), ("b", "p2", (90, 120))], [("a", 0, 1, 30, 20), ("b", 0, 1, 30, 20)]
    write_egd(tmp_path / "egd", cases, looks)
    dataset = open_gaze("egd-cxr", tmp_path / "egd", GazeSettings())
    assert [one.case for one in dataset.readings] == ["b"]
    row, case = dataset.problems
    assert row.startswith("Line 2 of mimic-cxr-2.0.0-metadata.csv: expected a radiograph's size, found 120×")
    assert case.startswith("a: Expected the radiograph's size, found none")
    write_reflacx(tmp_path / "r", [("P101R1", False, "a", 11, (side, 90), (0, 0, 0, 0, 0), True, LOOKS)])
    with pytest.raises(InputError, match=r"Line 2 of metadata_phase_2\.csv: expected a radiograph's size"):
        open_gaze("reflacx", tmp_path / "r", GazeSettings())


def test_names_too_long_for_a_file_are_refused_in_a_sentence(tmp_path):
    long = "0" * 999
    write_egd(tmp_path / "egd", [(long, "p1", (90, 120))], [(long, 0, 1, 30, 20), ("9" * 999, 0, 1, 3, 2)])
    (problem,) = open_gaze("egd-cxr", tmp_path / "egd", GazeSettings()).problems
    assert problem.startswith("9" * 60 + ": Expected a radiograph of the master sheet")
    write_fg_cxr(tmp_path / "fg", {"s1": (long, {"heart": "x"}), "1" * 999: ("a", {"heart": "x"})}, {})
    with pytest.raises(InputError, match="found none that can be used"):
        open_gaze("fg-cxr", tmp_path / "fg", GazeSettings())


def test_boxes_of_egd_cxr_have_x_before_y(tmp_path):
    write_egd(tmp_path, [], [], boxes=[("a", "cardiac silhouette", 10, 50, 20, 90)])
    assert read_regions(tmp_path) == {"a": {"cardiac silhouette": Box(10, 20, 50, 90)}}
    write_egd(tmp_path, [], [], boxes=[("a", "cardiac silhouette", 10, 20, 50, 40)])
    with pytest.raises(InputError, match=r"Line 2 of bounding_boxes\.csv: expected x1 < x2 and y1 < y2"):
        read_regions(tmp_path)


def test_egd_cxr_names_radiographs_of_unknown_size(tmp_path):
    write_egd(tmp_path, [("a", "p1", (400, 600))], [("a", 0, 1, 5, 5)])
    (tmp_path / "mimic-cxr-2.0.0-metadata.csv").unlink()
    with pytest.raises(InputError, match=r"found none; put mimic-cxr-2\.0\.0-metadata\.csv or images"):
        open_gaze("egd-cxr", tmp_path, GazeSettings())
    write_grey(tmp_path / "images" / "a.png", np.arange(24 * 36).reshape(24, 36) % 256)
    assert open_gaze("egd-cxr", tmp_path, GazeSettings()).readings[0].size == (24, 36)


def test_fg_cxr_finds_the_dicom_of_reflacx_readings(tmp_path):
    ramp = (np.arange(320) // 2).reshape(16, 20)
    said = {"heart": "The heart is large. ", "upper left": "Clear."}
    write_fg_cxr(
        tmp_path,
        {"s1": ("dicom-1", said), "P300R9": ("P300R9", {"heart": "Normal."})},
        {
            ("heatmaps", "s1", "heart"): ramp,
            ("heatmaps", "s1", "upper left"): ramp[::-1],
            ("heatmaps_reflacx", "P300R9", "heart"): ramp,
        },
    )
    write_csv(tmp_path / "metadata_phase_3.csv", ("id", "dicom_id"), [("P300R9", "dicom-9")])
    write_grey(tmp_path / "images" / "dicom-1.jpg", np.zeros((60, 80)))
    dataset = open_gaze("fg-cxr", tmp_path, GazeSettings())
    assert [(one.case, one.kind, one.size) for one in dataset.readings] == [
        ("dicom-1", "heart", (60, 80)),
        ("dicom-1", "upper left", (60, 80)),
        ("dicom-9", "heart", (16, 20)),
    ]
    gaze = dataset.readings[0].make()
    assert gaze.phrase == "heart: The heart is large."
    np.testing.assert_allclose(gaze.values, ramp / ramp.sum(), rtol=1e-6)
    assert not len(gaze.points)


def test_fg_cxr_names_what_is_missing(tmp_path):
    studies = {"s1": ("d1", {"heart": "x", "left": "y"}), "s2": ("d2", {"spleen": "z"})}
    write_fg_cxr(tmp_path, studies, {("heatmaps", "s1", "heart"): np.eye(20) * 255})
    dataset = open_gaze("fg-cxr", tmp_path, GazeSettings())
    assert len(dataset.readings) == 1
    assert "s1_left.png" in dataset.problems[0] and "lower right in s2, found others" in dataset.problems[1]


def test_i_ai_takes_the_ends_of_paths(tmp_path):
    ramp = np.arange(400).reshape(20, 20) % 256
    write_grey(tmp_path / "heat" / "P1_c.png", ramp)
    header = ("reflacx_id", "path", "_type", "severity", "has finding", "heatmap (cardiomegaly)", "heatmap (left lung)")
    image = "files/p17/p17848101/s54509320/abc-def.dcm"
    write_csv(
        tmp_path / "test.csv",
        header,
        [
            ("P1", image, "c", 3, 1, "/home/somebody/physionet.org/heat/P1_c.png", ""),
            ("P1", image, "l", 3, 1, "", "/home/somebody/heat/P1_l.png"),
            ("P1", image, "c", 3, 1, "/home/../../heat/P1_c.png", ""),
            ("P1", image, "c", 3, 1, "/elsewhere/heat/P1_c.png", ""),
        ],
    )
    write_csv(tmp_path / "other.csv", ("name",), [("x",)])
    dataset = open_gaze("i-ai", tmp_path, GazeSettings())
    (reading,) = dataset.readings
    assert (reading.case, reading.patient, reading.finding, reading.kind) == (
        "abc-def",
        "p17848101",
        "Cardiomegaly",
        "heart",
    )
    np.testing.assert_allclose(reading.make().values, ramp / ramp.sum(), rtol=1e-6)
    assert len(dataset.problems) == 3 and "Line 3 of test.csv" in dataset.problems[0]
    assert dataset.problems[2] == "Line 5 of test.csv: expected each map once, found heart of P1 again."


def test_a_black_picture_is_no_map(tmp_path):
    write_fg_cxr(tmp_path, {"s1": ("d1", {"heart": "x"})}, {("heatmaps", "s1", "heart"): np.zeros((20, 20))})
    (reading,) = open_gaze("fg-cxr", tmp_path, GazeSettings()).readings
    with pytest.raises(InputError, match="nothing but zeros"):
        reading.make()


@pytest.mark.parametrize("entry", GAZE.values(), ids=GAZE)
def test_an_empty_folder_is_named(entry, tmp_path):
    with pytest.raises(InputError, match="Expected"):
        open_gaze(entry.key, tmp_path, GazeSettings())
    assert entry.words.endswith(".") and any(character.isdigit() for character in entry.paper)


def test_an_unknown_dataset_is_named(tmp_path):
    with pytest.raises(InputError, match="expected one of reflacx, egd-cxr, fg-cxr, i-ai"):
        open_gaze("gazebase", tmp_path, GazeSettings())

"""Files of fixations for the open case, against densities worked out with SciPy."""

import numpy as np
import pytest
from scipy.stats import entropy, norm

from data_cache.case import Case
from data_cache.errors import InputError
from tests.ui.kept import keep
from ui.case_view import CaseView
from ui.gaze.chosen import GazeChoice, Seen, seen
from ui.gaze.files import load_gaze, read_gaze
from ui.gaze.viewed import SIDE, ViewedGaze

REFLACX = (
    "timestamp_start_fixation,timestamp_end_fixation,x_position,y_position,xmin_shown_from_image,"
    "ymin_shown_from_image,xmax_shown_from_image,ymax_shown_from_image,angular_resolution_x_pixels_per_degree,"
    "angular_resolution_y_pixels_per_degree\n"
)
EGD = "DICOM_ID,Time (in secs),FPOGD,X_ORIGINAL,Y_ORIGINAL\n"


@pytest.fixture(scope="module")
def view() -> CaseView:
    """A radiograph of 600 × 400 pixels, of which the central 400 are seen."""
    case = Case("film", "p", "upload", pixels=np.zeros((400, 600), np.float32))
    return CaseView.of(case, case.read())


def whole(gaze: ViewedGaze) -> Seen:
    return seen([gaze], GazeChoice())


def test_fixations_of_reflacx_are_gaussians_of_one_degree_weighted_by_their_time(view: CaseView) -> None:
    rows = "0,1,200,100,0,0,600,400,40,30\n1,4,350,300,0,0,600,400,40,30\n4,5,20,20,0,0,600,400,40,30\n"
    read = read_gaze((REFLACX + rows).encode(), "fixations.csv", view)
    gaze = whole(read)
    assert gaze.values is not None and gaze.who == "fixations.csv"
    centres = (np.arange(SIDE) + 0.5) * 400 / SIDE
    expected = np.zeros((SIDE, SIDE))
    for x, y, weight in ((100.5, 100.5, 1), (250.5, 300.5, 3), (-79.5, 20.5, 1)):
        expected += weight * np.outer(norm.pdf(centres, y, 30), norm.pdf(centres, x, 40))
    np.testing.assert_allclose(gaze.values, expected / expected.sum(), rtol=1e-4, atol=1e-9)
    assert gaze.window == "whole reading, 3 fixations in 5.0 s, 1 of them outside the view"
    np.testing.assert_allclose(gaze.points, [[100.5 * 1.28, 100.5 * 1.28], [250.5 * 1.28, 300.5 * 1.28]])
    content = read.content(keep)
    assert content["shape"] == [3, 10] and content["weigh"] == "duration" and content["side"] == 400


def test_a_table_of_egd_cxr_gives_the_open_radiograph_s_fixations(view: CaseView) -> None:
    rows = "other,0,1,150,150\nfilm,0,1,300,200\nfilm,1,2,320,210\n"
    gaze = whole(read_gaze((EGD + rows).encode(), "fixations.csv", view))
    assert (
        gaze.values is not None
        and len(gaze.points) == 2
        and np.unravel_index(gaze.values.argmax(), gaze.values.shape)[1] == pytest.approx(135, abs=4)
    )
    with pytest.raises(InputError, match=r"Expected fixations on film in f\.csv, found 2 other radiographs"):
        read_gaze((EGD + "a,0,1,9,9\nb,0,1,9,9\n").encode(), "f.csv", view)


def test_scores_are_those_of_maps(view: CaseView) -> None:
    gaze = whole(read_gaze((EGD + "film,0,1,300,200\n").encode(), "f.csv", view))
    assert gaze.values is not None
    same = gaze.values.repeat(2, axis=0).repeat(2, axis=1)
    found = gaze.scores(same, 512)
    assert found["ncc"] == pytest.approx(1) and found["iou_top"] == 1
    mass = gaze.values - gaze.values.min()
    assert found["kl"] == pytest.approx(entropy(gaze.values.ravel(), mass.ravel() + 1e-30), abs=1e-3)
    against = gaze.scores(-same, 512)
    assert against["ncc"] == pytest.approx(-1) and against["auc_judd"] < 0.01 and against["iou_top"] == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2\n", "Expected the fixations of REFLACX"),
        ("", "found nothing"),
        (EGD, "found 0 other radiographs"),
        (REFLACX + "0,1,x,100,0,0,600,400,40,40\n", r"nobody looked at it\. Line 2 of f\.csv"),
        (REFLACX + "0,1,5000,5000,0,0,600,400,40,40\n", "nobody looked"),
        ("x_position\n1\n", "Expected the columns"),
    ],
)
def test_what_is_no_such_file_is_said_in_one_sentence(view: CaseView, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_gaze(text.encode(), "f.csv", view)


WORDS = "word,timestamp_start_word,timestamp_end_word\nheart,1.0,1.4\nlarge,1.4,2.0\n.,2,2\n"


def test_wrong_rows_are_named_with_their_lines_counted_and_passed_over(view: CaseView) -> None:
    good = "0,1,200,100,0,0,600,400,40,30\n"
    wrong = ("1,0,300,200,0,0,600,400,40,30", "1,2,nan,200,0,0,600,400,40,30", "1,2,300,200,600,0,0,400,40,30")
    rows = (
        good
        + "".join(f"{row}\n" for row in (*wrong, "1,2,300,200,0,0,600,400,0,30"))
        + "2,3,300,200,0,0,600,400,40,30\n"
    )
    (gaze,), at, note = load_gaze([], (REFLACX + rows).encode(), "looks.csv", view)
    assert at == 0 and note.startswith("looks.csv: 2 fixations loaded; 4 rows left out. Line 3 of looks.csv: ")
    assert [f"Line {line} of looks.csv" in note for line in (3, 4, 5, 6)] == [True, True, True, False]
    assert note.endswith("And 1 more like these.") and gaze.content(keep)["left_out"] == 4
    clean = read_gaze((REFLACX + good + "2,3,300,200,0,0,600,400,40,30\n").encode(), "looks.csv", view)
    np.testing.assert_array_equal(whole(gaze).values, whole(clean).values)


def test_several_files_stand_beside_each_other_and_one_of_a_name_takes_its_place(view: CaseView) -> None:
    row = "0,1,{},100,0,0,600,400,40,30\n1,2,{},300,0,0,600,400,40,30\n"
    files = [("a.csv", 200), ("b.csv", 300), ("a.csv", 250)]
    readings: list[ViewedGaze] = [ViewedGaze("P1", "REFLACX")]
    for name, x in files:
        readings, at, _ = load_gaze(readings, (REFLACX + row.format(x, x)).encode(), name, view)
    assert [one.name for one in readings] == ["P1", "b.csv", "a.csv"] and at == 2
    readings, at, note = load_gaze(readings, WORDS.encode(), "words.csv", view)
    assert at == 2 and note == "words.csv: 2 fixations loaded, 1 phrase."
    assert readings[2].phrases[0].text == "heart large" and not readings[1].phrases
    with pytest.raises(InputError, match="load that one first"):
        load_gaze([], WORDS.encode(), "words.csv", view)

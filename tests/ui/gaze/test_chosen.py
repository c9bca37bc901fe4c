"""What is seen of several readings: whose, and when, against densities worked out with SciPy."""

import numpy as np
import pytest
from scipy.stats import norm

from data_cache.errors import InputError
from data_cache.gaze.fixations import Fixations
from data_cache.gaze.phrases import Phrase
from data_cache.gaze.recording import Recording
from data_cache.geometry import Geometry
from ui.gaze.chosen import GazeChoice, seen
from ui.gaze.viewed import SIDE, ViewedGaze

GEOMETRY = Geometry(400, 600, 512)  # of which the central 400 columns are seen
CENTRES = (np.arange(SIDE) + 0.5) * 400 / SIDE


def reading(name: str, *looks: tuple[float, float, float, float], size: tuple[int, int] = (400, 600)) -> ViewedGaze:
    """Looks: start, end, x, y in the radiograph."""
    numbers = np.array(looks, np.float64)
    shown = np.tile([0.0, 0.0, size[1], size[0]], (len(looks), 1))
    fixations = Fixations(numbers[:, 2:], numbers[:, :2], np.full((len(looks), 2), 30.0 * size[0] / 400), shown)
    said = (Phrase("heart large", 1.0, 2.5),)
    return ViewedGaze.of_recording(name, "REFLACX", Recording(fixations, "duration", said), GEOMETRY, size)


def density(*weighted: tuple[float, float, float]) -> np.ndarray:
    """Weight, x, y in the square that is seen."""
    parts = [w * np.outer(norm.pdf(CENTRES, y, 30), norm.pdf(CENTRES, x, 30)) for w, x, y in weighted]
    return np.sum(parts, axis=0) / np.sum(parts)


ONE = reading("P1", (0, 1, 200, 100), (1, 3, 300, 300))
OTHER = reading("P2", (0, 4, 400, 200))


def test_a_window_cuts_fixations_off_at_its_ends_and_is_named_by_what_was_said() -> None:
    said = seen([ONE, OTHER], GazeChoice(0, 1.0, 2.5))
    np.testing.assert_allclose(said.values, density((1.5, 200, 300)), rtol=1e-4, atol=1e-9)
    assert (said.who, said.window) == ("REFLACX P1", "1.0 to 2.5 s, “heart large”, 1 fixation")
    late = seen([ONE], GazeChoice(0, 0.5, None))
    np.testing.assert_allclose(late.values, density((0.5, 100, 100), (2, 200, 300)), rtol=1e-4, atol=1e-9)
    assert late.window == "from 0.5 s on, 2 fixations"
    nobody = seen([ONE], GazeChoice(0, 3.5, 9))
    assert nobody.values is None and nobody.window == "3.5 to 9.0 s, 0 fixations"
    assert all(np.isnan(value) for value in nobody.scores(np.eye(512, dtype=np.float32), 512).values())


def test_of_several_readers_each_counts_the_same_however_long_they_looked() -> None:
    both = seen([ONE, OTHER], GazeChoice())
    expected = (density((1, 100, 100), (2, 200, 300)) + density((1, 300, 200))) / 2
    np.testing.assert_allclose(both.values, expected, rtol=1e-4, atol=1e-9)
    assert (both.who, both.window, len(both.points)) == ("mean of 2 readings", "whole readings, 3 fixations", 3)
    alone = seen([ONE, OTHER], GazeChoice(start=3.5))  # when one of them had ended
    np.testing.assert_allclose(alone.values, density((1, 300, 200)), rtol=1e-4, atol=1e-9)
    with pytest.raises(InputError, match="place of a reading"):
        seen([ONE], GazeChoice(1))


def test_gaze_on_a_radiograph_of_twice_the_size_is_the_same_and_on_one_of_another_shape_none() -> None:
    twice = reading("P1", (0, 1, 400, 200), (1, 3, 600, 600), size=(800, 1200))
    np.testing.assert_allclose(seen([twice], GazeChoice()).values, seen([ONE], GazeChoice()).values, rtol=1e-6)
    with pytest.raises(InputError, match="of 600×600 pixels or of its shape for the gaze P1, found one of 600×400"):
        reading("P1", (0, 1, 9, 9), size=(600, 600))


def test_what_was_not_on_the_screen_was_not_looked_at() -> None:
    looks = Fixations(
        np.array([[310.0, 200.0]]), np.array([[0.0, 1.0]]), np.full((1, 2), 60.0), np.array([[300.0, 0, 600, 400]])
    )
    gaze = ViewedGaze.of_recording("P1", "", Recording(looks, "duration"), GEOMETRY)
    values = seen([gaze], GazeChoice()).values
    assert values is not None
    np.testing.assert_array_equal(values.max(axis=0) > 0, CENTRES >= 200)  # the view begins at column 100


def test_finished_maps_are_cut_to_the_view_and_chosen_by_their_part() -> None:
    ramp = np.tile(np.arange(600, dtype=np.float32), (400, 1))
    maps = {"heart": ramp, "left": ramp[:, ::-1], "corner": np.zeros((400, 600), np.float32)}
    gaze = ViewedGaze.of_maps("s1", "FG-CXR", maps, GEOMETRY)
    assert gaze.problems[0].startswith("corner: ") and list(gaze.maps) == ["heart", "left"]
    heart = seen([gaze], GazeChoice(0, part="heart"))
    columns = 100 + CENTRES - 0.5
    np.testing.assert_allclose(heart.values, np.tile(columns / columns.sum() / SIDE, (SIDE, 1)), rtol=1e-5)
    everything = seen([gaze], GazeChoice(0))
    np.testing.assert_allclose(everything.values, 1 / SIDE**2, rtol=1e-5)
    assert (heart.window, everything.window, len(heart.points)) == ("heart", "mean of 2 parts", 0)

"""The gaze that registered datasets have of the cases on offer, read when a case is opened."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from data_cache.errors import InputError
from data_cache.gaze.base import GazeDataset
from data_cache.gaze.gaze_map import Reading
from data_cache.gaze.registry import GAZE
from data_cache.geometry import Geometry
from ui.case_view import CaseView
from ui.gaze.viewed import ViewedGaze

_KEPT = 32  # cases whose gaze is kept; some 20 to 500 kB each


class Gazes:
    """Gaze by case.

    Args:
        datasets: by their keys.
    """

    def __init__(self, datasets: Mapping[str, GazeDataset]) -> None:
        self._readings: dict[str, list[tuple[str, Reading]]] = {}
        for key, dataset in datasets.items():
            for reading in dataset.readings:
                self._readings.setdefault(reading.case, []).append((GAZE[key].label, reading))
        self._of = lru_cache(maxsize=_KEPT)(self._read)

    def of(self, view: CaseView) -> tuple[ViewedGaze, ...]:
        """The gaze on a listed radiograph; of an upload nothing is known, whatever it is called."""
        if view.source == "upload" or view.case_id not in self._readings:
            return ()
        return self._of(view.case_id, view.geometry)

    def _read(self, case: str, geometry: Geometry) -> tuple[ViewedGaze, ...]:
        found: list[ViewedGaze] = []
        finished: dict[tuple[str, str], list[Reading]] = {}
        for label, reading in self._readings[case]:
            if reading.record is None:
                finished.setdefault((label, reading.reader), []).append(reading)
            else:
                found.append(_recorded(label, reading, geometry))
        found += [_finished(*key, readings, geometry) for key, readings in finished.items()]
        return tuple(found)


def _recorded(label: str, reading: Reading, geometry: Geometry) -> ViewedGaze:
    if reading.record is None:
        raise ValueError("Expected a reading of fixations, found finished maps.")
    try:
        return ViewedGaze.of_recording(reading.reader, label, reading.record(), geometry, reading.size)
    except InputError as error:
        return ViewedGaze(reading.reader, label, side=geometry.side, problems=(str(error),))


def _finished(label: str, reader: str, readings: Sequence[Reading], geometry: Geometry) -> ViewedGaze:
    maps, problems = {}, []
    for reading in readings:
        try:
            maps[reading.phrase or reading.kind] = reading.make().values
        except InputError as error:
            problems.append(str(error))
    gaze = ViewedGaze.of_maps(reader, label, maps, geometry)
    return ViewedGaze(reader, label, side=geometry.side, maps=gaze.maps, problems=(*problems, *gaze.problems))

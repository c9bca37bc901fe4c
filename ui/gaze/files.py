"""Files of gaze for the open case: fixations as REFLACX or EGD-CXR lay them out, and REFLACX's words with times."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from data_cache.counting import counted
from data_cache.errors import InputError
from data_cache.gaze import reflacx
from data_cache.gaze.egd_cxr import fixations_of
from data_cache.gaze.recording import Recording
from data_cache.gaze.tables import named
from data_cache.sources.tables import read_rows
from ui.case_view import CaseView
from ui.gaze.chosen import GazeChoice, seen
from ui.gaze.viewed import ViewedGaze, some

_EGD = ("DICOM_ID", "Time (in secs)", "X_ORIGINAL", "Y_ORIGINAL")
_WORD = reflacx.WORDS[1]  # a column of a transcript
_MOST = 24  # readings of one radiograph


def load_gaze(
    readings: Sequence[ViewedGaze], data: bytes, name: str, view: CaseView
) -> tuple[list[ViewedGaze], int, str]:
    """Add a file to the gaze on the open case, in place of one of the same name; or what was said, to the last file.

    Returns:
        (all readings, the place of the one that the file was about, a sentence about it).

    Raises:
        InputError: as of `read_gaze`; or words come before fixations; or there are too many readings.
    """
    if _WORD in _header(data):
        changed, at = _with_transcript(data, name, readings)
        return changed, at, _note(name, changed[at])
    gaze = read_gaze(data, name, view)
    others = [one for one in readings if one.origin or one.name != name]
    if len(others) >= _MOST:
        raise InputError(f"Expected at most {_MOST} readings of one radiograph, found more; open the case again.")
    return [*others, gaze], len(others), _note(name, gaze)


def read_gaze(data: bytes, name: str, view: CaseView) -> ViewedGaze:
    """Read a file of fixations for the open case; rows that cannot be used are left out, and named with their lines.

    Raises:
        InputError: it is neither REFLACX's nor EGD-CXR's, is about another radiograph, or nobody looked at the view.
    """
    header = _header(data)
    with _as_file(data, name) as path:
        if "x_original" in header:
            recording = _egd(path, name, view)
        elif "x_position" in header:
            fixations, problems = reflacx.read_fixations(path)
            recording = Recording(fixations, "duration", problems=tuple(problems))
        else:
            raise InputError(
                f"Expected the fixations of REFLACX (x_position …) or EGD-CXR (X_ORIGINAL …) in {name}, found "
                f"{'other columns' if header else 'nothing'}; choose the file as it was published."
            )
    problems = [problem.replace(path.name, name) for problem in recording.problems]
    gaze = ViewedGaze.of_recording(name, "", replace(recording, problems=tuple(problems)), view.geometry)
    if seen([gaze], GazeChoice()).values is None:
        why = f" {' '.join(some(problems))}" if problems else ""
        raise InputError(f"Expected fixations on what the view shows in {name}, found that nobody looked at it.{why}")
    return gaze


def _with_transcript(data: bytes, name: str, gaze: Sequence[ViewedGaze]) -> tuple[list[ViewedGaze], int]:
    """Give what was said to the file of fixations that was loaded last."""
    own = [i for i, one in enumerate(gaze) if not one.origin and one.fixations is not None]
    if not own:
        raise InputError(f"Expected a file of fixations before the words of {name}, found none; load that one first.")
    with _as_file(data, name) as path:
        phrases, problems = reflacx.read_phrases(path)
    wrong = [problem.replace(path.name, name) for problem in problems]
    changed = list(gaze)
    last = changed[own[-1]]
    changed[own[-1]] = replace(last, phrases=tuple(phrases), problems=(*last.problems, *wrong))
    return changed, own[-1]


def _note(name: str, gaze: ViewedGaze) -> str:
    """Say what was loaded, and which rows were left out."""
    count = 0 if gaze.fixations is None else len(gaze.fixations)
    words = f"{name}: {counted(count, 'fixation')} loaded"
    words += f", {counted(len(gaze.phrases), 'phrase')}" if gaze.phrases else ""
    wrong = f"; {counted(len(gaze.problems), 'row')} left out" if gaze.problems else ""
    return " ".join([f"{words}{wrong}.", *some(gaze.problems)])


def _header(data: bytes) -> str:
    return data[:10_000].decode("utf-8", "replace").partition("\n")[0].casefold()


@contextmanager
def _as_file(data: bytes, name: str) -> Iterator[Path]:
    """The table as a file; what is wrong with it is said of the name that its owner gave it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table-of-gaze.csv"
        path.write_bytes(data)
        try:
            yield path
        except InputError as error:
            raise InputError(str(error).replace(path.name, name)) from None


def _egd(path: Path, name: str, view: CaseView) -> Recording:
    rows = list(read_rows(path, _EGD))
    mine = [row for row in rows if row.get("DICOM_ID") == view.case_id]
    about = {row.get("DICOM_ID") for row in rows}
    if not mine and len(about) != 1:
        raise InputError(f"Expected fixations on {view.case_id} in {name}, found {len(about)} other radiographs.")
    problems: list[str] = []
    fixations = fixations_of(mine or rows, (view.geometry.height, view.geometry.width), problems, path)
    whose = f"{named((mine or rows)[0].get('DICOM_ID'))}: "  # it may be a patient's name, and all rows have the same
    return Recording(fixations, "count", problems=tuple(one.removeprefix(whose) for one in problems))

"""Array files of heat maps: broken ones in one sentence, and numbers that float32 cannot hold with their order kept."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data_cache.errors import InputError
from data_cache.store import write_tensors
from evaluation.scoring import CaseJob, Setup, score_case
from evaluation.sources.arrays import ordered, read_map
from evaluation.sources.base import CaseMaps, usable
from evaluation.sources.opening import open_maps
from tests.data_cache.test_archives import packed

VALUES = np.arange(12, dtype=np.float32).reshape(3, 4)


def npy(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()


def with_header(text: str, version: bytes = b"\x01\x00") -> bytes:
    header = text.encode()
    return b"\x93NUMPY" + version + len(header).to_bytes(2 if version[0] == 1 else 4, "little") + header + bytes(48)


def opened(folder: Path, name: str, content: bytes) -> CaseMaps:
    path = folder / "case" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return open_maps(f"mine={folder}").read_or_refuse("case")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUMPY",
        npy(VALUES)[:-1],
        with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }")[:-1],
        with_header("{{'descr': 1}: 2}"),
        with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4"),
        with_header("{'descr': '|O', 'fortran_order': False, 'shape': (3, 4), }"),
        with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 9), }"),
        with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (-3, 4), }"),
        with_header("{'descr': '<f4', 'fortran_order': False, 'shape': ('a', 4), }"),
        with_header("(" * 3_000),
        with_header("__import__('os').abort()"),
        with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }", b"\x04\x00"),
    ],
)
def test_a_broken_header_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    for name, data in (("Edema.npy", content), ("Edema.npz", packed({"map.npy": content}))):
        found = opened(tmp_path, name, data)
        assert not found.maps and found.refused == {"Edema"}
        (problem,) = found.problems
        assert "\n" not in problem.sentence and len(problem.sentence) < 300
        (tmp_path / "case" / name).unlink()


def test_members_that_are_no_arrays_are_passed_over(tmp_path: Path) -> None:
    content = packed({"map.npy": npy(VALUES), "map": b"text", "readme.txt": b"text", "other.npy": b"broken"})
    np.testing.assert_array_equal(opened(tmp_path, "Edema.npz", content).maps["Edema"], VALUES)


@pytest.mark.parametrize(
    "stored", [np.array("much"), np.array([1.0, 2.0]), np.array(np.nan), np.array(7.0), np.array(1j)]
)
def test_a_probability_that_is_none_leaves_the_map(tmp_path: Path, stored: np.ndarray) -> None:
    if stored.dtype.kind in "Uc":  # these are no array of numbers: the file is refused as a whole
        content = packed({"map.npy": npy(VALUES), "probability.npy": npy(stored)})
        assert opened(tmp_path, "Edema.npz", content).refused == {"Edema"}
        return
    found = opened(tmp_path, "Edema.npz", packed({"map.npy": npy(VALUES), "probability.npy": npy(stored)}))
    np.testing.assert_array_equal(found.maps["Edema"], VALUES)
    assert np.isnan(found.probabilities["Edema"])


def test_both_orders_and_every_version(tmp_path: Path) -> None:
    for version in ((1, 0), (2, 0), (3, 0)):
        for values in (VALUES, np.asfortranarray(VALUES), VALUES.astype(">i2"), VALUES > 5):
            file = io.BytesIO()
            np.lib.format.write_array(file, values, version)
            path = tmp_path / "a.npy"
            path.write_bytes(file.getvalue())
            np.testing.assert_array_equal(read_map(path)[0], values)


def test_a_file_that_is_cut_short_after_it_was_read_changes_nothing(tmp_path: Path) -> None:
    """Mapped, it would end the process."""
    path = tmp_path / "a.npy"
    large = np.arange(1 << 20, dtype=np.float64).reshape(1024, 1024)
    path.write_bytes(npy(large))
    values, _ = read_map(path)
    os.truncate(path, 200)
    np.testing.assert_array_equal(values, large)


@pytest.mark.parametrize(
    "values",
    [
        VALUES.astype(np.float64) + 2.0**40,
        VALUES.astype(np.float64) * 8 - 2.0**45,
        VALUES.astype(np.float64) * 1e-60,
        VALUES.astype(np.float64) * 1e300,
        (VALUES.astype(np.float64) - 5.5) * 3e307,
        VALUES.astype(np.int64) + 2**60,
        VALUES.astype(np.int64) - 2**60,
        VALUES.astype(np.uint64) + np.uint64(2**63),
        VALUES.astype(np.int32) + 2**30,
    ],
    ids=["offset", "negative offset", "tiny", "huge", "whole range", "64 bits", "negative", "unsigned", "32 bits"],
)
def test_order_survives_float32(values: np.ndarray) -> None:
    found = usable(ordered(values), "a")
    np.testing.assert_allclose(found, VALUES / 11, atol=1e-6)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.uint8, np.int16, np.int64, bool])
def test_usual_values_are_kept(kind: type) -> None:
    values = VALUES.astype(kind)
    assert ordered(values) is values
    np.testing.assert_array_equal(ordered(values), values)


@pytest.mark.parametrize(
    "values", [np.zeros((3, 4)), np.full((3, 4), 2**60), np.zeros((0, 4)), np.zeros(3), np.array([[np.nan]])]
)
def test_what_has_no_order_is_kept(values: np.ndarray) -> None:
    assert ordered(values) is values


def test_a_palette_counts_by_its_colour(tmp_path: Path) -> None:
    image = Image.fromarray(np.array([[0, 1], [1, 0]], np.uint8), "P")
    image.putpalette([200, 200, 200, 10, 10, 10])
    file = io.BytesIO()
    image.save(file, "PNG")
    np.testing.assert_array_equal(opened(tmp_path, "Edema.png", file.getvalue()).maps["Edema"], [[200, 10], [10, 200]])
    image.putpalette([200, 0, 0, 10, 10, 10])
    file = io.BytesIO()
    image.save(file, "PNG")
    assert "coloured" in opened(tmp_path, "Edema.png", file.getvalue()).problems[0].sentence


def test_findings_are_spelt_as_tools_spell_them(tmp_path: Path) -> None:
    for name in ("Pleural_Effusion.npy", "airspace-opacity.npy"):
        path = tmp_path / "case" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(npy(VALUES))
    (tmp_path / "patient1_study1_Lung_Lesion.npy").write_bytes(npy(VALUES))
    source = open_maps(f"m={tmp_path}")
    assert set(source.read("case").maps) == {"Pleural Effusion", "Lung Opacity"}
    assert set(source.read("patient1_study1").maps) == {"Lung Lesion"}
    assert not source.problems


def test_a_wrapping_folder_and_junk_are_seen_through(tmp_path: Path) -> None:
    path = tmp_path / "maps.zip"
    path.write_bytes(packed({"my maps/inside/case/Edema.npy": npy(VALUES), "__MACOSX/my maps/._x.npy": b"x"}))
    source = open_maps(f"m={path}")
    assert list(source.files) == ["case"] and not source.problems


@pytest.mark.parametrize(
    "values",
    [
        np.zeros((0, 9), np.float32),
        VALUES[None],
        np.full((3, 4), np.nan, np.float32),
        np.float32([[3e38, -3e38]]),
        np.float32([[np.inf, 0]]),
    ],
    ids=["empty", "3-D", "NaN", "beyond all", "infinite"],
)
def test_converted_maps_are_checked_like_all_others(tmp_path: Path, values: np.ndarray) -> None:
    text = {"case": "case", "probability": "0.5", "ground_truth": "1", "cxr_dims": "[4, 3]"}
    for finding, stored in (("Edema", values), ("Cardiomegaly", VALUES)):
        write_tensors(tmp_path / "case" / f"{finding}.map.safetensors", {"map": stored}, text | {"finding": finding})
    found = open_maps(f"m={tmp_path}").read("case")
    assert set(found.maps) == {"Cardiomegaly"} and found.refused == {"Edema"}
    assert len(found.problems) == 1


def test_a_folder_and_a_pipe_in_the_place_of_a_map(tmp_path: Path) -> None:
    (tmp_path / "case" / "Edema.npy").mkdir(parents=True)
    os.mkfifo(tmp_path / "case" / "Fracture.npy")
    source = open_maps(f"m={tmp_path}")
    found = source.read_or_refuse("case")
    assert found.refused == {"Edema", "Fracture"} and len(found.problems) == 2
    assert len(source.digest("case")) == 64


def test_whatever_breaks_in_a_source_is_the_problem_of_its_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(tmp_path, "Edema.npy", npy(VALUES))
    source = open_maps(f"m={tmp_path}")
    monkeypatch.setattr(type(source), "read", lambda *_: {}["x"])
    found = source.read_or_refuse("case")
    assert len(found.refused) == 14 and "damaged" in found.problems[0].sentence


def test_a_file_that_changes_while_it_is_read_stops_the_benchmark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(tmp_path, "Edema.npy", npy(VALUES))
    source = open_maps(f"m={tmp_path}")
    read = type(source).read

    def read_then_change(self: object, case_id: str) -> CaseMaps:
        found = read(self, case_id)
        (tmp_path / "case" / "Edema.npy").write_bytes(npy(VALUES * 2)[:-4])
        return found

    monkeypatch.setattr(type(source), "read", read_then_change)
    with pytest.raises(InputError, match="was changed while it was read"):
        score_case(Setup((source,), "paper"), _AnyMarking(), CaseJob("case", {}))


class _AnyMarking(dict):
    def __missing__(self, key: object) -> None:
        return None

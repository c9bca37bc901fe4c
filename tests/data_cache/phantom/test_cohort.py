"""A cohort on disk: the layout, read back with other libraries; resuming; the command."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer import Typer
from typer.testing import CliRunner

from data_cache.chexlocalize import CheXlocalize
from data_cache.errors import InputError
from data_cache.findings import CHEXLOCALIZE_NAMES, FINDINGS
from data_cache.masks import Rle
from data_cache.phantom.bundle import bundle_cases
from data_cache.phantom.cohort import MARKER, CohortSettings, write_cohort
from data_cache.phantom.command import phantom
from data_cache.phantom.simulate import simulate_case
from data_cache.simulated_mark import is_marked

TABLES = {"train": "balanced", "val": "balanced", "test": "realistic"}


def settings(**changes: object) -> CohortSettings:
    usual = {
        "seed": 5, "counts": {"train": 2, "val": 3, "test": 2}, "size": "160x128", "prevalence": TABLES,
        "shortcut": None, "suffix": "png", "train_masks": False,
    }  # fmt: skip
    return CohortSettings(**{**usual, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cohort") / "out"
    assert list(write_cohort(folder, settings()))[-1] == 7
    return folder


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def decoded(stored: dict[str, Any]) -> np.ndarray:
    return Rle((160, 128), stored["counts"]).decode()


def test_label_tables_have_the_datasets_columns_and_paths(root: Path) -> None:
    val, test = (table(root / "CheXpert" / f"{split}_labels.csv") for split in ("val", "test"))
    assert list(val[0]) == ["Path", "Sex", "Age", "Frontal/Lateral", "AP/PA", *FINDINGS]
    assert list(test[0]) == ["Path", *FINDINGS]
    assert val[0]["Path"] == "CheXpert-v1.0/valid/patientPHANTOM60001/study1/view1_frontal.png"
    assert test[0]["Path"] == "test/patientPHANTOM80001/study1/view1_frontal.png"
    image = root / "CheXpert" / "val" / "patientPHANTOM60001" / "study1" / "view1_frontal.png"
    assert is_marked(image.read_bytes())  # so that it is known as simulated under any name


def test_image_labels_and_masks_are_those_of_the_case(root: Path) -> None:
    case = simulate_case(5, 60001, 1, (160, 128), "balanced")
    stored = cv2.imread(str(root / "CheXpert/val/patientPHANTOM60001/study1/view1_frontal.png"), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(np.asarray(stored), case.pixels)
    row = table(root / "CheXpert" / "val_labels.csv")[0]
    assert {name: float(row[name]) for name in FINDINGS} == case.labels
    masks = json.loads((root / "CheXlocalize" / "gt_segmentations_val.json").read_text())[case.id]
    assert list(masks) == list(CHEXLOCALIZE_NAMES.values())
    for name, mask in case.masks.items():
        stored_mask = masks[CHEXLOCALIZE_NAMES[name]]
        assert stored_mask["size"] == [160, 128]
        assert np.array_equal(decoded(stored_mask), mask)


def test_filled_contours_give_the_masks_back(root: Path) -> None:
    """Outer contours fill holes: compared where the mask has none."""
    folder = root / "CheXlocalize"
    masks = json.loads((folder / "gt_segmentations_val.json").read_text())
    for case, entry in json.loads((folder / "gt_annotations_val.json").read_text()).items():
        assert entry.pop("img_size") == [160, 128]
        for name, outlines in entry.items():
            drawn = np.zeros((160, 128), np.uint8)
            cv2.fillPoly(drawn, [np.array(outline) for outline in outlines], 1)
            mask = decoded(masks[case][name])
            assert (mask <= drawn).mean() > 0.999
            assert mask.sum() > 0.5 * drawn.sum()


def test_train_has_masks_only_on_request(root: Path, tmp_path: Path) -> None:
    assert not (root / "CheXlocalize" / "gt_segmentations_train.json").exists()
    list(write_cohort(tmp_path / "more", settings(counts={"train": 1}, train_masks=True)))
    assert (tmp_path / "more" / "CheXlocalize" / "gt_segmentations_train.json").is_file()


def test_the_loader_treats_it_as_any_dataset(root: Path) -> None:
    dataset = CheXlocalize(root)
    cases = dataset.cases("val")
    assert len(cases) == 3
    case, simulated = cases[0], simulate_case(5, 60001, 1, (160, 128), "balanced")
    assert case.id == simulated.id
    assert dict(case.labels) == simulated.labels
    for name, rle in case.masks.items():
        assert np.array_equal(rle.decode(), simulated.masks[name])


def test_the_marker_names_the_phantom_and_every_severity(root: Path) -> None:
    marker = json.loads((root / MARKER).read_text())
    assert marker["name"] == "PHANTOM"
    assert len(marker["cases"]) == 7
    for entry in marker["cases"]:
        assert "PHANTOM" in entry["id"]
        assert all(0 < value <= 1 for value in entry["severities"].values())


def test_an_interrupted_run_goes_on_where_it_stopped(root: Path, tmp_path: Path) -> None:
    run = write_cohort(tmp_path / "out", settings())
    for done in run:
        if done == 3:
            break
    run.close()
    assert not (tmp_path / "out" / MARKER).exists()
    kept = sorted((tmp_path / "out" / "CheXpert").rglob("*.png"))
    ages = [path.stat().st_mtime_ns for path in kept]
    assert next(write_cohort(tmp_path / "out", settings())) >= 3
    list(write_cohort(tmp_path / "out", settings()))
    assert [path.stat().st_mtime_ns for path in kept[:2]] == ages[:2]
    for path in sorted(root.rglob("*.*")):
        if path.is_file():
            assert (tmp_path / "out" / path.relative_to(root)).read_bytes() == path.read_bytes()


def begun(folder: Path, cases: int) -> list[Path]:
    """A run that was stopped after some cases; their records."""
    run = write_cohort(folder, settings())
    for done in run:
        if done == cases:
            break
    run.close()
    return sorted(path for path in (folder / ".unfinished").glob("*PHANTOM*.json"))


def image_of(folder: Path, record: Path) -> Path:
    """The image of the case that a record is of."""
    patient = re.search(r"patientPHANTOM\d+", record.name)
    assert patient is not None
    (image,) = (folder / "CheXpert").rglob(f"{patient[0]}/*/*.png")
    return image


def test_what_a_crash_of_the_machine_left_damaged_is_made_again(root: Path, tmp_path: Path) -> None:
    """An empty image, none, a record that is cut, one of another case, and one of something else."""
    folder = tmp_path / "out"
    empty, none, cut, other, strange, *_ = records = begun(folder, 6)
    assert len(records) >= 6
    image_of(folder, empty).write_bytes(b"")
    image_of(folder, none).unlink()
    cut.write_bytes(cut.read_bytes()[:-20])
    other.write_bytes(records[5].read_bytes())
    strange.write_text("[[1]]")
    (folder / "CheXpert" / ".view1_frontal.png.x1.partial").write_bytes(b"half")  # as a writer that was killed leaves
    assert list(write_cohort(folder, settings()))[-1] == 7
    files = [path.relative_to(root) for path in sorted(root.rglob("*")) if path.is_file()]
    assert [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()] == files
    assert [path for path in files if (folder / path).read_bytes() != (root / path).read_bytes()] == []


def test_two_writers_of_one_folder(tmp_path: Path) -> None:
    folder, few = tmp_path / "out", settings(counts={"val": 3})
    first = write_cohort(folder, few)
    next(first)
    next(first)
    with pytest.raises(InputError, match="Expected out for this command alone, found another one that is writing"):
        next(write_cohort(folder, few))
    assert list(first)[-1] == 3
    assert list(write_cohort(folder, few)) == [3]


@pytest.mark.parametrize("content", ["", "{", "[1]", "[" * 100_000])
def test_a_damaged_marker_is_one_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / MARKER).write_text(content)
    for use in (lambda: next(write_cohort(tmp_path, settings())), lambda: bundle_cases(tmp_path, tmp_path / "b", 1)):
        with pytest.raises(InputError, match="found a damaged file; simulate the cohort again"):
            use()


def test_a_folder_that_cannot_be_written_to_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for place in ("file/x", "loop", "loop/x"):
        with pytest.raises(InputError, match="nothing can be written there"):
            next(write_cohort(tmp_path / place, settings()))


def test_a_finished_cohort_is_left_alone_and_another_is_refused(root: Path) -> None:
    assert list(write_cohort(root, settings())) == [7]
    with pytest.raises(InputError, match="other settings"):
        list(write_cohort(root, settings(seed=6)))


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(InputError, match="not an empty folder"):
        list(write_cohort(tmp_path, settings()))


def run_command(*arguments: str) -> int:
    app = Typer()
    app.command()(phantom)
    return CliRunner().invoke(app, list(arguments)).exit_code


def test_the_command(tmp_path: Path) -> None:
    out, sheet = tmp_path / "out", tmp_path / "sheet.png"
    command = ["--count", "3", "--seed", "1", "--size", "128", "--jobs", "1", "--out", str(out)]
    assert run_command(*command, "--contact-sheet", str(sheet)) == 0
    assert set(CheXlocalize(out).splits()) == {"train", "val", "test"}
    assert cv2.imread(str(sheet)) is not None


@pytest.mark.parametrize(
    "arguments",
    [
        ("--count", "3", "--test", "2"),
        (),
        ("--count", "3", "--format", "gif"),
        ("--val", "2", "--prevalence", "no"),
    ],
)
def test_contradictory_commands_fail(arguments: tuple[str, ...], tmp_path: Path) -> None:
    assert run_command(*arguments, "--out", str(tmp_path / "out")) == 1
    assert not (tmp_path / "out").exists()

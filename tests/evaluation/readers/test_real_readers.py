"""VinBigData's real readers, counted and measured by pandas and the boxes' own arithmetic."""

import csv
import re
import shlex
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torchxrayvision as xrv
from typer.testing import CliRunner

from data_cache.sources.registry import find_cases
from evaluation.__main__ import app
from evaluation.readers.consensus import Readings
from evaluation.readers.measuring import ceiling_rows, pairs_of

TABLE = Path(xrv.__file__).parent / "data" / "vinbigdata-train.csv.gz"
README = Path(__file__).parents[3] / "evaluation" / "README.md"
FINDING = "Pneumothorax"


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(TABLE)


@pytest.fixture(scope="module")
def boxes(table):
    return table[table.class_name == FINDING]


@pytest.fixture(scope="module")
def root(table, boxes, tmp_path_factory):
    """The rows of the images that the finding is marked on, and the sizes that the whole table lets estimate."""
    folder = tmp_path_factory.mktemp("vinbigdata")
    table[table.image_id.isin(boxes.image_id)].to_csv(folder / "train.csv", index=False)
    reach = table.groupby("image_id")[["x_max", "y_max"]].max().dropna()
    sizes = np.ceil(np.maximum(reach, np.percentile(reach, 95, axis=0))).astype(int)
    sizes.columns = ["width", "height"]
    sizes[sizes.index.isin(boxes.image_id)].to_csv(folder / "sizes.csv")
    return folder


@pytest.fixture(scope="module")
def readings(root):
    return [Readings.of(case) for case in find_cases("vinbigdata", root)]


@pytest.fixture(scope="module")
def pairs(readings):
    return [row for one in readings for row in pairs_of(one) if row.finding == FINDING]


def iou(one, other):
    low, high = np.maximum(one[:2], other[:2]), np.minimum(one[2:], other[2:])
    inside = np.prod(np.maximum(high - low, 0))
    return inside / (np.prod(one[2:] - one[:2]) + np.prod(other[2:] - other[:2]) - inside)


def test_pairs_of_three_readers_each(boxes, readings, pairs):
    """Of three readers k who marked: 3 pairs of whom either did (2 for one reader), k (k − 1) / 2 of whom both did."""
    marked = boxes.groupby("image_id").rad_id.nunique()
    assert len(readings) == len(marked) == 96
    assert all(len(one.case.readers) == 3 for one in readings)
    assert len(pairs) == int(np.where(marked == 1, 2, 3).sum())
    assert sum(row.both for row in pairs) == int((marked * (marked - 1) / 2).sum())


def test_the_iou_of_two_readers_with_a_box_each_is_that_of_the_boxes(boxes, pairs):
    columns = ["x_min", "y_min", "x_max", "y_max"]
    single = boxes.groupby(["image_id", "rad_id"]).filter(lambda rows: len(rows) == 1)
    edges = {(row.image_id, row.rad_id): np.array([getattr(row, c) for c in columns]) for row in single.itertuples()}
    rows = {(row.case, row.reader, row.other): row for row in pairs}
    compared = 0
    for image, readers in single.groupby("image_id").rad_id.apply(list).items():
        for one, other in combinations(readers, 2):
            row = rows.get((image, one, other)) or rows[image, other, one]
            assert row.iou == pytest.approx(iou(edges[image, one], edges[image, other]), abs=1e-9)
            compared += 1
    assert compared > 50


def test_one_reader_against_the_union_of_two_is_counted_on_pixels(readings):
    for one in readings[::24]:
        scores = {row.finding: row.scores for row in ceiling_rows(one, "union")}[FINDING].values  # noqa: PD011
        masks = [one.masks[reader][FINDING].decode() for reader in one.case.readers]
        ious, hits = [], []
        for place, mine in enumerate(masks):
            others = np.any([mask for at, mask in enumerate(masks) if at != place], axis=0)
            union = (mine | others).sum()
            ious.append((mine & others).sum() / union)
            point = one.points[one.case.readers[place]][FINDING]
            if others.any():
                hits.append(point is not None and bool(others[int(point[1]), int(point[0])]))
        assert scores["iou_all"] == pytest.approx(np.mean(ious), rel=1e-9)
        assert scores["hit"] == pytest.approx(np.mean(hits))


@pytest.mark.thorough
def test_the_readme_s_row_is_what_its_command_gives(root, tmp_path):
    """On the images that it is about: others have no pair."""
    text = README.read_text(encoding="utf-8").partition("## Where several people read")[2]
    (command,) = re.findall(r"`python -m evaluation (readers [^`]*)`", text)
    arguments = shlex.split(command.replace("DIR", str(root), 1).replace("DIR", str(tmp_path)))
    done = CliRunner().invoke(app, [*arguments, "--processes", "1"], catch_exceptions=False)
    assert done.exit_code == 0 and "one against the union of the others:" in done.output
    with (tmp_path / "summary.csv").open() as file:
        found = {row["finding"]: row for row in csv.DictReader(file)}[FINDING]
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {FINDING} |")]
    images, *numbers = (cell.split()[0] for cell in line.strip("|").split("|")[1:])
    columns = ("agreed", "iou", "iou_both", "kappa", "hit", "ceiling_hit", "ceiling_iou_tp", "ceiling_iou_all")
    assert (found["cases"], [f"{float(found[column]):.3f}" for column in columns]) == (images, numbers)

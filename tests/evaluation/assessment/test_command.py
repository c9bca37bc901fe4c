"""`python -m evaluation assessment`: what it says of files, and the shares that it counts."""

import csv
from pathlib import Path

import numpy as np
from PIL import Image
from typer.testing import CliRunner

from data_cache.demo import bundled_cases
from evaluation.__main__ import app
from evaluation.assessment.shares import COLUMNS


def test_each_file_has_its_reasons_and_each_reason_its_share(tmp_path: Path) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    film = bundled_cases()[0].image_path
    assert film is not None
    (folder / "film.jpg").write_bytes(film.read_bytes())
    Image.open(film).rotate(-90, expand=True).save(folder / "turned.png")
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    Image.fromarray(noise).save(folder / "colour.png")
    (folder / "notes.txt").write_text("no image")
    table = tmp_path / "table.csv"
    done = CliRunner().invoke(app, ["assessment", str(folder), "--out", str(table)])
    assert done.exit_code == 0, done.output
    rows = {row["image"]: row for row in csv.DictReader(table.read_text("utf-8").splitlines())}
    assert tuple(rows["film"]) == COLUMNS
    states = {name: (row["state"], row["reasons"]) for name, row in rows.items()}
    assert states == {
        "film": ("readable", ""), "turned": ("caution", "rotated"), "colour": ("not_assessable", "colour"),
        "notes": ("unreadable", ""),
    }  # fmt: skip
    assert "3 images read" in done.output and "1 files are no images" in done.output
    assert "33.3%  (6.1% to 79.2%)" in done.output  # Wilson's interval of 1 in 3
    assert CliRunner().invoke(app, ["assessment"]).exit_code == 2

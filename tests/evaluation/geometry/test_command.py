"""The command on real boxes: against sums over the file itself, and against the tables in the README."""

import csv
import gzip
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from data_cache.cli import run
from evaluation.__main__ import app
from evaluation.results import MEAN
from tests.evaluation.making import SIZE, blob, write_masks

README = Path(__file__).parents[3] / "evaluation" / "README.md"
NAME = "BBox_List_2017.csv.gz"


def call(monkeypatch, *arguments) -> int:
    monkeypatch.setattr("sys.argv", ["evaluation", "geometry", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        run(app)
    return int(end.value.code or 0)


def table(path: Path) -> dict[tuple[str, str], dict[str, str]]:
    with path.open() as file:
        return {(row["finding"], row["quantity"]): row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def rows() -> list[list[str]]:
    """BBox_List_2017 as the torchxrayvision package ships it: the header, and the rows of Cardiomegaly."""
    spec = find_spec("torchxrayvision")
    path = Path(spec.origin).parent / "data" / NAME if spec and spec.origin else None
    if path is None or not path.exists():
        pytest.skip("torchxrayvision's annotation files are not installed")
    with gzip.open(path, "rt") as file:
        header, *lines = csv.reader(file)
    return [header, *(line for line in lines if line[1] == "Cardiomegaly")]


def write_hearts(rows, tmp_path) -> Path:
    with gzip.open(tmp_path / NAME, "wt", newline="") as file:
        csv.writer(file).writerows(rows)
    return tmp_path


@pytest.mark.parametrize(("readers", "words"), [(("R1",), " 1 reader. "), (("R1", "R2"), " 2 readers. ")])
def test_readers_are_counted_in_the_table_s_head(readers, words, tmp_path, monkeypatch, capsys):
    rows = [f"i,Edema,{reader},1,2,30,40,60,50" for reader in readers]
    header = "image_id,label,reader,x_min,y_min,x_max,y_max,image_width,image_height"
    (tmp_path / "boxes.csv").write_text("\n".join([header, *rows]) + "\n")
    assert call(monkeypatch, "--source", "csv", "--root", tmp_path, "--out", tmp_path / "out", "--bootstrap", 20) == 0
    assert words in (tmp_path / "out" / "geometry.md").read_text()


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize("every", [8, pytest.param(1, marks=pytest.mark.thorough)])
def test_boxes_of_hearts(every, rows, tmp_path, monkeypatch, capsys):
    rows = [rows[0], *rows[1::every]]
    hearts, count = write_hearts(rows, tmp_path), len(rows) - 1
    assert call(monkeypatch, "--source", "nih", "--root", hearts, "--out", hearts / "out", "--bootstrap", 20) == 0
    found = table(hearts / "out" / "geometry.csv")
    x, y, width, height = np.array([row[2:6] for row in rows[1:]], float).T
    value = {quantity: float(row["value"]) for (f, quantity), row in found.items() if f == MEAN and row["value"]}
    area = width * height / 1024**2
    assert int(found["Cardiomegaly", "area"]["n"]) == count
    assert int(found["Cardiomegaly", "area"]["patients"]) == len({row[0].split("_")[0] for row in rows[1:]})
    assert value["area"] == pytest.approx(area.mean(), rel=2e-3)  # edges are rounded to pixels
    assert value["hit_random"] == value["area"]
    assert value["iou_random"] == pytest.approx((area / (2 - area)).mean(), rel=5e-3)
    inside = (x < 512) & (x + width > 512) & (y < 512) & (y + height > 512)
    assert value["hit_centre"] == pytest.approx(inside.mean(), abs=1 / count)
    assert value["ceiling_8_paper"] == value["ceiling_8_aligned"]  # the radiographs are square
    assert value["ceiling_8_paper"] < value["ceiling_16_paper"] < value["ceiling_512_paper"] <= 1
    if every == 1:
        assert value["hit_prior"] == pytest.approx(0.986, abs=1.5 / count)  # of all 984 boxes, whose folds are others
        _as_in_the_readme(value, "Cardiomegaly")
    assert f"| Cardiomegaly | {count} |" in capsys.readouterr().out


def _as_in_the_readme(value: dict[str, float], finding: str) -> None:
    """What does not depend on which other findings there are stands in the README's first table of NIH's boxes."""
    readme = README.read_text()
    line = next(line for line in readme.splitlines() if line.startswith(f"| {finding} | 146 |"))
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[2] == f"{100 * value['area']:.1f} %"
    names = {3: "hit_random", 4: "hit_centre", 6: "iou_random"}
    names |= {9 + k: f"ceiling_{n}_aligned" for k, n in enumerate((8, 16, 512))}
    names |= {12 + k: f"ceiling_{n}_paper" for k, n in enumerate((8, 16, 512))}
    assert {name: cells[place] for place, name in names.items()} == {n: f"{value[n]:.3f}" for n in names.values()}


def test_masks_of_a_file_have_box_ceilings(tmp_path, monkeypatch, capsys):
    cases = {f"patient{k}_study1": {"Edema": blob(k), "Cardiomegaly": blob(k + 50)} for k in range(12)}
    truth = write_masks(tmp_path / "masks.json", cases)
    assert call(monkeypatch, "--ground-truth", truth, "--out", tmp_path / "out", "--bootstrap", 50) == 0
    found = table(tmp_path / "out" / "geometry.csv")
    assert {row["form"] for row in found.values()} == {"mask"}
    for finding in ("Edema", "Cardiomegaly"):
        assert 0 < float(found[finding, "outline_in_box"]["value"]) < 1
        assert int(found[finding, "hit_prior"]["n"]) == sum(mask[finding].any() for mask in cases.values())
    areas = [cases[case]["Edema"].sum() / (SIZE[0] * SIZE[1]) for case in cases]
    assert float(found["Edema", "area"]["value"]) == pytest.approx(np.mean(areas), abs=1e-12)
    text = (tmp_path / "out" / "geometry.md").read_text()
    assert "outline in its box" in text and "with intervals" in text
    assert capsys.readouterr().out.strip() in text


def test_either_a_dataset_or_a_file(tmp_path, monkeypatch, capsys):
    assert call(monkeypatch, "--out", tmp_path) == 2
    assert "--ground-truth" in capsys.readouterr().err


def test_nothing_drawn_is_said(tmp_path, monkeypatch, capsys):
    truth = write_masks(tmp_path / "masks.json", {"a": {}})
    assert call(monkeypatch, "--ground-truth", truth, "--out", tmp_path / "out") == 1
    assert "marks on at least one radiograph" in capsys.readouterr().err

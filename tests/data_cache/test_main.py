"""`python -m data_cache` as a user types it."""

import pickle
import sys

import pytest

from data_cache.__main__ import app
from data_cache.cli import run
from data_cache.sources.registry import SOURCES
from tests.data_cache.chexlocalize.roots import simple_root
from tests.data_cache.sources.layouts import table, write
from tests.data_cache.test_pickles import NAME, Evil, content, written


@pytest.fixture
def call(monkeypatch, capsys):
    """Run a command line; returns (exit code, stdout, stderr)."""
    monkeypatch.delenv("CHEXLOCALIZE_ROOT", raising=False)

    def act(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["data_cache", *map(str, arguments)])
        try:
            run(app)
            code = 0
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        return (code, *capsys.readouterr())

    return act


def test_list_prints_a_table(tmp_path, call, monkeypatch):
    root = simple_root(tmp_path)
    code, out, err = call("list", "--source", "chexlocalize", "--root", root, "--split", "val")
    assert (code, err) == (0, "")
    header, row = out.splitlines()
    assert header.split() == ["case", "source", "size", "findings", "masks"]
    columns = [header.index(word) for word in header.split()]
    cells = [row[start:end].strip() for start, end in zip(columns, [*columns[1:], None], strict=True)]
    assert cells == ["patient1_study1_view1_frontal", "chexlocalize-val", "60×40", "Lung Opacity", "Lung Opacity"]
    monkeypatch.setenv("CHEXLOCALIZE_ROOT", str(root))
    assert call("list") == (0, out, "")


def test_list_of_the_bundled_cases(call):
    code, out, _ = call("list", "--source", "demo", "--split", "test")
    assert code == 0
    assert out.startswith("case")


def test_list_without_a_root(call):
    code, _, err = call("list", "--source", "chexlocalize")
    assert code == 1
    assert err == "Error: Expected the root of the dataset, found none; give --root or set CHEXLOCALIZE_ROOT.\n"


def test_list_names_what_is_missing_after_the_table(tmp_path, call):
    root = simple_root(tmp_path)
    (root / "CheXpert/val/patient1/study1/view1_frontal.jpg").unlink()
    (root / "CheXlocalize/gt_segmentations_val.json").unlink()
    code, out, err = call("list", "--root", root)
    assert code == 1
    assert out.splitlines()[1].split()[2] == "?"
    assert err.count("\n") == 1
    assert "gt_segmentations_val.json" in err
    assert "1 more" in err


def test_convert_goes_on_after_a_refusal_and_fails_when_nothing_is_left(tmp_path, call):
    written(tmp_path / "in", content())
    evil = written(tmp_path / "in", Evil(tmp_path / "executed"), NAME.replace("Airspace Opacity", "Edema"))
    code, out, err = call("convert-pickles", tmp_path / "in", "--out", tmp_path / "out")
    assert code == 0
    assert "1 map written" in out
    assert "1 refused" in out
    assert evil.name in err
    (tmp_path / "in" / NAME).write_bytes(pickle.dumps([]))
    code, _, err = call("convert-pickles", tmp_path / "in", "--out", tmp_path / "out")
    assert code == 1
    assert "found 2 refused" in err
    assert not (tmp_path / "executed").exists()


def test_fetch_sample(sample_root, tmp_path, call):
    code, out, err = call("fetch-sample", "--from", sample_root, "--out", tmp_path / "here")
    assert (code, err) == (0, "")
    assert f"--root {tmp_path / 'here'}" in out
    assert call("list", "--root", tmp_path / "here")[0] == 0


def test_fetch_sample_from_nowhere(tmp_path, call):
    code, _, err = call("fetch-sample", "--from", tmp_path / "none", "--out", tmp_path / "here")
    assert code == 1
    assert err.startswith("Error: Expected the file view1_frontal.jpg in ")


@pytest.mark.parametrize(
    "arguments", [("lst",), ("list", "--nonsense"), ("list", "--source", "moon"), ("convert-pickles",)]
)
def test_wrong_usage(call, arguments):
    assert call(*arguments)[0] == 2


@pytest.mark.parametrize("command", ["list", "phantom", "convert-pickles", "fetch-sample"])
def test_every_command_explains_itself(call, command):
    code, out, _ = call(command, "--help")
    assert code == 0
    assert "Usage" in out


def test_list_of_boxes_says_what_is_left_out_and_prints_it_where_asked(tmp_path, call):
    rows = ("a,Mass,1,2,30,40,50,60", "a,Spleen,1,2,3,4,50,60", "b,Edema,9,2,3,4,50,60")
    write(tmp_path, {"m.csv": table("image_id,label,x1,y1,x2,y2,image_width,image_height", *rows)})
    code, out, err = call("list", "--source", "csv", "--root", tmp_path)
    assert code == 0 and out.splitlines()[1].split() == ["a", "csv-m", "50×60", "Lung", "Lesion", "Lung", "Lesion"]
    assert "Spleen (1)" in err and "1 annotation that cannot be used is left out; --problems prints them." in err
    code, out, _ = call("list", "--source", "csv", "--root", tmp_path, "--problems")
    assert code == 0 and len(out.splitlines()) == 1 and out.startswith("Line 4 of m.csv: expected x from left to right")
    own = tmp_path / "own.yaml"
    own.write_text("Spleen: Edema\nSpleen: Mass\n", encoding="utf-8")
    code, _, err = call("list", "--source", "csv", "--root", tmp_path, "--mapping", own)
    assert code == 1 and "'Spleen' for the second time" in err


def test_sources_says_forms_licences_and_whether_images_are_needed(call):
    code, out, _ = call("sources")
    assert code == 0 and {line.partition(":")[0] for line in out.splitlines() if line[0] != " "} == set(SOURCES)
    assert "Marks: box; usable without images. Licence: open; nihcc.app.box.com/v/ChestXray-NIHCC." in out
    assert "Marks: mask; images needed." in out

import json
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
import typer
from pydantic import Field

from data_cache.cli import run
from explainers.__main__ import app
from explainers.base import Parameters
from explainers.listing import described
from explainers.options import image_cases, parameters_by_method, parse_methods, parse_settings
from explainers.registry import EXPLAINERS
from models import predictor
from models.fingerprints import fingerprint


@pytest.fixture(scope="module")
def load_once():
    return cache(predictor.load_predictor)


@pytest.fixture
def command(monkeypatch, capsys, small_weights, tmp_path, load_once):
    """Run `python -m explainers run` with the small models; returns exit code, stdout and stderr."""
    monkeypatch.setattr(predictor, "load_predictor", load_once)

    def call(*words):
        weights = ["--patchnet", small_weights["medicalpatchnet"], "--cnn", small_weights["cnn"]]
        words = ["explainers", "run", *weights, "--backend", "torch-cpu", "--out", tmp_path / "out", *words]
        monkeypatch.setattr(sys, "argv", [str(word) for word in words])
        with pytest.raises(SystemExit) as left:
            run(app)
            raise SystemExit(0)
        captured = capsys.readouterr()
        return left.value.code, captured.out, captured.err

    return call


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "a chest.png"
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 255, (250, 240), np.uint8))
    return path


def stored(tmp_path, method, name="a chest"):
    from data_cache.store import read_tensors

    return read_tensors(tmp_path / "out" / name / f"{method}.safetensors")


def test_image_files(command, picture, tmp_path):
    second = tmp_path / "second.png"
    second.write_bytes(picture.read_bytes())
    code, out, _ = command("--image", picture, second, "--methods", "scaled,gradcam", "--shift-steps", 2)
    assert (code, ": 2 explained, 0 kept" in out) == (0, True)
    tensors, metadata = stored(tmp_path, "scaled")
    assert tensors["maps"].shape == (14, 8, 8)
    assert json.loads(metadata["parameters"]) == {"shift_steps": 2, "edge": "paper", "pairing": "paper"}
    assert stored(tmp_path, "gradcam", "second")[0]["maps"].shape == (14, 4, 4)


def test_another_model_and_a_method_on_it(command, picture, tmp_path, timm_weights):
    words = (
        "--model",
        f"timm:test_resnet={timm_weights['timm:test_resnet']}",
        "--methods",
        "gradcam,gradcam@timm:test_resnet",
    )
    code, out, _ = command("--image", picture, *words)
    assert (code, ": 1 explained, 0 kept" in out) == (0, True)
    assert stored(tmp_path, "gradcam")[1]["model_key"] == "cnn"
    assert stored(tmp_path, "gradcam@timm+test_resnet")[1]["model_key"] == "timm:test_resnet"
    sections = json.loads((tmp_path / "out" / "a chest" / "prediction.json").read_text())
    assert set(sections) == {"cnn", "timm:test_resnet"}
    assert sections["timm:test_resnet"]["logits"]["Fracture"] is None
    assert "0 explained, 1 kept" in command("--image", picture, *words)[1]


def test_a_model_that_no_method_needs_is_asked_all_the_same(command, picture, tmp_path, timm_weights):
    weights = f"timm:test_vit={timm_weights['timm:test_vit']}"
    assert command("--image", picture, "--model", weights, "--methods", "gradcam")[0] == 0
    sections = json.loads((tmp_path / "out" / "a chest" / "prediction.json").read_text())
    assert set(sections) == {"cnn", "timm:test_vit"}
    code, _, err = command("--image", picture, "--model", weights, "--methods", "gradcam@timm:test_vit")
    assert code == 1 and err.count("\n") == 1
    assert "it needs convolutional features before pooling; timm:test_vit has logits, a PyTorch network, " in err


def test_short_names_of_two_models(monkeypatch, capsys, picture, tmp_path, small_weights):
    """--patchnet W is --model medicalpatchnet=W."""
    words = ["run", "--image", picture, "--backend", "torch-cpu", "--out", tmp_path / "out", "--methods", "raw,gradcam"]
    words += [word for key in ("medicalpatchnet", "cnn") for word in ("--model", f"{key}={small_weights[key]}")]
    monkeypatch.setattr(sys, "argv", ["explainers", *map(str, words)])
    with pytest.raises(SystemExit):
        run(app)
        raise SystemExit(0)
    assert stored(tmp_path, "raw")[1]["weights_sha256"] == fingerprint(small_weights["medicalpatchnet"])
    assert stored(tmp_path, "gradcam")[1]["weights_sha256"] == fingerprint(small_weights["cnn"])


@pytest.fixture
def listed(picture, tmp_path):
    rng = np.random.default_rng(1)
    for number in range(4):
        cv2.imwrite(str(tmp_path / f"f{number}.png"), rng.integers(0, 255, (250, 240), np.uint8))
    path = tmp_path / "films.csv"
    path.write_text("path,id\n" + "".join(f"f{number}.png,n{number}\n" for number in range(4)) + ",none\nf0.png,a/b\n")
    return path


def test_a_list_of_images_by_shards(command, listed, tmp_path):
    words = ("--images-from", listed, "--methods", "raw,gradcam", "--layout", "shards", "--block", 1)
    code, out, err = command(*words, "--shard", "0/2")
    assert code == 1 and "2 explained, 0 kept as they were, 2 wrong" in out  # rows are counted by the first shard alone
    assert err.splitlines()[0] == "Line 6 of films.csv: expected the path of an image, found ''."
    assert err.splitlines()[1].startswith("Line 7 of films.csv: expected an id that can name a folder, found 'a/b'")
    code, out, err = command(*words, "--shard", "1/2")
    assert code == 0 and "2 explained, 0 kept as they were, 0 wrong" in out
    assert [line.split(": ")[1] for line in err.splitlines()] == ["Not assessable"] * 2  # noise is no chest film
    assert "0 explained, 2 kept" in command(*words, "--shard", "2/2")[1]  # counted from 1, the same as 0/2
    blocks = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").glob("*/*.safetensors"))
    assert blocks == [f"{index}-of-2/00000{number}.safetensors" for index in (0, 1) for number in (0, 1)]
    code, _, err = command(*words[:4])
    assert code == 1 and "Expected results as folders in" in err and "give --layout shards" in err


def test_the_summary_of_shards(command, listed, tmp_path, monkeypatch, capsys):
    def summary(*words):
        monkeypatch.setattr(sys, "argv", ["explainers", "summary", "--out", str(tmp_path / "out"), *map(str, words)])
        with pytest.raises(SystemExit) as left:
            run(app)
            raise SystemExit(0)
        return left.value.code, *capsys.readouterr()

    (tmp_path / "f3.png").write_text("no image")
    words = ("--images-from", listed, "--methods", "raw", "--layout", "shards", "--shard")
    command(*words, "0/2")
    code, out, err = summary()
    assert code == 1 and "at least 1 missing" in out.splitlines()[0]  # of 3 or 4 cases
    assert "found at least 1 missing, 1 shards that never began; run their shards again" in err
    assert "missing: n1: raw, patchnet" in summary("--images-from", listed)[1]
    command(*words, "1/2")
    code, out, err = summary("--check", "--images-from", listed)
    assert code == 1 and out.startswith("Cases: 3 done, 1 refused, 0 missing, 2 rows of the list unusable;")
    assert "refused: n3: " in out and "found 1 refused, 2 rows of the list unusable; mend what is refused" in err
    assert "again" not in err.splitlines()[-1]
    cv2.imwrite(str(tmp_path / "f3.png"), np.random.default_rng(2).integers(0, 255, (250, 240), np.uint8))
    command(*words, "1/2")
    code, out, err = summary("--check")
    assert code == 0 and out.startswith("Cases: 4 done, 0 refused, 0 missing;") and not err
    _mended_by_what_the_summary_says(command, summary, words, tmp_path)


def _mended_by_what_the_summary_says(command, summary, words, tmp_path):
    path = tmp_path / "out" / "0-of-2" / "000000.safetensors"
    path.write_bytes(path.read_bytes()[:-2] + b"??")
    code, out, err = summary("--check")
    assert code == 1 and "delete the files that are called changed, then run their shards again." in err
    for line in out.splitlines():
        if line.startswith("  changed: "):
            (tmp_path / "out" / line.removeprefix("  changed: ")).unlink()
    code, out, err = command(*words, "0/2")
    assert "2 explained, 0 kept" in out and "0-of-2/000000.safetensors is missing or damaged" in err
    code, out, err = summary("--check")
    assert code == 0 and out.startswith("Cases: 4 done, 0 refused, 0 missing;") and not err


def test_the_list_of_methods_says_the_limits_of_parameters(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["explainers", "list"])
    with pytest.raises(SystemExit):
        run(app)
        raise SystemExit(0)
    said = capsys.readouterr().out
    assert "  shift_steps (int from 1 to 1024, default 1): Shifts of the patch grid" in said
    assert "  edge (paper | covered, default 'paper'): " in said
    assert "  layer (str, at most 200 letters, default ''): " in said


class Several(Parameters):
    """Limits of every kind."""

    share: float = Field(default=0.5, gt=0, lt=1, description="A share.")
    step: int = Field(default=8, ge=2, multiple_of=2, description="A step.")
    seed: int | None = Field(default=None, le=9, description="A seed.")


def test_limits_of_every_kind_are_said():
    entry = replace(EXPLAINERS["eigencam"], parameters=Several, cost=lambda _parameters, _model: 1)
    assert list(described(entry))[-3:] == [
        "  share (float, above 0, below 1, default 0.5): A share.",
        "  step (int, at least 2, a multiple of 2, default 8): A step.",
        "  seed (int, at most 9 or null, default None): A seed.",
    ]


def test_settings_of_one_method(command, picture, tmp_path):
    words = ("--methods", "eigencam,gradcam", "--set", "sign=activation", "--set", "gradcam.layer=backbone.blocks.3")
    assert command("--image", picture, *words)[0] == 0
    assert json.loads(stored(tmp_path, "eigencam")[1]["parameters"]) == {"layer": "", "sign": "activation"}
    assert json.loads(stored(tmp_path, "gradcam")[1]["parameters"]) == {"layer": "backbone.blocks.3"}


def test_a_bad_image_is_said_in_one_line_and_the_exit_code_is_1(command, picture, tmp_path):
    bad = tmp_path / "letter.png"
    bad.write_bytes(b"%PDF-1.4 a letter")
    code, out, err = command("--image", bad, "--image", picture, "--methods", "gradcam")
    assert code == 1 and "1 explained, 0 kept as they were, 1 wrong" in out
    lines = err.strip().splitlines()
    assert lines[0].startswith("letter: ") and "PDF" in lines[0]
    assert lines[1].startswith("a chest: Not assessable: ")  # noise is no chest film
    assert lines[2].startswith("Error: 1 of 2 radiographs") and len(lines) == 3


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--methods", "raw,lime"], 2, "Unknown method 'lime'"),
        (["--methods", "raw@cnn"], 2, "it needs logits of patches; cnn has logits, a PyTorch network, convolutional"),
        (["--methods", "raw@medicalpatch"], 2, "timm:NAME; did you mean medicalpatchnet?"),
        (
            ["--methods", "gradcam@timm:resnet18"],
            2,
            "weights of timm:resnet18, found none; give --model timm:resnet18=",
        ),
        (["--model", "cnn"], 2, "expected KEY=WEIGHTS, found 'cnn'"),
        (["--model", "=weights.pt"], 2, "expected KEY=WEIGHTS, found '=weights.pt'"),
        (["--model", "cnn="], 2, "expected KEY=WEIGHTS, found 'cnn='"),
        (["--model", "cmm=weights.pt"], 2, "Unknown model 'cmm'"),
        (["--model", "cnn=other.pt"], 2, "expected one file for cnn, found "),
        (["--model", "timm:resnet18=nothing.pt"], 1, "found no file 'nothing.pt'"),
        (["--model", "timm:resnet18=official"], 1, "found no official ones of this model; name a file"),
        (["--model", "timm:resnet18=auto"], 1, "give --model timm:resnet18=FILE"),
        (["--methods", ","], 2, "found none"),
        (["--set", "sharpness=1"], 2, "no method"),
        (["--set", "sharpness"], 2, "NAME=VALUE"),
        (["--set", "edge=soft"], 2, "edge"),
        (["--shift-steps", "0"], 2, "shift-steps"),
        (["--shift-steps", "5", "--methods", "raw"], 1, "divide the patch size 32"),
        (["--shard", "3"], 2, "expected I/N"),
        (["--layout", "tables"], 2, "layout"),
        (["--images-from", "films.csv"], 2, "found --image and --images-from"),
        (["--source", "chexlocalize", "--root", "nowhere"], 2, "found --image and --source"),
    ],
)
def test_wrong_words(command, picture, words, code, message):
    found, out, err = command("--image", picture, *words)
    assert found == code and message in " ".join(err.replace("│", " ").split()) and not out


def test_no_cases_is_a_wrong_call(command):
    assert command()[0] == 2
    code, _, err = command("--source", "chexlocalize")
    assert code == 1 and "CHEXLOCALIZE_ROOT" in err and err.count("\n") == 1


@pytest.mark.sample
def test_both_public_radiographs(command, sample_root, tmp_path):
    words = ("--source", "chexlocalize", "--root", sample_root, "--split", "val")
    assert command(*words)[0] == 0
    assert len(list((tmp_path / "out").glob("patient6454*/*.safetensors"))) == 10
    assert "0 explained, 2 kept" in command(*words)[1]


def test_methods_and_settings_are_parsed():
    assert parse_methods(" raw, gradcam++ ,raw") == ("raw", "gradcam++")
    assert parse_settings(["a = 1", "b.c=d=e"]) == {"a": "1", "b.c": "d=e"}
    parameters = parameters_by_method(["raw", "scaled"], {"edge": "paper"}, {"edge": "covered", "raw.shift_steps": "4"})
    assert (parameters["raw"].shift_steps, parameters["scaled"].shift_steps) == (4, 1)
    assert parameters["raw"].edge == parameters["scaled"].edge == "covered"
    windows = {"occlusion.window": "32", "occlusion@cnn.window": "16"}
    names = parse_methods("occlusion,occlusion@cnn")
    chosen = parameters_by_method(names, {}, windows)
    assert [chosen[name].window for name in names] == [32, 16]  # of all models, but for the one that is named
    assert parameters_by_method(names[1:], {}, {"occlusion.window": "32"})[names[1]].window == 32
    with pytest.raises(typer.BadParameter, match=r"raw,scaled has the parameter gradcam\.layer"):
        parameters_by_method(["raw", "scaled"], {}, {"gradcam.layer": "x"})


def test_a_single_missing_image_is_said_in_one_line(command, tmp_path):
    code, out, err = command("--image", tmp_path / "nothing.png", "--methods", "gradcam")
    assert code == 1 and "0 explained, 0 kept as they were, 1 wrong" in out
    path = tmp_path / "nothing.png"
    found = "found none that can be read (No such file or directory); check the path."
    assert err.strip().splitlines() == [f"nothing: Expected an image at {path}, {found}"]


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["a/chest.png", "b/chest.jpg", "c/other.png"], ["a_chest", "b_chest", "other"]),
        (["p1/s1/view.jpg", "p2/s1/view.jpg"], ["p1_s1_view", "p2_s1_view"]),
        (["x/a/chest.png", "y/b/chest.png", "a_chest.png"], ["x_a_chest", "y_b_chest", "a_chest"]),
        (["a/b/../chest.png", "c/chest.png"], ["a_chest", "c_chest"]),
    ],
)
def test_images_of_one_name_are_told_apart_by_their_folders(paths, names):
    assert [case.id for case in image_cases([Path(path) for path in paths])] == names


def test_the_last_part_of_a_uid_tells_two_images_apart():
    paths = [Path("1.2.840.99.5"), Path("1.2.840.99.6"), Path("1.2.840.99.7.dcm")]
    assert [case.id for case in image_cases(paths)] == ["1.2.840.99.5", "1.2.840.99.6", "1.2.840.99.7"]


@pytest.mark.parametrize("paths", [["chest.png", "chest.jpg"], ["a/chest.png", "a/chest.png"]])
def test_images_that_their_folders_do_not_tell_apart_are_refused(paths):
    with pytest.raises(ValueError, match="'chest' twice"):
        image_cases([Path(path) for path in paths])

"""The page of what is alike: its numbers against SciPy's, and its names against the registry."""

import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydantic import Field
from scipy.stats import spearmanr

from data_cache.cli import run
from data_cache.errors import InputError
from data_cache.geometry import Geometry
from data_cache.sources.registry import find_cases
from evaluation.__main__ import app
from evaluation.alike.economy import changes, modest
from evaluation.alike.formulas import equal_formulas, pooled_layer
from evaluation.alike.measuring import Alike
from explainers.base import Parameters
from explainers.explanation import Explanation
from explainers.model_run import ModelRun
from explainers.pairs import Pair
from explainers.registry import EXPLAINERS
from explainers.run import explain_all
from models.predictor import load_predictor

PAGE = Path(__file__).parents[3] / "evaluation" / "ALIKE.md"
METHODS = ("gradcam", "layercam", "inputxgradient", "scorecam")
ROWS = re.compile(r"^\| \d+ \| .* \(`([^`]+)`\) \| (\d+) \| (.*) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def cnn():
    return load_predictor("demo", "cnn", "torch-cpu")


@pytest.fixture(scope="module")
def runs(cnn):
    return [ModelRun.of(case.read(), cnn) for case in find_cases("demo", None, "test")[:1]]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The page of four methods on one of the bundled phantoms."""
    out = tmp_path_factory.mktemp("alike") / "page.md"
    assert command(out, "--limit", 1, "--passes", 16, "--methods", ",".join(METHODS), "--cnn", "demo") == 0
    return out.read_text(encoding="utf-8")


def numbers(page):
    """The table of pairs, as numbers; NaN on the diagonal."""
    lines = re.findall(r"^\| \d+ [A-Z][^|]*\|(.*)\|$", page, re.MULTILINE)
    cells = [[cell.strip().replace("−", "-").replace("·", "nan") for cell in line.split("|")] for line in lines]
    return np.array([row for row in cells if len(row) == len(METHODS)], float)


def test_the_commands_numbers_are_scipys(written, runs, cnn):
    """Maps on 64×64 cells, of one radiograph and all findings; the table is in the registry's order."""
    names = [key for key in EXPLAINERS if key in METHODS]
    chosen = {Pair(key, "cnn").name: modest(EXPLAINERS[key], cnn, 16) for key in names}
    maps = [explain_all({"cnn": run}, tuple(chosen), chosen) for run in runs]
    cells = [[one[name].at_input_size().reshape(14, 64, 4, 64, 4).mean(axis=(2, 4)) for name in chosen] for one in maps]
    found = numbers(written)
    for a in range(len(names)):
        for b in range(a):
            pairs = [(one[a][f].ravel(), one[b][f].ravel()) for one in cells for f in range(14)]
            expected = np.mean([spearmanr(x, y).statistic for x, y in pairs])
            assert found[a, b] == pytest.approx(expected, abs=6e-4)
            apart = max(np.abs(x / np.abs(x).max() - y / np.abs(y).max()).max() for x, y in pairs)
            assert found[b, a] == pytest.approx(apart, abs=6e-3)


def command(out, *words):
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as left:
        patch.setattr(sys, "argv", ["evaluation", "alike", "--out", *map(str, (out, *words)), "--backend", "torch-cpu"])
        run(app)
        raise SystemExit(0)
    return left.value.code


def test_models_without_any_of_the_methods_are_left_out_and_named(tmp_path, capsys):
    """Without models, both of the demonstration; one radiograph."""
    out = tmp_path / "page.md"
    assert command(out, "--limit", 1, "--methods", "gradcam") == 0
    assert capsys.readouterr().out == "page.md: 1 radiograph, 1 method on cnn.\n"
    text = out.read_text(encoding="utf-8")
    assert (
        f"\n1 chosen method of the {len(EXPLAINERS)} of the registry (Grad-CAM) on 1 radiograph of `demo` (test)"
        in text
    )
    assert "(`medicalpatchnet`) can give none of these methods." in text and "\nEvery chosen method is above." in text
    assert "Not above, since" not in text
    out.unlink()
    assert command(out, "--methods", "scorecam,gradcam", "--patchnet", "demo") == 1 and not out.exists()
    said = capsys.readouterr().err
    assert "found none of gradcam, scorecam for medicalpatchnet; name others" in said and "Traceback" not in said


def test_the_methods_say_what_they_took(written, cnn):
    rows = {name: (int(passes), words) for name, passes, words in ROWS.findall(written)}
    assert set(rows) == set(METHODS) and rows["gradcam"] == (1, "–")
    for key, (passes, _) in rows.items():
        assert passes == EXPLAINERS[key].cost(modest(EXPLAINERS[key], cnn, 16), cnn)
    assert "channels" in rows["scorecam"][1] and rows["scorecam"][0] <= 16


def test_formulas_that_are_grad_cam_are_so_by_autograd_too(written, runs):
    assert pooled_layer(runs[0]) == "backbone.bn2"
    found = dict(equal_formulas(EXPLAINERS["gradcam"], runs[0]))
    assert set(found) == set(EXPLAINERS["gradcam"].equals)
    assert 0 < max(found.values()) < 1e-5  # another way to the same numbers, in single precision
    for name in found:
        assert re.search(rf"\| Grad-CAM \(`gradcam`\) \| {name} \| `cnn` \| \d\.\de-0[67] \|", written)
    assert list(equal_formulas(EXPLAINERS["layercam"], runs[0])) == []


def explanation(maps):
    return Explanation(
        "gradcam", "cnn", "case", maps.astype(np.float32), "m", "0", {}, np.zeros(14, np.float32),
        Geometry(64, 64, 64), True, True, "bilinear", 0.0,
    )  # fmt: skip


def test_what_is_the_same_but_for_its_scale_and_what_is_the_opposite():
    values = np.random.default_rng(0).normal(size=(14, 64, 64))
    blank = np.zeros_like(values)
    some = np.where(np.arange(14)[:, None, None] < 3, np.nan, -values)  # findings that are not predicted
    alike = Alike(["a", "b", "c", "d"])
    alike.add([explanation(one) for one in (values, 5 * values, some, blank)])
    np.testing.assert_allclose(alike.correlations[0, :3], [1, 1, -1], atol=1e-12)
    assert alike.largest[0, 1] < 1e-6 and alike.largest[0, 2] == pytest.approx(2)
    assert alike.counts[0].tolist() == [14, 14, 11, 0]
    assert np.isnan(alike.correlations[3]).all() and np.isnan(alike.largest[3]).all()  # no ranks and no scale


def test_parameters_are_changed_only_as_far_as_they_save_passes(cnn):
    class Many(Parameters):
        masks: int = Field(default=1000, ge=100)
        seed: int = 3
        stride: int = Field(default=2, le=16)

    class Method:
        def __init__(self, parameters):
            self.stride = parameters.stride

        def check(self, _run):
            if self.stride > 4:
                raise InputError("too coarse")

    entry = replace(EXPLAINERS["gradcam"], parameters=Many, factory=Method, cost=lambda p, _model: p.masks // p.stride)
    chosen = modest(entry, cnn, 60)
    assert (chosen.masks, chosen.stride, chosen.seed) == (125, 4, 3)  # 31 passes; what was refused was not taken
    assert changes(entry, chosen) == {"masks": 125, "stride": 4}
    assert modest(entry, cnn, 500).masks == 1000
    assert modest(entry, cnn, 1).masks == 125  # it costs what it costs


def test_the_page_that_stands_here_names_exactly_the_registered_methods():
    text = PAGE.read_text(encoding="utf-8")
    named = {name for name, _, _ in ROWS.findall(text)} | set(
        re.findall(r"^- .* \(`([^`]+)`\) needs ", text, re.MULTILINE)
    )
    assert named == set(EXPLAINERS), "run `python -m evaluation alike --out evaluation/ALIKE.md`"
    assert "24 radiographs of `demo` (test)" in text

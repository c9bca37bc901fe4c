"""The examples of CONTRIBUTING.md, taken from the page itself and run."""

import re
import sys
import types
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from data_cache.demo import bundled_cases
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.geometry import Geometry
from data_cache.sources import registry as sources
from evaluation.trust import registry as checks
from evaluation.trust.base import Subject
from explainers import pairs, registry
from explainers.model_run import ModelRun
from explainers.run import explain_all
from models import registry as models
from models.capabilities import POOLED_FEATURES
from models.checkpoints import save_checkpoint
from models.predictor import load_predictor

PAGE = Path(__file__).parents[1] / "CONTRIBUTING.md"


def block(beginning: str, language: str = "python") -> str:
    """The code block whose first line begins so."""
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    (found,) = [text for text in blocks if text.startswith(f"# {beginning}")]
    return found


@pytest.fixture
def example(monkeypatch):
    """Makes a module of a block, as if the file were there."""

    def make(path: str) -> types.ModuleType:
        module = types.ModuleType(path.removesuffix(".py").replace("/", "."))
        module.__file__ = path
        monkeypatch.setitem(sys.modules, module.__name__, module)
        exec(compile(block(path), path, "exec"), module.__dict__)
        return module

    return make


def test_the_method(example, monkeypatch):
    entry = example("explainers/edges.py").ENTRY
    monkeypatch.setitem(registry.EXPLAINERS, entry.key, entry)
    pairs.default_model.cache_clear()
    image = np.zeros((256, 256), np.float32)
    image[:, 128:] = 1
    model = load_predictor("demo", "cnn")
    runs = {"cnn": ModelRun(image, Geometry(256, 256, 256), model)}
    found = explain_all(runs, ["edges@cnn"], {"edges@cnn": {"blur": 0}})["edges@cnn"]
    probabilities = 1 / (1 + np.exp(-runs["cnn"].logits.astype(float)))
    np.testing.assert_allclose(
        found.maps[:, 20, 31] / probabilities, found.maps[0, 20, 31] / probabilities[0], rtol=1e-5
    )
    assert found.maps[:, :, 31:33].min() > 0 == found.maps[:, :, :30].max()  # the edge, and nothing else
    with pytest.raises(InputError, match="'blur' of edges"):
        explain_all(runs, ["edges@cnn"], {"edges@cnn": {"blur": 30}})
    pairs.default_model.cache_clear()


def test_the_weights_of_timm(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    exec(compile(block("train_mine.py"), "train_mine.py", "exec"), {})
    (tmp_path / "mine.yaml").write_text(block("mine.yaml", "yaml"), "utf-8")
    model = load_predictor("mine.safetensors", "timm:resnet18")
    logits = model.predict(np.full((224, 224), 0.5, np.float32)).logits
    named = {"Cardiomegaly", "Edema", "Consolidation", "Atelectasis", "Pleural Effusion"}
    assert {name for name, logit in zip(FINDINGS, logits, strict=True) if np.isfinite(logit)} == named
    assert POOLED_FEATURES.of(model)
    assert model.info.provenance.owner == "me" and model.info.provenance.licence == "CC BY 4.0"


def test_the_family(example, monkeypatch, tmp_path):
    module = example("models/families/grid_mean.py")
    entry = module.ENTRY
    monkeypatch.setitem(models.MODELS, entry.key, entry)
    architecture = entry.architecture(kind="grid_mean", input_size=64)
    torch.manual_seed(1)
    network = module.GridMean(architecture).eval()
    save_checkpoint(tmp_path / "cells.safetensors", network, architecture)
    model = load_predictor(tmp_path / "cells.safetensors", "grid_mean")
    image = np.random.default_rng(0).random((64, 64), np.float32)
    with torch.no_grad():
        expected = network(torch.from_numpy(image)[None, None])[0][0].numpy()
    run = ModelRun(image, Geometry(64, 64, 64), model)
    np.testing.assert_allclose(run.logits, expected, rtol=1e-6)
    maps = explain_all({"grid_mean": run}, ["gradcam@grid_mean"])["gradcam@grid_mean"].maps
    bias = network.classifier.bias.detach().numpy()
    np.testing.assert_allclose(maps.sum(axis=(1, 2)) + bias, expected, rtol=1e-5, atol=1e-6)  # a linear head


def test_the_dataset(example, tmp_path):
    entry = example("data_cache/sources/mask_folder.py").ENTRY
    cv2.imwrite(str(tmp_path / "film7.png"), np.full((40, 30), 128, np.uint8))
    mask = np.zeros((40, 30), np.uint8)
    mask[5:15, 10:20] = 255
    cv2.imwrite(str(tmp_path / "film7__Pleural Effusion.png"), mask)
    cv2.imwrite(str(tmp_path / "film7__Edema.png"), np.zeros_like(mask))
    sources.registered((*sources.SOURCES.values(), entry))
    (case,) = entry.open(tmp_path, entry.labels).cases("all")
    assert case.drawn == case.positives == ("Pleural Effusion",)
    assert case.labels["Edema"] == 0 and case.labels["Fracture"] is None
    np.testing.assert_array_equal(case.masks["Pleural Effusion"].decode(), mask > 0)
    case.check()
    with pytest.raises(InputError, match="give --root"):
        entry.open(None, entry.labels)


def test_the_dataset_of_marks(example, tmp_path):
    entry = example("data_cache/sources/discs.py").ENTRY
    rows = "file,x,y,diameter,reader\na.png,100.5,200.5,20,R1\nb.png,,,,R1\nc.png,10,x,5,R2\n"
    (tmp_path / "nodules.csv").write_text(rows)
    sources.registered((*sources.SOURCES.values(), entry))
    dataset = entry.open(tmp_path, entry.labels)
    drawn, nothing, unknown = dataset.cases("all")
    assert drawn.masks["Lung Lesion"].area == 317  # Gauss's circle problem: N(10)
    assert (drawn.readers, drawn.form_of("Lung Lesion")) == (("R1",), "disc")
    assert (nothing.labels["Lung Lesion"], unknown.labels["Lung Lesion"]) == (0, None)
    assert dataset.problems("all") == ("Line 4 of nodules.csv: expected a number for 'y', found 'x'.",)


def test_the_check(example, monkeypatch):
    module = example("evaluation/trust/sparsity.py")
    monkeypatch.setitem(checks.CHECKS, module.ENTRY.key, module.ENTRY)
    assert module.gini(np.ones((4, 4))) == pytest.approx(0, abs=1e-12)
    alone = np.zeros((4, 4))
    alone[1, 2] = -3
    assert module.gini(alone) == pytest.approx(15 / 16)  # one of n: 1 − 1/n
    assert np.isnan(module.gini(np.zeros((4, 4))))
    runs = {"cnn": ModelRun(np.eye(256, dtype=np.float32), Geometry(256, 256, 256), load_predictor("demo", "cnn"))}
    found = explain_all(runs, ["gradcam"])["gradcam"]
    subject = Subject(bundled_cases()[0], runs, "Edema", found)
    (measured,) = module.ENTRY.measure(subject)
    assert 0 < measured.value < 1 and not measured.reason
    assert module.ENTRY.verdict({("gini", ""): np.array([0.1, 0.3])}).passed
